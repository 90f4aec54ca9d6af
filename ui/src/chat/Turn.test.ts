import { flushSync, mount, unmount, type ComponentProps } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';

import { FakeConversation, turn } from '../gallery/fake.svelte';
import Status from './Status.svelte';
import Turn from './Turn.svelte';

let page: Record<string, unknown> | null = null;

afterEach(async () => {
  if (page) await unmount(page);
  document.body.replaceChildren();
});

function show(of: Partial<ComponentProps<typeof Turn>['turn']>, more: Partial<ComponentProps<typeof Turn>> = {}): string {
  document.body.replaceChildren();
  page = mount(Turn, { target: document.body, props: { turn: turn({ key: 'a', ...of }), ...more } });
  flushSync();
  return document.body.textContent;
}

test('each state of a turn is said in words', () => {
  expect(show({ status: 'waits' })).toContain('as soon as there is a connection');
  expect(show({ status: 'sent' })).toContain('On its way');
  expect(show({ status: 'queued' })).toContain('after the answer that is being written');
  expect(show({ status: 'running' })).toContain('Answering');
  expect(show({ status: 'interrupted' })).toContain('Stopped. This is what was written until then.');
  expect(show({ status: 'interrupted', answer: '' })).toContain('Stopped before anything was written.');
  expect(show({ status: 'complete', answer: '' })).toContain('The answer is empty.');
  expect(show({ warning: 'It is not whole.' })).toContain('It is not whole.');
});

test('a failure has its sentence, its code and the next step', () => {
  const error = { code: 'model.unreachable', message: 'There is no connection.', hint: 'hermes doctor', retryable: true };
  const text = show({ status: 'error', answer: '', error });
  for (const part of ['There is no connection.', 'model.unreachable', 'hermes doctor', 'may work later']) expect(text).toContain(part);
});

test('the source of an answer is shown when asked for, and what is copied is the source', async () => {
  const write = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText: write } });
  show({ answer: 'So **far**' });
  const button = (name: string) => [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name);
  button('Copy answer')?.click();
  expect(document.body.textContent).not.toContain('Copied');
  await vi.waitFor(() => { expect(document.body.textContent).toContain('Copied'); });
  expect(write).toHaveBeenCalledExactlyOnceWith('So **far**');
  expect(document.querySelector('strong')?.textContent).toBe('far');
  button('Source')?.click();
  flushSync();
  expect(document.querySelector('pre')?.textContent).toBe('So **far**');
});

test('an answer is read aloud once, at its end', () => {
  const conversation = new FakeConversation([turn({ key: 'old', answer: 'Old.' })]);
  page = mount(Status, { target: document.body, props: { conversation } });
  flushSync();
  const region = (role: string) => document.querySelector(`[role=${role}]`)?.textContent;
  expect(region('status')).toBe('');
  conversation.turns.push(turn({ key: 'new', status: 'running', answer: '' }));
  flushSync();
  expect(region('status')).toBe('Answering');
  const last = conversation.turns[1];
  if (last) last.answer = 'New *words*.';
  flushSync();
  expect(region('status')).toBe('Answering');
  if (last) last.status = 'complete';
  flushSync();
  expect(region('status')).toBe('Done. New words.');
  expect(region('alert')).toBe('');
});
