// Many processes want a token at the moment it has expired. The provider kills the whole family of
// tokens when a rotated one is used again, so a second request would sign the person out.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes } from './rig/hermes.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { signIn } from './rig/sign-in.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig, { accessTtl: 2 }), Browser.start(rig)]);
});

test('16 processes with an expired token make exactly one refresh', async () => {
  const hermes = await Hermes.home(rig);
  await signIn(hermes, provider, browser, 'local');
  await provider.setAccessTtl(3600);
  const { access_token: expired } = await hermes.credential('local');
  await until(10_000, async () => (await provider.userinfo(expired)).status === 401, 'the token to expire');

  const callers = Array.from({ length: 16 }, () => hermes.start('auth', 'token', 'local'));
  for (const caller of callers) caller.closeInput();
  const ends = await Promise.all(callers.map((caller) => caller.end()));
  for (const end of ends) assert.equal(end.code, 0, end.said);
  const tokens = new Set(ends.map((end) => end.stdout.trim()));
  assert.equal(tokens.size, 1, 'everybody has the same token');
  assert.ok(!tokens.has(expired));
  assert.equal(provider.grants('refresh_token'), 1, 'one request reached the provider');
  assert.equal((await provider.userinfo([...tokens][0])).status, 200, 'and the family is alive');
});
