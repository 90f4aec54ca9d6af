// Settings of the web app in Chromium: the host is signed in to providers from the page, with a code and by pasting,
// and sessions are ended.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Hermes } from './rig/hermes.mjs';
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
