// Settings of the web app in Chromium: the host is signed in to providers from the page, with a code and by pasting,
// credentials are removed one by one, and sessions are ended; and the page looks as is chosen.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Hermes } from './rig/hermes.mjs';
import { look, lookAround } from './rig/look.mjs';
import { Provider } from './rig/provider.mjs';
import { anthropicAt, xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser, provider;
before(async () => ([browser, provider] = await Promise.all([Browser.start(rig), Provider.start(rig)])));

/** A page of the settings of a gateway whose host knows the provider of this run. */
async function settings(name, section) {
  const hermes = await Hermes.home(rig, name);
  const metadata = await provider.metadata();
  await hermes.writeProviders(`${xaiAt(metadata)}\n${anthropicAt(metadata)}`);
  const gateway = await Gateway.start(rig, name, { owner: OWNER, hermes });
  const visit = await browser.visit();
  const seen = await visit.watch(gateway.origin);
  await visit.page.goto(`${gateway.origin}/#/settings/${section}`);
  await signInByPassword(visit.page, OWNER);
  return { hermes, gateway, visit, page: visit.page, seen };
}

const row = (page, name) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });

test('signs the host in with a code that another browser approves, and out again', async () => {
  const { hermes, visit, page, seen } = await settings('device', 'providers');
  await page.getByRole('button', { name: /^Sign in to xAI/ }).click();
  const shown = row(page, /xAI/);
  const link = shown.getByRole('link', { name: /device/ });
  const address = await link.getAttribute('href');
  await shown.getByRole('img').waitFor();
  await page.reload();
  await shown.getByText(/left/).waitFor();
  const phone = await browser.visit();
  await phone.approveDevice(address);
  await shown.getByText('Signed in', { exact: true }).waitFor();
  assert.equal((await provider.userinfo(await hermes.token('xai-oauth'))).status, 200);
  await shown.getByRole('button', { name: /^Sign out of xAI/ }).click();
  await shown.getByRole('button', { name: 'Sign out', exact: true }).last().click();
  await shown.getByText('Not signed in').waitFor();
  assert.deepEqual(seen.complaints, []);
  await Promise.all([visit.close(), phone.close()]);
});

test('signs the host in by a code that is pasted, once after a wrong one', async () => {
  const { visit, page, seen } = await settings('paste', 'providers');
  await page.getByRole('button', { name: /^Sign in to Anthropic/ }).click();
  const shown = row(page, 'Anthropic');
  const address = await shown.getByRole('link', { name: /^Open / }).getAttribute('href');
  await shown.getByLabel('Where you ended').fill('nothing of the kind');
  await shown.getByRole('button', { name: 'Finish the sign-in' }).click();
  await shown.getByRole('alert').waitFor();
  assert.equal(await shown.getByLabel('Where you ended').inputValue(), 'nothing of the kind', 'it can be mended');
  const other = await browser.visit();
  await other.approve(address, { target: provider.issuer });
  await shown.getByLabel('Where you ended').fill(await other.shownCode());
  await shown.getByRole('button', { name: 'Finish the sign-in' }).click();
  await shown.getByText('Signed in', { exact: true }).waitFor();
  assert.deepEqual(seen.complaints, []);
  await Promise.all([visit.close(), other.close()]);
});

test('shows where somebody is signed in, and ends what is elsewhere', async () => {
  const { gateway, visit, page } = await settings('sessions', 'sessions');
  const elsewhere = await browser.visit();
  await elsewhere.page.goto(gateway.origin);
  await signInByPassword(elsewhere.page, OWNER);
  await webApp(elsewhere.page);
  await page.reload();
  await page.getByText('This one').waitFor();
  await page.getByRole('button', { name: 'End the other session' }).click();
  await page.getByRole('button', { name: 'End it', exact: true }).click();
  await elsewhere.page.getByText('You are signed out').waitFor();
  await visit.close();
});

test('shows each of several credentials, has one tried again, and removes another', async () => {
  const { hermes, visit, page, seen } = await settings('pool', 'providers');
  for (const label of ['work', 'home', 'spare']) {
    await hermes.ok('auth', 'add', 'anthropic', '--no-check', '--api-key', `sk-ant-${label}`, '--label', label);
  }
  const file = await hermes.file();
  const pool = file.credential_pool.anthropic;
  const refused = { last_status: 'exhausted', last_status_at: Date.now() / 1000, last_error_code: 429 };
  for (const label of ['work', 'spare']) Object.assign(pool.find((one) => one.label === label), refused);
  await writeFile(`${hermes.place}/auth.json`, JSON.stringify(file), { mode: 0o600 });
  await page.reload();
  const list = page.getByRole('list', { name: 'What the host has of Anthropic' });
  const one = (label) => list.getByRole('listitem').filter({ has: page.getByRole('heading', { name: label, exact: true }) });
  await one('work').getByText(/, again /).waitFor();
  await one('home').getByText('Answers next').waitFor();
  await lookAround(page, 'pool');
  await page.getByRole('button', { name: 'Try again now: work' }).click();
  await page.getByText('work is asked again.', { exact: true }).waitFor();
  await one('work').getByText(/, again /).waitFor({ state: 'detached' });
  await one('spare').getByText(/, again /).waitFor();
  await page.getByRole('button', { name: 'Remove home' }).click();
  await page.getByText('Remove home from the host?').waitFor();
  await look(page, 'pool-remove');
  await page.getByRole('button', { name: 'Remove it' }).click();
  await page.getByText('home is removed from the host.', { exact: true }).waitFor();
  await one('home').waitFor({ state: 'detached' });
  const labels = (await hermes.file()).credential_pool.anthropic.map(({ label }) => label);
  assert.deepEqual(labels.toSorted(), ['spare', 'work']);
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

test('has more contrast and other letters where they are chosen, and loads no letters before', async () => {
  const { visit, page, seen } = await settings('appearance', 'appearance');
  await page.getByRole('radio', { name: 'More' }).waitFor();
  const faces = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'font') faces.push(new URL(request.url()).origin);
  });
  await page.reload();
  await page.getByRole('radio', { name: 'More' }).check();
  await lookAround(page, 'contrast');
  assert.deepEqual(faces, []);
  await page.getByRole('radio', { name: 'Easier to tell apart' }).check();
  await page.evaluate(() => document.fonts.ready);
  assert.equal(await page.evaluate(() => document.fonts.check('16px "Atkinson Hyperlegible Next Variable"')), true);
  assert.deepEqual([...new Set(faces)], [new URL(page.url()).origin]);
  await lookAround(page, 'letters');
  await page.reload();
  assert.equal(await page.getByRole('radio', { name: 'Easier to tell apart' }).isChecked(), true);
  await page.emulateMedia({ forcedColors: 'active' });
  await look(page, 'forced-colours');
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});
