import { expect, test } from 'vitest';

import { pieces } from './ticked';

const shown = (text: string) => pieces(text).map(({ text: part, isCode }) => (isCode ? `<${part}>` : part));

test('what stands between backticks is code, and what has no pairs of them stays', () => {
  expect(shown('`hermes link` prints one.')).toEqual(['<hermes link>', ' prints one.']);
  expect(shown('Nothing of the kind')).toEqual(['Nothing of the kind']);
  expect(shown('one ` alone')).toEqual(['one ` alone']);
  expect(shown('`a` and `b`')).toEqual(['<a>', ' and ', '<b>']);
  expect(shown('')).toEqual([]);
});
