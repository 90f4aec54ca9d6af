import { expect, test } from 'vitest';

import { Refusal } from '../transport/transport';
import { AT_ONCE, each } from './several';

const no = (status: number) => new Refusal(`No ${status}.`, null, null, status, false);

test('each is done once, a few at a time', async () => {
  let running = 0;
  let most = 0;
  const all = Array.from({ length: 20 }, (_, at) => at);
  const told: number[] = [];
  const outcome = await each(
    all,
    async () => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
    },
    { told: (done) => told.push(done) },
  );
  expect(outcome).toEqual({ done: all, not: [], why: null });
  expect(most).toBe(AT_ONCE);
  expect(told).toEqual(all.map((at) => at + 1));
});

test('what failed is told with the first reason, and the others are done all the same', async () => {
  const outcome = await each([1, 2, 3, 4, 5], (one) => (one % 2 ? Promise.resolve() : Promise.reject(no(500 + one))));
  expect(outcome.done).toEqual([1, 3, 5]);
  expect(outcome.not).toEqual([2, 4]);
  expect(outcome.why?.message).toBe('No 502.');
});

test('where nobody answers the others are not tried', async () => {
  const tried: number[] = [];
  const all = Array.from({ length: 50 }, (_, at) => at);
  const outcome = await each(all, (one) => {
    tried.push(one);
    return one < 2 ? Promise.resolve() : Promise.reject(no(0));
  });
  expect(outcome.done).toEqual([0, 1]);
  expect(outcome.not).toHaveLength(48);
  expect(tried.length).toBeLessThanOrEqual(2 + AT_ONCE * 2);
});

test('somebody can have it stop', async () => {
  const stop = new AbortController();
  const outcome = await each([1, 2, 3], () => Promise.resolve(), { signal: stop.signal, atOnce: 1, told: () => { stop.abort(); } });
  expect(outcome).toEqual({ done: [1], not: [2, 3], why: null });
  expect(await each([], () => Promise.resolve())).toEqual({ done: [], not: [], why: null });
});
