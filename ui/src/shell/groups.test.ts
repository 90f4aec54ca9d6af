import { expect, test } from 'vitest';

import { grouped } from './groups';

const among = (activeAt: Date) => ({ activeAt, isPinned: false });

test('what happened before midnight was yesterday, however few hours ago', () => {
  const now = new Date(2026, 10, 23, 0, 30);
  const rows = [
    new Date(2026, 10, 23, 0, 10),
    new Date(2026, 10, 22, 23, 50),
    new Date(2026, 10, 17, 12),
    new Date(2026, 10, 16, 12),
    new Date(2025, 11, 31, 23, 59),
  ];
  const headings = grouped(rows, among, now).map(({ heading, rows }) => [heading, rows.length]);
  expect(headings).toEqual([
    ['Today', 1],
    ['Yesterday', 1],
    ['The last seven days', 1],
    ['November 2026', 1],
    ['December 2025', 1],
  ]);
});

test('a clock that is a little ahead is of today, and nothing is in no group', () => {
  const now = new Date(2026, 10, 23, 23, 59);
  expect(grouped([new Date(2026, 10, 24, 0, 1)], among, now)[0]?.heading).toBe('Today');
  expect(grouped([], among, now)).toEqual([]);
});

test('what is pinned stands under one heading, however old it is', () => {
  const now = new Date(2026, 10, 23, 12);
  const rows = [new Date(2026, 10, 23, 11), new Date(2020, 1, 1), new Date(2026, 10, 23, 9)];
  const groups = grouped(rows, (row) => ({ activeAt: row, isPinned: row !== rows[2] }), now);
  expect(groups.map(({ heading, rows }) => [heading, rows.length])).toEqual([['Pinned', 2], ['Today', 1]]);
});
