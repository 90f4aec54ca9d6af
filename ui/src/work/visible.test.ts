import { expect, test } from 'vitest';

import { first, hides, visible } from './visible';

test('what cannot be seen is written out, and what can is as it was', () => {
  for (const text of ['rm -rf "a b"\n\tls', 'naïve Ünïcode', 'مرحبا', '日本語　です', '❤️ 👨‍👩‍👧 👍🏽 🏳️‍🌈', '']) {
    expect(visible(text)).toBe(text);
    expect(hides(text)).toBe(false);
  }
  expect(visible('a\u0000b\u001b[31mc\rd\u007f')).toBe('a␀b␛[31mc␍d␡');
  expect(visible('x\u202ecod.exe\u2066\u200f')).toBe('x‹U+202E›cod.exe‹U+2066›‹U+200F›');
  expect(visible('ls\u00a0-l\u200b\u2028\ufeff\u00ad')).toBe('ls‹U+00A0›-l‹U+200B›‹U+2028›‹U+FEFF›‹U+00AD›');
  expect(visible('a\ud800b\u{e0041}')).toBe('a‹U+D800›b‹U+E0041›');
  expect(visible('rm\u200d\ufe0f 1\ufe0f')).toBe('rm‹U+200D›‹U+FE0F› 1‹U+FE0F›');
  expect(visible('❤\ufe0f\ufe0f\ufe0f')).toBe('❤‹U+FE0F›‹U+FE0F›‹U+FE0F›');
  expect(hides('a\u202eb')).toBe(true);
});

test('the first characters are whole ones', () => {
  expect(first('abc', 2)).toBe('ab');
  expect(first('a😀b', 2)).toBe('a');
  expect(first('a😀b', 3)).toBe('a😀');
  expect(first('abc', 3)).toBe('abc');
});

test('a long text of what cannot be seen is written out at once', () => {
  expect(visible('\u202e'.repeat(200_000))).toHaveLength(200_000 * '‹U+202E›'.length);
});
