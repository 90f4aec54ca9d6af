// A sign-in in two turns, as a program drives it that cannot wait; and which of two accounts is used after it.
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes, authorization } from './rig/hermes.mjs';
import { CLIENT_ID, Provider, SCOPE } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
});

const events = (end) => end.stdout.trim().split('\n').map((text) => JSON.parse(text));

/** The first turn: what it shows, and the id for the second. */
async function begin(hermes, ...options) {
  const end = await hermes.run(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID, '--scope', SCOPE],
    ...['--no-wait', '--json', ...options],
  );
  assert.equal(end.code, 0, end.said);
  const told = events(end);
  const shown = told.find(({ event }) => event === 'device_code' || event === 'authorize_url');
  const pending = told.at(-1);
  assert.equal(pending.event, 'pending');
  assert.equal(pending.finish, `hermes auth finish ${pending.id}`);
  return { shown, pending };
}

/** The second turn, with this on stdin. */
async function finish(hermes, input, ...args) {
  const finishing = hermes.start('auth', 'finish', '--json', ...args);
  finishing.write(input);
  finishing.closeInput();
  return finishing.end();
}

async function onDisk(hermes, id) {
  const path = `${hermes.home}/run/pending/${id}.json`;
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  return readFile(path, 'utf8');
}

test('a device code is polled for by another process', async () => {
  const hermes = await Hermes.home(rig, 'device');
  const { shown, pending } = await begin(hermes);
  assert.equal(pending.flow, 'device', 'nothing has to be brought back');
  const { parked } = JSON.parse(await onDisk(hermes, pending.id)).stage.kept.parked;
  const secret = parked.device.device_code;

  const early = await hermes.run('auth', 'finish', pending.id, '--no-wait', '--json');
  assert.equal(early.code, 4, early.said);
  assert.equal(events(early).at(-1).code, 'auth.pending');
  const waiting = events(await hermes.run('auth', 'status', '--json'));
  assert.equal(waiting[0].pending[0].id, pending.id);

  const finishing = hermes.start('auth', 'finish', '--json');
  await finishing.says(/"event":"waiting"/);
  const visit = await browser.visit();
  await visit.approveDevice(shown.verification_uri_complete);
  const end = await finishing.end();
  assert.equal(end.code, 0, end.said);
  assert.equal(events(end).at(-1).event, 'signed_in');
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
  assert.ok(!`${end.said}${early.said}`.includes(secret), 'the device code is never printed');
  assert.deepEqual(
    (await readdir(`${hermes.home}/run/pending`)).filter((name) => name.endsWith('.json')),
    [],
  );
  const again = await hermes.run('auth', 'finish', pending.id, '--json');
  assert.equal(again.code, 1);
  assert.equal(events(again).at(-1).code, 'auth.pending_ended');
  await visit.close();
});

test('the address of the page that fails to load is brought by another process', async () => {
  const hermes = await Hermes.home(rig, 'paste');
  const { shown, pending } = await begin(hermes, '--flow', 'paste');
  const asks = authorization(shown.url);
  const visit = await browser.visit();
  const address = await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin });
  const { parked } = JSON.parse(await onDisk(hermes, pending.id)).stage.kept.parked;
  const verifier = parked.code.code_verifier;

  const forged = new URL(address);
  forged.searchParams.set('state', 'x'.repeat(43));
  const wrong = await finish(hermes, `${forged}\n`, pending.id);
  assert.equal(wrong.code, 1, wrong.said);
  assert.equal(events(wrong).at(-1).code, 'auth.code_missing');

  const end = await finish(hermes, `${address}\n`);
  assert.equal(end.code, 0, end.said);
  assert.ok(!`${wrong.said}${end.said}`.includes(verifier), 'the verifier is never printed');
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
  await hermes.ok('auth', 'refresh', 'local');
  await visit.close();
});

test('of two accounts, the one is used that is named', async () => {
  const hermes = await Hermes.home(rig, 'accounts');
  const people = ['ada', 'bob'];
  for (const login of people) {
    const { shown, pending } = await begin(hermes, '--label', login);
    const visit = await browser.visit();
    await visit.approveDevice(shown.verification_uri_complete, { login });
    const end = await finish(hermes, '', pending.id);
    assert.equal(end.code, 0, end.said);
    await visit.close();
  }
  const whose = async (...args) => {
    const { stdout } = await hermes.ok('auth', 'token', 'local', ...args);
    return (await provider.userinfo(stdout.trim())).json.email;
  };
  assert.equal(await whose(), 'ada@example.test');
  assert.equal(await whose('bob'), 'bob@example.test');
  assert.equal(await whose('--account', '2'), 'bob@example.test');
  await hermes.ok('auth', 'use', 'local', 'bob');
  assert.equal(await whose(), 'bob@example.test');
  const checked = await hermes.ok('auth', 'status', 'local', '--check', '--account', 'ada', '--json');
  const status = JSON.parse(checked.stdout);
  assert.equal(status.chosen_by, 'flag');
  assert.equal(status.account, 'ada@example.test');
  const nobody = await hermes.run('auth', 'token', 'local', 'bop');
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /Did you mean `bob`\?/);
});
