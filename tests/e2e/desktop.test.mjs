// The desktop application at gateways, as a person uses it: found, signed in, talked to, and back after whatever happens.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { finds, goes, signsIn, signsInByPassword } from './rig/desktop-ways.mjs';
import { Desktop } from './rig/desktop.mjs';
import { signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER, issuer } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { freePort, isOpen } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { repositoryFile } from './rig/settings.mjs';
import { within } from './rig/wait.mjs';
import { button, field, KEYS } from './rig/webdriver.mjs';

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

const MESSAGE = field('Message');
const words = (from, to) => new RegExp(Array.from({ length: to - from }, (_, n) => `w${from + n}`).join('\\s+'));

/** Asks, and has the model begin. */
async function asks({ window }, text) {
  const asked = model.asked();
  await window.type(MESSAGE, text + KEYS.enter);
  const answer = await asked;
  assert.equal(answer.prompt, text);
  return answer;
}

test('dt2 signs in by the browser of its person, and is live again after the gateway was away', async () => {
  const port = await freePort();
  const company = await Provider.start(rig);
  const method = await issuer('company', company, `http://127.0.0.1:${port}`, 'owner_email = "ada@example.test"');
  const gateway = await Gateway.start(rig, 'at-provider', { port, config: `${model.settings}${method}` });
  const desktop = await Desktop.start(rig, 'by-browser');
  const { window } = desktop;
  await window.shows(/Where does your agent run/);
  await desktop.picture('first-run');
  await finds(desktop, `127.0.0.1:${port}`, /sign-in needed/);
  await desktop.picture('found');
  await window.click("//button[starts-with(normalize-space(.), 'Sign in')]");
  const address = await desktop.opened();
  await window.shows(/Go on in your browser/);
  const { searchParams } = new URL(address);
  assert.equal(searchParams.get('code_challenge_method'), 'S256');
  const { protocol, hostname } = new URL(searchParams.get('redirect_uri'));
  assert.deepEqual([protocol, hostname], ['http:', '127.0.0.1'], 'it comes back to the application itself');
  assert.equal(await desktop.isShown('^Sign in'), false, 'no window of the application signs anybody in');
  await desktop.picture('waiting');
  const visit = await browser.visit();
  await visit.page.goto(address);
  await visit.approveHere({ login: 'ada' });
  await visit.page.getByRole('button', { name: /Allow|Sign in|Let/ }).click();
  await visit.page.getByText(/You can close this tab; the window of Hermes/).waitFor();
  await window.find(MESSAGE);
  const answer = await asks(desktop, 'How many geese?');
  await answer.say(3);
  await window.shows(words(0, 3));
  await answer.end();
  await desktop.picture('chat');
  await window.type(MESSAGE, 'A draft');
  await gateway.process.stop();
  await window.shows(/Trying again in/);
  assert.match(await window.text(), words(0, 3), 'what was read stays');
  await gateway.again();
  await window.shows(/Live/, 60_000);
  assert.equal(await window.run("return document.querySelector('main textarea').value"), 'A draft');
  await visit.close();
  await desktop.end();
});

/** A gateway where the owner signs in with a password. */
const gated = (name, how) => Gateway.start(rig, name, { owner: OWNER, config: model.settings, ...how });

/** A new application that has signed in there by a password. */
async function signedIn(name, gateway, how) {
  const desktop = await Desktop.start(rig, name, how);
  await signsIn(desktop, gateway);
  return desktop;
}

/** Its owner in a browser, at the page of their sessions. */
async function signedInElsewhere(gateway) {
  const visit = await browser.visit();
  await visit.page.goto(`${gateway.origin}/account`);
  await signInByPassword(visit.page, OWNER);
  await visit.page.goto(`${gateway.origin}/account`);
  return visit;
}

test('a session that is ended elsewhere says so once, keeps the draft, and goes on after another sign-in', async () => {
  const gateway = await gated('revoked');
  const desktop = await signedIn('signed-out', gateway);
  const { window } = desktop;
  const answer = await asks(desktop, 'How many geese?');
  await answer.say(2);
  await answer.end();
  await window.shows(words(0, 2));
  await window.type(MESSAGE, 'A draft that must stay');
  const elsewhere = await signedInElsewhere(gateway);
  await elsewhere.page.getByRole('button', { name: 'End the other session' }).click();
  await window.shows(/sign-in .*ended|signed out|session .*ended/i);
  await desktop.picture('session-ended');
  assert.match(await window.text(), words(0, 2), 'what was read stays');
  await window.click("//*[@role='status' or @role='alert']//button[contains(., 'Sign in')]");
  await signsInByPassword(desktop);
  await window.shows(words(0, 2));
  await window.shows(/Live/);
  assert.equal(await window.run("return document.querySelector('main textarea').value"), 'A draft that must stay');
  await elsewhere.close();
  await desktop.end();
});

test('signing out ends the session at the gateway, and nothing of it is left here', async () => {
  const gateway = await gated('left');
  const desktop = await signedIn('signs-out', gateway);
  const elsewhere = await signedInElsewhere(gateway);
  const { page } = elsewhere;
  const other = page.getByRole('button', { name: 'End the other session' });
  await other.waitFor();
  await goes(desktop, 'Gateways');
  await desktop.window.click(button('Sign out'));
  await desktop.window.shows(/Signed out/);
  await desktop.picture('signed-out');
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  assert.equal(await other.count(), 0, 'there is one session, the browser\'s');
  assert.doesNotMatch(await desktop.read('gateways.secrets.json'), /hermes_session/);
  await elsewhere.close();
  await desktop.end();
});

test('dt4 a sign-in outlives the application, and the page never has it', async () => {
  const gateway = await gated('kept');
  const desktop = await signedIn('again', gateway);
  await desktop.end();
  await desktop.begin();
  await desktop.window.shows(/Live/);
  const secrets = JSON.parse(await desktop.read('gateways.secrets.json'));
  const values = JSON.stringify(secrets).match(/[\w-]{24,}/g).filter((text) => !text.startsWith('hermes_session'));
  assert.ok(values.length > 0);
  const seen = await desktop.window.run(
    'return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])',
  );
  for (const value of values) assert.ok(!seen.includes(value), 'the page has what signs in');
  await desktop.end();
});

test('token mode: a wrong token, the right one, a chat, and a gateway that comes back with the same and with another one', async () => {
  const gateway = await Gateway.start(rig, 'by-token', { config: model.settings, variables: { HERMES_DASHBOARD_SESSION_TOKEN: 'the-first-token-of-four-geese-in-a-canal' } });
  const desktop = await Desktop.start(rig, 'token');
  const { window } = desktop;
  await finds(desktop, gateway.origin, /session token/);
  assert.equal(await window.has(field('Password')), false);
  await desktop.picture('token');
  await window.type(field('Session token'), `not-the-token${KEYS.enter}`);
  await window.shows(/does not take this token/);
  await window.replace(field('Session token'), `the-first-token-of-four-geese-in-a-canal${KEYS.enter}`);
  await window.find(MESSAGE);
  const answer = await asks(desktop, 'How many geese?');
  await answer.say(2);
  await answer.end();
  await window.shows(words(0, 2));
  await gateway.process.stop();
  await window.shows(/Trying again in/);
  await gateway.again();
  await window.shows(/Live/, 60_000);
  await gateway.process.stop();
  const { hermes, port } = gateway;
  await Gateway.start(rig, 'by-token', { hermes, port, variables: { HERMES_DASHBOARD_SESSION_TOKEN: 'another-token-of-five-geese-on-a-canal' } });
  await window.shows(/does not take the token any more/, 60_000);
  await desktop.picture('another-token');
  await window.click("//button[contains(., 'Give the token')]");
  await window.type(field('Session token'), `another-token-of-five-geese-on-a-canal${KEYS.enter}`);
  await window.shows(words(0, 2));
  await window.shows(/Live/);
  await desktop.end();
});

test('the page of a gateway in a window of its own: it is chosen, the cookies that no script sees are kept, and giving it up is no sign-in', async () => {
  const gateway = await gated('by-window');
  const desktop = await Desktop.start(rig, 'window');
  const { window } = desktop;
  await finds(desktop, gateway.origin, /sign-in needed/);
  const opens = async () => {
    await window.click("//summary[contains(., 'Other ways')]");
    await window.click("//button[contains(., 'in a window of Hermes')]");
  };
  await opens();
  await window.click("//button[contains(., 'Open that window')]");
  await window.click(button('Cancel'));
  await window.shows(/sign-in needed/);
  await opens();
  await desktop.types('Sign in to 127.0.0.1', { key: 'Tab' }, { text: OWNER.username }, { key: 'Tab' }, { text: OWNER.password }, { key: 'Return' });
  await window.find(MESSAGE);
  await window.shows(/Live/);
  await window.shows(/Ada L\./);
  assert.match(await desktop.read('gateways.secrets.json'), /hermes_session/);
  await desktop.end();
  await desktop.begin();
  await desktop.window.shows(/Live/);
  await desktop.end();
});

test('dt8 Hermes on this computer: one click, a turn, and it is there the next time', async () => {
  const home = await rig.folder('here');
  await mkdir(`${home}/.hermes`, { mode: 0o700 });
  await writeFile(`${home}/.hermes/config.toml`, model.settings);
  const desktop = await Desktop.start(rig, 'here', { home });
  const { window } = desktop;
  await window.click("//button[contains(., 'Use Hermes on this computer')]");
  await window.shows(/Live/);
  const answer = await asks(desktop, 'How many geese?');
  await answer.say(3);
  await answer.end();
  await window.shows(words(0, 3));
  await desktop.picture('here');
  // The gateway is the application: no other program has its token, and none is left when it has ended.
  // What drives the tests has a way in of its own.
  const listens = await desktop.listens();
  const gateways = [];
  for (const address of listens) {
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    const is = await fetch(`http://${address}/api/status`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.ok, () => false);
    if (is) gateways.push(address);
  }
  assert.equal(gateways.length, 1, `${listens}`);
  const started = await desktop.started();
  assert.ok(started.length > 0);
  assert.deepEqual(started.filter((program) => !/\/WebKit\w+Process$/.test(program)), []);
  await assert.rejects(desktop.read('gateway.token'), { code: 'ENOENT' }, 'its token is in no file');
  // An export is what a browser would download.
  // Its menu opens for whoever points at the row, which the driver does not.
  await window.run("document.querySelector('aside [aria-haspopup=menu], nav [aria-haspopup=menu], .drawer [aria-haspopup=menu]').click()");
  await window.click("//*[@role='menuitem'][contains(., 'Markdown')]");
  const [, saved] = await window.shows(/saved as (\S.*\.md)\./);
  assert.match(await readFile(saved, 'utf8'), /How many geese\?[^]*w0 w1 w2/);
  await desktop.end();
  assert.equal(await isOpen(gateways[0].split(':')[1]), false, 'nobody listens any more');
  await desktop.begin();
  await desktop.window.shows(/Live/);
  await desktop.window.shows(/How many geese\?/);
  await desktop.end();
});

test('neither a sign-in nor a token box is there before the gateway has answered, and none when the address differs', async () => {
  const [signsIn, token] = await Promise.all([gated('flips-sign-in'), Gateway.start(rig, 'flips-token', { config: model.settings })]);
  const desktop = await Desktop.start(rig, 'flips');
  const { window } = desktop;
  await window.click("//button[contains(., 'Connect to an existing gateway')]");
  // Each frame is looked at: what is in the field, and what can be clicked or filled beside it.
  await window.run(`
    const seen = (window.seen = []);
    const look = () => {
      const text = document.querySelector('input[inputmode=url]')?.value ?? '';
      const has = (kind) => document.querySelector(kind) !== null;
      const now = [text, has('input[autocomplete=username]') ? 'sign-in' : has('input[type=password]') ? 'token' : has('button.primary') ? 'a button' : 'nothing'].join(' ');
      if (seen.at(-1) !== now) seen.push(now);
      requestAnimationFrame(look);
    };
    look();
  `);
  const box = field('Address of the gateway');
  await window.type(box, signsIn.origin);
  await window.shows(/sign-in needed/);
  await window.replace(box, token.origin);
  await window.shows(/session token/);
  await window.type(box, '1');
  await window.painted();
  const seen = await window.run('return window.seen');
  const beside = (what) => seen.filter((now) => now.endsWith(` ${what}`)).map((now) => now.split(' ')[0]);
  assert.deepEqual([...new Set(beside('sign-in'))], [signsIn.origin], seen.join('\n'));
  assert.deepEqual(seen.filter((now) => now.endsWith('a button')), [], 'there is no button alone');
  assert.deepEqual([...new Set(beside('token'))], [token.origin], seen.join('\n'));
  await desktop.end();
});

/** What a hostile page tries: every command of the application, by whatever way it finds to one. */
const HOSTILE = (commands) => `<!doctype html><title>Sign in</title><script type="module">
const inside = window.__TAURI_INTERNALS__;
const tried = { inside: typeof inside, global: typeof window.__TAURI__, answered: [] };
const limit = new Promise((resolve) => setTimeout(() => resolve('nothing'), 3000));
for (const command of ${JSON.stringify(commands)}) {
  const asked = { told: '__CHANNEL__:1', asked: { gateway: 'here', text: 'https://evil.test', method: 'session.list', params: {}, verb: 'GET', path: '/api/sessions' } };
  const answers = [];
  try { if (inside) answers.push(inside.invoke(command, asked)); } catch {}
  try { answers.push(fetch('ipc://localhost/' + command, { method: 'POST', body: JSON.stringify(asked) }).then((answer) => answer.ok ? 'yes' : Promise.reject())); } catch {}
  const all = answers.map((answer) => Promise.resolve(answer).then(() => 'yes', () => 'no'));
  for (const answer of await Promise.all(all.map((one) => Promise.race([one, limit])))) if (answer === 'yes') tried.answered.push(command);
}
await fetch('/tried', { method: 'POST', body: JSON.stringify(tried) });
</script>`;

test('dt1 a page from elsewhere can call none of the commands', async () => {
  const { permissions } = JSON.parse(await readFile(repositoryFile('apps/desktop/capabilities/page.json'), 'utf8'));
  const commands = permissions.map((name) => name.replace('allow-', '').replaceAll('-', '_'));
  assert.ok(commands.includes('attach') && commands.length > 20);
  // It looks like a gateway of upstream's, whose page alone signs people in.
  const answers = {
    '/api/status': ['application/json', JSON.stringify({ version: '0.19.0', auth_required: true })],
    '/api/auth/providers': ['application/json', JSON.stringify({ providers: [{ name: 'evil', display_name: 'Evil', supports_password: false }] })],
    '/login': ['text/html', HOSTILE(commands)],
  };
  let reported;
  const report = new Promise((resolve) => (reported = resolve));
  const server = createServer(async (asked, response) => {
    if (asked.url === '/tried') reported(JSON.parse(await text(asked)));
    const [type, body] = answers[asked.url] ?? ['application/json', '{"detail":"Unauthorized"}'];
    response.writeHead(answers[asked.url] ? 200 : 404, { 'content-type': type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  rig.onClose(() => {
    server.closeAllConnections();
    server.close();
  });
  const desktop = await Desktop.start(rig, 'hostile');
  const { window } = desktop;
  await finds(desktop, `http://127.0.0.1:${server.address().port}`, /sign-in needed/);
  await window.shows(/lets people in on its own page alone/);
  await desktop.picture('window-only');
  await window.click("//button[contains(., 'Open that window')]");
  const { inside, answered, global } = await within(60_000, report, 'the hostile page to have tried');
  // What Tauri puts into every page is there, so the commands were really asked for.
  assert.equal(inside, 'object');
  assert.deepEqual(answered, []);
  assert.equal(global, 'undefined');
  await window.click(button('Cancel'));
  assert.match(await window.run('return location.href'), /^tauri:\/\/localhost/);
  await desktop.end();
});
