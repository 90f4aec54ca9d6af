// A gateway without an owner, claimed in Chromium by the link that its host prints: by a password and at an
// identity provider. What is secret in the link stays nowhere.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { cookies, me, signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER, issuer } from './rig/gateway.mjs';
import { freePort } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let company, browser;
before(async () => {
  [company, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
});

/** A gateway where people sign in, of which nobody is the owner; the provider's lists name nobody who comes. */
async function unclaimed(name) {
  const port = await freePort();
  const lists = 'display_name = "Company"\nallow_emails = ["nobody@example.test"]';
  const config = await issuer('company', company, `http://127.0.0.1:${port}`, lists);
  return Gateway.start(rig, name, { port, config });
}

/** The link that a command of the host prints. */
async function link(gateway, ...args) {
  const { stdout } = await gateway.hermes.ok(...args, '--port', String(gateway.port));
  const url = new URL(stdout.trim());
  assert.equal(`${url.origin}${url.pathname}`, `${gateway.origin}/claim`);
  assert.match(url.hash, /^#[\w-]{43}$/);
  return { url: url.href, secret: url.hash.slice(1) };
}

/** Chooses a name and a password on the page of an invitation. */
async function choose(page, { username, password }) {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('input[name=again]').fill(password);
  await page.locator('[data-go]').click();
}

/** Every address that the tab would go back or forward to. */
async function history(visit) {
  const session = await visit.context.newCDPSession(visit.page);
  const { entries } = await session.send('Page.getNavigationHistory');
  return entries.flatMap(({ url, userTypedURL }) => [url, userTypedURL]);
}

test('wb4 pw6 claims by a password, once, and the browser keeps nothing of the link', async () => {
  const gateway = await unclaimed('by-password');
  const visit = await browser.visit();
  const seen = await visit.watch(gateway.origin);
  const { page } = visit;
  assert.equal((await page.goto(`${gateway.origin}/account`)).status(), 503);
  await page.getByText('hermes owner invite').waitFor();
  const { url, secret } = await link(gateway, 'owner', 'invite');
  await page.goto(url);
  await page.getByRole('heading', { name: 'Claim this gateway' }).waitFor();
  assert.equal(page.url(), `${gateway.origin}/claim`);
  await choose(page, { username: 'ada', password: 'passwordpassword' });
  await page.getByRole('alert').waitFor();
  assert.match(await visit.text(), /one of the first that anybody tries/);
  await choose(page, OWNER);
  await webApp(page);
  assert.equal(page.url(), `${gateway.origin}/`);
  assert.equal((await me(page)).body.user_id, 'owner');

  assert.ok((await history(visit)).every((address) => !address.includes(secret)), 'the history');
  const sent = seen.requests.map((address) => address.split('#')[0]);
  assert.ok(sent.every((address) => !address.includes(secret)), 'the requests');
  const storage = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!storage.includes(secret), storage);
  assert.ok(Object.values(await cookies(visit.context)).every(({ value }) => value !== secret));
  const told = /status of (422|503)/;
  assert.deepEqual(seen.complaints.filter((text) => !told.test(text)), []);

  const late = await browser.visit();
  await late.page.goto(url);
  await late.page.getByRole('heading', { name: 'The link was not accepted' }).waitFor();
  assert.match(await late.text(), /The link was used before, or is over/);
  await late.page.goto(`${gateway.origin}/login?next=%2Faccount`);
  await signInByPassword(late.page, OWNER);
  await late.page.getByText('Signed in to').waitFor();
  const lines = await gateway.audit();
  assert.ok(!JSON.stringify(lines).includes(secret));
  assert.ok(lines.some(({ reason }) => reason === 'invitation_accepted'));
  await Promise.all([visit.close(), late.close()]);
});

test('claims at the provider, invites somebody, and comes back in by a reset', async () => {
  const gateway = await unclaimed('at-provider');
  const ada = await browser.visit();
  const claim = await link(gateway, 'owner', 'invite');
  await ada.page.goto(claim.url);
  await ada.page.getByRole('button', { name: 'Continue with Company' }).click();
  await ada.approveHere({ login: 'ada' });
  await webApp(ada.page);
  const { body: owner } = await me(ada.page);
  assert.deepEqual([owner.user_id, owner.provider, owner.email], ['owner', 'company', 'ada@example.test']);
  assert.ok((await history(ada)).every((address) => !address.includes(claim.secret)));

  const bob = await browser.visit({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await bob.page.goto((await link(gateway, 'users', 'invite', 'bob')).url);
  await bob.page.getByRole('heading', { name: 'You are invited, bob' }).waitFor();
  assert.equal(await bob.page.locator('input[name=username]').inputValue(), 'bob');
  const width = await bob.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} pixels wide on a telephone`);
  await choose(bob.page, { username: 'bob', password: 'nineteen herons on a wall' });
  await webApp(bob.page);
  assert.notEqual((await me(bob.page)).body.user_id, 'owner');

  const eve = await browser.visit();
  await eve.page.goto(`${gateway.origin}/login?next=%2Faccount`);
  await eve.page.getByRole('link', { name: 'Continue with Company' }).click();
  await eve.approveHere({ login: 'eve' });
  const command = await eve.page.locator('pre').innerText();
  assert.match(command, /^hermes users allow \S+#\S+$/);
  await gateway.hermes.ok(...command.split(' ').slice(1));
  await eve.page.goto(`${gateway.origin}/login?next=%2Faccount`);
  await eve.page.getByRole('link', { name: 'Continue with Company' }).click();
  await eve.page.getByText('Signed in to').waitFor();

  const reset = await link(gateway, 'owner', 'reset', '--force');
  await ada.page.goto(reset.url);
  await ada.page.getByRole('heading', { name: 'Claim this gateway' }).waitFor();
  await choose(ada.page, OWNER);
  await webApp(ada.page);
  assert.equal((await me(ada.page)).body.user_id, 'owner');
  await Promise.all([ada, bob, eve].map((visit) => visit.close()));
});

test('without a script the page shows no form, which could not send the secret', async () => {
  const gateway = await unclaimed('without-script');
  const visit = await browser.visit({ javaScriptEnabled: false });
  await visit.page.goto((await link(gateway, 'owner', 'invite')).url);
  await visit.page.getByText('hermes owner invite').waitFor();
  assert.equal(await visit.page.locator('form').isVisible(), false);
  await visit.close();
});

test('nothing is left behind', async () => {
  await rig.close();
});
