// Many processes want a token at the moment it has expired. The provider kills the whole family of
// tokens when a rotated one is used again, so a second request would sign the person out.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes } from './rig/hermes.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { callersBinary } from './rig/settings.mjs';
import { signIn } from './rig/sign-in.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig, { accessTtl: 2 }), Browser.start(rig)]);
});

/** A home whose access token has just ended. Answers with it and the token. */
async function expired(name) {
  const hermes = await Hermes.home(rig, name);
  await provider.setAccessTtl(2);
  await signIn(hermes, provider, browser, 'local');
  await provider.setAccessTtl(3600);
  const { access_token: token } = await hermes.credential('local');
  await until(10_000, async () => (await provider.userinfo(token)).status === 401, 'the token to expire');
  return { hermes, token };
}

/** One token for everybody, by one request, and the family is alive. */
async function proves(all, count, before, old) {
  assert.equal(all.length, count, 'everybody has a token');
  const tokens = new Set(all);
  assert.equal(tokens.size, 1, 'and the same one');
  assert.ok(!tokens.has(old));
  assert.equal(provider.grants('refresh_token'), before + 1, 'one request reached the provider');
  assert.equal((await provider.userinfo(all[0])).status, 200, 'and the family is alive');
}

test('16 processes with an expired token make exactly one refresh', async () => {
  const { hermes, token } = await expired('home');
  const before = provider.grants('refresh_token');
  const callers = Array.from({ length: 16 }, () => hermes.start('auth', 'token', 'local'));
  for (const caller of callers) caller.closeInput();
  const ends = await Promise.all(callers.map((caller) => caller.end()));
  for (const end of ends) assert.equal(end.code, 0, end.said);
  await proves(ends.map((end) => end.stdout.trim()), 16, before, token);
});

test('1,000 callers in 16 processes make exactly one refresh', async () => {
  const { hermes, token } = await expired('crowd');
  const before = provider.grants('refresh_token');
  const shares = Array.from({ length: 16 }, (_, index) => (index < 8 ? 63 : 62));
  const env = hermes.environment();
  const processes = shares.map((share) => rig.start(callersBinary(), ['local', String(share)], { env }));
  await Promise.all(processes.map((one) => one.says(/^ready$/m)));
  for (const one of processes) one.write('go\n');
  const ends = await Promise.all(processes.map((one) => one.end(60_000)));
  for (const end of ends) assert.equal(end.code, 0, end.said);
  const said = ends.map((end) => JSON.parse(end.stdout.trim().split('\n').pop()));
  assert.deepEqual(said.flatMap(({ errors }) => errors), []);
  await proves(said.flatMap(({ tokens }) => tokens), 1000, before, token);
});
