// A person at a laptop, in a terminal, with an agent behind a gateway of another network.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { asks } from './rig/chatting.mjs';
import { signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Hermes } from './rig/hermes.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Machines, REMOTE } from './rig/namespaces.mjs';
import { inside } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { Screen } from './rig/screen.mjs';
import { certificateFor } from './rig/tls.mjs';

/** How long the lid is closed: longer than a socket without a sign of life is kept. */
const MINUTE = 60_000;

const rig = await Rig.open();
let machines, model, gateway, tls, browser, origin;
before(async () => {
  machines = await Machines.start(rig);
  await machines.route();
  tls = await certificateFor(rig, REMOTE);
  model = await ModelServer.start(rig, machines.remote);
  gateway = await Gateway.start(rig, 'remote', {
    owner: OWNER,
    config: `${model.settings}\n[gateway.device]\nenabled = true\n`,
    namespace: machines.remote,
    args: ['--host', '0.0.0.0', '--tls-cert', tls.cert, '--tls-key', tls.key, '--public-url', `https://${REMOTE}:9119`],
    port: 9119,
  });
  origin = `https://${REMOTE}:9119`;
  browser = await Browser.start(rig, { namespace: machines.laptop, spki: tls.spki });
});

/** A home on the laptop. */
const laptop = (name) => Hermes.home(rig, name);

/** `hermes connect` on the laptop, in a terminal. */
function connect(hermes, name, args, size = [100, 30]) {
  const [program, all] = inside(machines.laptop, ...hermes.command(['connect', ...args]));
  const environment = { ...hermes.environment(), HERMES_CA_BUNDLE: tls.ca };
  return Screen.open(rig, name, program, all, environment, size);
}

/** The person lets the program in, in the browser that was opened. */
async function allows(hermes) {
  const visit = await browser.visit();
  await visit.page.goto(await hermes.opened());
  if (new URL(visit.page.url()).pathname === '/login') await signInByPassword(visit.page, OWNER);
  await visit.page.getByRole('button', { name: 'Allow' }).click();
  await visit.page.getByText(/You can close this (tab|page)|signed in/i).first().waitFor();
  await visit.close();
}

const words = (from, to) => Array.from({ length: to - from }, (_, n) => `w${from + n}`).join('\\s+');

/** Each of these words is there once. */
function once(text, count) {
  const seen = [...text.matchAll(/\bw\d+\b/g)].map(([word]) => word);
  assert.deepEqual(seen, Array.from({ length: count }, (_, n) => `w${n}`));
}

async function sessions() {
  return JSON.parse((await gateway.hermes.ok('sessions', 'list', '--json')).stdout).sessions;
}

test('walks 3 and 4: a link that is cut, a gateway that restarts, a session that is ended elsewhere', async () => {
  const hermes = await laptop('walker');
  const screen = await connect(hermes, 'walker', [origin, '--flow', 'browser']);
  await allows(hermes);
  const answer = await asks(screen, model, 'How many geese?');
  await answer.say(5);
  await screen.shows(new RegExp(words(0, 5)));

  // The lid is closed, and opened a minute later on the same network.
  await machines.link('down');
  await answer.say(20);
  await screen.puts('and what do the ducks say about that');
  await screen.shows(/reconnecting|no connection/i, 60_000);
  await new Promise((resolve) => setTimeout(resolve, MINUTE));
  await answer.say(5);
  await machines.link('up');
  await screen.shows(new RegExp(words(0, 30)), 45_000);
  await answer.say(5);
  await answer.end();
  once(await screen.shows(new RegExp(words(0, 35))), 35);

  // The gateway starts again, and the draft is where it was.
  await gateway.process.stop();
  await gateway.again();
  assert.match(await screen.visible(), /what do the ducks say/);

  // The session is ended on the host, and nothing that was typed is lost.
  const [session] = await sessions();
  await gateway.hermes.ok('sessions', 'revoke', session.id);
  const told = await screen.shows(/The sign-in has ended/);
  assert.equal(told.match(/The sign-in has ended/g).length, 1, told);
  assert.match(await screen.visible(), /what do the ducks say/);
  await screen.keys('Enter');
  await allows(hermes);
  const asked = model.asked();
  await screen.shows(/what do the ducks say/);
  await screen.keys('Enter');
  const ducks = await asked;
  assert.equal(ducks.prompt, 'and what do the ducks say about that');
  await ducks.say(2);
  await ducks.end();
  await screen.shows(/ducks say[^]*w0 w1/);
});

test('by device approval, from a browser in which somebody is signed in', async () => {
  const hermes = await laptop('device');
  const screen = await connect(hermes, 'device', [origin, '--flow', 'device']);
  const text = await screen.shows(/[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/);
  const [code] = text.match(/[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/);
  const { page } = await browser.visit();
  await page.goto(`${origin}/device`);
  await signInByPassword(page, OWNER);
  await page.locator('input[name=user_code]').fill(code);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'The machine is let in' }).waitFor();
  const answer = await asks(screen, model, 'By a code?');
  await answer.say(3);
  await answer.end();
  await screen.shows(/w0 w1 w2/);
});

test('by password, which is not shown, and the next time by what is kept', async () => {
  const hermes = await laptop('password');
  const screen = await connect(hermes, 'password', [origin, '--flow', 'password', '--name', 'home']);
  await screen.shows(/user name/i);
  await screen.puts(OWNER.username);
  await screen.keys('Enter');
  await screen.shows(/password/i);
  await screen.puts(OWNER.password);
  await screen.keys('Enter');
  const answer = await asks(screen, model, 'By a password?');
  await answer.say(3);
  await answer.end();
  const text = await screen.shows(/w0 w1 w2/);
  assert.ok(!text.includes(OWNER.password));
  await screen.keys('C-d');
  assert.match(await screen.ended(), /hermes connect home --resume/);

  const again = await connect(hermes, 'again', ['--continue']);
  await again.shows(/By a password\?[^]*w0 w1 w2/);
});
