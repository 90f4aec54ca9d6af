// What must be true of a gateway and a desktop before either is released: five checks, in the order in which a person
// meets them. `cargo xtask release-check` runs them with the programs that are to be released.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { finds } from './rig/desktop-ways.mjs';
import { Desktop } from './rig/desktop.mjs';
import { faultNamed } from './rig/faults.mjs';
import { CLOSE, firstFrame, goodbye, upgrade } from './rig/frames.mjs';
import { Gateway, issuer } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Passage } from './rig/passage.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { until } from './rig/wait.mjs';
import { field, KEYS } from './rig/webdriver.mjs';

const rig = await Rig.open();
const fault = faultNamed(process.env.HERMES_E2E_FAULT);
const TOKEN = 'the-token-of-nine-geese-on-a-river';
let browser, model, company, gateway, desktop, passage;
before(async () => {
  [browser, model, company] = await Promise.all([Browser.start(rig), ModelServer.start(rig), Provider.start(rig)]);
  passage = await Passage.open(rig, fault?.atToken ? undefined : fault);
  const method = await issuer('company', company, passage.origin, 'owner_email = "ada@example.test"');
  gateway = await Gateway.start(rig, 'released', { config: `${model.settings}${method}` });
  passage.leadsTo(gateway.port);
  desktop = await Desktop.start(rig, 'release');
});

const times = (what) => passage.asked.filter((asked) => asked === what).length;
const TICKET = 'POST /api/auth/ws-ticket';

/** A prompt, and its answer in the window. */
async function talks({ window }, prompt) {
  const asking = model.asked();
  await window.type(field('Message'), prompt + KEYS.enter);
  const answer = await asking;
  assert.equal(answer.prompt, prompt);
  await answer.say(3);
  await answer.end();
  await window.shows(/w0\s+w1\s+w2/);
}

/** The frame with which a gateway closes a socket that it does not want. */
function closeOf(address) {
  return new Promise((resolve, reject) => {
    const asking = request(address, { agent: false, headers: upgrade() });
    asking.on('error', reject);
    asking.on('upgrade', (_, socket, head) => {
      let bytes = head;
      const look = () => {
        const frame = firstFrame(bytes);
        if (frame === undefined) return;
        socket.destroy();
        resolve(frame.kind === CLOSE ? goodbye(frame.payload) : { text: frame.payload.toString() });
      };
      socket.on('data', (more) => {
        bytes = Buffer.concat([bytes, more]);
        look();
      });
      look();
    });
    asking.end();
  });
}

test('status and sign-in providers are discovered', async () => {
  await finds(desktop, passage.origin, /sign-in needed/);
  await desktop.window.find("//button[contains(., 'company')]");
  assert.deepEqual([times('GET /api/status') > 0, times('GET /api/auth/providers') > 0], [true, true]);
  assert.equal(passage.sockets.length, 0, 'nothing was opened to find out');
});

test('a person signs in at a provider, and stays signed in', async () => {
  await desktop.window.click("//button[contains(., 'company')]");
  const address = await desktop.opened();
  const visit = await browser.visit();
  await visit.page.goto(address);
  await visit.approveHere({ login: 'ada' });
  await visit.page.getByRole('button', { name: /Allow|Sign in|Let/ }).click();
  await visit.page.getByText(/You can close this/).waitFor();
  await visit.close();
  await desktop.window.find(field('Message'));
  const granted = company.grants('authorization_code', true);
  await desktop.end();
  await desktop.begin();
  await desktop.window.find(field('Message'));
  assert.equal(company.grants('authorization_code', true), granted, 'nobody had to sign in again');
});

test('a new ticket opens each connection, also after a break', async () => {
  const before = passage.sockets.length;
  assert.ok(before >= 2, `${before} sockets before the break: one for each start of the application`);
  passage.cut();
  await until(60_000, () => passage.sockets.length > before, 'the application to come back');
  const tickets = passage.sockets.map(({ by, credential }) => `${by} ${credential}`);
  assert.ok(tickets.every((text) => /^ticket [\w-]{43}$/.test(text)), 'each is opened by a ticket, and by nothing else');
  assert.equal(new Set(tickets).size, tickets.length, 'and none by that of another one');
  assert.ok(times(TICKET) >= tickets.length, `${times(TICKET)} tickets were asked for`);
});

test('`/api/ws?ticket=` leads to `gateway.ready`', async () => {
  assert.ok(passage.sockets.length > 0, 'a socket was opened');
  await desktop.window.shows(/Live/, 60_000);
  assert.equal(JSON.parse(passage.sockets.at(-1).first).params.type, 'gateway.ready');
  await talks(desktop, 'How many geese?');
  const used = await closeOf(`${gateway.origin}/api/ws?ticket=${passage.sockets[0].credential}`);
  assert.equal(used.code, 4401, 'a ticket is good once');
  await desktop.end();
});

test('a session token, and Hermes on this computer, work as ever', async () => {
  const other = await Passage.open(rig, fault?.atToken ? fault : undefined);
  const byToken = await Gateway.start(rig, 'by-token', { config: model.settings, variables: { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN } });
  other.leadsTo(byToken.port);
  const second = await Desktop.start(rig, 'second');
  await finds(second, other.origin, /session token/);
  await second.window.type(field('Session token'), TOKEN + KEYS.enter);
  await second.window.find(field('Message'));
  await second.window.shows(/Live/);
  await talks(second, 'How many geese by token?');
  await second.end();
  const home = await rig.folder('here');
  await mkdir(`${home}/.hermes`, { mode: 0o700 });
  await writeFile(`${home}/.hermes/config.toml`, model.settings);
  const third = await Desktop.start(rig, 'here', { home });
  await third.window.click("//button[contains(., 'Use Hermes on this computer')]");
  await third.window.shows(/Live/);
  await talks(third, 'How many geese here?');
  await third.end();
});
