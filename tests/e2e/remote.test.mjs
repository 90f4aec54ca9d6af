// The reason Hermes exists: `hermes` on a remote host behind a jump box, the browser on the laptop.
//
// Three network namespaces with real sshd; the provider is on the jump box, speaks TLS under an
// authority made for this run, and both ends reach it. The laptop has no route to the remote host.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Afar } from './rig/afar.mjs';
import { deviceAddress } from './rig/hermes.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { Tmux } from './rig/tmux.mjs';

const rig = await Rig.open();
let afar, machines, provider, browser;
before(async () => {
  afar = await Afar.start(rig);
  ({ machines, provider, browser } = afar);
});

async function provesItself(hermes, name) {
  const first = await hermes.token(name);
  assert.equal((await provider.userinfo(first)).json.email, 'ada@example.test');
  await hermes.ok('auth', 'refresh', name);
  const second = await hermes.token(name);
  assert.notEqual(second, first);
  assert.equal((await provider.userinfo(second)).status, 200);
  await hermes.ok('auth', 'logout', name);
  assert.equal((await provider.userinfo(second)).status, 401, 'logout revoked it');
}

test('the printed tunnel command finishes the sign-in from the laptop', async () => {
  const hermes = await afar.home('tunnel');
  const adding = hermes.terminal('auth', 'add', 'work', ...afar.anyServer());
  const asks = await afar.asked(adding);
  assert.match(adding.said, /^Remote session detected — SSH tunnel required$/m);
  const tunnel = await afar.openTunnel(adding.said, asks.port);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.match(end.said, /^Login successful!$/m);
  assert.match(end.said.split('Login successful!')[1], /tunnel/, 'it says that the tunnel can be closed');
  assert.doesNotMatch(visit.page.url(), /code=/);
  await tunnel.stop();
  await visit.close();
  await provesItself(hermes, 'work');
});

test('a busy port moves the listener, and the printed command with it', async () => {
  const hermes = await afar.home('bumped');
  await hermes.writeProviders(xaiAt(await provider.metadata()));
  const squatter = await machines.occupy(machines.remote, 56121);
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  const asks = await afar.asked(adding);
  assert.notEqual(asks.port, 56121);
  const tunnel = await afar.openTunnel(adding.said, asks.port);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await Promise.all([tunnel.stop(), squatter.stop(), visit.close()]);
  await provesItself(hermes, 'xai-oauth');
});

test('without a tunnel, the address of the page that failed to load is pasted', async () => {
  const hermes = await afar.home('paste');
  await hermes.writeProviders(xaiAt(await provider.metadata()));
  const adding = hermes.terminal('auth', 'add', 'xai-oauth');
  const asks = await afar.asked(adding);
  assert.equal(asks.redirect, 'http://127.0.0.1:56121/callback');
  const visit = await browser.visit();
  const address = await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin });
  assert.match(address, /[?&]code=/);
  adding.write(`${address}\r`);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await visit.close();
  await provesItself(hermes, 'xai-oauth');
});

test('a device code needs neither tunnel nor paste', async () => {
  const hermes = await afar.home('device');
  const adding = hermes.terminal('auth', 'add', 'work', ...afar.anyServer(), '--flow', 'device');
  const visit = await browser.visit();
  await visit.approveDevice(await deviceAddress(adding));
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await visit.close();
  await provesItself(hermes, 'work');
});

test('inside tmux it still knows that the person is elsewhere', async () => {
  const hermes = await afar.home('tmux');
  const tmux = new Tmux(machines, rig.path('tmux.sock'));
  const asks = ['auth', 'add', 'work', ...afar.anyServer()];
  await tmux.open(hermes.command(...asks));
  const screen = await tmux.shows(/^No tunnel\?/m);
  assert.match(screen, /^Remote session detected — SSH tunnel required$/m);
  assert.match(screen, /^ *ssh -N -L (\d+):127\.0\.0\.1:\1 -J JUMP root@10\.77\.2\.2$/m);
  assert.match(screen, /You are in tmux[^]*plain ssh session of its own/, 'and where to open the tunnel');
  await tmux.close();
});

test('nothing is left behind', async () => {
  await rig.close();
});
