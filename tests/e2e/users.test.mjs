// One person signs in, and the gateway of this machine runs as somebody else: the line that is printed is
// followed as it is, and the service has its credential.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { asked } from './rig/hermes.mjs';
import { freePort } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { USERS, Users } from './rig/users.mjs';

const rig = await Rig.open();
let provider, browser, users, table;
before(async () => {
  [provider, browser, users] = await Promise.all([Provider.start(rig), Browser.start(rig), Users.start(rig)]);
  // A port of its own: where the answer is pasted, nobody may listen, and others sign in to xAI beside this.
  const port = await freePort();
  const loopback = `loopback = { host = "127.0.0.1", port = ${port}, path = "/callback", any_port = true }\n`;
  table = xaiAt(await provider.metadata(), loopback);
  await users.knows('/mnt/root/.hermes', table, 'root');
});

/** A sign-in by whoever typed the line: where it takes place decides whether it listens or wants a paste. */
async function signsIn(line) {
  const adding = users.types(line);
  const asks = await asked(adding);
  const [wants] = await adding.says(/^(Waiting for callback|Paste the address)/m);
  const visit = await browser.visit();
  if (wants.startsWith('Waiting')) await visit.approve(asks.url.href, { target: asks.origin });
  else adding.write(`${await visit.approveIntoTheVoid(asks.url.href, { target: asks.origin })}\n`);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await visit.close();
  return end;
}

for (const { what, user, home, variables, line } of [
  {
    what: 'a user whom one can become',
    user: 'svc',
    home: '/mnt/svc/.hermes',
    line: 'sudo -u svc -i hermes auth add xai-oauth',
  },
  {
    what: 'a user whose shell refuses logins',
    user: 'quiet',
    home: '/mnt/quiet/.hermes',
    line: 'sudo -u quiet -H hermes auth add xai-oauth',
  },
  {
    what: 'a home that the service is given',
    user: 'svc',
    home: "/mnt/srv/it's here",
    variables: `Environment="HERMES_HOME=/mnt/srv/it's here"\n`,
    line: `sudo -u svc -i env HERMES_HOME='/mnt/srv/it'\\''s here' hermes auth add xai-oauth`,
  },
]) {
  test(`${what}: the line is exact, and following it works`, async () => {
    await users.serves(user, variables);
    await users.knows(`"${home}"`, table, user);
    const first = await signsIn('hermes auth add xai-oauth --force');
    assert.ok(first.said.split('\n').some((said) => said.endsWith(line)), first.said);
    const doctor = users.types('hermes doctor --json');
    const { findings } = JSON.parse((await doctor.end()).stdout);
    const printed = findings.find(({ subject }) => subject === 'user').next;
    assert.equal(printed, line);

    await signsIn(printed);
    const { uid, mode, json } = await users.file(`${home}/auth.json`);
    assert.deepEqual([uid, mode.toString(8)], [USERS[user].id, '600']);
    const token = json.credential_pool['xai-oauth'][0].access_token;
    assert.equal((await provider.userinfo(token)).json.email, 'ada@example.test');
    // And the service's own command has it.
    const own = users.types(printed.replace('add', 'token'));
    assert.equal((await own.end()).stdout.trim(), token);
  });
}

test('nothing is left behind', async () => {
  await rig.close();
});
