// What goes wrong between the laptop and the remote host, on the same three machines as `remote.test.mjs`.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Afar } from './rig/afar.mjs';
import { Rig } from './rig/rig.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let afar, machines, browser;
before(async () => {
  afar = await Afar.start(rig);
  ({ machines, browser } = afar);
});

test('through a stale tunnel, to a port where nothing listens, the paste still works', async () => {
  const hermes = await afar.home('stale');
  const adding = hermes.terminal('auth', 'add', 'work', ...afar.anyServer());
  const asks = await afar.asked(adding);
  // The command of yesterday's sign-in, whose listener was on another port.
  const stale = afar.printedTunnel(adding.said, asks.port).replace(`127.0.0.1:${asks.port}`, '127.0.0.1:9');
  const tunnel = afar.onLaptop(stale.replace('ssh ', 'ssh -o LogLevel=INFO '));
  await machines.listening(machines.laptop, asks.port);
  const visit = await browser.visit();
  const address = await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin });
  await tunnel.says(/open failed: connect failed: Connection refused/);
  assert.equal(adding.ended, null, 'the sign-in waits on');
  adding.write(`${address}\r`);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.match(end.said, /^Login successful!$/m);
  await hermes.token('work');
  await Promise.all([tunnel.stop(), visit.close()]);
});

test('Ctrl-C in the ssh session leaves nothing on the remote host', async () => {
  const hermes = await afar.home('ctrl-c');
  const adding = hermes.terminal('auth', 'add', 'work', ...afar.anyServer());
  const asks = await afar.asked(adding);
  await runsThere(asks);
  adding.write('\x03');
  const end = await adding.end();
  assert.equal(end.code, 130, end.said);
  assert.match(end.said, /error\[cli\.interrupted\]: sign-in to work was stopped$/m);
  await nothingStays(asks);
});

test('nor does an ssh connection that breaks', async () => {
  const hermes = await afar.home('broken');
  const adding = hermes.terminal('auth', 'add', 'work', ...afar.anyServer());
  const asks = await afar.asked(adding);
  await runsThere(asks);
  await adding.kill();
  await nothingStays(asks);
});

test('a busy port of the laptop stops the strict form of the tunnel; the short one goes on with IPv6', async () => {
  const port = 56199;
  const squatter = await machines.occupy(machines.laptop, port);
  const through = '-J jump remote';

  const strict = afar.onLaptop(`ssh -N -o ExitOnForwardFailure=yes -L 127.0.0.1:${port}:127.0.0.1:${port} ${through}`);
  const end = await strict.end();
  assert.equal(end.code, 255, end.said);

  // So a browser that goes to 127.0.0.1 meets the squatter, and the person believes in the tunnel.
  const short = afar.onLaptop(`ssh -N -o ExitOnForwardFailure=yes -L ${port}:127.0.0.1:${port} ${through}`);
  const both = async () => (await machines.listeners(machines.laptop)).includes(`[::1]:${port}`);
  await until(15_000, both, 'the tunnel on ::1');
  assert.equal(short.ended, null, short.said);
  assert.ok((await machines.programs(machines.laptop)).includes('ssh'));
  await Promise.all([short.stop(), squatter.stop()]);
});

test('nothing is left behind', async () => {
  await rig.close();
});

async function runsThere(asks) {
  assert.ok((await machines.listeners(machines.remote)).includes(`127.0.0.1:${asks.port}`));
  assert.ok((await machines.programs(machines.remote)).includes('hermes'));
}

/** Nothing listens on remote but its sshd, and nothing runs there but that. */
async function nothingStays(asks) {
  const gone = async () => (await machines.programs(machines.remote)).every((name) => name.startsWith('sshd'));
  await until(10_000, gone, 'everything but sshd to be gone from remote');
  const listeners = await machines.listeners(machines.remote);
  assert.ok(!listeners.some((address) => address.endsWith(`:${asks.port}`)), listeners.join(' '));
  assert.ok(listeners.every((address) => address.endsWith(':22')), listeners.join(' '));
}
