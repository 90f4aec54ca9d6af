import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { FakeTransport } from '../transport/fake';
import { PAUSE, Search, partsOf } from './search.svelte';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('a snippet is text and hits, whatever stands in it', () => {
  const shown = (snippet: string) => partsOf(snippet).map(({ text, isHit }) => (isHit ? `[${text}]` : text)).join('|');
  expect(shown('a >>>hit<<< b >>>hit<<<')).toBe('a |[hit]| b |[hit]');
  expect(shown('>>>hit<<<')).toBe('[hit]');
  expect(shown('no end >>>hit')).toBe('no end >>>hit');
  expect(shown('<b>>>>x<<<</b>')).toBe('<b|[>x]|</b>');
  expect(shown('')).toBe('');
});

const found = (id: string) => ({
  results: [{ session_id: id, snippet: '>>>x<<<', role: 'user', source: 'web', model: null, session_started: 1, lineage_root: id }],
});

test('the last thing that is looked for is found, once somebody pauses', async () => {
  const transport = new FakeTransport();
  const search = new Search(transport);
  search.look('l');
  search.look('lamp & 1');
  expect(search.phase).toBe('looking');
  await vi.advanceTimersByTimeAsync(PAUSE);
  search.look('lamps');
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect(transport.asks.map(({ params }) => params.path)).toEqual([
    '/api/sessions/search?q=lamp%20%26%201&limit=30',
    '/api/sessions/search?q=lamps&limit=30',
  ]);
  transport.asks[1]?.answer(found('c2'));
  transport.asks[0]?.answer(found('c1'));
  await vi.advanceTimersByTimeAsync(0);
  expect(search.phase).toBe('there');
  expect(search.places).toEqual([{ id: 'c2', by: 'user', begun: 1, parts: [{ text: 'x', isHit: true }] }]);
  search.look('  ');
  expect([search.phase, search.places]).toEqual(['idle', []]);
});

test('why nothing is found is told, and it can be tried again', async () => {
  const transport = new FakeTransport();
  const search = new Search(transport);
  transport.route(() => {
    throw new Error('x');
  });
  search.look('x');
  await vi.advanceTimersByTimeAsync(PAUSE);
  expect(search.phase).toBe('failed');
  expect(search.problem).not.toBeNull();
  transport.route(() => found('c1'));
  await search.again();
  expect(search.phase).toBe('there');
  expect(search.problem).toBeNull();
});
