// Apps that sign in through a real browser: one of ours that listens on loopback, and the guide's commands.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { PageSocket, SESSION_ENDED, cookies, signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Blocks } from './rig/guide.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { NativeApp } from './rig/native-app.mjs';
import { Rig } from './rig/rig.mjs';

const GUIDE = 'docs/src/guides/apps.md';
const rig = await Rig.open();
let browser;
before(async () => {
  browser = await Browser.start(rig);
});

/** A gateway that has an owner with a password. */
const gated = (name) => Gateway.start(rig, name, { owner: OWNER });

test('as4 as9 an app signs in by password, refreshes, and ends with its socket', async () => {
  const { origin } = await gated('app');
  const status = await (await fetch(`${origin}/api/status`)).json();
  assert.ok(status.auth_flows.includes('native_loopback'));
  const app = await NativeApp.listen(rig, origin);
  const here = await browser.visit();
  const seen = await here.watch(origin);
  const { page } = here;
  await page.goto(app.address);
  assert.equal(new URL(page.url()).pathname, '/login');
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: `Let it in as ${OWNER.name}?` }).waitFor();
  const text = await here.text();
  for (const part of ['Walking app', 'the desk', String(app.port)]) assert.ok(text.includes(part), `${part}: ${text}`);
  assert.equal(app.answers.length, 0, 'no click, no code');
  const [decline, allow] = ['Decline', 'Allow'].map((name) => page.getByRole('button', { name }));
  const [one, other] = [await decline.boundingBox(), await allow.boundingBox()];
  assert.deepEqual([one.width, one.height, one.y], [other.width, other.height, other.y]);
  await allow.click();
  const answer = await app.answer(page);
  assert.deepEqual([answer.state, answer.iss], [app.state, origin]);
  // Nothing but the gateway and the listener of the app was asked, and no policy was broken.
  assert.deepEqual(seen.complaints, []);
  const elsewhere = seen.requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith(app.redirect));
  assert.deepEqual(elsewhere, []);

  const tokens = await app.redeem(answer.code);
  const me = await app.get('/api/auth/me', tokens);
  assert.deepEqual([me.status, me.body.user_id, me.body.provider], [200, 'owner', 'password']);
  const next = await app.refresh(tokens);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  // The window of the app, in which nobody is signed in.
  const shell = await browser.visit();
  await shell.page.goto(`${origin}/login?next=%2Faccount`);
  const socket = await PageSocket.open(shell.page, '', await app.ticket(next));

  await page.goto(`${origin}/account`);
  const row = page.locator('[data-session]').filter({ hasText: 'the desk' });
  assert.match(await row.innerText(), /App · Walking app/);
  await row.getByRole('button', { name: 'End' }).click();
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
  assert.equal((await app.get('/api/auth/me', next)).status, 401);
  await assert.rejects(app.refresh(next), /401.*session_expired/);
});

test('as7 a program that knows nothing but the standards signs in, and stays signed in', async () => {
  const { origin } = await gated('standards');
  const hermes = await Hermes.home(rig, 'client-of-standards');
  const adding = hermes.start('auth', 'add', 'ours', '--issuer', origin, '--client-id', 'a-library', '--flow', 'loopback');
  const asks = await asked(adding);
  assert.equal(asks.url.origin, origin);
  const { page } = await browser.visit();
  await page.goto(asks.url.href);
  await signInByPassword(page, OWNER);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL((now) => now.href.startsWith(asks.origin));
  const { code, said } = await adding.end();
  assert.equal(code, 0, said);
  const opens = async (token) => {
    const answer = await fetch(`${origin}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } });
    return answer.status;
  };
  const first = await hermes.token('ours');
  assert.equal(await opens(first), 200);
  await hermes.ok('auth', 'refresh', 'ours');
  const second = await hermes.token('ours');
  assert.notEqual(second, first);
  assert.equal(await opens(second), 200);
});

test('as4 a live session is asked too, a no is told, and no other page can ask', async () => {
  const { origin } = await gated('asked');
  const { page, context } = await browser.visit();
  await page.goto(`${origin}/login?next=%2Faccount`);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: OWNER.name }).waitFor();
  for (const name of ['Allow', 'Decline']) {
    const app = await NativeApp.listen(rig, origin);
    await page.goto(app.address);
    await page.getByRole('button', { name }).waitFor();
    assert.equal(app.answers.length, 0, 'no click, no code');
    await page.getByRole('button', { name }).click();
    const answer = await app.answer(page);
    assert.equal(answer.error, name === 'Decline' ? 'access_denied' : undefined);
    assert.equal(answer.state, app.state);
  }
  // The page of another program: it can neither frame ours nor click for the person.
  const app = await NativeApp.listen(rig, origin);
  const framing = await NativeApp.page(rig, `<iframe src="${app.address.replaceAll('&', '&amp;')}"></iframe>`);
  await page.goto(framing);
  const frame = await page.waitForSelector('iframe');
  await page.waitForLoadState('networkidle');
  const inside = await (await frame.contentFrame()).content();
  assert.ok(inside.includes('ERR_BLOCKED_BY_RESPONSE'), inside);
  assert.equal(app.answers.length, 0);
  assert.ok(Object.keys(await cookies(context)).length > 0, 'somebody was signed in all the time');
});

test('as1 a hostile address ends on a page of the gateway', async () => {
  const { origin } = await gated('hostile');
  const { page } = await browser.visit();
  await page.goto(`${origin}/login?next=%2Faccount`);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: OWNER.name }).waitFor();
  const app = await NativeApp.listen(rig, origin);
  for (const redirect of [
    `http://localhost:${app.port}/callback`,
    `http://127.0.0.1:${app.port}@evil.test/callback`,
    `http://127.0.0.1:80@127.0.0.1:${app.port}/callback`,
    `http://127.1:${app.port}/callback`,
    `http://[::ffff:127.0.0.1]:${app.port}/callback`,
  ]) {
    await page.goto(app.addressTo(redirect));
    await page.getByRole('heading', { name: 'The app is not let in' }).waitFor();
    assert.equal(new URL(page.url()).origin, origin, redirect);
  }
  assert.equal(app.answers.length, 0);
});

test("the guide's commands, as they stand", async () => {
  const { origin } = await gated('guide');
  const blocks = await Blocks.read();
  const sh = async (start, variables) => {
    const { text } = blocks.all.find(({ path, text }) => path === GUIDE && text.startsWith(start));
    // What the first block sets, the second one uses.
    const script = `${text}\n${start === 'VERIFIER' ? 'echo "$VERIFIER"' : ''}`;
    const { stdout } = await rig.run('/bin/sh', ['-eu', '-c', script], {
      env: { GATEWAY: origin, ...variables },
    });
    return stdout.trim().split('\n');
  };
  const [address, VERIFIER] = await sh('VERIFIER', {});
  const { page } = await browser.visit();
  await page.goto(address);
  await signInByPassword(page, OWNER);
  const arrived = page.waitForRequest((request) => request.url().startsWith('http://127.0.0.1:53123/'));
  await page.getByRole('button', { name: 'Allow' }).click();
  const CODE = new URL((await arrived).url()).searchParams.get('code');
  const [redeemed] = await sh("printf 'code=", { CODE, VERIFIER });
  const tokens = JSON.parse(redeemed);
  const answers = await sh("printf 'Authorization", { ACCESS_TOKEN: tokens.access_token });
  assert.match(answers.join(''), /"user_id":"owner".*"ticket":"[\w-]{43}"/);
  const [refreshed] = await sh("printf 'refresh_token=", { REFRESH_TOKEN: tokens.refresh_token });
  assert.deepEqual(Object.keys(JSON.parse(refreshed)), Object.keys(tokens));
});
