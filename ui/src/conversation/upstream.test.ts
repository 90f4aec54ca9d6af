// A turn with tools as upstream's gateways tell it, and a conversation as they answer with it.

import { expect, test } from 'vitest';

import type { ConversationResumed, ConversationUsage } from '../protocol/conversations';
import { eventOf } from '../transport/calls';
import { pieces } from './steps';
import { Transcript } from './transcript.svelte';

const USAGE: ConversationUsage = { model: 'm', input: 1, output: 1, reasoning: 0, prompt: 1, completion: 1, total: 2, calls: 1, compressions: 0, active_subagents: 0, context_used: 2 };
const NOW = { session_id: 'c1', info: { title: '', usage: USAGE }, queued: null, running: false, inflight: null };

function take(transcript: Transcript, ...events: [string, unknown][]): void {
  for (const [type, payload] of events) {
    const event = eventOf({ type, payload });
    if (event) transcript.take(event);
  }
}

const begun: [string, unknown][] = [
  ['message.start', { text: 'Clean up.', prompt_ids: [], images: [] }],
  ['thinking.delta', { text: '(._.)' }],
  ['reasoning.delta', { text: 'Look first.' }],
  ['message.delta', { text: 'I look.' }],
  ['tool.generating', { name: 'shell' }],
  ['tool.start', { tool_id: 't1', name: 'shell', context: 'ls' }],
];

const shown = (transcript: Transcript, at = 0) => {
  const turn = transcript.turns[at];
  if (!turn) throw new Error('there is no turn');
  return pieces(turn).map(({ text, steps }) => [text.trim(), ...steps.map(({ name, state }) => `${name} ${state}`)]);
};

test('tools stand where they were used, and the end of an answer is not all of it', () => {
  const transcript = new Transcript();
  take(
    transcript,
    ...begun,
    ['tool.complete', { tool_id: 't1', name: 'shell', args: { command: 'ls' }, duration_s: 0.1, result: { output: 'a' } }],
    ['message.interim', { text: 'shown before', already_streamed: true }],
    ['message.delta', { text: '\n\nThere is one.' }],
    ['reasoning.available', { text: 'Look first.' }],
    ['message.complete', { text: 'There is one.', usage: USAGE, status: 'complete' }],
  );
  expect(transcript.turns[0]).toMatchObject({ answer: 'I look.\n\nThere is one.', thoughts: 'Look first.', others: [], status: 'complete' });
  expect(shown(transcript)).toEqual([['I look.', 'shell done'], ['There is one.']]);
});

test('a turn that is stopped, or fails, leaves no tool that runs', () => {
  for (const status of ['interrupted', 'error']) {
    const transcript = new Transcript();
    take(transcript, ...begun, ['message.complete', { text: 'I look.', usage: USAGE, status }]);
    expect(shown(transcript)).toEqual([['I look.', 'shell unknown']]);
  }
});

test('what failed before a turn is said beside the conversation', () => {
  const transcript = new Transcript();
  take(transcript, ['error', { message: 'No model is set.' }]);
  expect(transcript.notes).toEqual(['No model is set.']);
});

test('what comes after a turn belongs to it, and before the first one to none', () => {
  const transcript = new Transcript();
  take(transcript, ['moa.reference', {}], ...begun, ['message.complete', { text: 'So.', usage: USAGE, status: 'complete' }], ['background.thing', {}]);
  expect(transcript.turns[0]?.others).toEqual([{ name: 'background.thing', count: 1 }]);
});

test('a conversation that is read as a whole has its tools, and those that were seen stay as they were', () => {
  const messages = [
    { role: 'system', text: 'You are.' },
    { role: 'user', text: 'Clean up.' },
    { role: 'assistant', text: 'I look.' },
    { role: 'tool', name: 'shell', context: 'ls' },
    { role: 'assistant', text: 'There is one.' },
  ];
  const now = { ...NOW, messages } as unknown as ConversationResumed;
  const fresh = new Transcript();
  fresh.show(now, [], true);
  expect(shown(fresh)).toEqual([['I look.', 'shell unknown'], ['There is one.']]);
  expect(fresh.turns[0]).toMatchObject({ status: 'complete' });

  const seen = new Transcript();
  take(seen, ...begun, ['tool.complete', { tool_id: 't1', name: 'shell', result: 'a' }], ['moa.reference', {}]);
  seen.show(now, [], true);
  expect(shown(seen)).toEqual([['I look.', 'shell done'], ['There is one.']]);
  expect(seen.turns[0]?.others).toEqual([{ name: 'moa.reference', count: 1 }]);
});

test('a turn that runs on after a break with a hole keeps its tools, and what is told of them later counts', () => {
  const transcript = new Transcript();
  take(transcript, ...begun);
  const inflight = { user: 'Clean up.', assistant: 'I look.', reasoning: '', streaming: true };
  transcript.show({ ...NOW, messages: [], running: true, inflight } as unknown as ConversationResumed, [], true);
  expect(shown(transcript)).toEqual([['I look.', 'shell unknown']]);
  take(transcript, ['tool.complete', { tool_id: 't1', name: 'shell', result: 'a' }]);
  expect(shown(transcript)).toEqual([['I look.', 'shell done']]);
});
