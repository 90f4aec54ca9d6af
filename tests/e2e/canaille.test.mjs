// The same through a second, unrelated server: exact redirect address, nonce required.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Canaille, PERSON } from './rig/canaille.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { freePort } from './rig/ports.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let canaille, browser;
before(async () => {
  [canaille, browser] = await Promise.all([Canaille.start(rig), Browser.start(rig)]);
});

test('signs in on the one registered port, refreshes and logs out', async () => {
  const hermes = await Hermes.home(rig);
  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  const adding = hermes.start(
    ...['auth', 'add', 'people', '--issuer', canaille.issuer, '--client-id', await canaille.register([redirectUri])],
    ...['--scope', 'openid profile email', '--port', String(port), '--flow', 'loopback'],
  );
  const asks = await asked(adding);
  assert.equal(asks.redirect, redirectUri);
  assert.ok(asks.parameter('nonce'), 'an OpenID request carries a nonce');
  const visit = await browser.visit();
  await visit.approveCanaille(asks.url.href, { ...PERSON, target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.match(await visit.text(), /signed in/i);

  const first = await hermes.token('people');
  assert.equal((await canaille.userinfo(first)).status, 200);

  await hermes.ok('auth', 'refresh', 'people');
  const second = await hermes.token('people');
  assert.notEqual(second, first);
  assert.equal((await canaille.userinfo(second)).status, 200);

  // canaille lets only clients with a secret revoke. The person must hear that the token may live on.
  const logout = await hermes.run('auth', 'logout', 'people');
  assert.equal(logout.code, 1);
  assert.match(logout.stderr, /^error\[auth\.revoke_failed\]: /m);
  assert.equal((await canaille.userinfo(second)).status, 200, 'it is as hermes says');
  assert.equal((await hermes.run('auth', 'token', 'people')).code, 4, 'it is gone from this machine');
});
