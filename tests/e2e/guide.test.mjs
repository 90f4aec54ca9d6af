// The guide's commands for more than one machine, run as they stand: with the laptop's ssh, a real sshd on
// jump box and remote host, and a browser that agrees. Blocks for one machine are run by `cargo test`.
//
// What is put in: our user and jump box for `ada` and `JUMP`, and the provider's addresses for those of
// vendors. The remote host has the address that the guide gives it.
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { before, test } from 'node:test';
import { Afar } from './rig/afar.mjs';
import { Blocks } from './rig/guide.mjs';
import { asked } from './rig/hermes.mjs';
import { NAMED } from './rig/namespaces.mjs';
import { spotifyAt, xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { hermesBinary } from './rig/settings.mjs';
import { until } from './rig/wait.mjs';

const OVER_SSH = 'docs/src/guides/oauth-over-ssh.md';
const QUICK = 'docs/src/quick-start.md';
// What runs for other tests is not on ada's host: it is a container that is worked in like a machine.
const ALONE = '/usr/bin/unshare --pid --fork --kill-child --mount-proc env';
const WORKED_IN = 'DISTROBOX_ENTER_PATH=/usr/bin/distrobox-enter';
const rig = await Rig.open();
let blocks, afar, machines, metadata;
before(async () => {
  [blocks, afar] = await Promise.all([Blocks.read(), Afar.start(rig)]);
  machines = afar.machines;
  metadata = await afar.provider.metadata();
});

/** A person's account on remote: a home directory, and `hermes` on the search path. */
class Account {
  static async make(name, { trusts = true } = {}) {
    const account = new Account();
    account.home = await rig.folder(name);
    await rig.folder(name, '.hermes');
    await rig.folder(name, 'bin');
    const table = `${xaiAt(metadata, 'scope = "openid email"\n')}${spotifyAt(metadata)}`;
    await writeFile(`${account.home}/.hermes/providers.toml`, table, { mode: 0o600 });
    const trust = trusts ? ` HERMES_CA_BUNDLE=${afar.tls.ca} CURL_CA_BUNDLE=${afar.tls.ca}` : '';
    account.environment = `${ALONE} -u HERMES_HOME ${WORKED_IN} HOME=${account.home} PATH=${account.home}/bin:$PATH${trust}`;
    await writeFile(`${account.home}/bin/hermes`, `#!/bin/sh\nexec ${hermesBinary()} "$@"\n`, { mode: 0o755 });
    await writeFile(`${account.home}/block`, '');
    return account;
  }

  /** Types a block in a terminal on remote. */
  async types(block) {
    const text = block
      .replace('https://id.example.org', afar.provider.issuer)
      .replace('https://api.x.ai/v1/models', metadata.userinfo_endpoint);
    await writeFile(`${this.home}/block`, `${text}\n`);
    const command = `cd ${this.home} && ${this.environment} /bin/sh -eu block`;
    return machines.ssh(command, { terminal: true, host: `root@${NAMED}` });
  }

  /** Runs a block there to its end, which must be a good one. */
  async runs(block) {
    const end = await (await this.types(block)).end();
    assert.equal(end.code, 0, `${block}\n${end.said}`);
    return end;
  }
}

/** A line for the laptop with our names in it; one hop goes by an alias that knows the way. */
function ours(block, host = block.includes('JUMP') ? `root@${NAMED}` : 'root@behind') {
  return block.replaceAll(`ada@${NAMED}`, host).replaceAll('JUMP', 'jump');
}

async function agrees(adding) {
  const asks = await asked(adding);
  const visit = await afar.browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  await visit.close();
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  return end;
}

/** Signs in on remote through the tunnel of this block, which is kept open until then. */
async function throughTunnel(account, command, tunnel) {
  const adding = await account.types(command);
  const { port } = await asked(adding);
  const ssh = afar.onLaptop(ours(tunnel));
  await machines.listening(machines.laptop, port);
  const end = await agrees(adding);
  assert.equal(ssh.said, '', 'the tunnel prints nothing');
  await ssh.stop();
  return end;
}

/** What was seen, with the guide's names in it. */
function asInTheGuide(said) {
  return said
    .replace(/^https:\/\/\S+(?=\n)/m, 'https://auth.x.ai/oauth2/authorize?response_type=code&client_id=…')
    .replaceAll(`root@${NAMED}`, `ada@${NAMED}`)
    .replace('only root can', 'only ada can')
    .replace('ada@example.test', 'ada@example.org')
    .replace(new RegExp(`\\b${hostname()}\\b`, 'g'), 'build7');
}

/** Fails unless these lines are among what was said. */
function shows({ said }, lines) {
  const seen = asInTheGuide(said).split('\n');
  for (const line of lines.split('\n')) assert.ok(seen.includes(line), `${line}\n${said}`);
}

test('the quick start, from the first line to the last', async () => {
  const ada = await Account.make('ada');
  shows(await ada.runs(blocks.take(QUICK, 'hermes doctor')), blocks.shown(QUICK, '✓ place'));
  const command = blocks.take(QUICK, 'hermes auth add');
  const { said } = await throughTunnel(ada, command, blocks.take(QUICK, 'ssh -N -L'));
  const seen = asInTheGuide(said).trimEnd();
  const shown = [blocks.shown(QUICK, 'Signing in to xAI.'), blocks.shown(QUICK, 'Login successful!')];
  assert.equal(seen, shown.join('\n'));

  shows(await ada.runs(blocks.take(QUICK, 'hermes auth status')), blocks.shown(QUICK, 'xai-oauth: logged in'));
  for (const document of [QUICK, 'docs/src/for-scripts.md']) {
    const answer = await ada.runs(blocks.take(document, 'curl -H'));
    assert.match(answer.said, /"email":"ada@example\.test"/);
  }
});

/** One sign-in waits through the tests of tunnels: who reaches it is answered with 404. */
let waiting;

/** Opens a tunnel that prints nothing, and asks by the guide's own command whether it leads there. */
async function leadsToHermes(tunnel, command) {
  await machines.listening(machines.laptop, 56121);
  const { said } = await afar.onLaptop(command).end();
  assert.match(said, /^HTTP\/1\.1 404 /m, said);
  assert.equal(tunnel.ended, null, tunnel.said);
  assert.equal(tunnel.said, '');
  await tunnel.stop();
}

const IS_IT_UP = 'curl -i http://127.0.0.1:56121/';

test('OAuth over SSH: the short form, and through a jump box by either spelling', async () => {
  waiting = await (await Account.make('waiting')).types(blocks.take(OVER_SSH, 'hermes auth add xai-oauth'));
  await waiting.says(/^Waiting for callback on http:\/\/127\.0\.0\.1:56121\/callback$/m);
  const isItUp = blocks.take(OVER_SSH, IS_IT_UP);
  for (const start of ['ssh -N -L', 'ssh -N -L', 'ssh -N -o "ProxyCommand=']) {
    await leadsToHermes(afar.onLaptop(ours(blocks.take(OVER_SSH, start))), isItUp);
  }
});

test('OAuth over SSH: when the port is busy on the laptop', async () => {
  const squatter = await machines.occupy(machines.laptop, 56121);
  const found = await afar.onLaptop(blocks.take(OVER_SSH, 'lsof')).end();
  assert.match(found.said, new RegExp(`\\b${squatter.pid}\\b.*127\\.0\\.0\\.1:56121 \\(LISTEN\\)`));
  const strict = ours(blocks.take(OVER_SSH, 'ssh -N -o ExitOnForwardFailure=yes'));
  const end = await afar.onLaptop(strict).end();
  assert.equal(end.code, 255, end.said);
  assert.equal(end.said.trimEnd(), blocks.shown(OVER_SSH, 'bind [127.0.0.1]'));
  await squatter.stop();
  await leadsToHermes(afar.onLaptop(strict), IS_IT_UP);
});

test('OAuth over SSH: under a ControlMaster', async () => {
  const path = `-o ControlPath=${rig.path('master')}`;
  const mastered = (block) => afar.onLaptop(block.replaceAll(`ada@${NAMED}`, `${path} root@behind`));
  const [check, cancel] = blocks.take(OVER_SSH, 'ssh -O check').split('\n');
  const own = blocks.take(OVER_SSH, 'ssh -S none');
  const master = mastered(`ssh -M -N ada@${NAMED}`);
  await until(15_000, async () => (await mastered(check).end()).code === 0, 'the master');
  const forwarded = async () => (await machines.listeners(machines.laptop)).includes('127.0.0.1:56121');

  // The forward is handed to the master; what stays is a shell on the host, in spite of `-N`.
  const command = `ssh -N -L 56121:127.0.0.1:56121 ada@${NAMED}`;
  const shell = mastered(command);
  shell.write('echo this is $0\n');
  await shell.says(/^this is \S*sh$/m);
  shell.closeInput();
  assert.equal((await shell.end()).code, 0);
  assert.ok(await forwarded(), 'the forward outlives it');
  assert.match((await afar.onLaptop(IS_IT_UP).end()).said, /^HTTP\/1\.1 404 /m);
  assert.equal((await mastered(cancel).end()).code, 0);
  assert.ok(!(await forwarded()), 'until it is taken back');
  // Where there is nothing to type, that shell is at its end at once.
  const atOnce = await mastered(`${command} < /dev/null`).end();
  assert.deepEqual([atOnce.code, atOnce.said], [0, '']);
  await mastered(cancel).end();

  await leadsToHermes(mastered(own), IS_IT_UP);
  assert.ok(!(await forwarded()), 'a connection of its own takes its forward with it');
  await master.stop();
});

test('the sign-in that waited is finished', async () => {
  const tunnel = afar.onLaptop('ssh -N -L 56121:127.0.0.1:56121 root@behind');
  await machines.listening(machines.laptop, 56121);
  await agrees(waiting);
  await tunnel.stop();
});

test('OAuth over SSH: from the laptop, with no tunnel', async () => {
  const [host, laptop] = [await Account.make('via-host'), await Account.make('via-laptop')];
  const starter = `${host.home}/bin/starter`;
  await writeFile(starter, `#!/bin/sh\nexec ${host.environment} hermes "$@"\n`, { mode: 0o755 });
  const block = ours(blocks.take(OVER_SSH, 'hermes auth add xai-oauth --via'));
  // No search path holds the program there; and nothing of the laptop's own desktop is asked.
  await agrees(afar.onLaptop(`${laptop.environment} ${block} --remote-hermes ${starter} --no-browser`));
  assert.match((await host.runs('hermes auth status xai-oauth')).said, /^xai-oauth: logged in$/m);
});

test("Spotify's tunnel", async () => {
  const page = 'docs/src/user-guide/features/spotify.md';
  await throughTunnel(await Account.make('spotify'), 'hermes auth add spotify', blocks.take(page, 'ssh -N -L'));
});

test('a server under a certificate authority of its own', async () => {
  const account = await Account.make('private-ca', { trusts: false });
  await copyFile(afar.tls.ca, `${account.home}/ca.pem`);
  const begins = 'hermes auth add work --issuer https://id.example.org --client-id hermes --ca-bundle';
  const block = blocks.take('docs/src/guides/any-server.md', begins);
  await throughTunnel(account, block, `ssh -N -L 56121:127.0.0.1:56121 ada@${NAMED}`);
});

test('a remote gateway through a tunnel: its token, and who it is for', async () => {
  const page = 'docs/src/desktop/remote.md';
  const [host, laptop] = [await Account.make('served'), await Account.make('sits-here')];
  const serving = await host.types(blocks.take(page, 'hermes serve'));
  await serving.says(/^HERMES_BACKEND_READY port=9119/m);
  const tunnel = afar.onLaptop(ours(blocks.take(page, 'ssh -N -L')));
  await machines.listening(machines.laptop, 9119);
  // The account is that of a home, not of a user of the machine.
  const here = (block) => ours(block).replace('.hermes/gateway.token', `${host.home}/.hermes/gateway.token`);
  const token = (await afar.onLaptop(here(blocks.take(page, 'ssh ada@203.0.113.7 cat .hermes/gateway.token'))).end()).said.trim();
  assert.match(token, /^[\w-]{40,}$/);
  await writeFile(`${laptop.home}/block`, here(blocks.take(page, 'ssh ada@203.0.113.7 cat .hermes/gateway.token |')));
  const connected = await afar.onLaptop(`${laptop.environment} /bin/sh -eu ${laptop.home}/block`).end();
  assert.equal(connected.code, 0, connected.said);
  assert.ok(!connected.said.includes(token), 'nobody sees it');
  const listed = await afar.onLaptop(`${laptop.environment} hermes connect --list`).end();
  assert.match(listed.said, /build7.*http:\/\/127\.0\.0\.1:9119/);
  await tunnel.stop();
  serving.write('\x03');
  await serving.end();
});

test('what SECURITY.md says of the listener', async () => {
  const take = (start) => blocks.take('SECURITY.md', start);
  const adding = await (await Account.make('listener')).types(take('hermes auth add'));
  await adding.says(/^Waiting for callback on http:\/\/127\.0\.0\.1:56121\/callback$/m);
  let prelude = take('PORT=');
  const see = async (block) => (await machines.start(machines.remote, '/bin/sh', ['-c', `${prelude}\n${block}`]).end()).said;
  const statuses = async (block) => [...(await see(block)).matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

  const bound = await see(take('ss -ltn "'));
  assert.match(bound, /127\.0\.0\.1:56121/);
  assert.doesNotMatch(bound, /0\.0\.0\.0:56121|\*:56121|\[::\]/);
  assert.deepEqual(await statuses(take('curl -i -H "Host: evil')), [421, 421]);
  assert.deepEqual(await statuses(take('curl -i "$U/"')), [404, 404, 200, 405, 400, 400, 400, 400]);
  const preflights = (await see(take('P='))).split(/^HTTP/m).slice(1);
  assert.equal(preflights.length, 3);
  assert.match(preflights[0], /^access-control-allow-origin: https:\/\/auth\.x\.ai$/m);
  assert.match(preflights[0], /^access-control-allow-private-network: true$/m);
  for (const other of preflights.slice(1)) assert.doesNotMatch(other, /^access-control/m);
  const page = await see(take('curl -i "$U/callback?code=c&state=%3C'));
  assert.doesNotMatch(page, /reflected/);
  for (const header of ['cache-control: no-store', 'referrer-policy: no-referrer', "content-security-policy: default-src 'none'"]) {
    assert.ok(page.includes(`\n${header}`), `${header}\n${page}`);
  }
  assert.deepEqual(await statuses(take('curl -i -H "X:')), [431]);
  assert.match(await see(take('python3')), /Address already in use/);
  assert.match(adding.said, /Ignored a request that is not ours/);
  assert.equal(adding.ended, null, 'and it still waits');
  adding.write('\x03');
  await adding.end();
  const listens = take('ss -ltnH');
  await until(5_000, async () => (await see(listens)) === '', 'the listener to be gone');
});

test('no block is left over, and nothing else', async () => {
  assert.deepEqual(blocks.left, []);
  await rig.close();
});
