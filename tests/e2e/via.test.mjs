// One command on the laptop signs the remote host in: `--via`, through the jump box, with no tunnel.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { before, test } from 'node:test';
import { Afar } from './rig/afar.mjs';
import { asked } from './rig/hermes.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { hermesBinary, rigFile } from './rig/settings.mjs';
import { until } from './rig/wait.mjs';

/** The program's name, as the system shortens it. */
const program = basename(hermesBinary()).slice(0, 15);

const rig = await Rig.open();
let afar, machines;
before(async () => {
  afar = await Afar.start(rig);
  machines = afar.machines;
});

/** A host's home, a laptop's home, and `hermes` on both. */
async function pair(name) {
  const host = await afar.home(name);
  const home = await rig.folder('laptop', name);
  // The shell that sshd starts has an environment of its own.
  const starter = rig.path(`${name}-hermes`);
  await writeFile(starter, `#!/bin/sh\nexec ${host.prefix} "$@"\n`, { mode: 0o755 });
  const prefix = `env HOME=${home} HERMES_HOME=${home} HERMES_CA_BUNDLE=${afar.tls.ca} ${hermesBinary()}`;
  const table = xaiAt(await afar.provider.metadata());
  await Promise.all([host.writeProviders(table), writeFile(`${home}/providers.toml`, table, { mode: 0o600 })]);
  /** `auth add` on the laptop; what `options` holds for ssh comes last. */
  const add = (options, { ssh = '-J jump', remote = starter } = {}) =>
    afar.onLaptop(
      `exec ${prefix} auth add ${options} --via root@remote${remote ? ` --remote-hermes ${remote}` : ''} -- ${ssh}`,
    );
  return { host, add };
}

async function holds(host, name) {
  assert.equal((await afar.provider.userinfo(await host.token(name))).json.email, 'ada@example.test');
}

/** Nothing of ours runs on the host, and nothing but what was there before listens on the laptop. */
async function nothingLeft() {
  const clear = async () =>
    !(await machines.programs(machines.remote)).includes(program) &&
    (await machines.listeners(machines.laptop)).length === 0;
  await until(5_000, clear, 'both machines to be clear');
}

async function byBrowser(adding) {
  const asks = await asked(adding);
  const visit = await afar.browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const text = await visit.text();
  await visit.close();
  return { asks, text };
}

test('the browser of the laptop signs the host in', async () => {
  const { host, add } = await pair('plain');
  const adding = add('xai-oauth');
  const { asks, text } = await byBrowser(adding);
  assert.equal(asks.redirect, 'http://127.0.0.1:56121/callback');
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.match(text, /signed in/i);
  assert.match(end.said, /^Saved xai-oauth OAuth credentials on root@remote: "/m);
  assert.match(end.said, /^root@\S+ answered \(hermes \d/m);
  await holds(host, 'xai-oauth');
  await nothingLeft();
});

test('a server known by its address alone, and a busy port on the laptop', async () => {
  const { host, add } = await pair('busy');
  const squatter = machines.start(machines.laptop, process.execPath, [rigFile('occupy.mjs'), '56121']);
  await squatter.says(/listening/);
  const adding = add(`work ${afar.anyServer().join(' ')}`);
  const { asks } = await byBrowser(adding);
  assert.notEqual(asks.port, 56121);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await squatter.stop();
  await holds(host, 'work');
  await nothingLeft();
});

test('a device code appears on the laptop', async () => {
  const { host, add } = await pair('device');
  const adding = add('xai-oauth --flow device');
  const [address] = await adding.says(/https:\/\/10\.77\.1\.2:8443\/device\?user_code=[A-Z]{4}-[A-Z]{4}(?=\s)/);
  const visit = await afar.browser.visit();
  await visit.approveDevice(address);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await visit.close();
  await holds(host, 'xai-oauth');
  await nothingLeft();
});

test('a master connection carries it as well', async () => {
  const { host, add } = await pair('master');
  const socket = rig.path('master.sock');
  const shared = `-J jump -o ControlPath=${socket}`;
  const master = afar.onLaptop(`exec ssh -M -N ${shared} remote`);
  const checks = async () => {
    const check = afar.onLaptop(`exec ssh -O check ${shared} remote`);
    return (await check.end()).code === 0;
  };
  await until(10_000, checks, 'the master connection');
  const adding = add('xai-oauth', { ssh: shared });
  await byBrowser(adding);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await holds(host, 'xai-oauth');
  await nothingLeft();
  assert.ok(await checks(), 'the master lives on');
  await master.stop();
});

test('no hermes on the host', async () => {
  const { add } = await pair('none');
  const adding = add('xai-oauth', { remote: '' });
  const end = await adding.end();
  assert.equal(end.code, 1, end.said);
  assert.match(end.said, /^error\[via\.hermes_missing\]: there is no `hermes` on root@remote$/m);
  assert.match(end.said, /hermes auth add xai-oauth, and the tunnel/);
  await nothingLeft();
});

test('a host that ssh cannot reach', async () => {
  const { add } = await pair('unreachable');
  const end = await add('xai-oauth', { ssh: '-J jump -p 2' }).end();
  assert.equal(end.code, 5, end.said);
  assert.match(end.said, /^error\[via\.ssh_failed\]/m);
});

for (const [what, cut, code, status] of [
  ['Ctrl-C', (adding) => adding.signal('SIGINT'), 'cli.interrupted', 130],
  ['the end of ssh', () => killOn('laptop', 'ssh'), 'via.connection_lost', 5],
  ['the end of the remote program', () => killOn('remote', program), 'via.connection_lost', 5],
]) {
  test(`${what} leaves nothing behind`, async () => {
    const { add } = await pair(`cut-${status}-${what.length}`);
    const adding = add('xai-oauth');
    const { port } = await asked(adding);
    await machines.listening(machines.laptop, port);
    await cut(adding);
    const end = await adding.end();
    assert.equal(end.code, status, end.said);
    assert.ok(end.said.includes(`error[${code}]`), end.said);
    await nothingLeft();
  });
}

async function killOn(role, name) {
  const command = `/usr/bin/pgrep -x ${name} --ns $$ --nslist net | xargs kill -9`;
  await machines.start(machines[role], '/bin/sh', ['-c', command]).end();
}

test('nothing is left behind', async () => {
  await rig.close();
});
