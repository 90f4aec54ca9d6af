// Passkeys in Chromium, whose developer tools stand in for a device: a gateway that is claimed by one, a second one
// that is added, signing in without typing a name, and coming back when the only one is lost.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { cookies, me, signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { NativeApp } from './rig/native-app.mjs';
import { Device } from './rig/passkeys.mjs';
import { freePort } from './rig/ports.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser;
before(async () => {
  browser = await Browser.start(rig, { names: ['localhost'] });
});

/** A gateway where people sign in, and browsers make passkeys. */
async function start(name, how = {}) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const config = `[gateway.proxy]\npublic_url = "${origin}"\ntrusted_proxies = ["10.0.0.1/32"]\n`;
  const gateway = await Gateway.start(rig, name, { port, config, ...how });
  return Object.assign(gateway, { origin });
}

/** The link that a command of the host prints. */
async function link(gateway, ...args) {
  const { stdout } = await gateway.hermes.ok(...args, '--port', String(gateway.port));
  return stdout.trim();
}

/** Accepts an invitation by a passkey. */
async function claim(page, url) {
  await page.goto(url);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await account(page);
}

/** Goes from the web app, to which every sign-in leads, to the page on which passkeys are kept. */
async function account(page) {
  await webApp(page);
  await page.goto(new URL('/account', page.url()).href);
  await page.getByText('Signed in to').waitFor();
}

const rows = (page) => page.locator('[data-passkey]');

/** Adds a passkey on the page of somebody who is signed in. */
async function add(page, name) {
  await page.getByLabel('Name of the new passkey').fill(name);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await rows(page).filter({ hasText: name }).waitFor();
}

const signOut = (page) => page.getByRole('button', { name: 'Sign out' }).click();

test('pk5 claims by a passkey, adds a second one, and signs in without typing a name', async () => {
  const gateway = await start('by-passkey');
  const laptop = await browser.visit();
  const seen = await laptop.watch(gateway.origin);
  const [first, { page }] = [await Device.of(laptop), laptop];
  await claim(page, await link(gateway, 'owner', 'invite'));
  assert.deepEqual([(await me(page)).body.user_id, (await me(page)).body.provider], ['owner', 'passkey']);
  const [made] = await first.credentials();
  assert.equal(made.rpId, 'localhost');
  assert.equal(Buffer.from(made.userHandle, 'base64').length, 32);

  await rows(page).getByRole('button', { name: 'Remove' }).click();
  await page.getByText('This is your last way to sign in').waitFor();
  await first.lose();
  const second = await Device.of(laptop);
  await add(page, 'Key in the drawer');
  assert.equal(await rows(page).count(), 2);
  await rows(page).first().getByRole('button', { name: 'Rename' }).click();
  await rows(page).first().getByLabel('Name of this passkey').fill('Laptop');
  await rows(page).first().getByRole('button', { name: 'Save' }).click();
  await rows(page).filter({ hasText: 'Laptop' }).waitFor();

  await second.answers(false);
  await signOut(page);
  await page.waitForURL(`${gateway.origin}/login`);
  await second.answers(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await account(page);
  await rows(page).filter({ hasText: 'Laptop' }).getByRole('button', { name: 'Remove' }).click();
  await rows(page).filter({ hasText: 'Laptop' }).waitFor({ state: 'detached' });
  const told = /status of (401|409)|Clear-Site-Data/;
  assert.deepEqual(seen.complaints.filter((text) => !told.test(text)), []);

  const { stdout } = await gateway.hermes.ok('users', 'list');
  assert.match(stdout, /owner\s+passkey/);
  const reasons = (await gateway.audit()).map(({ reason }) => reason);
  for (const reason of ['invitation_accepted', 'passkey_added', 'passkey_removed']) assert.ok(reasons.includes(reason), reason);
  await laptop.close();
});

test('adds a password to the passkey of the claim, and comes in by it where no passkey is', async () => {
  const gateway = await start('password-too');
  const laptop = await browser.visit();
  const seen = await laptop.watch(gateway.origin);
  const [device, { page }] = [await Device.of(laptop), laptop];
  await claim(page, await link(gateway, 'owner', 'invite'));
  const typed = async (name, password, again = password) => {
    await page.getByLabel('Name to sign in by').fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('The same once more').fill(again);
    await page.getByRole('button', { name: 'Add a password' }).click();
  };
  await typed(OWNER.username, OWNER.password, `${OWNER.password}!`);
  const differs = (field) => field.validationMessage;
  assert.equal(await page.getByLabel('The same once more').evaluate(differs), 'The two passwords differ.');
  await typed(OWNER.username, 'passwordpassword');
  await page.locator('[data-problem]').filter({ hasText: 'first that anybody tries' }).first().waitFor();
  await typed(OWNER.username, OWNER.password);
  await page.getByRole('button', { name: 'Change the password' }).waitFor();

  const elsewhere = await browser.visit();
  await elsewhere.page.goto(`${gateway.origin}/login?next=%2Faccount`);
  await signInByPassword(elsewhere.page, OWNER);
  const { body } = await me(elsewhere.page);
  assert.deepEqual([body.user_id, body.provider], ['owner', 'password']);
  // The passkey is not the last way in any more.
  await rows(page).getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL(/\/login/);
  assert.equal((await device.credentials()).length, 1, 'the device still has it, and it opens nothing');
  const told = /status of (401|422)|Clear-Site-Data/;
  assert.deepEqual(seen.complaints.filter((text) => !told.test(text)), []);
  const reasons = (await gateway.audit()).map(({ reason }) => reason);
  assert.deepEqual(reasons.filter((reason) => /password/.test(reason ?? '')), ['password_refused', 'password_added']);
  await Promise.all([laptop.close(), elsewhere.close()]);
});

test('loses the only passkey, and comes back by a link of the host', async () => {
  const gateway = await start('lost');
  const before = await browser.visit();
  const device = await Device.of(before);
  await claim(before.page, await link(gateway, 'owner', 'invite'));
  await device.lose();
  const reset = await link(gateway, 'owner', 'reset', '--force');
  const after = await browser.visit();
  const next = await Device.of(after);
  await claim(after.page, reset);
  assert.equal((await me(after.page)).body.user_id, 'owner');
  assert.equal((await me(before.page)).status, 401, 'what the lost one had opened is over');
  assert.equal((await next.credentials()).length, 1);
  assert.equal(await rows(after.page).count(), 1);
  const reasons = (await gateway.audit()).map(({ reason }) => reason);
  const told = reasons.filter((reason) => ['reset', 'invitation_accepted'].includes(reason));
  assert.deepEqual(told, ['invitation_accepted', 'reset', 'invitation_accepted']);
  await Promise.all([before.close(), after.close()]);
});

test('pk3 a passkey that somebody has copied, or that does not know its person, stays out', async () => {
  const gateway = await start('copied');
  const visit = await browser.visit();
  const [device, { page }] = [await Device.of(visit), visit];
  await claim(page, await link(gateway, 'owner', 'invite'));
  const [copied] = await device.credentials();
  await device.answers(false);
  await signOut(page);
  await page.waitForURL(`${gateway.origin}/login`);
  const signIn = page.getByRole('button', { name: 'Sign in with a passkey' });
  await device.answers(true);
  await signIn.click();
  await webApp(page);
  await device.lose();

  const thief = await browser.visit();
  const copy = await Device.of(thief);
  await copy.copy({ ...copied, signCount: 0 });
  await thief.page.goto(`${gateway.origin}/login?next=%2Faccount`);
  await thief.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await thief.page.getByText('The passkey was not accepted').waitFor();
  assert.equal((await me(thief.page)).status, 401);
  await copy.verifies(false);
  await thief.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await thief.page.getByText('Nothing was done').waitFor();
  const reasons = (await gateway.audit()).map(({ reason }) => reason);
  assert.ok(reasons.includes('passkey_counter_fell'));
  await Promise.all([visit.close(), thief.close()]);
});

test('the browser offers passkeys where a name is typed, and an app comes in by one', async () => {
  const gateway = await start('offered', { owner: OWNER });
  const visit = await browser.visit({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  const [device, { page }] = [await Device.of(visit), visit];
  await page.goto(`${gateway.origin}/login?next=%2Faccount`);
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0, 'nobody has one');
  await signInByPassword(page, OWNER);
  await add(page, 'Telephone');
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} pixels wide on a telephone`);
  await device.answers(false);
  await signOut(page);
  await page.waitForURL(`${gateway.origin}/login`);
  assert.equal(await page.locator('input[name=username]').getAttribute('autocomplete'), 'username webauthn');

  const app = await NativeApp.listen(rig, gateway.origin);
  await device.answers(true);
  await page.goto(app.address);
  // Here the device answers for its person what the browser offers; elsewhere they choose it from a list.
  await page.getByRole('heading', { name: `Let it in as ${OWNER.name}?` }).waitFor();
  await page.getByRole('button', { name: 'Allow' }).click();
  const tokens = await app.redeem((await app.answer(page)).code);
  assert.equal((await app.get('/api/auth/me', tokens)).body.provider, 'passkey');
  await page.goto(`${gateway.origin}/account`);
  await rows(page).getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL(/\/login/);
  assert.equal((await app.get('/api/auth/me', tokens)).status, 401, 'the app was let in by that passkey');
  assert.deepEqual(Object.keys(await cookies(visit.context)).filter((name) => name.includes('session')), []);
  await visit.close();
});

test('pk2 at an address it says where passkeys work, and leads there', async () => {
  const gateway = await start('address');
  const visit = await browser.visit();
  await Device.of(visit);
  const url = await link(gateway, 'owner', 'invite');
  await visit.page.goto(url.replace('localhost', '127.0.0.1'));
  await visit.page.getByText(`Passkeys work at ${gateway.origin}`).waitFor();
  assert.equal(await visit.page.getByRole('button', { name: 'Use a passkey' }).isVisible(), false);
  await visit.page.getByRole('link', { name: 'Open this link there' }).click();
  await visit.page.getByRole('button', { name: 'Use a passkey' }).click();
  await webApp(visit.page);
  assert.equal(new URL(visit.page.url()).origin, gateway.origin);
  await visit.close();
});

test('nothing is left behind', async () => {
  await rig.close();
});
