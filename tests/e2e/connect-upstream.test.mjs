// Our terminal client at upstream's gateways of 0.16 and 0.19, in both of their modes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { asks } from './rig/chatting.mjs';
import { OWNER } from './rig/gateway.mjs';
import { Hermes } from './rig/hermes.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { Screen } from './rig/screen.mjs';
import { withoutUpstream } from './rig/settings.mjs';
import { TOKEN, UpstreamGateway, VERSIONS } from './rig/upstream-gateway.mjs';

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

function connect(hermes, name, args) {
  const [program, all] = hermes.command(['connect', ...args]);
  return Screen.open(rig, name, program, all, hermes.environment(), [100, 30]);
}

/** A turn, and then the same conversation again in another terminal. */
async function turnAndResume(hermes, screen, name) {
  const answer = await asks(screen, model, 'How many geese?');
  await answer.say(4);
  await answer.end();
  await screen.shows(/w0 w1 w2 w3/);
  await screen.keys('C-d');
  const left = await screen.ended();
  const [, id] = left.match(/--resume (\S+)/);
  const again = await connect(hermes, `${name}-again`, ['--resume', id]);
  const shown = await again.shows(/How many geese\?[^]*w0 w1 w2 w3/);
  assert.equal(shown.match(/w0 w1 w2 w3/g).length, 1, shown);
  const next = await asks(again, model, 'And ducks?');
  await next.say(2);
  await next.end();
  await again.shows(/And ducks\?[^]*w0 w1/);
  await again.keys('C-d');
  await again.ended();
}

for (const version of Object.keys(VERSIONS)) {
  test(`${version}, token mode: the token is asked for once, and kept`, { skip: withoutUpstream }, async () => {
    const { baseUrl } = model;
    const gateway = await UpstreamGateway.start(rig, `theirs-token-${version}`, version, { baseUrl });
    const hermes = await Hermes.home(rig, `token-${version}`);
    const kept = hermes.start('connect', gateway.origin, '--token-stdin', '--sign-in-only');
    kept.write(`${TOKEN}\n`);
    kept.closeInput();
    const { code, said } = await kept.end();
    assert.equal(code, 0, said);
    assert.ok(!said.includes(TOKEN));
    const name = `chat-token-${version}`;
    await turnAndResume(hermes, await connect(hermes, name, [gateway.origin]), name);
  });

  test(`${version}, gated: by password, and the next time by what is kept`, { skip: withoutUpstream }, async () => {
    const { baseUrl } = model;
    const gateway = await UpstreamGateway.start(rig, `theirs-gated-${version}`, version, { baseUrl, gated: true });
    const hermes = await Hermes.home(rig, `gated-${version}`);
    const name = `chat-gated-${version}`;
    const screen = await connect(hermes, name, [gateway.origin, '--user', OWNER.username]);
    await screen.shows(/password/i);
    await screen.puts(OWNER.password);
    await screen.keys('Enter');
    await turnAndResume(hermes, screen, name);
  });

  test(`${version}, from a script: a prompt is asked, and the conversation is gone on with until Esc`, { skip: withoutUpstream }, async () => {
    const { baseUrl } = model;
    const gateway = await UpstreamGateway.start(rig, `theirs-script-${version}`, version, { baseUrl });
    const hermes = await Hermes.home(rig, `script-${version}`);
    const script = ['connect', gateway.origin, '--token-stdin', '-q', 'How many swans?', '--output-format', 'json'];
    const asking = hermes.start(...script);
    asking.write(`${TOKEN}\n`);
    asking.closeInput();
    const answer = await model.asked();
    await answer.say(3);
    await answer.end();
    const { code, stdout, said } = await asking.end();
    assert.equal(code, 0, said);
    const { answer: whole, status } = JSON.parse(stdout);
    assert.deepEqual([whole.trim(), status], ['w0 w1 w2', 'complete']);

    const screen = await connect(hermes, `chat-script-${version}`, ['--continue']);
    await screen.shows(/How many swans\?[^]*w0 w1 w2/);
    const stopped = await asks(screen, model, 'And herons?');
    await stopped.say(2);
    await screen.shows(/And herons\?[^]*w0 w1/);
    await screen.keys('Escape');
    await screen.shows(/stopped here/);
    await screen.keys('C-d');
    await screen.ended();
  });
}
