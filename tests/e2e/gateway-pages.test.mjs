// The pages of the gateway in a real browser: with a script, without one, and under their policy.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes } from './rig/hermes.mjs';
import { Rig } from './rig/rig.mjs';

const PASSWORD = 'fourteen geese in a canal';
const rig = await Rig.open();
let browser;
before(async () => {
  browser = await Browser.start(rig);
});

/** Starts a gateway. `link` is what it prints to be opened, `origin` where it is. */
async function serve(hermes) {
  const gateway = hermes.start('serve', '--port', '0', '--no-open');
  const [, port] = await gateway.says(/HERMES_BACKEND_READY port=(\d+)/);
  const [link] = await gateway.says(/http:\/\/127\.0\.0\.1:\d+\/\S*/);
  return { origin: `http://127.0.0.1:${port}`, link };
}

/** A home whose gateway has `ada`, its owner. */
async function gated(name) {
  const hermes = await Hermes.home(rig, name);
  const adding = hermes.start('users', 'add', 'ada', '--display-name', 'Ada L.', '--password-stdin');
  adding.write(`${PASSWORD}\n`);
  adding.closeInput();
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  return serve(hermes);
}

async function signIn(page, password) {
  await page.locator('input[name=username]').fill('ada');
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('wb1 wb8 signs in, names and ends sessions, signs out, and breaks no policy', async () => {
  const { origin } = await gated('with-script');
  const here = await browser.visit();
  const seen = await here.watch(origin);
  const { page } = here;
  await page.goto(`${origin}/?from=bookmark`);
  assert.equal(new URL(page.url()).pathname, '/login');
  await signIn(page, 'another password');
  await page.getByRole('alert').waitFor();
  assert.match(await here.text(), /The name or the password is wrong\./);
  assert.equal(await page.locator('input[name=username]').inputValue(), 'ada');
  await signIn(page, PASSWORD);
  await page.getByRole('heading', { name: 'Ada L.' }).waitFor();
  assert.equal(page.url(), `${origin}/?from=bookmark`, 'it lands where it was going');

  const elsewhere = await browser.visit();
  await elsewhere.page.goto(`${origin}/login`);
  await signIn(elsewhere.page, PASSWORD);
  await elsewhere.page.getByRole('heading', { name: 'Ada L.' }).waitFor();

  await page.reload();
  const rows = page.locator('[data-session]');
  assert.equal(await rows.count(), 2);
  const own = rows.filter({ hasText: 'This one' });
  await own.getByRole('button', { name: 'Rename' }).click();
  await own.locator('input[name=name]').fill('The desk <b>');
  await own.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'The desk <b>' }).waitFor();

  await page.getByRole('button', { name: 'End', exact: true }).click();
  await rows.nth(1).waitFor({ state: 'detached' });
  await elsewhere.page.reload();
  assert.equal(new URL(elsewhere.page.url()).pathname, '/login');

  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${origin}/login`);
  assert.deepEqual(await here.context.cookies(), []);
  await page.goBack();
  await page.waitForURL(/\/login/);
  // The browser says on its own that a sign-in had status 401, and what the sign-out cleared.
  const told = /status of 401|^info: Clear-Site-Data/;
  assert.deepEqual(seen.complaints.filter((text) => !told.test(text)), []);
  assert.ok(seen.requests.every((url) => url.startsWith(`${origin}/`)), seen.requests.join('\n'));
});

test('signs in and out without a script', async () => {
  const { origin } = await gated('without-script');
  const context = await browser.chromium.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  await signIn(page, PASSWORD);
  await page.getByRole('heading', { name: 'Ada L.' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Rename' }).count(), 0);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${origin}/login`);
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});

test('ws11 wb4 a printed link opens one browser once and leaves no trace in its history', async () => {
  const { origin, link } = await serve(await Hermes.home(rig, 'local'));
  const secret = new URL(link).hash.slice(1);
  assert.equal(secret.length, 43);
  const here = await browser.visit();
  const seen = await here.watch(origin);
  await here.page.goto(link);
  await here.page.getByRole('heading', { name: 'You are the owner' }).waitFor();
  const { entries } = await here.history();
  assert.ok(!JSON.stringify(entries).includes(secret));
  assert.deepEqual(seen.complaints, []);
  assert.ok(seen.requests.every((url) => !url.includes(secret)));

  const other = await browser.visit();
  await other.page.goto(link);
  await other.page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  await other.page.goto(`${origin}/`);
  await other.page.getByRole('heading', { name: 'Open the printed link' }).waitFor();
});

test('sc7 a form of another page signs nobody in', async () => {
  const { origin } = await gated('foreign');
  const { page, context } = await browser.visit();
  const action = `${origin}/auth/password-login?provider=password`;
  const form = `<form method="post" action="${action}"><input name="username" value="ada">
    <input name="password" value="${PASSWORD}"><button>Go</button></form>`;
  await page.setContent(form);
  await page.getByRole('button').click();
  await page.waitForURL(action);
  assert.deepEqual(await context.cookies(), []);
});
