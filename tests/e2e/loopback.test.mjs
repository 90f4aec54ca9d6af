// A sign-in on one machine, through npm `oidc-provider`, clicked in Chromium.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes, asked, authorization } from './rig/hermes.mjs';
import { CLIENT_ID, Provider, SCOPE } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { signIn } from './rig/sign-in.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
});

test('signs in, refreshes and logs out at a server known only by its address', async () => {
  const hermes = await Hermes.home(rig, 'issuer');
  const { asks, page, stderr, stdout } = await signIn(hermes, provider, browser, 'local');

  assert.equal(asks.parameter('response_type'), 'code');
  assert.equal(asks.parameter('code_challenge_method'), 'S256');
  assert.ok(asks.parameter('state').length >= 43, 'state has 256 bits');
  assert.match(asks.redirect, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  assert.equal(stdout, '', 'stdout is for data');
  assert.match(stderr, new RegExp(`^Waiting for callback on ${asks.redirect}$`, 'm'));
  assert.match(stderr, /^Login successful!$/m);
  assert.match(stderr, /^Saved local OAuth credentials: "/m);
  assert.doesNotMatch(page.url, /code=|state=/, 'the code is gone from the address bar');
  assert.match(page.text, /signed in/i);
  assert.equal(await hermes.fileMode(), 0o600);

  const first = await hermes.token('local');
  assert.equal((await provider.userinfo(first)).json.email, 'ada@example.test');

  await hermes.ok('auth', 'refresh', 'local');
  const second = await hermes.token('local');
  assert.notEqual(second, first);
  assert.equal((await provider.userinfo(second)).status, 200);

  const { refresh_token: refreshToken } = await hermes.credential('local');
  await hermes.ok('auth', 'logout', 'local');
  assert.equal((await provider.userinfo(second)).status, 401, 'the access token died at the provider');
  assert.equal((await provider.refresh(refreshToken)).json.error, 'invalid_grant');
  assert.equal((await hermes.run('auth', 'token', 'local')).code, 4);
});

test('on a desktop, the browser is opened with the address', async () => {
  const hermes = await Hermes.home(rig, 'desktop');
  const adding = hermes.startOnDesktop(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID, '--scope', SCOPE],
  );
  const opened = await hermes.opened();
  const asks = await asked(adding);
  assert.equal(opened, asks.url.href, 'as its one argument');
  const visit = await browser.visit();
  await visit.approve(opened, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.doesNotMatch(end.said, /Remote session/);
});

test('renews an expired access token when a script asks for one', async () => {
  const hermes = await Hermes.home(rig, 'expiring');
  await provider.setAccessTtl(2);
  await signIn(hermes, provider, browser, 'local');
  await provider.setAccessTtl(3600);
  const { access_token: old, refresh_token: oldRefresh } = await hermes.credential('local');
  await until(10_000, async () => (await provider.userinfo(old)).status === 401, 'the token to expire');

  const token = await hermes.token('local');
  assert.notEqual(token, old);
  assert.equal((await provider.userinfo(token)).status, 200);
  assert.notEqual((await hermes.credential('local')).refresh_token, oldRefresh, 'the rotated token is kept');
  assert.equal(await hermes.token('local'), token, 'a fresh token is given again as it is');
});

test('reports events as JSON lines and nothing else on stdout', async () => {
  const hermes = await Hermes.home(rig, 'json');
  const adding = hermes.start(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID],
    ...['--scope', SCOPE, '--flow', 'loopback', '--no-browser', '--json'],
  );
  const [line] = await adding.says(/^\{"event":"authorize_url".*\}(?=\n)/m, { stream: 'stdout' });
  const asks = authorization(JSON.parse(line).url);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  const events = end.stdout.trim().split('\n').map((text) => JSON.parse(text));
  const order = ['authorize_url', 'waiting', 'signed_in'];
  const told = events.map(({ event }) => event).filter((event) => order.includes(event));
  assert.deepEqual(told, order);
  assert.equal(events.at(-1).event, 'signed_in');
  assert.equal(events.at(-1).provider, 'local');
  const { access_token: access, refresh_token: refresh } = await hermes.credential('local');
  assert.ok(!end.said.includes(access) && !end.said.includes(refresh), 'no token is printed');
});

test('a denied consent ends the sign-in with the reason of the provider', async () => {
  const hermes = await Hermes.home(rig, 'denied');
  const adding = hermes.start(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID],
    ...['--scope', SCOPE, '--flow', 'loopback'],
  );
  const asks = await asked(adding);
  const visit = await browser.visit();
  await visit.deny(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 1, end.said);
  assert.match(end.stderr, /^error\[auth\.denied\]: local authorization failed: End-User aborted interaction$/m);
  assert.match(await visit.text(), /not signed in/i);
});

test('a device is approved in the browser', async () => {
  const hermes = await Hermes.home(rig, 'device');
  const adding = hermes.start(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID],
    ...['--scope', SCOPE, '--flow', 'device', '--no-browser', '--json'],
  );
  const [line] = await adding.says(/^\{"event":"device_code".*\}(?=\n)/m, { stream: 'stdout' });
  const code = JSON.parse(line);
  assert.ok(code.verification_uri_complete.includes(code.user_code));
  const visit = await browser.visit();
  await visit.approveDevice(code.verification_uri_complete);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
});
