import { expect, test } from 'vitest';

import { LONGEST_DELAY, delay } from './delay';

test('waits double up to the longest, and chance takes at most half away', () => {
  expect([1, 2, 3, 4].map((failed) => delay(failed, 0))).toEqual([300, 600, 1200, 2400]);
  expect(delay(1, 1)).toBe(150);
  expect(delay(1000, 0)).toBe(LONGEST_DELAY);
  expect(delay(1000, 1)).toBe(LONGEST_DELAY / 2);
  expect(delay(0, 0.5)).toBe(225);
});
