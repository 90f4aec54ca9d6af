// `--via` to hosts that cannot do it: no `hermes`, an old one, upstream's program, no connection.
import assert from 'node:assert/strict';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Rig } from './rig/rig.mjs';
import { hermesBinary, upstreamVenv } from './rig/settings.mjs';
import { Via } from './rig/via.mjs';

const rig = await Rig.open();
let via, installed;
before(async () => {
  via = await Via.start(rig);
  installed = via.machines.installed('remote');
  await rig.folder('remote-bin');
});

const TUNNEL = /^ {2}next: on root@remote: hermes auth add xai-oauth, and the tunnel that it prints/m;

/** Runs `auth add xai-oauth --via`, which must fail so, and leave both machines as they were. */
async function refused(name, options, { status, says, prepare }) {
  const before = await via.state();
  const pair = await via.pair(name);
  await prepare?.(pair);
  const end = await pair.add('xai-oauth', options).end();
  assert.equal(end.code, status, end.said);
  assert.match(end.said, says);
  assert.equal(await pair.holds('xai-oauth'), false);
  await via.asBefore(before);
  return end;
}

test('no hermes on the host', async () => {
  const says = /^error\[via\.hermes_missing\]: there is no `hermes` on root@remote$/m;
  const end = await refused('none', { remote: '' }, { status: 1, says });
  assert.match(end.said, TUNNEL);
});

test('no hermes where it was said to be', async () => {
  const remote = '/opt/elsewhere/hermes';
  const says = /^error\[via\.hermes_missing\]/m;
  assert.match((await refused('not-there', { remote }, { status: 1, says })).said, TUNNEL);
});

test("upstream's program in its place is passed over, and named", async () => {
  await symlink(`${upstreamVenv()}/bin/hermes`, `${installed}/hermes`);
  const says = /^error\[via\.hermes_foreign\]: the `hermes` on root@remote is upstream's program in Python$/m;
  assert.match((await refused('upstream', { remote: '' }, { status: 1, says })).said, TUNNEL);
  await rm(`${installed}/hermes`);
});

test("upstream's program, where it is named, does not know what is asked of it", async () => {
  const remote = `${upstreamVenv()}/bin/hermes`;
  const says = /^error\[via\.hermes_foreign\]: what answered on root@remote is another program of the name/m;
  assert.match((await refused('upstream-named', { remote }, { status: 1, says })).said, TUNNEL);
});

test('a hermes from before --via', async () => {
  const old = `#!/bin/sh\necho "error: unrecognized subcommand 'relay'" >&2\nexit 2\n`;
  await writeFile(`${installed}/hermes`, old, { mode: 0o755 });
  const says = /^error\[via\.hermes_foreign\]: what answered .* or a `hermes` that is too old for --via$/m;
  assert.match((await refused('old', { remote: '' }, { status: 1, says })).said, TUNNEL);
  await rm(`${installed}/hermes`);
});

test('a hermes of another version of the protocol', async () => {
  const other = `#!/bin/bash\nexec ${hermesBinary()} "\${@/#1/2}"\n`;
  const prepare = (pair) => writeFile(pair.starter, other, { mode: 0o755 });
  const says = /^error\[via\.hermes_foreign\]: this `hermes` speaks version 1 of the protocol$/m;
  assert.match((await refused('other', {}, { status: 1, says, prepare })).said, TUNNEL);
});

test('the one on the PATH is found by itself', async () => {
  const before = await via.state();
  const pair = await via.pair('path');
  await writeFile(`${installed}/hermes`, `#!/bin/sh\nexec ${pair.host.prefix} "$@"\n`, { mode: 0o755 });
  const adding = pair.add('xai-oauth', { remote: '' });
  await via.approve(adding);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.ok(await pair.holds('xai-oauth'));
  await rm(`${installed}/hermes`);
  await via.asBefore(before);
});

test('a host that ssh cannot reach', async () => {
  const says = /^error\[via\.ssh_failed\]: ssh could not connect to root@remote/m;
  await refused('unreachable', { ssh: '-J jump -p 2' }, { status: 5, says });
});

test('rl7: a host whose key nobody has accepted, in the words of ssh', async () => {
  const ssh = '-J jump -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null';
  const says = /^Host key verification failed\.$/m;
  const end = await refused('unknown-key', { ssh }, { status: 5, says });
  assert.match(end.said, /^error\[via\.ssh_failed\]/m);
});

test('nothing is left behind', async () => {
  await rig.close();
});
