import { afterEach, expect, test, vi } from 'vitest';

import { apply, DEFAULTS, KEY, read, written, type Preferences } from './preferences';
import { preferences } from './preferences.svelte';

const root = document.documentElement;
const said = () => [root.dataset.theme, root.dataset.contrast, root.dataset.face];

afterEach(() => {
  preferences.choose(DEFAULTS);
  localStorage.clear();
});

test('what is written is read again', () => {
  const chosen: Preferences = { theme: 'dark', contrast: 'more', face: 'legible', text: 'larger', send: 'ctrl_enter' };
  expect(read(written(chosen))).toEqual(chosen);
});

test('whatever is not understood is as if it had never been chosen', () => {
  const huge = JSON.stringify({ version: 1, theme: 'dark', more: 'x'.repeat(1024) });
  for (const kept of [null, '', 'dark', 'null', '7', '[]', '{}', '{"version":2,"theme":"dark"}', '{"theme":', huge]) {
    expect(read(kept), String(kept).slice(0, 40)).toEqual(DEFAULTS);
  }
  expect(read('{"version":1,"theme":["dark"],"text":"large","send":null,"__proto__":{"send":"ctrl_enter"}}')).toEqual({
    ...DEFAULTS,
    text: 'large',
  });
});

test('the page looks as chosen, and as the system has it if nothing was', () => {
  apply({ theme: 'dark', contrast: 'more', face: 'serif', text: 'large', send: 'enter' });
  expect(said()).toEqual(['dark', 'more', 'serif']);
  expect([root.style.colorScheme, root.style.fontSize]).toEqual(['dark', '112.5%']);
  apply(DEFAULTS);
  expect(said()).toEqual([undefined, undefined, undefined]);
  expect([root.style.colorScheme, root.style.fontSize]).toEqual(['', '']);
});

test('the first paint is as kept, and never fails over it', async () => {
  localStorage.setItem(KEY, written({ ...DEFAULTS, theme: 'light' }));
  await import('./first-paint');
  expect(root.dataset.theme).toBe('light');
  vi.resetModules();
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('no', 'SecurityError');
  });
  await import('./first-paint');
  expect(root.dataset.theme).toBeUndefined();
});

test('what is chosen counts at once and is kept, and it is said if it is not', () => {
  preferences.choose({ theme: 'dark', send: 'ctrl_enter' });
  expect(root.dataset.theme).toBe('dark');
  expect(preferences.ctrlEnterSends).toBe(true);
  expect(read(localStorage.getItem(KEY))).toEqual({ ...DEFAULTS, theme: 'dark', send: 'ctrl_enter' });
  expect(preferences.kept).toBe(true);
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  preferences.choose({ text: 'small' });
  expect(preferences.chosen.text).toBe('small');
  expect(preferences.kept).toBe(false);
});

test('another tab is followed as long as it is wanted', () => {
  const stop = preferences.follow();
  const tell = (key: string | null, newValue: string | null) =>
    dispatchEvent(new StorageEvent('storage', { key, newValue }));
  tell(KEY, written({ ...DEFAULTS, theme: 'dark' }));
  expect(root.dataset.theme).toBe('dark');
  tell('another', '{}');
  expect(root.dataset.theme).toBe('dark');
  tell(null, null);
  expect(root.dataset.theme).toBeUndefined();
  stop();
  tell(KEY, written({ ...DEFAULTS, theme: 'dark' }));
  expect(preferences.chosen.theme).toBe('system');
});
