import { expect, test } from 'vitest';

import { eventOf } from '../transport/calls';
import { keptSteps, pastStep, pieces, settleSteps, takeStep, whole, type Stepping } from './steps';

const blank = (): Stepping => ({ answer: '', thoughts: '', steps: [], others: [] });

function take(turn: Stepping, ...events: [string, unknown][]): Stepping {
  for (const [type, payload] of events) {
    const event = eventOf({ type, payload });
    if (event) takeStep(turn, event);
  }
  return turn;
}

const brief = ({ steps }: Stepping) => steps.map(({ name, about, state, at }) => `${at} ${name} ${about} ${state}`);

test('a tool is prepared, runs, and is done, in one place of the answer', () => {
  const turn = { ...blank(), answer: 'I look. ' };
  take(turn, ['tool.generating', { name: 'shell' }]);
  expect(brief(turn)).toEqual(['8 shell  preparing']);
  take(turn, ['tool.start', { tool_id: 't1', name: 'shell', context: 'ls -l' }], ['tool.progress', { tool_id: 't1', text: 'half' }]);
  expect(brief(turn)).toEqual(['8 shell ls -l running']);
  expect(turn.steps[0]?.progress).toBe('half');
  take(turn, ['tool.output_risk', { tool_id: 't1', risk: 'high' }]);
  take(turn, ['tool.complete', { tool_id: 't1', name: 'shell', args: { command: 'ls -l' }, duration_s: 2, result: { output: 'a' } }]);
  expect(brief(turn)).toEqual(['8 shell ls -l done']);
  expect(turn.steps[0]).toMatchObject({ seconds: 2, error: '', risk: 'high' });
});

test('tools that run side by side keep apart, and one that fails says why', () => {
  const turn = take(
    blank(),
    ['tool.start', { tool_id: 't1', name: 'read', context: 'a' }],
    ['tool.start', { tool_id: 't2', name: 'read', context: 'b' }],
    ['tool.start', { tool_id: 't2', name: 'read', context: 'again' }],
    ['tool.complete', { tool_id: 't2', name: 'read', result: { error: 'There is none.' } }],
  );
  expect(brief(turn)).toEqual(['0 read a running', '0 read b failed']);
  expect(turn.steps[1]?.error).toBe('There is none.');
  settleSteps(turn);
  expect(brief(turn)).toEqual(['0 read a unknown', '0 read b failed']);
  // What was given up may still be told.
  take(turn, ['tool.complete', { tool_id: 't1', name: 'read', result: 'text' }]);
  expect(brief(turn)).toEqual(['0 read a done', '0 read b failed']);
});

test('a tool whose beginning was missed is there', () => {
  const turn = take(blank(), ['tool.complete', { tool_id: 't1', name: 'read', summary: 'one file', result: 'x' }]);
  expect(brief(turn)).toEqual(['0 read one file done']);
});

test('an agent that works for the agent is one step, and a status that nobody knows is not success', () => {
  const about = { goal: 'Look at the tests', task_count: 2, task_index: 0 };
  const turn = take(
    blank(),
    ['subagent.start', about],
    ['subagent.tool', { ...about, tool_name: 'read', text: 'a.rs' }],
    ['subagent.text', { ...about, text: 'There are two.' }],
    ['subagent.complete', { ...about, status: 'completed', summary: 'All well.', duration_seconds: 61 }],
    ['subagent.start', { ...about, task_index: 1 }],
    ['subagent.complete', { ...about, task_index: 1, status: 'gave_up' }],
  );
  expect(turn.steps.map(({ kind, about, state }) => [kind, about, state])).toEqual([
    ['agent', 'Look at the tests', 'done'],
    ['agent', 'Look at the tests', 'unknown'],
  ]);
  expect(turn.steps[0]).toMatchObject({ progress: 'read: a.rs\nThere are two.', result: 'All well.', seconds: 61 });
});

test('what nobody knows is counted, and what concerns a terminal alone is not', () => {
  const turn = take(blank(), ['moa.reference', {}], ['moa.reference', {}], ['thinking.delta', { text: '…' }], ['tool.start', 7]);
  expect(turn.others).toEqual([{ name: 'moa.reference', count: 2 }, { name: 'tool.start', count: 1 }]);
  for (let at = 0; at < 1000; at += 1) take(turn, [`x.${at}`, {}], ['tool.start', { tool_id: `t${at}`, name: 'n' }], ['tool.progress', { tool_id: 't1', text: 'y'.repeat(100) }]);
  expect(turn.others).toHaveLength(50);
  expect(turn.steps).toHaveLength(500);
  expect(turn.steps[1]?.progress).toHaveLength(20_000);
});

test('an answer is shown in the order in which it came about', () => {
  const turn = { ...blank(), answer: 'First.' };
  take(turn, ['tool.start', { tool_id: 't1', name: 'a' }], ['tool.start', { tool_id: 't2', name: 'b' }]);
  turn.answer += '\n\nThen.';
  take(turn, ['tool.start', { tool_id: 't3', name: 'c' }]);
  const shown = () => pieces(turn).map(({ text, steps }) => [text, ...steps.map(({ name }) => name)]);
  expect(shown()).toEqual([['First.', 'a', 'b'], ['\n\nThen.', 'c']]);
  turn.answer += '\n\nDone.';
  expect(shown()).toEqual([['First.', 'a', 'b'], ['\n\nThen.', 'c'], ['\n\nDone.']]);
  expect(pieces(blank())).toEqual([{ text: '', steps: [] }]);
  turn.answer = 'Fi';
  expect(shown()).toEqual([['Fi', 'a', 'b', 'c']]);
});

test('the end of an answer tells all of it, or what came after the last tool', () => {
  const turn = { ...blank(), answer: 'First.' };
  expect(whole(turn, 'Whole.')).toBe('Whole.');
  take(turn, ['tool.start', { tool_id: 't1', name: 'a' }]);
  turn.answer += '\n\nThe e';
  expect(whole(turn, 'The end.')).toBe('First.\n\nThe end.');
  expect(whole(turn, 'First.\n\nThe end.')).toBe('First.\n\nThe end.');
  expect(whole(turn, '')).toBe('First.\n\nThe e');
});

test('what was seen of steps is more than a history has, if it is the same answer', () => {
  const turn = take({ ...blank(), answer: 'So.' }, ['tool.start', { tool_id: 't1', name: 'a' }]);
  const past = [pastStep('a', 'x', 9, 0)];
  const kept = (status: string, answer: string) => keptSteps({ ...turn, status }, past, answer).map(({ id, at }) => [id, at]);
  expect(kept('running', 'So. Then.')).toEqual([['t1', 3]]);
  expect(kept('complete', 'So.')).toEqual([['t1', 3]]);
  // The same was asked once more, and answered in another way.
  expect(kept('running', 'No.')).toEqual([[null, 3]]);
  expect(kept('complete', 'So. Then.')).toEqual([[null, 9]]);
});
