import { expect, test } from 'vitest';

import { Selection } from './selection.svelte';

const SHOWN = ['a', 'b', 'c', 'd', 'e'];

function selected(of: Selection): string {
  return SHOWN.filter((id) => of.has(id)).join('');
}

test('a range goes from the last one to this, in both directions, and takes away as it gives', () => {
  const selection = new Selection();
  selection.set('d', true);
  selection.setUpTo('b', true, SHOWN);
  expect(selected(selection)).toBe('bcd');
  selection.setUpTo('e', true, SHOWN);
  expect(selected(selection)).toBe('bcde');
  selection.set('c', false);
  selection.setUpTo('d', false, SHOWN);
  expect(selected(selection)).toBe('be');
});

test('a range that begins nowhere, or where nothing is any more, is this one', () => {
  const selection = new Selection();
  selection.setUpTo('c', true, SHOWN);
  expect(selected(selection)).toBe('c');
  selection.setUpTo('e', true, ['d', 'e']);
  expect(selected(selection)).toBe('ce');
});

test('all are selected, and none if all are', () => {
  const selection = new Selection();
  selection.begin();
  selection.set('b', true);
  selection.all(SHOWN);
  expect(selected(selection)).toBe('abcde');
  selection.all(SHOWN);
  expect(selected(selection)).toBe('');
  selection.all(SHOWN);
  selection.end();
  expect([selection.isOn, selected(selection)]).toEqual([false, '']);
});
