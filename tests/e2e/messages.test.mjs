// What browsers and ssh say when the way from the laptop to the listener is broken, each case provoked, and
// found word for word in the guide. One sign-in waits through all of them, and is finished in the end.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Afar } from './rig/afar.mjs';
import { quotes } from './rig/guide.mjs';
import { asked } from './rig/hermes.mjs';
import { JUMP, REMOTE } from './rig/namespaces.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { until } from './rig/wait.mjs';

const PAGE = 'docs/src/guides/oauth-over-ssh.md';
const PORT = 56121;
/** A tunnel from the laptop, which says what ssh says without a configuration. */
const TUNNEL = `ssh -o LogLevel=INFO -N -L ${PORT}:127.0.0.1`;

const rig = await Rig.open();
let afar, machines, browser, hermes, waiting;
before(async () => {
  afar = await Afar.start(rig);
  ({ machines, browser } = afar);
  hermes = await afar.home('ada');
  const [metadata] = await Promise.all([
    afar.provider.metadata(),
    machines.sshd('remote', { port: 2222, forwarding: 'no' }),
    machines.sshd('jump', { port: 2222, forwarding: 'no' }),
  ]);
  await hermes.writeProviders(xaiAt(metadata));
  waiting = await signingIn();
});

/** A sign-in on remote at the port of the tunnels. */
async function signingIn(...options) {
  const adding = hermes.terminal('auth', 'add', 'xai-oauth', '--force', ...options);
  const asks = await asked(adding);
  await adding.says(/^Waiting for callback on http:\/\/127\.0\.0\.1:56121\/callback$/m);
  return { adding, asks };
}

/** How the browser names a tunnel that leads nowhere depends on when it is cut off. */
const NOWHERE = /ERR_(CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/;

/** What the laptop's browser shows in place of the page it is sent to; the guide quotes it. */
async function browserSays(pattern) {
  const visit = await browser.visit();
  await visit.page.goto(`http://127.0.0.1:${PORT}/callback`).catch(() => {});
  await visit.failed();
  const text = await visit.text();
  assert.match(text, pattern);
  await visit.close();
  await quotes(PAGE, text.match(pattern)[0]);
}

/** Opens a tunnel that comes up and does not lead to hermes: the browser finds nobody, and ssh says why. */
async function misleads(command, ssh) {
  const tunnel = afar.onLaptop(command);
  await machines.listening(machines.laptop, PORT);
  await browserSays(NOWHERE);
  await until(5_000, () => tunnel.said.includes(ssh), () => `\`${ssh}\` in\n${tunnel.said}`);
  await quotes(PAGE, ssh);
  assert.equal(waiting.adding.ended, null, 'the sign-in waits on');
  await tunnel.stop();
}

test('no tunnel', () => browserSays(/ERR_CONNECTION_REFUSED/));

test('a tunnel to a port where nothing listens', () =>
  misleads(`${TUNNEL}:9 -J jump remote`, 'open failed: connect failed: Connection refused'));

test('a host that forbids forwarding', () =>
  misleads(`${TUNNEL}:${PORT} -J jump -p 2222 remote`, 'open failed: administratively prohibited: open failed'));

test('a jump box that forbids forwarding', async () => {
  const end = await afar.onLaptop(`${TUNNEL}:${PORT} -J root@${JUMP}:2222 remote`).end();
  assert.equal(end.code, 255);
  assert.match(end.said, /^stdio forwarding failed$/m);
  await quotes(PAGE, 'stdio forwarding failed');
  await browserSays(/ERR_CONNECTION_REFUSED/);
});

// To the jump box, remote is what a container is to its host: a network of its own behind a veth pair.
test("a tunnel to a container's host, and one to the container's address", async () => {
  const seen = 'open failed: connect failed: Connection refused';
  await misleads(`${TUNNEL}:${PORT} jump`, seen);
  await misleads(`ssh -o LogLevel=INFO -N -L ${PORT}:${REMOTE}:${PORT} jump`, seen);
});

test('with the right tunnel, a reload of the page that failed is enough', async () => {
  const { adding, asks } = waiting;
  const visit = await browser.visit();
  await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin });
  const tunnel = await afar.openTunnel(adding.said, PORT);
  await visit.page.reload();
  await visit.page.getByText('You are signed in').waitFor();
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await Promise.all([tunnel.stop(), visit.close()]);
});

test('time over, and a tab of an older attempt: nothing is lost, and the next attempt takes the same port', async () => {
  const { adding } = await signingIn('--timeout', '1');
  const end = await adding.end();
  assert.equal(end.code, 3, end.said);
  assert.match(end.said, /^error\[auth\.callback_timeout\]: xAI authorization timed out waiting for the local callback\.$/m);
  await quotes(PAGE, 'timed out waiting for the local callback');
  await hermes.token('xai-oauth');
  const tunnel = await afar.openTunnel(end.said, PORT);

  // And the tab of the older attempt does no harm to it.
  const older = await signingIn();
  older.adding.write('\x03');
  await older.adding.end();
  const newer = await signingIn();
  const visit = await browser.visit();
  await visit.approve(older.asks.url.href, { target: older.asks.origin });
  const old = await visit.text();
  assert.match(old, /^This page was not for this sign-in$/m);
  await quotes(PAGE, 'This page was not for this sign-in');
  assert.equal(newer.adding.ended, null, 'it waits on');
  await visit.close();
  const again = await browser.visit();
  await again.approve(newer.asks.url.href, { target: newer.asks.origin });
  assert.equal((await newer.adding.end()).code, 0);
  await Promise.all([tunnel.stop(), again.close()]);
});

test('nothing is left behind', async () => {
  await rig.close();
});
