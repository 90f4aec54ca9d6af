// The connection of `--via` ends at each step of the protocol: nothing runs or listens afterwards, the
// credential works or is not there, and the laptop says what it can know.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { basename } from 'node:path';
import { asked, deviceAddress } from './rig/hermes.mjs';
import { Rig } from './rig/rig.mjs';
import { hermesBinary } from './rig/settings.mjs';
import { Via } from './rig/via.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let via, machines;
before(async () => {
  via = await Via.start(rig);
  ({ machines } = via);
});

/** The program's name, as the system shortens it. */
const program = basename(hermesBinary()).slice(0, 15);

const NOT_SAVED = /^error\[via\.connection_lost\]: the sign-in to xAI on root@remote lost its connection; nothing was saved there$/m;
const UNKNOWN = /^error\[via\.connection_lost\]: .* lost its connection before it was told whether it was saved there$/m;
const SAVED = /^error\[via\.connection_lost\]: .* lost its connection after it had been saved there$/m;
const NO_HELLO = /^error\[via\.ssh_failed\]: /m;

/** What a session on the host that is killed takes with it may be the last message, or not. */
const either = (one, other) => new RegExp(`${one.source}|${other.source}`, 'm');

/**
 * The last message that crosses, where the connection is cut then (ssh on the laptop, or its session on
 * the host), what is said, and whether the host is signed in.
 */
const QUIET = [
  ['host.hello', 'laptop', NOT_SAVED],
  ['host.rung', 'laptop', NOT_SAVED],
  ['host.listen', 'laptop', NOT_SAVED],
  ['laptop.listening', 'host', NOT_SAVED],
  ['host.open', 'laptop', NOT_SAVED],
  ['host.device', 'host', either(NOT_SAVED, UNKNOWN), { options: '--flow device' }],
  ['host.waiting', 'laptop', UNKNOWN, { options: '--flow device' }],
];
const APPROVED = [
  ['laptop.answer', 'host', UNKNOWN, { saved: true }],
  ['host.exchanging', 'laptop', UNKNOWN, { saved: true }],
  ['host.ended', 'laptop', SAVED, { saved: true }],
  ['host.ended', 'host', either(UNKNOWN, SAVED), { saved: true }],
  ['host.exchanging', 'host', UNKNOWN, { saved: true, options: '--flow device' }],
];

async function cutAfter([message, where, says, { options = '', saved = false } = {}], n) {
  const pair = await via.pair(`cut-${n}-${message}`);
  const adding = await pair.cutAfter(message, where, options);
  if (saved) await (options ? approveCode(adding) : visit(adding));
  const end = await adding.end();
  assert.equal(end.code, 5, end.said);
  assert.match(end.said, says);
  assert.match(end.said, /^ {2}next: (hermes auth add xai-oauth .*--via root@remote .* -- -J jump|on root@remote: )/m);
  return { pair, saved, what: `cut after ${message} on the ${where}` };
}

/** The browser's part; whether a page tells how it went is the matter of other tests. */
async function visit(adding) {
  const asks = await asked(adding);
  const visit = await via.afar.browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const text = await visit.text();
  assert.match(text, /the connection was lost|you are signed in/i);
  await visit.close();
}

async function approveCode(adding) {
  const visit = await via.afar.browser.visit();
  await visit.approveDevice(await deviceAddress(adding));
  await visit.close();
}

/** A host finishes what it has begun, so a credential may come a moment later. */
async function proven({ pair, saved, what }) {
  if (saved) await until(10_000, () => pair.holds('xai-oauth'), `the credential, ${what}`);
  else assert.equal(await pair.holds('xai-oauth'), false, what);
}

test('a connection that is cut before anybody has agreed', async () => {
  const before = await via.state();
  const cut = await Promise.all(QUIET.map(cutAfter));
  await via.asBefore(before);
  for (const row of cut) await proven(row);
});

test('a connection that is cut after somebody has agreed', async () => {
  const before = await via.state();
  const cut = await Promise.all(APPROVED.map((row, n) => cutAfter(row, n + QUIET.length)));
  for (const row of cut) await proven(row);
  await via.asBefore(before);
});

test('a connection that is cut before the host has said a word', async () => {
  const before = await via.state();
  for (const where of ['laptop', 'host']) {
    const pair = await via.pair(`no-word-${where}`);
    const adding = await pair.cutAfter('laptop.hello', where);
    const end = await adding.end();
    assert.equal(end.code, 5, end.said);
    assert.match(end.said, NO_HELLO);
    await proven({ pair, saved: false });
  }
  await via.asBefore(before);
});

test('a network that is gone without a word', async () => {
  const before = await via.state();
  for (const [flow, says] of [['loopback', NOT_SAVED], ['device', UNKNOWN]]) {
    const pair = await via.pair(`gone-${flow}`);
    // The host's own limit ends its part; ssh notices what the laptop cannot.
    const alive = '-J jump -o ServerAliveInterval=1 -o ServerAliveCountMax=2';
    const adding = pair.add(`xai-oauth --flow ${flow} --timeout 4`, { ssh: alive });
    await adding.says(flow === 'device' ? /user_code=/ : /^Waiting for callback on /m);
    await machines.link('down');
    const end = await adding.end();
    await machines.link('up');
    assert.equal(end.code, 5, end.said);
    assert.match(end.said, says);
    await proven({ pair, saved: false });
  }
  await via.asBefore(before);
});

test('Ctrl-C on the laptop, which ends ssh as well', async () => {
  const before = await via.state();
  const pair = await via.pair('ctrl-c');
  const adding = pair.add('xai-oauth');
  await adding.says(/^Waiting for callback on /m);
  process.kill(-adding.pid, 'SIGINT');
  const end = await adding.end();
  assert.equal(end.code, 130, end.said);
  assert.match(end.said, /^error\[cli\.interrupted\]: the sign-in to xAI on root@remote was stopped; nothing was saved there$/m);
  await proven({ pair, saved: false });
  await via.asBefore(before);
});

for (const [signal, code, says] of [
  ['SIGINT', 130, /^error\[cli\.interrupted\]: the sign-in was stopped on the host$/m],
  ['SIGKILL', 5, NOT_SAVED],
]) {
  test(`${signal} to the program on the host`, async () => {
    const before = await via.state();
    const pair = await via.pair(signal);
    const adding = pair.add('xai-oauth');
    await adding.says(/^Waiting for callback on /m);
    const [there] = await machines.pids(machines.remote, program);
    process.kill(there, signal);
    const end = await adding.end();
    assert.equal(end.code, code, end.said);
    assert.match(end.said, says);
    await proven({ pair, saved: false });
    await via.asBefore(before);
  });
}

test('nothing is left behind', async () => {
  await rig.close();
});
