import { flushSync } from 'svelte';
import { expect, test } from 'vitest';

import type { GatewayEvent } from '../transport/transport';
import type { ConversationInfo, ConversationResumed, ConversationUsage } from '../protocol/conversations';
import type { HistoryMessage } from '../protocol/turns';
import { INFO } from '../gallery/fake.svelte';
import { Transcript } from './transcript.svelte';

const USAGE: ConversationUsage = { model: 'm', input: 1, output: 1, reasoning: 0, prompt: 1, completion: 1, total: 2, calls: 1, compressions: 0, active_subagents: 0, context_used: 2 };

const RESUMED: ConversationResumed = {
  session_id: 'c1', resumed: 'c1', session_key: 'c1', message_count: 0, messages: [], running: false, status: 'idle', started_at: 0,
  inflight: null, queued: null, seq: 1, info: INFO,
};

const start = (text: string): GatewayEvent => ({ type: 'message.start', payload: { text, prompt_ids: [], images: [] } });
const delta = (text: string): GatewayEvent => ({ type: 'message.delta', payload: { text } });

test('an answer grows without anybody looking at the list again', () => {
  const transcript = new Transcript();
  for (let turn = 0; turn < 50; turn += 1) {
    transcript.take(start(`prompt ${turn}`));
    transcript.take({ type: 'message.complete', payload: { text: 'done', usage: USAGE, status: 'complete' } });
  }
  transcript.take(start('now'));
  let lists = 0;
  let answers = 0;
  const end = $effect.root(() => {
    $effect(() => {
      lists += transcript.turns.map(({ key }) => key).length > 0 ? 1 : 0;
    });
    $effect(() => {
      answers += transcript.turns.at(-1)?.answer === '' ? 0 : 1;
    });
  });
  flushSync();
  for (let word = 0; word < 100; word += 1) {
    transcript.take(delta('word '));
    flushSync();
  }
  expect(lists).toBe(1);
  expect(answers).toBe(100);
  end();
});

test('how a turn ended is told whole', () => {
  const transcript = new Transcript();
  const error = { code: 'agent.failed', message: 'it broke off', hint: 'hermes doctor', retryable: true };
  transcript.take(start('one'));
  transcript.take({ type: 'reasoning.delta', payload: { text: 'hm' } });
  transcript.take({ type: 'message.complete', payload: { text: error.message, usage: USAGE, status: 'error', error } });
  expect(transcript.turns[0]).toMatchObject({ answer: '', thoughts: 'hm', status: 'error', error, ordinal: 0 });
  transcript.take(start('two'));
  transcript.take(delta('half'));
  transcript.take({ type: 'message.complete', payload: { text: 'half', usage: USAGE, status: 'interrupted', warning: 'cut' } });
  expect(transcript.turns[1]).toMatchObject({ answer: 'half', status: 'interrupted', warning: 'cut', error: null });
  transcript.take({ type: 'history.cut', payload: { from_user_ordinal: 1 } });
  expect(transcript.turns).toHaveLength(1);
  transcript.take(start('three'));
  expect(transcript.turns[1]).toMatchObject({ prompt: 'three', ordinal: 1 });
});

test('a turn that failed before the page was there says why, and what it took', () => {
  const transcript = new Transcript();
  const error = { code: 'agent.failed', message: 'it broke off', hint: 'hermes doctor', retryable: true };
  const tokens = { input: 10, output: 2, reasoning: 0 };
  const now = {
    ...{ session_id: 'c1', resumed: 'c1', session_key: 'c1', message_count: 4, running: false, status: 'idle' as const, started_at: 0 },
    messages: [
      { role: 'user' as const, text: 'one' },
      { role: 'assistant' as const, text: error.message, status: 'error' as const, error },
      { role: 'user' as const, text: 'two' },
      { role: 'assistant' as const, text: 'done', tokens },
    ],
    info: { title: '' } as ConversationInfo,
    inflight: null,
    queued: null,
    seq: 4,
  };
  transcript.show(now, [], true);
  expect(transcript.turns[0]).toMatchObject({ answer: '', status: 'error', error, tokens: null });
  expect(transcript.turns[1]).toMatchObject({ answer: 'done', error: null, tokens });
  transcript.show({ ...now, inflight: { user: 'three', prompt_ids: ['p'], images: ['i'], assistant: '', reasoning: '', streaming: true } }, [], true);
  expect(transcript.turns[2]).toMatchObject({ prompt: 'three', images: ['i'], status: 'running' });
});

test('lines beside the conversation are few, and what is saved again is not unsaved', () => {
  const transcript = new Transcript();
  const note = (kind: 'lifecycle' | 'saved' | 'unsaved', text: string) => {
    transcript.take({ type: 'status.update', payload: { kind, text } });
  };
  note('unsaved', 'not saved');
  note('lifecycle', 'a');
  note('saved', 'saved again');
  expect(transcript.notes).toEqual(['a', 'saved again']);
  for (let at = 0; at < 100; at += 1) note('lifecycle', String(at));
  expect(transcript.notes).toHaveLength(20);
  expect(transcript.notes.at(-1)).toBe('99');
});

test('a version that is shown keeps the place of its turn, and what follows it is another', () => {
  const transcript = new Transcript();
  const said = (text: string, versions = {}) => [
    { role: 'user' as const, text, ...versions },
    { role: 'assistant' as const, text: `to ${text}`, model: 'm-1' },
  ];
  const show = (messages: HistoryMessage[]) => {
    transcript.show({ ...RESUMED, messages }, [], true);
    return transcript.turns.map(({ key }) => key);
  };
  const before = show([...said('one'), ...said('two', { version: 2, versions: 2 }), ...said('three')]);
  expect(transcript.turns[1]).toMatchObject({ version: { number: 2, of: 2 }, model: 'm-1' });
  expect(transcript.turns[0]?.version).toBeNull();
  transcript.take({ type: 'history.shown', payload: { from_user_ordinal: 1 } });
  const now = show([...said('one'), ...said('2', { version: 1, versions: 2 }), ...said('four')]);
  expect(now.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(now[2]).not.toBe(before[2]);
  expect(transcript.turns[1]).toMatchObject({ prompt: '2', answer: 'to 2', version: { number: 1, of: 2 } });
  // It held for that one time.
  const other = show([...said('one'), ...said('another')]);
  expect(other[1]).not.toBe(before[1]);
});

test('a prompt that is asked anew says which version it is, and its answer who gave it', () => {
  const transcript = new Transcript();
  transcript.take({ type: 'message.start', payload: { text: 'a', prompt_ids: [], images: [], version: 3, versions: 3 } });
  expect(transcript.turns[0]?.version).toEqual({ number: 3, of: 3 });
  transcript.take({ type: 'message.complete', payload: { text: 'b', usage: USAGE, status: 'complete', model: 'm-2' } });
  expect(transcript.turns[0]?.model).toBe('m-2');
});
