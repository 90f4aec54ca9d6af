import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ConversationList, UNDO } from '../conversation/list.svelte';
import { FakeTransport } from '../transport/fake';
import { Refusal, type Asked } from '../transport/transport';
import Side from './Side.svelte';
import { Search } from '../conversation/search.svelte';

const saved = vi.hoisted(() => vi.fn());
vi.mock('../parts/save', () => ({ save: saved }));

/** Titles of conversations, and which of them were put away. */
let stored: Record<string, boolean>;
let asked: string[];
/** Those that nothing can be done with. */
let stuck: string[];
let transport: FakeTransport;
let list: ConversationList;
let archive: ConversationList;
let page: Record<string, unknown>;

function answer({ verb, path, body }: Asked): unknown {
  const url = new URL(path, 'http://x');
  const [, , , id = '', rest] = url.pathname.split('/');
  if (verb !== 'GET') asked.push(`${verb} ${id}`);
  if (stuck.includes(id)) throw new Refusal('The disk is full.', 'storage.unusable', 'Make room.', 503, true);
  if (rest === 'messages') return { messages: [] };
  if (verb === 'DELETE') stored = Object.fromEntries(Object.entries(stored).filter(([one]) => one !== id));
  if (verb === 'PATCH') stored[id] = (body as { archived: boolean }).archived;
  if (verb !== 'GET') return { ok: true };
  const away = url.searchParams.get('archived') === 'only';
  const sessions = Object.keys(stored).filter((id) => stored[id] === away);
  const row = (id: string, at: number) => ({ id, title: id, last_active: -at, message_count: 1, is_active: false, pinned: false });
  return { sessions: sessions.map(row), total: sessions.length };
}

const settle = async () => {
  await vi.advanceTimersByTimeAsync(0);
  flushSync();
};

beforeEach(async () => {
  vi.useFakeTimers();
  [stored, asked, stuck] = [{ a: false, b: false, c: false, d: false, z: true }, [], []];
  saved.mockClear();
  transport = new FakeTransport();
  transport.route(answer);
  list = new ConversationList(transport);
  archive = new ConversationList(transport, { archived: true });
  const props = {
    transport, list, archive, state: { name: 'live' } as const, host: 'h', who: '', search: new Search(transport),
    place: { page: 'conversation', id: null } as const, waiting: [], waits: 0, onArchive: () => undefined, onGo: () => undefined,
  };
  page = mount(Side, { target: document.body, props });
  await settle();
});

afterEach(async () => {
  await unmount(page);
  list.end();
  archive.end();
  document.body.replaceChildren();
  vi.useRealTimers();
});

const button = (name: string) => [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === name);
const boxes = () => [...document.querySelectorAll<HTMLInputElement>('input[type=checkbox]')];
const box = (id: string) => boxes().find(({ value }) => value === id);
const picked = () => boxes().filter(({ checked }) => checked).map(({ value }) => value).join('');

async function press(name: string) {
  button(name)?.click();
  await settle();
}

function pick(id: string, shiftKey = false) {
  box(id)?.dispatchEvent(new MouseEvent('click', { shiftKey, bubbles: true, cancelable: true }));
  flushSync();
}

function key(id: string, init: KeyboardEventInit) {
  box(id)?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  flushSync();
}

test('one and a range and all are selected, with the pointer and with keys', async () => {
  await press('Select');
  expect(boxes().map(({ value }) => value).join('')).toBe('abcdz');
  pick('b');
  pick('d', true);
  expect([picked(), document.body.textContent.includes('3 selected')]).toEqual(['bcd', true]);
  key('d', { key: 'a', ctrlKey: true });
  expect(picked()).toBe('abcdz');
  key('d', { key: 'a', ctrlKey: true });
  expect(picked()).toBe('');
  pick('a');
  box('a')?.focus();
  key('a', { key: 'ArrowDown', shiftKey: true });
  expect([picked(), document.activeElement === box('b')]).toEqual(['ab', true]);
  key('b', { key: 'ArrowDown' });
  expect([picked(), document.activeElement === box('c')]).toEqual(['ab', true]);
  key('c', { key: 'Escape' });
  expect([boxes().length, document.activeElement === button('Select')]).toEqual([0, true]);
});

test('several are put away, and what failed is named, with the reason, and stays selected', async () => {
  stuck = ['b'];
  await press('Select');
  for (const id of ['a', 'b', 'c']) pick(id);
  await press('Archive');
  const notice = document.querySelector('[role=alert]')?.textContent ?? '';
  for (const part of ['2 of 3 archived; these were not: “b”.', 'The disk is full.', 'Make room.']) expect(notice).toContain(part);
  expect([picked(), boxes().map(({ value }) => value).join('')]).toEqual(['b', 'bdacz']);
  stuck = [];
  await press('Archive');
  expect(document.body.textContent).toContain('1 conversation archived.');
  expect([boxes().length, stored]).toEqual([0, { a: true, b: true, c: true, d: false, z: true }]);
});

test('several are taken out of the archive', async () => {
  await press('Select');
  pick('z');
  expect(button('Archive')?.disabled).toBe(true);
  await press('Take out of the archive');
  expect(stored['z']).toBe(false);
  expect(list.rows.map(({ id }) => id)).toContain('z');
});

test('several are deleted together, and come back together', async () => {
  await press('Select');
  for (const id of ['a', 'b', 'c']) pick(id);
  await press('Delete');
  expect(document.body.textContent).toContain('3 conversations are deleted.');
  await press('Undo');
  expect(list.rows.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  await vi.advanceTimersByTimeAsync(UNDO);
  expect(asked).toEqual([]);
  stuck = ['b'];
  await press('Select');
  for (const id of ['a', 'b', 'c']) pick(id);
  await press('Delete');
  await vi.advanceTimersByTimeAsync(UNDO);
  flushSync();
  expect(asked.toSorted()).toEqual(['DELETE a', 'DELETE b', 'DELETE c']);
  expect(document.querySelector('[role=alert]')?.textContent).toContain('2 of 3 deleted; these were not: “b”.');
  expect(list.rows.map(({ id }) => id)).toEqual(['b', 'd']);
});

test('several are one file, of those that could be read', async () => {
  stuck = ['c'];
  await press('Select');
  for (const id of ['d', 'c', 'a']) pick(id);
  await press('Export as JSON');
  const [[name, text]] = saved.mock.calls as [[string, string]];
  expect(name).toMatch(/^conversations-\d{4}-\d\d-\d\d\.json$/);
  const { conversations } = JSON.parse(text) as { conversations: { id: string }[] };
  expect(conversations.map(({ id }) => id)).toEqual(['a', 'd']);
  expect(document.body.textContent).toContain('2 of 3 exported; these are not in the file: “c”.');
  expect(picked()).toBe('acd');
});
