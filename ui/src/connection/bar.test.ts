import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { FakeTransport } from '../transport/fake';
import { barOf } from './bar';
import { Standing } from './standing.svelte';
import type { State } from './state';

const waits = (closed?: number): State => ({
  name: 'waiting',
  until: 4000,
  trouble: closed === undefined ? { kind: 'network' } : { kind: 'closed', code: closed },
});

test('the bar says five things, and nothing while all is well', () => {
  const says = (state: State, online = true, restarting = false) => barOf(state, online, restarting, 1000)?.kind;
  expect(says({ name: 'live' })).toBeUndefined();
  expect(says(waits(), false)).toBe('offline');
  expect(says(waits())).toBe('reconnecting');
  expect(says({ name: 'needs_sign_in' })).toBe('sign_in');
  expect(says({ name: 'needs_token' })).toBe('sign_in');
  expect(says({ name: 'refused', closed: 4403 })).toBe('not_allowed');
  expect(barOf({ name: 'too_old' }, true, false, 1000)).toMatchObject({ kind: 'not_allowed', action: { does: 'retry', text: 'Try again' } });
  expect(says(waits(1012), true, true)).toBe('restarting');
  expect(barOf(waits(), true, false, 1000)?.text).toBe('No connection to the gateway. Trying again in 3 seconds.');
  expect(barOf({ name: 'connecting' }, true, true, 1000)?.text).toBe('The gateway is restarting. Connecting again.');
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval', 'setTimeout', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a short break is not told, a long one counts down, and one of a restart stays one until it is over', () => {
  const transport = new FakeTransport();
  transport.connect();
  const standing = new Standing(transport);
  expect(standing.bar).toBeNull();
  transport.stand({ name: 'waiting', until: performance.now() + 9000, trouble: { kind: 'closed', code: 1012 } });
  expect(standing.bar).toBeNull();
  vi.advanceTimersByTime(2000);
  expect(standing.bar?.text).toBe('The gateway is restarting. Trying again in 7 seconds.');
  vi.advanceTimersByTime(3000);
  expect(standing.bar?.text).toBe('The gateway is restarting. Trying again in 4 seconds.');
  transport.stand({ name: 'waiting', until: performance.now() + 2000, trouble: { kind: 'network' } });
  expect(standing.bar?.kind).toBe('restarting');
  transport.connect();
  expect(standing.bar).toBeNull();
  transport.stand({ name: 'needs_sign_in' });
  expect(standing.bar?.kind).toBe('sign_in');
  standing.end();
});

test('what the browser knows of the network counts at once', () => {
  const transport = new FakeTransport();
  transport.connect();
  const standing = new Standing(transport);
  const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  dispatchEvent(new Event('offline'));
  expect(standing.bar).toBeNull();
  transport.stand({ name: 'waiting', until: performance.now() + 9000, trouble: { kind: 'network' } });
  expect(standing.bar?.kind).toBe('offline');
  online.mockReturnValue(true);
  dispatchEvent(new Event('online'));
  expect(standing.bar).toBeNull();
  standing.end();
});
