import { flushSync } from 'svelte';
import { expect, test } from 'vitest';

import type { GatewayEvent } from '../transport/transport';
import type { ConversationUsage } from '../protocol/conversations';
import { Transcript } from './transcript.svelte';

const USAGE: ConversationUsage = { model: 'm', input: 1, output: 1, reasoning: 0, prompt: 1, completion: 1, total: 2, calls: 1, compressions: 0, active_subagents: 0, context_used: 2 };

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
