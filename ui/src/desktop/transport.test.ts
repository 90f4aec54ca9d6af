import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { State } from '../connection/state';
import { LIMITS } from '../protocol/constants';
import { keep, keepAgain, keepFor, kept } from '../transport/kept';
import { Refusal, type GatewayEvent } from '../transport/transport';
import { FakeBridge } from './fake-bridge';
import { DesktopTransport } from './transport';

const GATEWAY = 'https://agent.example.org';
const READY = { type: 'gateway.ready', payload: { user_id: 'u1', role: 'owner', max_frame_bytes: 1, replay_epoch: 'e1' } };
const said = (text: string) => ({ type: 'message.delta', session_id: 'c1', seq: 1, payload: { text } });

let bridge: FakeBridge;
let transport: DesktopTransport;
let states: State[];
let events: GatewayEvent[];
let led: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  bridge = new FakeBridge();
  [states, events, led] = [[], [], []];
  transport = new DesktopTransport(bridge, GATEWAY, {
    signIn: (gateway) => led.push(['signIn', gateway]),
    signedOut: (gateway, how) => led.push(['signedOut', gateway, how]),
  });
  transport.watch((state) => states.push(state));
  transport.listen((event) => events.push(event));
});
afterEach(() => {
  keepAgain();
  localStorage.clear();
  vi.useRealTimers();
});

const names = () => states.map(({ name }) => name);
const kinds = () => events.map(({ type }) => type);
function open(): void {
  transport.stands({ name: 'live' });
  transport.happened(READY);
}

test('a connection is open when the gateway has said its first word, whichever of the two is told first', () => {
  transport.stands({ name: 'connecting' });
  transport.stands({ name: 'live' });
  expect(names()).toEqual(['probing', 'connecting']);
  transport.happened(READY);
  expect(names()).toEqual(['probing', 'connecting', 'live']);
  transport.stands({ name: 'waiting', wait_ms: 3000, trouble: { kind: 'network' } });
  transport.stands({ name: 'connecting' });
  transport.happened(READY);
  transport.happened(said('a'));
  expect(kinds()).toEqual(['gateway.ready']);
  transport.stands({ name: 'live' });
  expect(kinds()).toEqual(['gateway.ready', 'gateway.ready', 'message.delta']);
  expect(names().slice(-3)).toEqual(['waiting', 'connecting', 'live']);
});

test('whoever listens later begins with the first word, and not with one of a connection that is gone', () => {
  open();
  const later: string[] = [];
  transport.listen(({ type }) => later.push(type));
  expect(later).toEqual(['gateway.ready']);
  transport.stands({ name: 'needs_sign_in' });
  const last: string[] = [];
  transport.listen(({ type }) => last.push(type));
  expect(last).toEqual([]);
});

test('a break that was over before it was told is a break all the same', () => {
  open();
  transport.happened({ ...READY, payload: { ...READY.payload, replay_epoch: 'e2' } });
  expect(names()).toEqual(['probing', 'connecting', 'live', 'connecting', 'live']);
  expect(kinds()).toEqual(['gateway.ready', 'gateway.ready']);
});

test('the same told again is no news, and a wait counts from when it was told', () => {
  open();
  transport.stands({ name: 'live' });
  expect(names()).toEqual(['probing', 'connecting', 'live']);
  const trouble = { kind: 'status', status: 503 } as const;
  transport.stands({ name: 'waiting', wait_ms: 5000, trouble });
  expect(states.at(-1)).toEqual({ name: 'waiting', until: performance.now() + 5000, trouble });
  vi.advanceTimersByTime(1000);
  transport.stands({ name: 'waiting', wait_ms: 4000, trouble });
  expect(states.at(-1)).toEqual({ name: 'waiting', until: performance.now() + 4000, trouble });
});

test('events are read as the browser reads them, and what is none is passed over', () => {
  open();
  for (const told of [null, 7, 'x', {}, { type: 4 }]) transport.happened(told);
  transport.happened({ type: 'moa.reference', session_id: 'c1' });
  transport.happened({ type: 'tool.start', session_id: 'c1', payload: { tool_id: 't', name: 'shell' } });
  expect(events.slice(1)).toMatchObject([{ type: 'unknown', payload: { name: 'moa.reference' } }, { type: 'tool.start', payload: { tool_id: 't', name: 'shell', context: '' } }]);
});

test('a call goes to this gateway, and fails at once without a connection or with too much', async () => {
  await expect(transport.call('config.get', { key: 'busy' })).rejects.toMatchObject({ code: 'connect.unreachable', status: 0 });
  open();
  const sent: number[] = [];
  const call = transport.call('config.get', { key: 'busy' }, { sent: (share) => sent.push(share) });
  expect(bridge.take('call').asked).toEqual({ gateway: GATEWAY, method: 'config.get', params: { key: 'busy' } });
  const again = transport.call('config.get', { key: 'busy' }, { sent: (share) => sent.push(share) });
  bridge.take('call').answer({ sessions: [] });
  await expect(again).resolves.toEqual({ sessions: [] });
  expect(sent).toEqual([1]);
  void call;
  const large = { session_id: 'c', text: 'x'.repeat(LIMITS.FRAME_BYTES) };
  await expect(transport.call('prompt.submit', large as never)).rejects.toMatchObject({ retryable: false });
  expect(bridge.waiting).toEqual([]);
});

test('why a call was refused is what the application says', async () => {
  open();
  const call = transport.call('config.get', { key: 'busy' });
  bridge.take('call').refuse({ code: 'connect.unreachable', message: 'the connection broke', hint: null, status: 0, retryable: true });
  await expect(call).rejects.toMatchObject({ message: 'The connection broke.', code: 'connect.unreachable', retryable: true });
});

test.each([
  [{ status: 200, body: '{"a":1}' }, { a: 1 }],
  [{ status: 204, body: '' }, undefined],
])('what was answered over HTTP is what it holds: %o', async (answer, wanted) => {
  const asked = transport.ask({ verb: 'POST', path: '/api/x', body: { b: 2 } });
  const given = bridge.take('ask');
  expect(given.asked).toEqual({ gateway: GATEWAY, verb: 'POST', path: '/api/x', body: { b: 2 } });
  given.answer({ ...answer, retry_after: null });
  await expect(asked).resolves.toEqual(wanted);
});

test.each([
  ['<html>', 200, { code: 'connect.not_a_gateway' }],
  ['<html>', 403, { code: 'connect.not_a_gateway' }],
  ['{"detail":"no such thing","hint":"look"}', 404, { message: 'No such thing.', hint: 'look', status: 404 }],
  ['{"error":"session_expired","detail":"x"}', 401, { code: 'connect.sign_in_needed' }],
  ['', 503, { code: 'connect.busy', retryable: true }],
])('a no over HTTP is the one that a browser would tell: %s %i', async (body, status, wanted) => {
  const asked = transport.ask({ verb: 'GET', path: '/api/x' });
  const given = bridge.take('ask');
  expect(given.asked).toMatchObject({ body: null });
  given.answer({ status, body, retry_after: null });
  await expect(asked).rejects.toMatchObject(wanted);
});

test('who does not want an answer any more waits for none', async () => {
  const leaving = new AbortController();
  const asked = transport.ask({ verb: 'GET', path: '/api/x', signal: leaving.signal });
  leaving.abort();
  await expect(asked).rejects.toMatchObject({ message: 'Cancelled.' });
  bridge.take('ask').answer({ status: 200, body: '{}', retry_after: null });
  await expect(transport.ask({ verb: 'GET', path: '/api/x', signal: leaving.signal })).rejects.toMatchObject({ message: 'Cancelled.' });
  expect(bridge.waiting).toEqual([]);
});

test('a page that was put away is told nothing of what it has asked', async () => {
  open();
  const told = vi.fn();
  transport.call('config.get', { key: 'busy' }).then(told, told);
  transport.ask({ verb: 'GET', path: '/api/x' }).then(told, told);
  transport.leave();
  bridge.take('call').answer({});
  bridge.take('ask').refuse(new Refusal('No.', null, null, 0, false));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).not.toHaveBeenCalled();
});

test('to sign in is the page of the application, and to sign out forgets this gateway alone', async () => {
  transport.signIn();
  transport.retry();
  expect(bridge.all('retry')).toEqual([{ gateway: GATEWAY }]);
  keepFor('https://other.example');
  keep('local', 'hermes.drafts.1', 'theirs');
  keepFor(GATEWAY);
  keep('local', 'hermes.drafts.1', 'mine');
  bridge.on('signOut', () => 'ended' as const);
  await transport.signOut();
  expect(led).toEqual([['signIn', GATEWAY], ['signedOut', GATEWAY, 'ended']]);
  expect(kept('local', 'hermes.drafts.1')).toBeNull();
  expect(keep('local', 'hermes.drafts.1', 'late')).toBe(false);
  keepFor('https://other.example');
  expect(kept('local', 'hermes.drafts.1')).toBe('theirs');
});
