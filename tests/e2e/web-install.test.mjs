// The web app as a browser installs it, and its worker, which tells of what ends while no page is open. No push
// service can be reached here: what one would deliver, Chromium is handed by its own protocol.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { ownBrowser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { until, within } from './rig/wait.mjs';

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

/** The owner of a new gateway, in a browser of their own. */
async function signedIn(name) {
  const gateway = await Gateway.start(rig, name, { owner: OWNER, config: model.settings });
  const visit = await ownBrowser(rig);
  const { page } = visit;
  const seen = await visit.watch(gateway.origin);
  await page.goto(gateway.origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  return { gateway, visit, page, seen };
}

test('Chromium finds nothing that keeps the page from being installed', async () => {
  const { gateway, visit, page, seen } = await signedIn('installed');
  const session = await visit.context.newCDPSession(page);
  const { url, errors, manifest } = await session.send('Page.getAppManifest');
  assert.equal(url, `${gateway.origin}/assets/hermes.webmanifest`);
  assert.deepEqual(errors, []);
  assert.equal(manifest.startUrl, `${gateway.origin}/`);
  const { appId } = await session.send('Page.getAppId');
  assert.equal(appId, `${gateway.origin}/`);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors, []);
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

/**
 * Has Chromium deliver to the worker what a push service would, and waits until it is shown. Whoever asks Chromium meanwhile
 * what is shown has it forget what is about to be.
 */
async function delivers(visit, page, gateway, message) {
  const [worker] = visit.context.serviceWorkers();
  await worker.evaluate(() => {
    const { registration } = self;
    self.toldOf = new Promise((told, failed) => {
      registration.showNotification = (...what) => {
        delete registration.showNotification;
        const shown = registration.showNotification(...what);
        shown.then(told, failed);
        return shown;
      };
    });
  });
  const session = await visit.context.newCDPSession(page);
  const registered = new Promise((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find(({ scopeURL, isDeleted }) => scopeURL === `${gateway.origin}/` && !isDeleted);
      if (ours) resolve(ours.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  await session.send('ServiceWorker.deliverPushMessage', { origin: gateway.origin, registrationId, data: JSON.stringify(message) });
  await within(10_000, worker.evaluate(() => self.toldOf), 'the worker to show something');
  await session.detach();
}

/** Waits until the worker knows of no window there: for a moment, one that was left is still in front. */
async function isLeft(visit, address) {
  const [worker] = visit.context.serviceWorkers();
  const gone = (left) => self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    .then((windows) => windows.every(({ url }) => url !== left));
  await until(10_000, () => worker.evaluate(gone, address), 'the page to be left');
}

/** The notifications that are shown. */
function notified(page) {
  return page.evaluate(async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return shown.map(({ title, body, tag }) => ({ title, body, tag }));
  });
}

/** Waits until these are shown. */
async function shows(page, expected) {
  let shown = [];
  const same = async () => isDeepStrictEqual((shown = await notified(page)), expected);
  await until(10_000, same, 'notifications').catch((why) => {
    assert.deepEqual(shown, expected, String(why));
  });
}

test('what is pushed is shown to somebody who has no page open, and leads to its conversation', async () => {
  const { gateway, visit, page, seen } = await signedIn('pushed');
  await visit.context.grantPermissions(['notifications'], { origin: gateway.origin });
  const asked = model.asked();
  await page.getByRole('textbox', { name: 'Message' }).fill('Geese');
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
  const answer = await asked;
  await answer.say(2);
  await answer.end();
  await page.getByRole('log').getByText('w0 w1').waitFor();
  const id = new URL(page.url()).hash.replace('#/c/', '');
  // Whoever lets the page tell has a worker from the next visit on.
  await page.reload();
  await webApp(page);
  const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  assert.equal(scope, `${gateway.origin}/`);
  const message = { kind: 'finished', conversation: id, title: 'All about geese' };

  await page.goto(`${gateway.origin}/account`);
  await isLeft(visit, `${gateway.origin}/#/c/${id}`);
  await delivers(visit, page, gateway, message);
  const tag = `hermes:${id}`;
  await shows(page, [{ title: 'All about geese', body: 'The answer is there.', tag }]);
  // The next one about it takes its place.
  await delivers(visit, page, gateway, { ...message, kind: 'failed', title: null });
  await shows(page, [{ title: 'Hermes', body: 'There is no answer: the conversation says why.', tag }]);

  await page.goto(gateway.origin);
  await webApp(page);
  assert.equal(new URL(page.url()).hash, '');
  // No click of a person can be made here; the worker is told of one.
  const [worker] = visit.context.serviceWorkers();
  await worker.evaluate(async () => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  });
  await page.getByRole('log').getByText('w0 w1').waitFor();
  assert.equal(new URL(page.url()).hash, `#/c/${id}`);
  await shows(page, []);
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

test('settings say whether this browser is told while it is closed', async () => {
  const { gateway, visit, page } = await signedIn('told');
  await visit.context.grantPermissions(['notifications'], { origin: gateway.origin });
  await page.goto(`${gateway.origin}/#/settings/appearance`);
  await page.getByText('this browser is not told').waitFor();
  await page.getByRole('button', { name: 'Tell me while it is closed' }).click();
  // Chromium tries for ever here, and the page does not.
  await page.getByText('The browser is asked…').waitFor();
  await page.getByRole('alert').getByText('The browser could not reach its push service').waitFor();
  await page.getByText('this browser is not told').waitFor();
  await visit.close();
});
