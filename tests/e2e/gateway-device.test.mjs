// Machines without a browser that are let in from a real one elsewhere, and the guide's commands for it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { PageSocket, SESSION_ENDED, signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER, issuer } from './rig/gateway.mjs';
import { Blocks } from './rig/guide.mjs';
import { Headless } from './rig/headless.mjs';
import { Hermes } from './rig/hermes.mjs';
import { JUMP, Machines, REMOTE } from './rig/namespaces.mjs';
import { NativeApp } from './rig/native-app.mjs';
import { freePort } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';

const GUIDE = 'docs/src/guides/apps.md';
const CONFIG = '[gateway.device]\nenabled = true\n';
const ELSEWHERE = 'elsewhere.test';
const WAITS = ['authorization_pending', 'slow_down'];
const rig = await Rig.open();
let browser;
before(async () => {
  browser = await Browser.start(rig, { names: [ELSEWHERE] });
});

/** A gateway of this machine that has an owner with a password, and lets machines ask. */
const gated = (name) => Gateway.start(rig, name, { owner: OWNER, config: CONFIG });

/** A window in which the owner has signed in. */
async function signedIn(origin) {
  const visit = await browser.visit();
  await visit.page.goto(`${origin}/login?next=%2Faccount`);
  await signInByPassword(visit.page, OWNER);
  await visit.page.getByRole('heading', { name: OWNER.name }).waitFor();
  return visit;
}

test('dv4 dv5 a machine of one network is let in from a browser of another', async () => {
  const machines = await Machines.start(rig);
  const gateway = await Gateway.start(rig, 'between', {
    owner: OWNER,
    config: CONFIG,
    namespace: machines.jump,
    args: ['--host', '0.0.0.0'],
  });
  const origin = `http://${JUMP}:${gateway.port}`;
  const box = new Headless(rig, origin, machines.remote);
  const { body: status } = await box.get('/api/status', {});
  assert.ok(status.auth_flows.includes('device_code'), String(status.auth_flows));
  const codes = await box.begins();
  assert.match(codes.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.equal(codes.verification_uri, `${origin}/device`);

  const laptop = await Browser.start(rig, { namespace: machines.laptop });
  const here = await laptop.visit();
  const seen = await here.watch(origin);
  const { page } = here;
  await page.goto(codes.verification_uri_complete);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: 'Which code does it show?' }).waitFor();
  assert.equal(await page.locator('input[name=user_code]').inputValue(), codes.user_code);
  assert.ok(!(await here.text()).includes('the box'), 'a link tells nothing');
  assert.ok(WAITS.includes(await box.polls()), 'and approves nothing');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: `Let it in as ${OWNER.name}?` }).waitFor();
  const text = await here.text();
  for (const part of [codes.user_code, 'the box', 'curl on the box', REMOTE, 'a minute ago', '10.77.1.1']) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  assert.ok(WAITS.includes(await box.polls()));
  const [decline, approve] = ['Decline', 'Approve'].map((name) => page.getByRole('button', { name }));
  const [one, other] = [await decline.boundingBox(), await approve.boundingBox()];
  assert.deepEqual([one.width, one.height, one.y], [other.width, other.height, other.y]);
  const looks = (button) => button.evaluate((it) => ['color', 'backgroundColor', 'fontWeight'].map((of) => getComputedStyle(it)[of]));
  assert.deepEqual(await looks(decline), await looks(approve));
  await approve.click();
  await page.getByRole('heading', { name: 'The machine is let in' }).waitFor();
  // Nothing but the gateway was asked, and no policy was broken. That a header is for TLS alone is no breach.
  assert.deepEqual(seen.complaints.filter((line) => !line.includes('Cross-Origin-Opener-Policy header has been ignored')), []);
  assert.deepEqual(seen.requests.filter((url) => !url.startsWith(`${origin}/`)), []);

  const tokens = await box.polls();
  const me = await box.get('/api/auth/me', tokens);
  assert.deepEqual([me.status, me.body.user_id], [200, 'owner']);
  assert.equal(await box.polls(), 'invalid_grant');
  const { body: next } = await box.refresh(tokens);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  // The window of a client, in which nobody is signed in.
  const shell = await laptop.visit();
  await shell.page.goto(`${origin}/login?next=%2Faccount`);
  const socket = await PageSocket.open(shell.page, '', await box.ticket(next));

  await page.getByRole('link', { name: 'To your sessions' }).click();
  const row = page.locator('[data-session]').filter({ hasText: 'the box' });
  const about = await row.innerText();
  assert.match(about, /App · a user's rights · curl on the box · .* · 10\.77\.2\.2 /);
  await row.getByRole('button', { name: 'End' }).click();
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
  assert.equal((await box.get('/api/auth/me', next)).status, 401);
  assert.equal((await box.refresh(next)).body.error, 'session_expired');
});

test('dv4 a code that is typed and declined lets nobody in', async () => {
  const { origin } = await gated('declined');
  const { page } = await signedIn(origin);
  const box = new Headless(rig, origin);
  const { user_code: code } = await box.begins('a stranger');
  await page.goto(`${origin}/device`);
  await page.getByLabel('Code').fill('bcdf ghjk');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('No machine waits for this code').waitFor();
  await page.getByLabel('Code').fill(code.toLowerCase().replace('-', ' '));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('a stranger').waitFor();
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('heading', { name: 'The machine is not let in' }).waitFor();
  assert.equal(await box.polls(), 'access_denied');
  await page.goto(`${origin}/account`);
  assert.equal(await page.locator('[data-session]').count(), 1);
});

test('dv4 dv5 the page of another program can neither frame the question nor answer it', async () => {
  const { origin } = await gated('foreign');
  const { page } = await signedIn(origin);
  const box = new Headless(rig, origin);
  const { user_code: code, verification_uri_complete: link } = await box.begins();
  await page.goto(await NativeApp.page(rig, `<iframe src="${link}"></iframe>`));
  const frame = await page.waitForSelector('iframe');
  await page.waitForLoadState('networkidle');
  const inside = await (await frame.contentFrame()).content();
  assert.ok(inside.includes('ERR_BLOCKED_BY_RESPONSE'), inside);
  const fields = `<input name="user_code" value="${code}"><input name="session" value="x"><input name="decision" value="approve">`;
  const form = await NativeApp.page(rig, `<form method="post" action="${origin}/device">${fields}</form>`);
  // From another port of the same machine, and from another site.
  for (const host of ['127.0.0.1', ELSEWHERE]) {
    await page.goto(form.replace('127.0.0.1', host));
    const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/device');
    await page.locator('form').evaluate((it) => it.submit());
    assert.equal((await answered).status(), 403, host);
    await page.waitForURL(`${origin}/device`);
  }
  assert.ok(WAITS.includes(await box.polls()));
});

test('dv4 whoever came by an identity provider is named there once more', async () => {
  const company = await Provider.start(rig);
  const port = await freePort();
  const table = await issuer('company', company, `http://127.0.0.1:${port}`, 'owner_email = "ada@example.test"');
  const { origin } = await Gateway.start(rig, 'company', { port, config: `${CONFIG}${table}` });
  const box = new Headless(rig, origin);
  const { verification_uri_complete: link } = await box.begins();
  const visit = await browser.visit();
  await visit.page.goto(link);
  await visit.approveHere({ login: 'ada' });
  await visit.page.getByRole('button', { name: 'Go on' }).click();
  const away = visit.page.waitForRequest((request) => request.url().startsWith(company.issuer));
  await visit.page.getByRole('button', { name: 'Approve' }).click();
  assert.equal(new URL((await away).url()).searchParams.get('max_age'), '600');
  await visit.page.getByRole('heading', { name: 'The machine is let in' }).waitFor();
  const tokens = await box.polls();
  assert.deepEqual([tokens.user_id, tokens.provider], ['owner', 'company']);
});

test("hermes' own device flow signs in, and refreshes", async () => {
  const { origin } = await gated('own');
  const hermes = await Hermes.home(rig, 'client');
  await hermes.writeProviders(`[provider.gateway]
name = "A gateway"
flows = ["device"]
hosts = ["${new URL(origin).host}"]
client_id = "hermes"
client_owner = "nobody"
endpoints = { device = "${origin}/auth/device/code", device_token = "${origin}/auth/device/token", token = "${origin}/auth/native/refresh" }
`);
  const adding = hermes.start('auth', 'add', 'gateway', '--flow', 'device', '--no-browser', '--json');
  const [line] = await adding.says(/^\{"event":"device_code".*\}(?=\n)/m, { stream: 'stdout' });
  const { verification_uri_complete: link } = JSON.parse(line);
  const { page } = await signedIn(origin);
  await page.goto(link);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'The machine is let in' }).waitFor();
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  const client = new Headless(rig, origin);
  const opens = async () => client.get('/api/auth/me', { access_token: await hermes.token('gateway') });
  const first = await opens();
  assert.deepEqual([first.status, first.body.user_id], [200, 'owner']);
  await hermes.ok('auth', 'refresh', 'gateway');
  assert.equal((await opens()).status, 200);
});

test("the guide's commands, as they stand", async () => {
  const { origin } = await gated('guide');
  const blocks = await Blocks.read();
  const sh = async (start, variables) => {
    const { text } = blocks.all.find(({ path, text }) => path === GUIDE && text.startsWith(start));
    const { stdout } = await rig.run('/bin/sh', ['-eu', '-c', text], { env: { GATEWAY: origin, ...variables } });
    return JSON.parse(stdout);
  };
  const codes = await sh('curl -sS -d client_id=curl', {});
  assert.equal(codes.interval, 5);
  const polls = () => sh("printf 'grant_type=", { DEVICE_CODE: codes.device_code });
  assert.equal((await polls()).error, 'authorization_pending');
  const { page } = await signedIn(origin);
  await page.goto(codes.verification_uri);
  await page.getByLabel('Code').fill(codes.user_code);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'The machine is let in' }).waitFor();
  const tokens = await polls();
  assert.deepEqual([tokens.token_type, tokens.expires_in], ['Bearer', 900]);
});
