// Down the ladder by keys, and what `hermes doctor` says of sign-ins that did not complete: on the same
// three machines as `remote.test.mjs`, with the causes made real.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { Afar } from './rig/afar.mjs';
import { asked, deviceAddress } from './rig/hermes.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { rigFile } from './rig/settings.mjs';

const execute = promisify(execFile);
const rig = await Rig.open();
let afar, machines, provider, browser;
before(async () => {
  afar = await Afar.start(rig);
  ({ machines, provider, browser } = afar);
});

/** A home on remote in which xAI is the provider of this run. */
async function home(name) {
  const hermes = await afar.home(name);
  await hermes.writeProviders(xaiAt(await provider.metadata()));
  return hermes;
}

async function finished(adding, hermes) {
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.match(end.said, /^Login successful!$/m);
  assert.equal((await provider.userinfo(await hermes.token('xai-oauth'))).status, 200);
}

test('a device code taken by a key is approved on the laptop, and the listener is gone', async () => {
  const hermes = await home('key-d');
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  const asks = await afar.asked(adding);
  adding.write('d\r');
  const address = await deviceAddress(adding);
  assert.ok((await machines.listeners(machines.remote)).includes(`127.0.0.1:${asks.port}`), 'it listens on');
  const visit = await browser.visit();
  await visit.approveDevice(address);
  await finished(adding, hermes);
  assert.ok(!(await machines.listeners(machines.remote)).includes(`127.0.0.1:${asks.port}`));
  await visit.close();
});

test('a tunnel that comes late still ends it, beside a device code', async () => {
  const hermes = await home('late');
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  const asks = await afar.asked(adding);
  adding.write('d\r');
  await adding.says(/Waiting for approval/);
  const tunnel = await afar.openTunnel(adding.said, asks.port);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  await finished(adding, hermes);
  await Promise.all([tunnel.stop(), visit.close()]);
});

/** Takes 127.0.0.1 away from remote, or gives it back. */
function loopback(verb) {
  return execute('/usr/sbin/ip', ['-n', machines.remote, 'addr', verb, '127.0.0.1/8', 'dev', 'lo']);
}

/** A sign-in by the listener that is given up after `meanwhile`; what doctor says of it then. */
async function givenUp(name, meanwhile) {
  const hermes = await home(name);
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  const asks = await afar.asked(adding);
  const after = await meanwhile(asks);
  adding.write('\x03');
  assert.equal((await adding.end()).code, 130);
  const findings = await doctor(hermes);
  await after?.();
  return { asks, findings };
}

async function doctor(hermes) {
  const child = machines.ssh(hermes.command('doctor', '--json'));
  child.closeInput();
  const { stdout } = await child.end();
  return JSON.parse(stdout).findings;
}

/** The finding whose evidence is this; its fix is given back. */
function fix(findings, subject, evidence) {
  const about = findings.filter((finding) => finding.subject === subject);
  const found = about.find((finding) => evidence.test(finding.evidence));
  assert.ok(found, `${subject}: ${evidence}\n${JSON.stringify(findings, null, 1)}`);
  return found.next;
}

test('doctor: a tunnel that joins two ports', async () => {
  const { asks, findings } = await givenUp('two-ports', async ({ port }) => {
    const tunnel = afar.onLaptop(`ssh -N -L 127.0.0.1:9999:127.0.0.1:${port} -J jump remote`);
    await machines.listening(machines.laptop, 9999);
    const visit = await browser.visit();
    await visit.page.goto('http://127.0.0.1:9999/callback');
    return () => Promise.all([tunnel.stop(), visit.close()]);
  });
  const next = fix(findings, 'tunnel', new RegExp(`^a request for port 9999 arrived at port ${asks.port}: `));
  assert.match(next, new RegExp(`^ssh -N -L ${asks.port}:127\\.0\\.0\\.1:${asks.port} `));
});

test('doctor: a tunnel of the wrong kind, on another port', async () => {
  const { asks, findings } = await givenUp('reverse', async ({ port }) => {
    const tunnel = afar.onLaptop(`ssh -N -R 127.0.0.1:9998:127.0.0.1:${port} -J jump remote`);
    await machines.listening(machines.remote, 9998);
    return () => tunnel.stop();
  });
  fix(findings, 'tunnel', /^`sshd\S*` .*listens on 127\.0\.0\.1:9998: a tunnel that ends on another port/);
  const next = fix(findings, 'tunnel', new RegExp(`^no connection at all reached port ${asks.port}: the tunnel never came`));
  assert.match(next, /^on your laptop, while it waits: ssh -N -L /);
});

test('doctor: somebody else listens on ::1 alone', async () => {
  const { asks, findings } = await givenUp('ipv6', async ({ port }) => {
    const other = await machines.occupy(machines.remote, port, '::1');
    return () => other.stop();
  });
  const next = fix(findings, 'ipv6', new RegExp(`^\`\\w+\` .*listens on \\[::1\\]:${asks.port}: `));
  assert.equal(next, `name the address at both ends: -L 127.0.0.1:${asks.port}:127.0.0.1:${asks.port}`);
});

test('doctor: a proxy that refuses', async () => {
  const hermes = await home('proxy');
  const proxy = machines.start(machines.remote, process.execPath, [rigFile('refusing-proxy.mjs'), '3128']);
  await proxy.says(/listening/);
  hermes.prefix = `env HTTPS_PROXY=http://127.0.0.1:3128 ${hermes.prefix}`;
  const adding = hermes.terminal('auth', 'add', 'xai-oauth', '--flow', 'device');
  const end = await adding.end();
  assert.match(end.said, /^error\[provider\.unreachable\]/m);
  assert.match(proxy.said, /^refused CONNECT 10\.77\.1\.2:8443$/m);
  const findings = await doctor(hermes);
  const next = fix(findings, 'proxy', /^the provider was not reached, and `HTTPS_PROXY` names a proxy$/);
  assert.equal(next, 'env -u HTTPS_PROXY hermes auth add xai-oauth');
  // And it helps: the same host and the same proxy, without the variable.
  const again = machines.ssh(hermes.command('auth', 'add', 'xai-oauth', '--flow', 'device').replace(/ (?=\S+hermes auth)/, ' env -u HTTPS_PROXY '), {
    terminal: true,
  });
  await again.says(/Waiting for approval/);
  await Promise.all([again.kill(), proxy.stop()]);
});

test('doctor: a clock that is two hours ahead', async () => {
  const hermes = await home('clock');
  const right = hermes.prefix;
  hermes.prefix = `env FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f +2h ${right}`;
  const adding = hermes.terminal('auth', 'add', 'xai-oauth', '--flow', 'device', '--timeout', '1');
  const end = await adding.end();
  assert.match(end.said, /^error\[auth\.device_timeout\]/m);
  hermes.prefix = right;
  const next = fix(await doctor(hermes), 'clock', /^this clock is 2 h ahead of the provider's$/);
  assert.equal(next, 'set the clock: timedatectl set-ntp true');
});

/** A home on remote for somebody at its own screen: no sshd above, no variable of ssh, a display. */
async function atTheScreen(name, variables) {
  const hermes = await home(name);
  const screen = `-u SSH_CONNECTION -u SSH_CLIENT -u SSH_TTY DISPLAY=:99 DISTROBOX_ENTER_PATH=/usr/bin/distrobox-enter`;
  const alone = '/usr/bin/unshare --pid --fork --kill-child --mount-proc';
  hermes.prefix = `${alone} ${hermes.prefix.replace(/^env /, `env ${screen} ${variables} `)}`;
  return hermes;
}

/** A sign-in whose browser does not open, once the keys that lead on are offered. */
async function unopened(hermes, why) {
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  const asks = await asked(adding);
  await adding.says(new RegExp(`^Could not open the browser automatically; use the URL above \\(${why}\\)\\.$`, 'm'));
  await adding.says(/^ {2}Enter or p: paste {3}d: device code {3}Ctrl-C: give up$/m);
  return { adding, asks };
}

test('a browser that starts and fails is told, and a device code is a key away', async () => {
  const hermes = await atTheScreen('browser-fails', 'BROWSER=/bin/false');
  const { adding } = await unopened(hermes, 'the browser ended with exit status 1');
  adding.write('d\r');
  const [address] = await adding.says(/https:\/\/10\.77\.1\.2:8443\/device\?user_code=[A-Z]{4}-[A-Z]{4}(?=\s)/);
  const visit = await browser.visit();
  await visit.approveDevice(address);
  await finished(adding, hermes);
  await visit.close();
});

test('where nothing opens a browser, that is told, and the paste is a key away', async () => {
  const hermes = await atTheScreen('no-opener', 'PATH=/nowhere');
  const { adding, asks } = await unopened(hermes, 'no browser was found');
  adding.write('\r');
  await adding.says(/^Paste the address of the page you end up on/m);
  const visit = await browser.visit();
  const answer = await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin });
  adding.write(`${answer}\r`);
  await finished(adding, hermes);
  await visit.close();
});

test('doctor: a browser that does not open', async () => {
  const hermes = await atTheScreen('browser-doctor', 'BROWSER=/bin/false');
  const { adding } = await unopened(hermes, 'the browser ended with exit status 1');
  adding.write('\x03');
  assert.equal((await adding.end()).code, 130);
  const next = fix(await doctor(hermes), 'browser', /^no browser could be started: the browser ended with exit status 1$/);
  assert.equal(next, 'BROWSER=firefox hermes auth add xai-oauth; or open the printed URL yourself');
});

test('where nothing can listen on the loopback, that is said, and the paste is a key away', async () => {
  const hermes = await home('no-loopback');
  await loopback('del');
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  await adding.says(/^The loopback flow did not work: .* on 127\.0\.0\.1:56121: Cannot assign requested address/m);
  await adding.says(/^ {2}Enter or d: device code {3}p: paste {3}Ctrl-C: give up$/m);
  adding.write('p\r');
  const asks = await asked(adding);
  await adding.says(/^Paste the address of the page you end up on/m);
  const visit = await browser.visit();
  const answer = await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin });
  adding.write(`${answer}\r`);
  await finished(adding, hermes);
  await visit.close();

  // Nobody at a terminal: it goes on by itself.
  const alone = await home('no-loopback-alone');
  const program = machines.ssh(alone.command('auth', 'add', 'xai-oauth', '--json'));
  const [line] = await program.says(/^\{"event":"rung_failed".*\}$/m, { stream: 'stdout' });
  assert.equal(JSON.parse(line).next, 'device');
  await program.says(/^\{"event":"device_code"/m, { stream: 'stdout' });
  await program.kill();
  await loopback('add');
});

test('nothing is left behind', async () => {
  await rig.close();
});
