// The control socket among several users of one machine: its own user and root are answered, another user
// is not, whatever the files let through.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Rig } from './rig/rig.mjs';
import { USERS, Users } from './rig/users.mjs';

const rig = await Rig.open();
const HOME = '/mnt/svc/.hermes';
let users, gateway;

/** A command of this user's, on the home of the service. */
function as(user, command) {
  const { id } = USERS[user] ?? { id: 0 };
  const become = `setpriv --reuid ${id} --regid ${id} --clear-groups --inh-caps=-all`;
  // Not by its name: other tests see this machine's processes, and would take it for a gateway of theirs.
  return users.types(`exec ${become} env HERMES_HOME=${HOME} HOME=/mnt/svc /mnt/bin/gate ${command}`);
}

async function status(user) {
  const end = await as(user, 'status --json').end();
  return JSON.parse(end.stdout).gateway;
}

before(async () => {
  users = await Users.start(rig);
  assert.equal((await users.types('ln -s hermes /mnt/bin/gate').end()).code, 0);
  gateway = as('svc', 'serve --no-open --port 0');
  await gateway.says(/^HERMES_BACKEND_READY/m);
});

test('its own user and root are answered', async () => {
  for (const user of ['svc', 'root']) {
    const seen = await status(user);
    assert.deepEqual([seen.running, seen.mode], [true, 'token'], user);
  }
});

test('the folder keeps another user away', async () => {
  const end = await as('quiet', 'reload --json').end();
  assert.deepEqual([end.code, JSON.parse(end.stdout).code], [1, 'gateway.control_refused'], end.said);
});

test('where the files let another user through, the gateway refuses them by their id', async () => {
  const open = `chmod 0755 /mnt/svc && chmod 0755 ${HOME} ${HOME}/run && chmod 0666 ${HOME}/run/gateway.sock`;
  assert.equal((await users.types(open).end()).code, 0);
  const seen = await status('quiet');
  assert.deepEqual([seen.running, seen.code], [null, 'gateway.control_refused']);
  assert.match(seen.reason, /for the user that runs the gateway/);
  for (const command of ['reload', 'sessions list', 'sessions revoke x']) {
    const end = await as('quiet', `${command} --json`).end();
    assert.equal(end.code, 1, end.said);
    assert.equal(JSON.parse(end.stdout).code, 'gateway.control_refused', end.said);
  }
  assert.match(gateway.said, /another user was refused at the control socket.*uid=4302/);
  const own = await status('svc');
  assert.equal(own.running, true);
});

test('nothing is left behind', async () => {
  await rig.close();
});
