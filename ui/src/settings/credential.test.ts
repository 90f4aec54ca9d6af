import { expect, test } from 'vitest';

import { about, advice, again, pool, standing } from './credential';
import { credential, NOW, provider } from './fixtures';

const now = NOW * 1000;
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();

test.each([
  ['ready', null, null, 'good', 'Ready'],
  ['cooling_down', '429', 4 * 60, 'wait', 'Too many requests, again in 4 minutes'],
  ['cooling_down', '429', 61, 'wait', 'Too many requests, again in 2 minutes'],
  ['cooling_down', '402', 60, 'wait', 'No credit left, again in 1 minute'],
  ['cooling_down', '401', 40, 'wait', 'Not accepted, again in 40 seconds'],
  ['cooling_down', '503', 1, 'wait', 'Refused (503), again in 1 second'],
  ['cooling_down', null, 2 * 3600, 'wait', 'Refused, again in 2 hours'],
  ['cooling_down', '429', 2 * 3600 + 300, 'wait', 'Too many requests, again in 2 hours 5 minutes'],
  ['cooling_down', '429', 0, 'wait', 'Too many requests, again any moment'],
  ['cooling_down', '429', -5, 'wait', 'Too many requests, again any moment'],
  ['cooling_down', '429', null, 'wait', 'Too many requests, rests for a while'],
  ['dead', 'invalid_grant', null, 'bad', 'No longer accepted'],
  ['expired', null, null, 'bad', 'Ended'],
  ['missing', null, null, 'bad', 'Its secret is not there'],
] as const)('%s after %s for %s seconds', (state, reason, seconds, tone, text) => {
  const retry_at = seconds === null ? null : at(seconds);
  expect(standing(credential('a', { state, reason, retry_at }), now)).toEqual({ tone, text });
});

test('a rest of days is told by its moment, and one that answers next says so', () => {
  const far = credential('a', { state: 'cooling_down', reason: '429', retry_at: at(5 * 86_400) });
  expect(standing(far, now).text).toMatch(/^Too many requests, again on 27 November 2026/);
  expect(standing(credential('a', { current: true }), now).text).toBe('Answers next');
});

test('when it is asked again is known of one that rests alone', () => {
  expect(again(credential('a', { state: 'cooling_down', retry_at: at(60) }))).toBe(now + 60_000);
  expect(again(credential('a', { state: 'cooling_down', retry_at: 'soon' }))).toBeNull();
  expect(again(credential('a', { state: 'ready', retry_at: at(60) }))).toBeNull();
});

test.each([
  ['ready', 'oauth', true, null],
  ['cooling_down', 'oauth', true, null],
  ['missing', 'oauth', true, null],
  ['dead', 'oauth', true, 'Sign in again with this account to use it.'],
  ['expired', 'oauth', true, 'Sign in again with this account to use it.'],
  ['dead', 'api_key', true, 'Remove it, and give the host a new key.'],
  ['dead', 'oauth', false, 'It can be mended only where it is kept.'],
] as const)('what helps one that is %s, of the kind %s, ours: %s', (state, type, disconnectable, text) => {
  expect(advice(credential('a', { state, type, disconnectable }))).toBe(text);
});

test('what else is known of it', () => {
  const known = (more: Parameters<typeof credential>[1]) => about(credential('a', more), now).filter(Boolean).join(' · ');
  expect(known({})).toBe('Account · a sign-in · renews by itself');
  expect(known({ type: 'api_key', source_label: 'a key that was typed in', renews: false })).toBe('API key · a key that was typed in');
  expect(known({ renews: false, expires_at: at(3600) })).toContain('· until 22 November 2026');
  expect(known({ renews: false, expires_at: at(-86_400) })).toContain('· ended 21 November 2026');
  expect(known({ state: 'dead' })).toBe('Account · a sign-in');
});

test('the pool is shown where it says more than the row of its provider', () => {
  const shown = (...credentials: ReturnType<typeof credential>[]) => pool(provider('x', { credentials })).length;
  expect(shown()).toBe(0);
  expect(shown(credential('a'))).toBe(0);
  expect(shown(credential('a', { state: 'dead' }))).toBe(1);
  expect(shown(credential('a'), credential('b'))).toBe(2);
});
