// One command on the laptop signs the remote host in: `--via`, through the jump box, with no tunnel.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { asked, deviceAddress } from './rig/hermes.mjs';
import { Rig } from './rig/rig.mjs';
import { Via } from './rig/via.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let via, afar, machines;
before(async () => {
  via = await Via.start(rig);
  ({ afar, machines } = via);
});

/** The three flows: what is asked for, and what the person does. */
const FLOWS = {
  loopback: { options: 'xai-oauth', act: (adding) => via.approve(adding) },
  device: { options: 'xai-oauth --flow device', act: typeCode },
  paste: { options: 'anthropic', act: pasteCode },
};

async function typeCode(adding) {
  const visit = await afar.browser.visit();
  await visit.approveDevice(await deviceAddress(adding));
  await visit.close();
}

/** What Anthropic's page shows, `code#state`, is typed where the sign-in was started. */
async function pasteCode(adding) {
  const asks = await asked(adding);
  const visit = await afar.browser.visit();
  await visit.approve(asks.url.href, { target: asks.redirect });
  adding.write(`${await visit.shownCode()}\n`);
  await visit.close();
}

async function signsIn(name, { options, act }, ssh, { by, recorded = false } = {}) {
  const pair = await via.pair(name);
  if (recorded) await pair.records();
  const adding = pair.add(options, { ssh, by });
  const acted = await act(adding);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  const provider = options.split(' ')[0];
  assert.match(end.said, new RegExp(`^Saved ${provider} OAuth credentials on root@remote: "`, 'm'));
  assert.ok(await pair.holds(provider));
  await pair.keepsNothingHere();
  return { pair, end, acted };
}

for (const [flow, how] of Object.entries(FLOWS)) {
  test(`${flow}, with a connection of its own, over which no secret goes`, async () => {
    const before = await via.state();
    const own = '-J jump -o ControlMaster=no -o ControlPath=none';
    const { pair, end, acted } = await signsIn(`own-${flow}`, how, own, { recorded: true });
    const { wire, challenge } = await pair.nothingSecret(how.options.split(' ')[0]);
    assert.match(wire, /"signed_in"/);
    assert.equal(Boolean(challenge), flow !== 'device');
    assert.match(end.said, /^root@\S+ answered \(hermes \d/m);
    if (flow === 'loopback') {
      assert.equal(acted.asks.redirect, 'http://127.0.0.1:56121/callback');
      assert.match(acted.text, /you are signed in/i);
      assert.equal((await via.provider.userinfo(await pair.host.token('xai-oauth'))).json.email, 'ada@example.test');
    }
    await via.asBefore(before);
  });
}

test('every flow over a master connection that is there, and it lives on', async () => {
  const shared = `-J jump -o ControlMaster=auto -o ControlPath=${rig.path('there.sock')}`;
  const master = afar.onLaptop(`exec ssh -M -N ${shared} remote`);
  await until(10_000, () => afar.masterLives(shared), 'the master connection');
  const before = await via.state();
  for (const [flow, how] of Object.entries(FLOWS)) {
    await signsIn(`shared-${flow}`, how, shared);
    assert.ok(await afar.masterLives(shared), 'the master lives on');
    await via.asBefore(before);
  }
  await master.stop();
});

test('a master that ssh keeps by itself is all that stays, until it is told to go', async () => {
  const before = await via.state();
  const shared = `-J jump -o ControlMaster=auto -o ControlPersist=yes -o ControlPath=${rig.path('kept.sock')}`;
  // The rig ends whole groups of processes; a shell does not.
  await signsIn('kept', FLOWS.loopback, shared, { by: 'setsid --wait' });
  assert.ok(await afar.masterLives(shared), 'ssh has kept it');
  const kept = await via.state();
  assert.deepEqual(kept.laptop.listeners, before.laptop.listeners);
  assert.deepEqual(kept.remote.listeners, before.remote.listeners);
  await signsIn('kept-again', FLOWS.loopback, shared);
  await via.asBefore(kept);
  const leave = afar.onLaptop(`exec ssh -O exit ${shared} remote`);
  assert.equal((await leave.end()).code, 0);
  await via.asBefore(before);
});

test('a port that is busy on the laptop, and one on the host', async () => {
  const before = await via.state();
  // A server known by its address alone allows any port.
  const here = await machines.occupy(machines.laptop, 56121);
  const pair = await via.pair('busy');
  const adding = pair.add(`work ${afar.anyServer().join(' ')}`);
  const { asks } = await via.approve(adding);
  assert.notEqual(asks.port, 56121);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.ok(await pair.holds('work'));
  await here.stop();
  // The host does not listen, so nothing there is in the way.
  const there = await machines.occupy(machines.remote, 56121);
  const { acted } = await signsIn('busy-there', FLOWS.loopback, '-J jump');
  assert.equal(acted.asks.port, 56121);
  await there.stop();
  await via.asBefore(before);
});

test('nothing is left behind', async () => {
  await rig.close();
});
