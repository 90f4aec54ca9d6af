// Our terminal client at upstream's gateway 0.19, in both of its modes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { asks } from './rig/chatting.mjs';
import { Hermes } from './rig/hermes.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { Screen } from './rig/screen.mjs';
import { THEIRS, TOKEN, UpstreamGateway } from './rig/upstream-gateway.mjs';

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

test('token mode: the token is asked for once, and kept', async () => {
  const gateway = await UpstreamGateway.start(rig, 'theirs-token', model.baseUrl);
  const hermes = await Hermes.home(rig, 'token');
  const kept = hermes.start('connect', gateway.origin, '--token-stdin', '--sign-in-only');
  kept.write(`${TOKEN}\n`);
  kept.closeInput();
  const { code, said } = await kept.end();
  assert.equal(code, 0, said);
  assert.ok(!said.includes(TOKEN));
  await turnAndResume(hermes, await connect(hermes, 'token', [gateway.origin]), 'token');
});

test('gated: by password, and the next time by what is kept', async () => {
  const gateway = await UpstreamGateway.start(rig, 'theirs-gated', model.baseUrl, { gated: true });
  const hermes = await Hermes.home(rig, 'gated');
  const screen = await connect(hermes, 'gated', [gateway.origin, '--user', THEIRS.username]);
  await screen.shows(/password/i);
  await screen.puts(THEIRS.password);
  await screen.keys('Enter');
  await turnAndResume(hermes, screen, 'gated');
});
