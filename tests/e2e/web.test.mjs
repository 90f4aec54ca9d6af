// The web app in Chromium: signing in, talking to the agent, and what a bad line, another tab and another browser do.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER, issuer } from './rig/gateway.mjs';
import { Line } from './rig/line.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { freePort } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { reconnects } from './rig/reconnects.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

/** A gateway where the owner signs in with a password. */
function gated(name) {
  return Gateway.start(rig, name, { owner: OWNER, config: model.settings });
}

/** Somebody who has signed in, at this address of the gateway. */
async function signedIn(origin, options) {
  const visit = await browser.visit(options);
  const seen = await visit.watch(origin);
  await visit.page.goto(origin);
  await signInByPassword(visit.page, OWNER);
  await webApp(visit.page);
  return { visit, page: visit.page, seen };
}

const message = (page) => page.getByRole('textbox', { name: 'Message' });
const log = (page) => page.getByRole('log');
const words = (from, to) => Array.from({ length: to - from }, (_, n) => `w${from + n}`).join(' ');

/** Asks, and has the model begin. */
async function asks(page, text) {
  const asked = model.asked();
  await message(page).fill(text);
  await message(page).press('Enter');
  const answer = await asked;
  assert.equal(answer.prompt, text);
  return answer;
}

/** What was complained about, but for what a test has caused. */
function complaints({ complaints: all }, expected = /^$/) {
  return all.filter((text) => !expected.test(text));
}

test('signs in at a provider, and an answer goes on through a reload and is the same in a second tab', async () => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const company = await Provider.start(rig);
  const method = await issuer('company', company, origin, 'owner_email = "ada@example.test"');
  await Gateway.start(rig, 'at-provider', { port, config: `${model.settings}${method}` });
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(origin);
  await visit.approveHere({ login: 'ada' });
  await webApp(page);
  const seen = await visit.watch(origin);
  const answer = await asks(page, 'How many geese?');
  await answer.say(3);
  await log(page).getByText(words(0, 3)).waitFor();
  await page.reload();
  await log(page).getByText(words(0, 3)).waitFor();
  await answer.say(2);
  await log(page).getByText(words(0, 5)).waitFor();
  const second = await visit.context.newPage();
  await second.goto(page.url());
  await log(second).getByText(words(0, 5)).waitFor();
  await answer.say(1);
  await answer.end();
  for (const tab of [page, second]) {
    await log(tab).getByText(words(0, 6)).waitFor();
    assert.equal(await log(tab).getByText('How many geese?').count(), 1);
  }
  const next = await asks(second, 'And ducks?');
  await next.say(1);
  await next.end();
  await log(page).getByText('And ducks?').waitFor();
  assert.deepEqual(complaints(seen), []);
  assert.deepEqual(seen.requests.filter((url) => !url.startsWith(origin)), []);
  await visit.close();
});

test('a line that is cut for a minute loses nothing that was written, and asks it once', async () => {
  const gateway = await gated('cut');
  const line = await Line.to(rig, gateway.port);
  const { visit, page, seen } = await signedIn(line.origin);
  const answer = await asks(page, 'How many geese?');
  await answer.say(3);
  await log(page).getByText(words(0, 3)).waitFor();
  line.cut();
  const begun = performance.now();
  await page.getByText(/Trying again in/).waitFor();
  await answer.say(4);
  await message(page).fill('And swans?');
  await message(page).press('Enter');
  await page.getByText('Is sent as soon as there is a connection').waitFor();
  await message(page).fill('A draft');
  // What is measured is that time itself does no harm, so it has to pass.
  await pass(60_000 - (performance.now() - begun));
  line.mend();
  await reconnects(page);
  await log(page).getByText(words(0, 7)).waitFor();
  const next = model.asked();
  await answer.end();
  const swans = await next;
  assert.equal(swans.prompt, 'And swans?');
  await swans.say(2);
  await swans.end();
  await log(page).getByText(words(0, 2), { exact: true }).waitFor();
  assert.equal(await log(page).getByText('And swans?').count(), 1);
  assert.equal(await message(page).inputValue(), 'A draft');
  assert.deepEqual(complaints(seen, /ERR_(CONNECTION|EMPTY|SOCKET)|WebSocket connection/), []);
  await visit.close();
});

test('a session that is ended elsewhere says so once, keeps the draft, and comes back to the same place', async () => {
  const gateway = await gated('revoked');
  const { visit, page } = await signedIn(gateway.origin);
  const answer = await asks(page, 'How many geese?');
  await answer.say(2);
  await answer.end();
  await log(page).getByText(words(0, 2)).waitFor();
  await message(page).fill('A draft that must stay');
  const place = new URL(page.url()).hash;
  const elsewhere = await signedIn(gateway.origin);
  await elsewhere.page.goto(`${gateway.origin}/account`);
  await elsewhere.page.getByRole('button', { name: 'End the other session' }).click();
  await page.getByRole('status').getByText('You are signed out').waitFor();
  assert.equal(await log(page).getByText('How many geese?').count(), 1, 'what was read stays');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await signInByPassword(page, OWNER);
  await webApp(page);
  await log(page).getByText(words(0, 2)).waitFor();
  assert.equal(new URL(page.url()).hash, place);
  assert.equal(await message(page).inputValue(), 'A draft that must stay');
  await Promise.all([visit.close(), elsewhere.visit.close()]);
});

test('wb2 wb3 what a model writes runs nothing and loads nothing', async () => {
  const gateway = await gated('hostile');
  const { visit, page, seen } = await signedIn(gateway.origin);
  const answer = await asks(page, 'Say something bad');
  await answer.put(
    [
      '# A heading\n\n<img src=x onerror="window.hit=1"> <script>window.hit=1</script>\n\n',
      '![a picture](https://evil.example/p.png) [a link](javascript:window.hit=1) [another](https://evil.example/x)\n\n',
      '```html\n<b>code</b>\n```\n',
    ].join(''),
  );
  await answer.end();
  await log(page).getByRole('heading', { name: 'A heading' }).waitFor();
  await log(page).getByRole('link', { name: /another/ }).waitFor();
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await log(page).locator('img, script').count(), 0);
  assert.equal(await log(page).locator('a[href^="javascript"]').count(), 0);
  assert.deepEqual(seen.requests.filter((url) => url.includes('evil.example')), []);
  assert.deepEqual(complaints(seen), []);
  await visit.close();
});

test('wb4 a crafted link keeps the page at its own gateway', async () => {
  const gateway = await gated('crafted');
  const { visit, page, seen } = await signedIn(gateway.origin);
  for (const link of ['/?gateway=https://evil.example&token=abc#https://evil.example', '/?next=//evil.example#//evil.example/c/x']) {
    await page.goto(`${gateway.origin}${link}`);
    await webApp(page);
  }
  await page.goto(`${gateway.origin}/?x#/c/..%2f..%2fevil`);
  await page.getByText('There is no such conversation here').waitFor();
  assert.deepEqual(seen.requests.filter((url) => !url.startsWith(gateway.origin)), []);
  await visit.close();
});

test('Stop ends the turn where it runs, and keeps what was said', async () => {
  const gateway = await gated('stopped');
  const { visit, page } = await signedIn(gateway.origin);
  const answer = await asks(page, 'Talk for ever');
  await answer.say(3);
  await log(page).getByText(words(0, 3)).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await answer.isCut();
  await log(page).getByText(/^Stopped/).waitFor();
  await log(page).getByText(words(0, 3)).waitFor();
  await visit.close();
});
