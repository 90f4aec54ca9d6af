import { expect, test } from 'vitest';

import { found } from './find';

const all = ['Move the backups', 'The release', 'Éclair recipes', 'Unmovable'].map((name) => ({ name }));
const names = (typed: string) => found(all, typed).map(({ name }) => name);

test('what begins with the words comes first, then what has them at the beginning of a word', () => {
  expect(names('mov')).toEqual(['Move the backups', 'Unmovable']);
  expect(names('the')).toEqual(['The release', 'Move the backups']);
  expect(names('back mov')).toEqual(['Move the backups']);
});

test('case and accents do not matter, and nothing typed is all', () => {
  expect(names('ECLAIR')).toEqual(['Éclair recipes']);
  expect(names('  ')).toHaveLength(4);
  expect(names('x y z')).toEqual([]);
});
