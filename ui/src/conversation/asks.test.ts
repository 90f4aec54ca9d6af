import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { eventOf } from '../transport/calls';
import { FakeTransport } from '../transport/fake';
import { Refusal } from '../transport/transport';
import { isNext } from './ask';
import { Asks, SAID } from './asks.svelte';
import { settle } from './fake-gateway';

let transport: FakeTransport;
let asks: Asks;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  transport = new FakeTransport();
  asks = new Asks(transport);
  transport.connect();
});

afterEach(() => {
  asks.end();
  vi.useRealTimers();
});

function tell(type: string, payload: unknown, session_id: string | null = 'c1'): void {
  const event = eventOf({ type, payload, ...(session_id !== null && { session_id }) });
  if (event) transport.tell(event);
}

const approve = (command: string, more: object = {}) => {
  tell('approval.request', { command, choices: ['once', 'session', 'deny'], ...more });
};

const ask = (at = 0) => {
  const found = asks.all[at];
  if (!found) throw new Error('nothing waits');
  return found;
};

const brief = () => asks.all.map(({ text, state, outcome }) => `${text} ${outcome ?? state}`);

test('of approvals the oldest of a conversation is answered, since that is the one that the gateway means', async () => {
  tell('tool.start', { tool_id: 't1', name: 'shell' });
  tell('tool.start', { tool_id: 't2', name: 'shell' });
  approve('first');
  approve('second');
  expect([isNext(asks.all, ask(0)), isNext(asks.all, ask(1))]).toEqual([true, false]);
  await asks.answer(ask(1), { kind: 'approval', choice: 'once', reason: '' });
  expect(transport.calls).toEqual([]);
  // One that ends was the oldest, wherever it was answered.
  tell('tool.complete', { tool_id: 't1', name: 'shell', result: '' });
  expect(brief()).toEqual(['first elsewhere', 'second waits']);
  expect(isNext(asks.all, ask(1))).toBe(true);
  tell('message.delta', { text: 'Done.' });
  expect(brief()).toEqual(['first elsewhere', 'second elsewhere']);
});

test('a reason is told before the denial, and one that is not told stays', async () => {
  tell('tool.start', { tool_id: 't1', name: 'shell' });
  approve('rm');
  const answering = asks.answer(ask(), { kind: 'approval', choice: 'deny', reason: 'Keep October.' });
  expect(transport.calls.map(({ method, params }) => [method, params])).toEqual([
    ['session.steer', { session_id: 'c1', text: 'Keep October.' }],
    ['approval.respond', { session_id: 'c1', choice: 'deny' }],
  ]);
  transport.take('approval.respond').answer({ resolved: 1 });
  await settle();
  // The tool ends before the reason is settled.
  tell('tool.complete', { tool_id: 't1', name: 'shell', result: { error: 'BLOCKED' } });
  transport.take('session.steer').answer({ status: 'rejected', text: 'Keep October.' });
  await answering;
  expect(ask()).toMatchObject({ outcome: 'denied', notTold: { message: 'The agent takes no words while it does this.' } });
  vi.advanceTimersByTime(10 * SAID);
  expect(asks.all).toHaveLength(1);
  asks.dismiss(ask());
  expect(asks.all).toEqual([]);
});

test('a password and a secret go to their methods', async () => {
  tell('sudo.request', { request_id: 'r1' });
  tell('sudo.request', { request_id: 'r1' });
  tell('secret.request', { request_id: 'r2', prompt: 'The key', env_var: 'KEY' });
  expect(asks.all.map(({ kind }) => kind)).toEqual(['password', 'secret']);
  const answering = [asks.answer(ask(0), { kind: 'password', text: 'p' }), asks.answer(ask(1), { kind: 'secret', text: 's' })];
  const [sudo, secret] = [transport.take('sudo.respond'), transport.take('secret.respond')];
  expect([sudo.params, secret.params]).toEqual([{ request_id: 'r1', password: 'p' }, { request_id: 'r2', value: 's' }]);
  sudo.answer({ status: 'expired' });
  secret.answer({ status: 'ok' });
  await Promise.all(answering);
  expect(asks.all.map(({ outcome }) => outcome)).toEqual(['elsewhere', 'answered']);
  expect(JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])).not.toContain('"p"');
  expect(JSON.stringify(asks.all)).not.toMatch(/"p"|"s"/);
});

test('what expires says so, of whichever conversation', () => {
  tell('sudo.request', { request_id: 'r1' });
  tell('secret.request', { request_id: 'r2', prompt: '', env_var: '' }, 'c2');
  tell('sudo.expire', { request_id: 'r1' }, null);
  tell('secret.expire', { request_id: 'r2' }, 'c2');
  expect(asks.all.map(({ outcome }) => outcome)).toEqual(['expired', 'expired']);
  expect(asks.count).toBe(0);
});

test('a question that nobody waits for is over, and any other failure is told', async () => {
  tell('clarify.request', { question: 'Which?', choices: null, request_id: 'r1' });
  const failing = asks.answer(ask(), { kind: 'question', text: 'this' });
  transport.take('clarify.respond').refuse(new Refusal('It is broken.', null, null, 5000, false));
  await expect(failing).rejects.toMatchObject({ message: 'It is broken.' });
  expect(ask().state).toBe('waits');
  const late = asks.answer(ask(), { kind: 'question', text: 'this' });
  transport.take('clarify.respond').refuse(new Refusal('No pending answer request.', null, null, 4009, false));
  await late;
  expect(ask().outcome).toBe('elsewhere');
});

test('how long it waits is shown where it is told, and after that it is not allowed', async () => {
  approve('ls', { timeout_seconds: 60 });
  approve('ls');
  expect(asks.all.map(({ askedAt, until }) => [askedAt, until])).toEqual([[1_000_000, 1_060_000], [1_000_000, null]]);
  vi.advanceTimersByTime(60_000);
  await asks.answer(ask(), { kind: 'approval', choice: 'once', reason: '' });
  expect(transport.calls).toEqual([]);
});

test('something that is asked and cannot be read waits all the same', () => {
  tell('approval.request', { command: 7 });
  tell('clarify.request', {});
  expect(asks.all.map(({ kind }) => kind)).toEqual(['untold']);
  approve('ls');
  expect(asks.all.filter(({ state }) => state === 'waits').map(({ kind }) => kind)).toEqual(['approval']);
});

test('after a break, what nobody follows waits if its conversation does', async () => {
  approve('one');
  tell('approval.request', { command: 'two' }, 'c2');
  transport.break();
  expect(asks.all.map(({ isOld }) => isOld)).toEqual([true, true]);
  transport.connect();
  transport.take('session.active_list').answer({ sessions: [{ id: 'c1', status: 'idle' }, { id: 'c2', status: 'waiting' }] });
  await settle();
  expect(brief()).toEqual(['one elsewhere', 'two waits']);
});

test('what somebody else was asked is not shown', () => {
  approve('one');
  transport.connect('e1', 'u2');
  expect(asks.all).toEqual([]);
});

test('what one conversation asks is bounded', () => {
  for (let at = 0; at < 100; at += 1) approve(`c${at}`);
  expect(asks.all).toHaveLength(20);
});
