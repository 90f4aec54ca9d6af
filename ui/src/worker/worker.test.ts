import { beforeEach, expect, test, vi } from 'vitest';

import { tagOf, toldIn } from './told';
import { work } from './worker';

const SCOPE = 'https://gw.example/hermes/';

const shown = vi.fn();
const opened = vi.fn();
let windows: { url: string; focused: boolean; visibilityState: string; focus: () => Promise<void>; postMessage: (message: unknown) => void }[];
let happens: (kind: string, event: object) => Promise<void>;

beforeEach(() => {
  shown.mockReset();
  opened.mockReset();
  windows = [];
  const listeners = new Map<string, (event: never) => void>();
  work({
    registration: { scope: SCOPE, showNotification: (...told: unknown[]) => { shown(...told); return Promise.resolve(); } },
    clients: {
      matchAll: () => Promise.resolve(windows),
      openWindow: (url: string) => { opened(url); return Promise.resolve(null); },
    },
    skipWaiting: () => Promise.resolve(),
    addEventListener: (kind: string, told: (event: never) => void) => { listeners.set(kind, told); },
  });
  happens = async (kind, event) => {
    const waits: Promise<unknown>[] = [];
    listeners.get(kind)?.({ ...event, waitUntil: (done: Promise<unknown>) => waits.push(done) } as never);
    expect(waits).toHaveLength(1);
    await Promise.all(waits);
  };
});

const pushed = (message: unknown) => happens('push', { data: { text: () => JSON.stringify(message) } });

function aWindow(more: object = {}) {
  const it = { url: `${SCOPE}#/`, focused: false, visibilityState: 'hidden', focus: vi.fn(() => Promise.resolve()), postMessage: vi.fn(), ...more };
  windows.push(it);
  return it;
}

test('what has ended is told by title, one notification a conversation', async () => {
  await pushed({ kind: 'finished', conversation: 'c-1', title: 'The release' });
  expect(shown).toHaveBeenCalledExactlyOnceWith('The release', {
    body: 'The answer is there.', icon: `${SCOPE}assets/icon-192.png`, tag: 'hermes:c-1', data: 'c-1',
  });
  await pushed({ kind: 'failed', conversation: 'c-1', title: null });
  expect(shown.mock.lastCall).toMatchObject(['Hermes', { body: 'There is no answer: the conversation says why.' }]);
});

test('what cannot be read is told all the same, and leads nowhere else', async () => {
  for (const text of [null, '', 'x', '7', 'null', '[]', '{"conversation":7,"title":{}}', '{"conversation":"../x","title":""}']) {
    expect(toldIn(text)).toEqual({ title: 'Hermes', text: 'Something has happened.', conversation: null });
  }
  expect(toldIn(JSON.stringify({ title: 'x'.repeat(999) })).title).toHaveLength(256);
  expect(tagOf(null)).toBe('hermes');
  await happens('push', { data: null });
  expect(shown).toHaveBeenCalledOnce();
});

test('nothing is told to somebody who looks at the page', async () => {
  const page = aWindow({ focused: true, visibilityState: 'visible' });
  await pushed({ kind: 'finished', conversation: 'c-1', title: null });
  expect(shown).not.toHaveBeenCalled();
  page.focused = false;
  await pushed({ kind: 'finished', conversation: 'c-1', title: null });
  expect(shown).toHaveBeenCalledOnce();
  windows = [];
  aWindow({ url: `${SCOPE}account`, focused: true, visibilityState: 'visible' });
  await pushed({ kind: 'finished', conversation: 'c-1', title: null });
  expect(shown).toHaveBeenCalledTimes(2);
});

test('a click leads to the conversation, in the page that is open or in a new one', async () => {
  const close = vi.fn();
  const click = (data: unknown) => happens('notificationclick', { notification: { data, close } });
  await click('c-1');
  expect(opened).toHaveBeenLastCalledWith(`${SCOPE}#/c/c-1`);
  await click({ other: 1 });
  expect(opened).toHaveBeenLastCalledWith(SCOPE);
  aWindow({ url: `${SCOPE}account` });
  const page = aWindow({ url: `${SCOPE}?x=1#/c/c-2` });
  await click('c-1');
  expect(page.focus).toHaveBeenCalledOnce();
  expect(page.postMessage).toHaveBeenCalledExactlyOnceWith({ place: '#/c/c-1' });
  expect(opened).toHaveBeenCalledTimes(2);
  expect(close).toHaveBeenCalledTimes(3);
});
