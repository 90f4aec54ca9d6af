// Disks and owners in the way: nothing is lost, and the message says what to do.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Disk, NOBODY, PAGE } from './rig/disk.mjs';
import { asked } from './rig/hermes.mjs';
import { CLIENT_ID, Provider, SCOPE } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { signIn } from './rig/sign-in.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
});

const KEY = ['auth', 'add', 'openrouter', '--no-check', '--api-key', 'sk-or-end-to-end'];

test('on a disk with any room at all, a refresh is done whole or not begun', async () => {
  const hermes = await Disk.mount(rig);
  await signIn(hermes, provider, browser, 'local');
  const first = await hermes.token('local');
  // So long that a record of the refresh needs less room than the file that has to follow it.
  const file = { ...(await hermes.file()), kept_by_another_program: 'x'.repeat(5 * PAGE) };
  await writeFile(`${hermes.place}/auth.json`, JSON.stringify(file));
  const spent = provider.grants('refresh_token');
  let room = 0;
  for (; ; room += 1) {
    assert.ok(room < 24, 'at some time there is room enough');
    hermes.fill(room);
    const content = await hermes.content();
    const end = await hermes.run('auth', 'refresh', 'local');
    if (end.code === 0) break;
    assertRefused(end, 'store.full');
    assert.match(end.stderr, /^ {2}next: df -h /m);
    const after = await hermes.content();
    assert.equal(after['auth.json'], content['auth.json'], `with ${room} pages free`);
    const made = Object.keys(after).filter((name) => !(name in content) && !/^run(\/refresh)?$/.test(name));
    assert.deepEqual(made, [], 'no temporary file stays');
    assert.equal(provider.grants('refresh_token'), spent, 'the token was not spent');
    assert.equal(await hermes.token('local'), first, 'reading needs no room');
  }
  assert.ok(room > 0, 'the disk was full');
  assert.equal(provider.grants('refresh_token'), spent + 1);
  const second = await hermes.token('local');
  assert.notEqual(second, first);
  assert.equal((await provider.userinfo(second)).status, 200);
  assert.equal((await hermes.file()).kept_by_another_program, file.kept_by_another_program);
});

test('on a full disk nothing is added, and with room again everything is', async () => {
  const hermes = await Disk.mount(rig);
  await signIn(hermes, provider, browser, 'local');
  const token = await hermes.token('local');
  hermes.fill(0);
  const before = await hermes.content();
  assertRefused(await hermes.run(...KEY), 'store.full');
  assert.deepEqual(await hermes.content(), before);
  await hermes.ok('auth', 'list');

  await hermes.empty();
  await hermes.ok(...KEY);
  assert.equal(await hermes.token('openrouter'), 'sk-or-end-to-end');
  assert.equal(await hermes.token('local'), token);
  await hermes.ok('auth', 'refresh', 'local');
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
});

test('a disk that fills up during a sign-in: the page does not say that it is done', async () => {
  const hermes = await Disk.mount(rig);
  await hermes.ok(...KEY);
  await hermes.swell();
  const adding = hermes.start(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID],
    ...['--scope', SCOPE, '--flow', 'loopback'],
  );
  const asks = await asked(adding);
  hermes.fill(0);
  const { 'auth.json': before } = await hermes.content();
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assertRefused(end, 'store.full');
  assert.doesNotMatch(end.said, /Login successful/);
  const page = await visit.text();
  assert.match(page, /did not finish/i);
  assert.doesNotMatch(page, /you are signed in/i);
  assert.equal((await hermes.content())['auth.json'], before);
  await visit.close();
});

test('on a read-only disk nothing is spent, and what is there can be used', async () => {
  const hermes = await Disk.mount(rig);
  await signIn(hermes, provider, browser, 'local');
  const token = await hermes.token('local');
  await hermes.setReadOnly(true);
  const spent = provider.grants('refresh_token');
  const before = await hermes.content();
  for (const command of [KEY, ['auth', 'refresh', 'local'], ['auth', 'logout', 'local']]) {
    assertRefused(await hermes.run(...command), 'store.read_only');
  }
  assert.deepEqual(await hermes.content(), before);
  assert.equal(provider.grants('refresh_token'), spent, 'the token was not spent');
  assert.equal(await hermes.token('local'), token);
  assert.equal((await provider.userinfo(token)).status, 200, 'nor revoked');

  await hermes.setReadOnly(false);
  await hermes.ok('auth', 'refresh', 'local');
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
});

test('a file that its own user may not read is left as it is', async () => {
  const root = await Disk.mount(rig);
  await root.ok(...KEY);
  await root.give(NOBODY);
  await root.protect('auth.json', { mode: 0o000 });
  const nobody = root.as(NOBODY);
  const before = await root.content();
  const commands = [KEY, ['auth', 'list'], ['auth', 'token', 'openrouter'], ['auth', 'remove', 'openrouter', '1']];
  for (const command of commands) assertRefused(await nobody.run(...command), 'store.unreadable');
  assert.deepEqual(await root.content(), before);

  await root.protect('auth.json', { mode: 0o600 });
  assert.equal(await nobody.token('openrouter'), 'sk-or-end-to-end');
});

test("root's file in a user's home is named, not replaced", async () => {
  const root = await Disk.mount(rig);
  await root.ok(...KEY);
  await root.give(NOBODY);
  await root.protect('auth.json', { owner: 0, mode: 0o600 });
  const nobody = root.as(NOBODY);
  const before = await root.content();
  for (const command of [['auth', 'list'], ['auth', 'token', 'openrouter']]) {
    assertRefused(await nobody.run(...command), 'store.unreadable');
  }
  const adding = await nobody.run('auth', 'add', 'deepseek', '--no-check', '--api-key', 'sk-end-to-end');
  assertRefused(adding, 'store.wrong_user');
  assert.match(adding.stderr, /auth\.json. belongs to root/);
  assert.deepEqual(await root.content(), before);
});

test("root in a user's home writes nothing and says whom to be", async () => {
  const root = await Disk.mount(rig);
  await root.ok(...KEY);
  await root.give(NOBODY);
  const before = await root.content();
  for (const command of [
    ['auth', 'add', 'deepseek', '--no-check', '--api-key', 'sk-end-to-end'],
    ['auth', 'remove', 'openrouter', '1'],
    ['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID, '--timeout', '5'],
  ]) {
    const end = await root.run(...command);
    assertRefused(end, 'store.wrong_user');
    assert.match(end.stderr, /belongs to nobody, and this is root/);
    assert.match(end.stderr, /^ {2}next: sudo -u nobody /m);
  }
  assert.deepEqual(await root.content(), before);

  const nobody = root.as(NOBODY);
  await nobody.ok('auth', 'add', 'deepseek', '--no-check', '--api-key', 'sk-end-to-end');
  assert.equal(await nobody.token('deepseek'), 'sk-end-to-end');
});

function assertRefused(end, code) {
  assert.equal(end.code, 1, end.said);
  assert.match(end.stderr, new RegExp(`^error\\[${code.replace('.', '\\.')}\\]: `, 'm'));
}
