// The pages of the gateway in a real browser: with a script, without one, and under their policy.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { PageSocket, SESSION_ENDED, cookies, signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser;
before(async () => {
  browser = await Browser.start(rig);
});

/** A gateway that has an owner with a password. */
const gated = (name) => Gateway.start(rig, name, { owner: OWNER });

test('wb1 wb8 signs in, names and ends sessions, signs out, and breaks no policy', async () => {
  const { origin } = await gated('with-script');
  const here = await browser.visit();
  const seen = await here.watch(origin);
  const { page } = here;
  await page.goto(`${origin}/account?from=bookmark`);
  assert.equal(new URL(page.url()).pathname, '/login');
  await signInByPassword(page, { ...OWNER, password: 'another password' });
  await page.getByRole('alert').waitFor();
  assert.match(await here.text(), /The name or the password is wrong\./);
  assert.equal(await page.locator('input[name=username]').inputValue(), OWNER.username);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: OWNER.name }).waitFor();
  assert.equal(page.url(), `${origin}/account?from=bookmark`, 'it lands where it was going');

  const elsewhere = await browser.visit();
  await elsewhere.page.goto(`${origin}/login?next=%2Faccount`);
  await signInByPassword(elsewhere.page, OWNER);
  await elsewhere.page.getByRole('heading', { name: OWNER.name }).waitFor();
  const socket = await PageSocket.open(elsewhere.page);

  await page.reload();
  const rows = page.locator('[data-session]');
  assert.equal(await rows.count(), 2);
  const own = rows.filter({ hasText: 'This one' });
  await own.getByRole('button', { name: 'Rename' }).click();
  await own.locator('input[name=name]').fill('The desk <b>');
  await own.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'The desk <b>' }).waitFor();

  const ended = page.waitForResponse((response) => response.request().method() === 'DELETE');
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await ended;
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
  await rows.nth(1).waitFor({ state: 'detached' });
  await elsewhere.page.reload();
  assert.equal(new URL(elsewhere.page.url()).pathname, '/login');

  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${origin}/login`);
  assert.deepEqual(await cookies(here.context), {});
  await page.goBack();
  await page.waitForURL(/\/login/);
  // The browser says on its own that a sign-in had status 401, and what the sign-out cleared.
  const told = /status of 401|^info: Clear-Site-Data/;
  assert.deepEqual(seen.complaints.filter((text) => !told.test(text)), []);
  assert.ok(seen.requests.every((url) => url.startsWith(`${origin}/`)), seen.requests.join('\n'));
});

test('pw6 changes the password, which ends the other sessions', async () => {
  const { origin } = await gated('password');
  const here = await browser.visit();
  const elsewhere = await browser.visit();
  for (const { page } of [elsewhere, here]) {
    await page.goto(`${origin}/login?next=%2Faccount`);
    await signInByPassword(page, OWNER);
    await page.getByRole('heading', { name: OWNER.name }).waitFor();
  }
  const seen = await here.watch(origin);
  const { page } = here;
  const change = async (current, next) => {
    await page.locator('input[name=current]').fill(current);
    await page.locator('input[name=new]').fill(next);
    await page.getByRole('button', { name: 'Change the password' }).click();
  };
  await change('another password', 'seventeen herons over the weir');
  await page.getByRole('alert').waitFor();
  assert.match(await here.text(), /The current password is wrong/);
  await change(OWNER.password, 'password password password');
  await page.getByText('one of the first that anybody tries').waitFor();
  await change(OWNER.password, 'seventeen herons over the weir');
  await page.getByText('The password is changed').waitFor();
  assert.equal(await page.locator('[data-session]').count(), 1);
  await elsewhere.page.reload();
  assert.equal(new URL(elsewhere.page.url()).pathname, '/login');
  await signInByPassword(elsewhere.page, { ...OWNER, password: 'seventeen herons over the weir' });
  await elsewhere.page.getByRole('heading', { name: OWNER.name }).waitFor();
  // The browser says on its own that two requests were refused.
  assert.deepEqual(seen.complaints.filter((text) => !/status of (403|422)/.test(text)), []);
});

test('signs in and out without a script', async () => {
  const { origin } = await gated('without-script');
  const { page, context } = await browser.visit({ javaScriptEnabled: false });
  await page.goto(`${origin}/account`);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: OWNER.name }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Rename' }).count(), 0);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${origin}/login`);
  assert.deepEqual(await cookies(context), {});
  await context.close();
});

test('ws11 wb4 a printed link opens one browser once and leaves no trace in its history', async () => {
  const { origin, port, hermes } = await Gateway.start(rig, 'local');
  const asking = await hermes.start('link', '--port', String(port)).end();
  assert.equal(asking.code, 0, asking.said);
  const [link] = asking.said.match(/http:\S+/);
  const secret = new URL(link).hash.slice(1);
  assert.equal(secret.length, 43);
  const here = await browser.visit();
  const seen = await here.watch(origin);
  await here.page.goto(link);
  await webApp(here.page);
  const { entries } = await here.history();
  assert.ok(!JSON.stringify(entries).includes(secret));
  assert.deepEqual(seen.complaints, []);
  assert.ok(seen.requests.every((url) => !url.includes(secret)));

  const other = await browser.visit();
  await other.page.goto(link);
  await other.page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  await other.page.goto(`${origin}/account`);
  await other.page.getByRole('heading', { name: 'Open the printed link' }).waitFor();
});

test('sc7 a form of another page signs nobody in', async () => {
  const { origin } = await gated('foreign');
  const { page, context } = await browser.visit();
  const action = `${origin}/auth/password-login?provider=password`;
  const form = `<form method="post" action="${action}"><input name="username" value="${OWNER.username}">
    <input name="password" value="${OWNER.password}"><button>Go</button></form>`;
  await page.setContent(form);
  const answered = page.waitForResponse(action);
  await page.getByRole('button').click();
  assert.equal((await answered).status(), 403);
  assert.deepEqual(await cookies(context), {});
});
