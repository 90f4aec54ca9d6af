import { expect, test } from 'vitest';

import type { GatewayEvent } from '../transport/transport';
import { Caught } from './caught';

const event = (seq?: number): GatewayEvent => ({
  type: 'message.delta',
  payload: { text: '' },
  ...(seq !== undefined && { seq }),
});

test('what was told is known, and a hole is noticed', () => {
  const caught = new Caught('e1', 3);
  expect([2, 3, 4].map((seq) => caught.isKnown(event(seq)))).toEqual([true, true, false]);
  expect([4, 5].map((seq) => caught.misses(event(seq)))).toEqual([false, true]);
  expect([caught.isKnown(event()), caught.misses(event())]).toEqual([false, false]);
  const unknown = new Caught('e1', null);
  expect([unknown.isKnown(event(1)), unknown.misses(event(9))]).toEqual([false, false]);
});

test('what was missed counts where it follows, and in its own epoch', () => {
  const caught = new Caught('e1', 3);
  const seqs = (...found: (number | undefined)[]) => caught.follows('e1', found.map((seq) => event(seq)))?.map(({ seq }) => seq);
  expect(seqs(2, 3, 4, 5)).toEqual([4, 5]);
  expect(seqs(4, 6)).toBeUndefined();
  expect(seqs(4, undefined)).toBeUndefined();
  expect(caught.follows('e2', [event(4)])).toBeNull();
  caught.hasHoles();
  expect(seqs(4, 6)).toEqual([4, 6]);
});
