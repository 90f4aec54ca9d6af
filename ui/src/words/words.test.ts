import { expect, test } from 'vitest';

import { pseudo } from './words';

test('the pseudo language changes every text, within functions too, and nothing else', () => {
  const texts = { send: 'Send', deep: { left: (seconds: number) => `${seconds} s left`, many: 3 }, keys: [{ text: 'Send' }] };
  const other = pseudo(texts);
  expect(other.send).toBe('⟦Séñd~~⟧');
  expect(other.deep.left(4)).toBe('⟦4 š léft~~~⟧');
  expect(other.deep.many).toBe(3);
  expect(other.keys).toEqual([{ text: '⟦Séñd~~⟧' }]);
});
