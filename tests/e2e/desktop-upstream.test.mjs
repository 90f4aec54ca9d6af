// The desktop application at upstream's gateways of 0.16 and 0.19, as a person uses it, and at one that is too old.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { finds, signsIn } from './rig/desktop-ways.mjs';
import { Desktop } from './rig/desktop.mjs';
import { dated } from './rig/dated.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { withoutUpstream } from './rig/settings.mjs';
import { TOKEN, UpstreamGateway, VERSIONS } from './rig/upstream-gateway.mjs';
import { until } from './rig/wait.mjs';
import { button, field, KEYS } from './rig/webdriver.mjs';

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

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

/** The prompts of the conversation, as they are shown. */
const prompts = ({ window }) => window.run("return [...document.querySelectorAll('[data-part=prompt]')].map((one) => one.textContent)");

/** A turn, one that waits for its end, one that is stopped, and all of it again after the gateway was away. */
async function talks(desktop, gateway, name) {
  const { window } = desktop;
  const first = await asks(desktop, 'How many geese?');
  await first.say(3);
  await window.shows(words(0, 3));
  await window.type(MESSAGE, `And ducks?${KEYS.enter}`);
  await window.shows(/And ducks\?/);
  await desktop.picture(`${name}-waits`);
  await first.say(1);
  await window.shows(words(0, 4));
  const next = model.asked();
  await first.end();
  const second = await next;
  assert.equal(second.prompt, 'And ducks?');
  await second.say(2);
  await second.end();
  await window.shows(/And ducks\?[^]*w0\s+w1/);
  // Retry is shown to whoever points at the turn, which the driver does not.
  const retries = "[...document.querySelectorAll('main button')].filter((one) => one.textContent.trim() === 'Retry')";
  const retry = async () => {
    await until(15_000, () => window.run(`return ${retries}.length === 2`), 'both turns to be over');
    await window.run(`${retries}.at(-1).click()`);
  };
  if (gateway.takesBack) {
    const once = model.asked();
    await retry();
    const retried = await once;
    assert.equal(retried.prompt, 'And ducks?');
    await retried.say(4);
    await retried.end();
    await window.shows(/And ducks\?[^]*w0\s+w1\s+w2\s+w3/);
  } else {
    await retry();
    await window.shows(/cannot take prompts back without losing others/);
  }
  assert.deepEqual(await prompts(desktop), ['How many geese?', 'And ducks?']);
  const stopped = await asks(desktop, 'And herons?');
  await stopped.say(2);
  await window.shows(/And herons\?[^]*w0\s+w1/);
  assert.doesNotMatch(await window.text(), /Not sent/, 'what was is over with the next prompt');
  await window.click(button('Stop'));
  await window.shows(/stopped/i);
  await desktop.picture(`${name}-chat`);
  const count = model.count;
  await window.type(MESSAGE, 'A draft');
  await gateway.process.stop();
  await window.shows(/Trying again in/, 60_000);
  assert.match(await window.text(), /How many geese\?[^]*And herons\?/, 'what was read stays');
  await gateway.again();
  await window.shows(/Live/, 60_000);
  await window.shows(/How many geese\?[^]*And ducks\?[^]*And herons\?/);
  assert.equal(await window.run("return document.querySelector('main textarea').value"), 'A draft');
  assert.equal(model.count, count, 'nothing is asked twice');
  assert.deepEqual(await prompts(desktop), ['How many geese?', 'And ducks?', 'And herons?']);
  const again = model.asked();
  await window.replace(MESSAGE, `And swans?${KEYS.enter}`);
  const last = await again;
  // 0.16 asks a prompt that it was stopped at once more, together with the next one.
  assert.match(last.prompt, /(^|\n\n)And swans\?$/);
  await last.say(1);
  await last.end();
  await window.shows(/And swans\?[^]*w0/);
  assert.deepEqual(await prompts(desktop), ['How many geese?', 'And ducks?', 'And herons?', 'And swans?']);
  await desktop.picture(`${name}-after`);
}

test('0.16, remote token mode: a wrong token, the right one, a chat, and it is there the next time', { skip: withoutUpstream }, async () => {
  const { baseUrl } = model;
  const gateway = await UpstreamGateway.start(rig, 'desk-token', '0.16', { baseUrl });
  const desktop = await Desktop.start(rig, 'upstream-token');
  const { window } = desktop;
  await finds(desktop, gateway.origin, /session token/);
  assert.equal(await window.has(field('Password')), false);
  await window.type(field('Session token'), `not-the-token${KEYS.enter}`);
  await window.shows(/does not take this token/);
  await window.replace(field('Session token'), TOKEN + KEYS.enter);
  await window.find(MESSAGE);
  await window.shows(/Live/);
  await talks(desktop, gateway, 'upstream-0.16-token');
  await desktop.end();
  await desktop.begin();
  await desktop.window.shows(/Live/);
  await desktop.window.click("//a[contains(., 'geese') or contains(., 'Geese')]");
  await desktop.window.shows(/How many geese\?[^]*And swans\?[^]*w0/);
  await desktop.end();
});

for (const version of Object.keys(VERSIONS)) {
  test(`${version}, gated: signed in by the gateway's page in a window, a chat, and it is there the next time`, { skip: withoutUpstream }, async () => {
    const { baseUrl } = model;
    const gateway = await UpstreamGateway.start(rig, `desk-gated-${version}`, version, { baseUrl, gated: true });
    const desktop = await Desktop.start(rig, `upstream-gated-${version}`);
    const { window } = desktop;
    await finds(desktop, gateway.origin, /sign-in needed/);
    await desktop.picture(`upstream-${version}-found`);
    await window.click("//summary[contains(., 'Other ways')]");
    await window.click("//button[contains(., 'in a window of Hermes')]");
    await window.click("//button[contains(., 'Open that window')]");
    await desktop.types('Sign in to 127.0.0.2', { key: 'Tab' }, { text: OWNER.username }, { key: 'Tab' }, { text: OWNER.password }, { key: 'Return' });
    await window.find(MESSAGE);
    await window.shows(/Live/);
    await talks(desktop, gateway, `upstream-${version}`);
    await desktop.end();
    await desktop.begin();
    await desktop.window.shows(/Live/);
    // Every session is over with a gateway that has another secret.
    await desktop.window.type(MESSAGE, 'A draft that must stay');
    await gateway.process.stop();
    await gateway.again({ HERMES_DASHBOARD_BASIC_AUTH_SECRET: 'another-secret-of-the-test-that-is-long' });
    await desktop.window.shows(/The sign-in to .* has ended/, 60_000);
    assert.equal(await desktop.window.run("return document.querySelector('main textarea').value"), 'A draft that must stay');
    await desktop.end();
  });
}

for (const version of Object.keys(VERSIONS)) {
  test(`${version}, cut: a turn goes on where it was, and a prompt that never arrived is given back`, { skip: withoutUpstream }, async () => {
    const { baseUrl } = model;
    const gateway = await UpstreamGateway.start(rig, `desk-cut-${version}`, version, { baseUrl });
    const before = await dated(rig, new URL(gateway.origin).port);
    const desktop = await Desktop.start(rig, `upstream-cut-${version}`);
    const { window } = desktop;
    await finds(desktop, before.origin, /session token/);
    await window.type(field('Session token'), TOKEN + KEYS.enter);
    await window.find(MESSAGE);
    const first = await asks(desktop, 'How many geese?');
    await first.say(2);
    await window.shows(words(0, 2));
    before.cut();
    await first.say(2);
    await window.shows(words(0, 4));
    await first.end();
    await window.shows(/Live/);
    assert.match(await window.run("return document.querySelector('main article').innerText"), /How many geese\?[^w]*w0 w1 w2 w3(?!\s*w)/, 'each word once');
    const { count } = model;
    before.isDeaf = true;
    await window.type(MESSAGE, `And ducks?${KEYS.enter}`);
    await until(15_000, () => before.lost.some((frame) => frame.includes('And ducks?')), 'the prompt to be on its way');
    before.isDeaf = false;
    before.cut();
    await window.shows(/send it again if you still want it asked/);
    await desktop.picture(`upstream-${version}-given-back`);
    assert.deepEqual(await prompts(desktop), ['How many geese?']);
    assert.equal(model.count, count, 'it is not asked by itself');
    assert.doesNotMatch(await window.text(), /answering/, 'nothing runs');
    const again = model.asked();
    await window.click(button('Retry'));
    const second = await again;
    assert.equal(second.prompt, 'And ducks?');
    await second.say(1);
    await second.end();
    await window.shows(/And ducks\?/);
    assert.equal(model.count, count + 1);
    await desktop.end();
  });
}

test('a gateway that knows of no tickets is too old: what to do is said once, and all stays until it is a newer one', async () => {
  const gateway = await Gateway.start(rig, 'dated', { owner: OWNER, config: model.settings });
  const before = await dated(rig, gateway.port);
  const desktop = await Desktop.start(rig, 'too-old');
  const { window } = desktop;
  await signsIn(desktop, before);
  const answer = await asks(desktop, 'How many geese?');
  await answer.say(2);
  await answer.end();
  await window.shows(words(0, 2));
  await window.type(MESSAGE, 'A draft');
  before.is('old');
  await window.shows(/is too old for this application\. Update Hermes on its machine/);
  assert.match(await window.text(), new RegExp(new URL(before.origin).host), 'it is named by its address');
  await desktop.picture('too-old');
  const { mints } = before;
  await window.shows(/How many geese\?/);
  assert.equal(await window.has(field('Password')), false, 'nobody is sent to the sign-in');
  await window.click(button('Try again'));
  await window.shows(/is too old for this application/);
  assert.equal(before.mints, mints + 1, 'it is asked when somebody wants it, and not by itself');
  before.is('new');
  await window.click(button('Try again'));
  await window.shows(/Live/);
  await window.shows(words(0, 2));
  assert.equal(await window.run("return document.querySelector('main textarea').value"), 'A draft');
  await desktop.end();
});
