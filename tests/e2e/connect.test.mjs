// Signing in at a gateway from a terminal: by a real browser, by a code, by a password, by a token; and what is kept.
import assert from 'node:assert/strict';
import { readFile, readdir, stat } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { asked, deviceAddress, Hermes } from './rig/hermes.mjs';
import { JUMP, Machines } from './rig/namespaces.mjs';
import { inside } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { Screen } from './rig/screen.mjs';
import { hermesBinary, withoutUpstream } from './rig/settings.mjs';
import { TOKEN, UpstreamGateway, VERSIONS } from './rig/upstream-gateway.mjs';

const DEVICES = '[gateway.device]\nenabled = true\n';
const rig = await Rig.open();
let browser;
before(async () => {
  browser = await Browser.start(rig);
});

/** A gateway that has an owner with a password, and lets machines ask. */
const gated = (name, how = {}) => Gateway.start(rig, name, { owner: OWNER, config: DEVICES, ...how });

/** The gateways that a home remembers. */
async function remembered(client) {
  const { stdout } = await client.ok('connect', '--list', '--json');
  return JSON.parse(stdout).gateways;
}

/** What opens the gateway, as it is in the file. */
async function secret(client, origin) {
  const file = JSON.parse(await readFile(`${client.place}/gateways.secrets.json`, 'utf8'));
  return file.secrets[origin];
}

/** What the gateway says to whoever shows this token. */
async function me(origin, { access_token }) {
  return (await fetch(`${origin}/api/auth/me`, { headers: { authorization: `Bearer ${access_token}` } })).status;
}

/** Signs in by a password, as a script does. */
async function byPassword(client, address, ...args) {
  const command = ['connect', address, '--sign-in-only', '--user', OWNER.username, '--password-stdin', ...args];
  return rig.run(...client.command(command), { env: client.environment(), input: `${OWNER.password}\n` });
}

test('as4 by the browser of a desktop: it opens, somebody says yes, and what it brought is private and can be given back', async () => {
  const { origin, hermes: host } = await gated('by-browser');
  const client = await Hermes.home(rig, 'desk');
  const connecting = client.startOnDesktop('connect', origin, '--sign-in-only', '--name', 'work');
  const { url } = await asked(connecting);
  assert.equal(url.href, await client.opened(), 'what is shown is what is opened');
  assert.ok(connecting.said.includes('by browser: this is'), connecting.said);
  const { page } = await browser.visit();
  await page.goto(url.href);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: `Let it in as ${OWNER.name}?` }).waitFor();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'You are signed in to 127.0.0.1' }).waitFor();
  const end = await connecting.end();
  assert.equal(end.code, 0, end.said);
  assert.match(end.stderr, /^Signed in at work \(Ada L\.\)\. Kept in .*gateways\.secrets\.json, which only you can read\.$/m);

  const [gateway, ...others] = await remembered(client);
  assert.deepEqual(others, []);
  const { last_used: used, ...rest } = gateway;
  assert.match(used, /^\d{4}-\d\d-\d\dT[\d:]+Z$/);
  assert.deepEqual(rest, {
    name: 'work',
    address: origin,
    mode: 'sign_in',
    signed_in: true,
    method: 'browser',
    user: OWNER.name,
    kept_in: 'file',
    plain_http: false,
  });
  for (const name of ['gateways.json', 'gateways.secrets.json', 'gateways.lock']) {
    assert.equal((await stat(`${client.place}/${name}`)).mode & 0o777, 0o600, name);
  }
  const tokens = await secret(client, origin);
  assert.equal(await me(origin, tokens), 200);
  assert.ok(!(await readFile(`${client.place}/gateways.json`, 'utf8')).includes(tokens.access_token));
  assert.ok(!end.said.includes(tokens.access_token) && !end.said.includes(tokens.refresh_token));

  const again = await client.ok('connect', '--sign-in-only');
  assert.match(again.stderr, /^Already signed in at work \(Ada L\.\)\.$/m);
  const sessions = async () => (await host.ok('sessions', 'list')).stdout.trim().split('\n').length;
  assert.equal(await sessions(), 2, 'the browser and the terminal');
  const left = await client.ok('connect', '--forget', 'work');
  assert.match(left.stderr, /^Signed out at work, and forgot it\.$/m);
  assert.equal(await me(origin, tokens), 401, 'the session is gone at the gateway');
  assert.equal(await sessions(), 1);
  assert.deepEqual(await remembered(client), []);
  assert.equal(await secret(client, origin), undefined);
});

test('a no in the browser, and Ctrl-C, keep nothing', async () => {
  const { origin } = await gated('no');
  const client = await Hermes.home(rig, 'declined');
  const connecting = client.startOnDesktop('connect', origin, '--flow', 'browser', '--no-browser');
  const { page } = await browser.visit();
  await page.goto((await asked(connecting)).url.href);
  await signInByPassword(page, OWNER);
  await page.getByRole('button', { name: 'Decline' }).click();
  const declined = await connecting.end();
  assert.equal(declined.code, 1, declined.said);
  assert.match(declined.stderr, /^error\[connect\.refused\]: the sign-in at `127\.0\.0\.1` was refused: access_denied$/m);

  const stopped = client.start('connect', origin, '--flow', 'device');
  await deviceAddress(stopped);
  stopped.signal('SIGINT');
  const interrupted = await stopped.end();
  assert.equal(interrupted.code, 130, interrupted.said);
  assert.deepEqual(await remembered(client), []);
});

test('pa1 by a browser whose loopback is another one: the address that fails to load is pasted', async () => {
  const { origin } = await gated('pasted');
  const client = await Hermes.home(rig, 'far');
  const connecting = client.start('connect', origin, '--flow', 'browser', '--sign-in-only');
  const { url, redirect } = await asked(connecting);
  const { page } = await browser.visit();
  await page.route(`${redirect}**`, (route) => route.abort());
  await page.goto(url.href);
  await signInByPassword(page, OWNER);
  const failing = page.waitForRequest((request) => request.url().startsWith(redirect));
  await page.getByRole('button', { name: 'Allow' }).click();
  const address = (await failing).url();
  connecting.write(`${url.href}\n`);
  await connecting.says(/That is not the answer: it is the address to open/);
  connecting.write(`${address}\n`);
  const end = await connecting.end();
  assert.equal(end.code, 0, end.said);
  assert.match(end.stderr, /^Signed in at 127\.0\.0\.1 \(Ada L\.\)\./m);
});

test('dv1 by a code, on a machine without a browser; and an end that the gateway says', async () => {
  const gateway = await gated('by-code');
  const client = await Hermes.home(rig, 'box');
  const connecting = client.start('connect', gateway.origin, '--sign-in-only');
  const link = await deviceAddress(connecting);
  const code = new URL(link).searchParams.get('user_code');
  const lines = connecting.said.split('\n');
  assert.ok(lines.includes(link), 'the address is alone on its line');
  await connecting.says(new RegExp(`It has to show this code: ${code}`));
  const { page } = await browser.visit();
  await page.goto(link);
  await signInByPassword(page, OWNER);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: `Let it in as ${OWNER.name}?` }).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  const end = await connecting.end();
  assert.equal(end.code, 0, end.said);
  const [gatewayOfBox] = await remembered(client);
  assert.deepEqual([gatewayOfBox.name, gatewayOfBox.method, gatewayOfBox.user], ['127.0.0.1', 'device', OWNER.name]);

  // Somebody ends the session on the host: the next command says so, and begins again.
  const { stdout } = await gateway.hermes.ok('sessions', 'list', '--json');
  const ours = JSON.parse(stdout).sessions.find((session) => session.name);
  await gateway.hermes.ok('sessions', 'revoke', ours.id);
  const over = client.start('connect', '--flow', 'device');
  await deviceAddress(over);
  await over.stop();
  const anew = client.start('connect', '--sign-in-only', '--no-input');
  await anew.says(/The sign-in at 127\.0\.0\.1 is over\./);
  await deviceAddress(anew);
  await anew.stop();
  const [after] = await remembered(client);
  assert.equal(after.signed_in, false);
});

test('facts_1_6 by a password: from standard input alone, and never among the arguments', async () => {
  const { origin } = await gated('by-password');
  const client = await Hermes.home(rig, 'script');
  const wrong = client.start('connect', origin, '--user', OWNER.username, '--password-stdin');
  wrong.write('wrong\n');
  wrong.closeInput();
  const refused = await wrong.end();
  assert.equal(refused.code, 4, refused.said);
  assert.match(refused.stderr, /^error\[connect\.password_wrong\]/m);
  await byPassword(client, origin);
  const kept = await secret(client, origin);
  assert.deepEqual([kept.kind, Object.keys(kept.cookies)], ['cookies', ['hermes_session_at', 'hermes_session_rt']]);
  const again = await client.ok('connect', '--sign-in-only');
  assert.match(again.stderr, /^Already signed in/m);
  await client.ok('connect', '--forget', origin);
  const cookie = Object.entries(kept.cookies).map((pair) => pair.join('=')).join('; ');
  assert.equal((await fetch(`${origin}/api/auth/me`, { headers: { cookie } })).status, 401);
  for (const asks of [['--flow', 'password'], ['--user', 'ada']]) {
    const asking = await client.run('connect', origin, ...asks);
    assert.equal(asking.code, 2, asking.said);
    assert.match(asking.stderr, /error\[cli\.no_terminal\].*\n {2}next: .*--password-stdin$/m);
  }
});

test('ws11 by a token, where nobody signs in; its gateway is never told to end anything', async () => {
  const { origin, hermes: host } = await Gateway.start(rig, 'by-token');
  const token = await readFile(`${host.place}/gateway.token`, 'utf8');
  const client = await Hermes.home(rig, 'near');
  const wrong = client.start('connect', origin, '--token-stdin');
  wrong.write('no-such-token\n');
  const refused = await wrong.end();
  assert.equal(refused.code, 4, refused.said);
  assert.match(refused.stderr, /^error\[connect\.token_wrong\]/m);
  await rig.run(...client.command(['connect', origin, '--token-stdin', '--name', 'here']), {
    env: client.environment(),
    input: token,
  });
  const [gateway] = await remembered(client);
  assert.deepEqual([gateway.mode, gateway.method, gateway.signed_in], ['token', 'token', true]);
  const left = await client.ok('connect', '--forget', 'here');
  assert.match(left.stderr, /The token is the gateway's own and stays good\./);
});

test('ws12 plain http to another machine needs a yes that is typed, once for each gateway', async () => {
  const machines = await Machines.start(rig);
  const gateway = await gated('afar', { namespace: machines.jump, args: ['--host', '0.0.0.0'] });
  const origin = `http://${JUMP}:${gateway.port}`;
  const client = await Hermes.home(rig, 'laptop');
  const from = (...args) => inside(machines.remote, hermesBinary(), args);
  const env = client.environment();
  const script = ['connect', origin, '--sign-in-only', '--user', OWNER.username, '--password-stdin'];
  const refused = rig.start(...from(...script), { env });
  refused.closeInput();
  const end = await refused.end();
  assert.equal(end.code, 2, end.said);
  assert.match(end.stderr, /^error\[connect\.not_encrypted\].*\n {2}next: hermes connect http:\S+ --allow-plain-http$/m);
  assert.deepEqual(await remembered(client), []);

  const [program, args] = from('connect', origin, '--sign-in-only', '--user', OWNER.username);
  const no = await Screen.open(rig, 'no-yes', program, args, env);
  await no.shows(/Type `yes` to go on all the same:/);
  await no.types('y');
  await no.shows(/error\[connect\.not_encrypted\]/);
  const yes = await Screen.open(rig, 'yes', program, args, env);
  await yes.shows(/Type `yes` to go on all the same:/);
  await yes.types('yes');
  await yes.shows(/Password:/);
  assert.ok(!(await readdir(client.place)).includes('gateways.json'), 'nothing is kept before somebody is in');
  await yes.close();
  await rig.run(...from(...script, '--allow-plain-http'), { env, input: `${OWNER.password}\n` });
  const [known] = await remembered(client);
  assert.equal(known.plain_http, true);
  await rig.run(...from('connect', '--sign-in-only'), { env });
});

test('what is no gateway, or has the other scheme, is told with a next step', async () => {
  const { origin } = await gated('odd');
  const client = await Hermes.home(rig, 'lost');
  const { port } = new URL(origin);
  for (const [address, status, says] of [
    [`https://127.0.0.1:${port}`, 1, /error\[connect\.not_a_gateway\]: a gateway answers at `http:.*\n {2}next: hermes connect http:/],
    [`${origin}/elsewhere`, 1, /error\[connect\.not_a_gateway\].*\n {2}next: hermes doctor --url/],
    ['http://127.0.0.1:9', 5, /error\[connect\.unreachable\].*\n {2}next: hermes doctor --url/],
    ['ftp://127.0.0.1', 2, /error\[connect\.address_invalid\]/],
  ]) {
    const end = await client.run('connect', address);
    assert.equal(end.code, status, `${address}: ${end.said}`);
    assert.match(end.stderr, says, address);
  }
  const unclaimed = await Gateway.start(rig, 'nobodys', { config: '[gateway.proxy]\npublic_url = "https://gw.test"\n' });
  const end = await client.run('connect', unclaimed.origin);
  assert.equal(end.code, 1, end.said);
  assert.match(end.stderr, /error\[connect\.unclaimed\].*\n {2}next: hermes owner invite/);
});

test('the keychain of a desktop has the secret, and no file does', async () => {
  const { origin } = await gated('keyring');
  const client = await Hermes.home(rig, 'keyed');
  /** Runs this in a session with a keychain that is open. */
  const inSession = async (input, ...args) => {
    const line = 'printf open | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && exec "$@"';
    return rig.run('/usr/bin/dbus-run-session', ['--', '/bin/sh', '-c', line, 'sh', ...client.command(args).flat()], {
      env: client.environment(),
      input,
    });
  };
  const script = ['connect', origin, '--sign-in-only', '--user', OWNER.username, '--password-stdin'];
  const first = await byPassword(client, origin, '--name', 'work');
  assert.match(first.stderr, /Kept in .*gateways\.secrets\.json/);
  const before = await secret(client, origin);
  const signedIn = await inSession(`${OWNER.password}\n`, ...script);
  assert.match(signedIn.stderr, /^Signed in at work \(Ada L\.\)\. Kept in the keychain\.$/m);
  const [gateway] = await remembered(client);
  assert.equal(gateway.kept_in, 'keychain');
  assert.equal(await secret(client, origin), undefined, 'no copy is left');
  const values = Object.values(before.cookies);
  for (const name of await readdir(client.place)) {
    const text = await readFile(`${client.place}/${name}`, 'utf8').catch(() => '');
    for (const value of values) assert.ok(!text.includes(value), name);
    assert.ok(!/hermes_session_at/.test(text), `${name}: ${text}`);
  }
  // The next session of the desktop finds it.
  const again = await inSession('', 'connect', '--sign-in-only');
  assert.match(again.stderr, /^Already signed in at work/m);
  // Without one, that is said, and nothing waits.
  const outside = await client.run('connect', 'work');
  assert.equal(outside.code, 1, outside.said);
  assert.match(outside.stderr, /error\[connect\.keychain\]/);
  // Whoever signs in anew there is in, by the file.
  const anew = await byPassword(client, 'work');
  assert.match(anew.stderr, /Kept in .*gateways\.secrets\.json/);
  const left = await inSession('', 'connect', '--forget', 'work');
  assert.match(left.stderr, /^Signed out at work, and forgot it\.$/m);
});

for (const version of Object.keys(VERSIONS)) {
  test(`facts_1_6 upstream's gateway ${version} lets in by its password and by its token, and is told for what it is`, { skip: withoutUpstream }, async () => {
    const gated = await UpstreamGateway.start(rig, `theirs-${version}`, version, { gated: true });
    const client = await Hermes.home(rig, `at-theirs-${version}`);
    await byPassword(client, gated.origin);
    const again = await client.ok('connect', '--sign-in-only');
    assert.match(again.stderr, /^Already signed in at 127\.0\.0\.2 \(ada\)\.$/m);
    const device = await client.run('connect', gated.origin, '--flow', 'device');
    assert.match(device.stderr, /error\[connect\.no_method\]: the gateway offers no sign-in by device, but by password/);
    // Its cookies go on being good after a sign-out, and nobody says otherwise.
    const left = await client.run('connect', '--forget', gated.origin);
    assert.equal(left.code, 1, left.said);
    assert.match(left.stderr, /error\[connect\.not_signed_out\]/);

    const open = await UpstreamGateway.start(rig, `theirs-open-${version}`, version);
    const args = ['connect', open.origin, '--sign-in-only', '--token-stdin'];
    await rig.run(...client.command(args), { env: client.environment(), input: TOKEN });
    const [known] = await remembered(client);
    assert.deepEqual([known.mode, known.signed_in], ['token', true]);
  });
}
