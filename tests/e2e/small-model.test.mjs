// A real model, small enough for any machine: SmolLM2 of 135 million parameters, served by llama.cpp in
// the three dialects. What it says is its own business; that it arrives, in pieces and counted, is ours.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Rig } from './rig/rig.mjs';
import { rigFile, smallModelVenv, turnBinary } from './rig/settings.mjs';

const rig = await Rig.open();
let base;
before(async () => {
  const model = rig.start(`${smallModelVenv()}/bin/python`, [rigFile('small-model.py')]);
  const [line] = await model.says(/^\{"base_url".*$/m, { ms: 60_000, stream: 'stdout' });
  base = JSON.parse(line).base_url;
});

for (const mode of ['chat_completions', 'codex_responses', 'anthropic_messages']) {
  test(`a turn: ${mode}`, async () => {
    const end = await rig.run(turnBinary(), [mode, base], { input: 'Count to ten.', ms: 120_000 });
    const answer = JSON.parse(end.stdout);
    assert.equal(answer.code, null, end.stdout);
    assert.ok(answer.complete || answer.cut, end.stdout);
    assert.ok(answer.pieces > 1 && answer.text.trim() !== '', end.stdout);
    assert.ok(answer.tokens > 1 && answer.tokens <= 256, end.stdout);
  });
}
