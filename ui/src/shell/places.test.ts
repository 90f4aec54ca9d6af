import { expect, test } from 'vitest';

import { SECTIONS } from '../settings/sections';
import { FIRST, hrefOf, placeOf, type Place } from './places';

test('every place is found again by its address', () => {
  const places: Place[] = [
    FIRST,
    { page: 'conversation', id: '20261123_a1b2' },
    { page: 'conversation', id: 'a/b #c' },
    { page: 'waiting' },
    ...SECTIONS.map((section) => ({ page: 'settings', section }) as const),
  ];
  for (const place of places) expect(placeOf(hrefOf(place))).toEqual(place);
});

test('wb4 what is no place is where the page begins', () => {
  for (const hash of [
    ...['', '#', '#/', '#c/x', '#/c/', '#/c/%', '#/c/a/b', '#/settings/', '#/settings/other'],
    ...['#https://evil.example', '#//evil.example/c/x', '#token=abc', `#/c/${'x'.repeat(129)}`],
  ]) {
    expect(placeOf(hash), hash).toEqual(FIRST);
  }
});
