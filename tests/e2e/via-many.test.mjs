// Many sign-ins in a row through `--via`, over one master connection: nothing adds up.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { before, test } from 'node:test';
import { asked } from './rig/hermes.mjs';
import { holdings } from './rig/processes.mjs';
import { Rig } from './rig/rig.mjs';
import { signIns } from './rig/settings.mjs';
import { Via } from './rig/via.mjs';
import { until } from './rig/wait.mjs';

/** KiB by which what lives on may grow in all: a leak of one frame of 16 KiB a time would show in 200. */
const GROWTH = 2048;

const rig = await Rig.open();
let via, machines;
before(async () => {
  via = await Via.start(rig);
  ({ machines } = via);
});

test(`${signIns} sign-ins leave no process, socket, file or memory behind`, async (context) => {
  const shared = `-J jump -o ControlPath=${rig.path('master.sock')}`;
  const master = via.afar.onLaptop(`exec ssh -M -N ${shared} remote`);
  await until(10_000, () => via.afar.masterLives(shared), 'the master connection');
  const pair = await via.pair('many');
  const visit = await via.afar.browser.visit();
  const once = async (approve) => {
    const adding = pair.add('xai-oauth --force', { ssh: shared });
    const asks = await asked(adding);
    assert.equal(asks.port, 56121, 'the port is free again');
    await approve(asks.url.href, { target: asks.origin });
    const end = await adding.end();
    assert.equal(end.code, 0, end.said);
  };
  await once((...asks) => visit.approve(...asks));
  await once((...asks) => visit.approveAgain(...asks));

  const idle = await via.state();
  const before = await everything(pair);
  const codes = via.provider.grants('authorization_code', true);
  const began = performance.now();
  for (let n = 0; n < signIns; n += 1) await once((...asks) => visit.approveAgain(...asks));
  const seconds = (performance.now() - began) / 1000;
  await via.asBefore(idle);
  const after = await everything(pair);

  assert.equal(via.provider.grants('authorization_code', true), codes + signIns, 'one code for each');
  assert.deepEqual(after.names, before.names);
  assert.deepEqual(Object.keys(after.living), Object.keys(before.living), 'the same processes live on');
  for (const [who, now] of Object.entries(after.living)) {
    const then = before.living[who];
    assert.equal(now.files, then.files, `open files of ${who}`);
    assert.ok(now.memory - then.memory <= GROWTH, `${who}: ${then.memory} KiB became ${now.memory}`);
    context.diagnostic(`${who}: ${then.files} files, ${then.memory} KiB, then ${now.files} files, ${now.memory} KiB`);
  }
  context.diagnostic(`${signIns} sign-ins in ${seconds.toFixed(1)} s`);
  assert.ok(await pair.holds('xai-oauth'));
  await visit.close();
  await master.stop();
});

/** What lives on through all of them, and the names of every file that one could leave. */
async function everything(pair) {
  const living = {};
  for (const [role, name] of [['laptop', 'ssh'], ['jump', 'sshd'], ['remote', 'sshd']]) {
    for (const pid of await machines.pids(machines[role], name)) {
      living[`${name} ${pid} on ${role}`] = await holdings(pid);
    }
  }
  const names = [];
  for (const folder of [rig.scratch, pair.home, pair.host.home]) {
    names.push(...(await readdir(folder, { recursive: folder !== rig.scratch })).sort());
  }
  return { living, names };
}

test('nothing is left behind', async () => {
  await rig.close();
});
