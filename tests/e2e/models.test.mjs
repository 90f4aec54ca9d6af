// npm `@copilotkit/aimock`: a model server that nobody here wrote, in the three dialects.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Rig } from './rig/rig.mjs';
import { mockFile, turnBinary } from './rig/settings.mjs';

const MODES = ['chat_completions', 'codex_responses', 'anthropic_messages'];
const FIXTURES = [
  { match: { userMessage: 'greet' }, response: { content: 'Hello, I am a model that nobody here wrote.' } },
  { match: { userMessage: 'think' }, response: { content: 'Thought.', reasoning: 'Let me see.' } },
  { match: { userMessage: 'limit' }, response: { status: 429, error: { message: 'Slow down', type: 'rate_limit_error' } } },
  { match: { userMessage: 'forbid' }, response: { status: 401, error: { message: 'No.', type: 'authentication_error' } } },
];

const rig = await Rig.open();
let base;
before(async () => {
  const file = join(await rig.folder('mock'), 'fixtures.json');
  await writeFile(file, JSON.stringify({ fixtures: FIXTURES }));
  const mock = rig.start(process.execPath, [mockFile(), '-p', '0', '-f', file, '-l', '5'], {});
  const [, origin] = await mock.says(/listening on (http:\/\/127\.0\.0\.1:\d+)/);
  base = `${origin}/v1`;
});

/** What comes of a prompt. */
async function turn(mode, prompt) {
  const end = await rig.run(turnBinary(), [mode, base], { env: { TURN_KEY: 'sk-CANARY' }, input: prompt });
  assert.equal(end.code, 0, end.said);
  assert.ok(!end.said.includes('CANARY'), end.said);
  return JSON.parse(end.stdout);
}

for (const mode of MODES) {
  test(`a prompt is answered word by word: ${mode}`, async () => {
    const answer = await turn(mode, 'greet');
    assert.equal(answer.text, FIXTURES[0].response.content);
    assert.ok(answer.pieces > 1, 'it came in pieces');
    assert.ok(answer.complete);
    assert.equal(typeof answer.tokens, 'number');
  });

  test(`thoughts come by themselves: ${mode}`, async () => {
    const answer = await turn(mode, 'think');
    assert.deepEqual([answer.reasoning, answer.text], ['Let me see.', 'Thought.']);
  });

  test(`a limit is waited for, and a refusal is not: ${mode}`, async () => {
    const limited = await turn(mode, 'limit');
    assert.equal(limited.code, 'model.rate_limited');
    assert.equal(limited.notices.length, 2);
    assert.match(limited.notices[0], /Slow down; asked again in 1 s$/);
    const refused = await turn(mode, 'forbid');
    assert.equal(refused.code, 'model.unauthorized');
    assert.deepEqual(refused.notices, []);
  });
}
