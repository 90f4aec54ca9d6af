import { expect, test } from 'vitest';

import guide from '../../../docs/src/gateway/web-app.md?raw';
import { words } from '../words/words';
import { actionOf, KEYS, SELECTING, shown } from './keys';

const press = (init: KeyboardEventInit, target: Element = document.body) => {
  let found = null;
  const take = (event: Event) => {
    found = actionOf(event as KeyboardEvent);
  };
  document.body.append(target === document.body ? '' : target);
  target.addEventListener('keydown', take, { once: true });
  target.dispatchEvent(new KeyboardEvent('keydown', init));
  return found;
};

test('a key does what the table says, with what is held down and with nothing else', () => {
  expect(press({ key: 'k', ctrlKey: true })).toBe('palette');
  expect(press({ key: 'K', ctrlKey: true })).toBe('palette');
  expect(press({ key: 'k' })).toBeNull();
  expect(press({ key: 'k', ctrlKey: true, altKey: true })).toBeNull();
  expect(press({ key: 'k', metaKey: true })).toBeNull();
  expect(press({ key: 'O', ctrlKey: true, shiftKey: true })).toBe('newConversation');
  expect(press({ key: 'ArrowUp', altKey: true })).toBe('previous');
  expect(press({ key: '?', shiftKey: true })).toBe('shortcuts');
});

test('in a text a letter is a letter, and a composed one always', () => {
  expect(press({ key: '?', shiftKey: true }, document.createElement('textarea'))).toBeNull();
  expect(press({ key: 'k', ctrlKey: true }, document.createElement('textarea'))).toBe('palette');
  expect(press({ key: 'k', ctrlKey: true, isComposing: true })).toBeNull();
});

test('no key does two things, and each has a name', () => {
  const names = KEYS.map(([, key]) => shown(key, false));
  expect(new Set(names).size).toBe(names.length);
  expect(shown({ key: 'o', mod: true, shift: true }, false)).toBe('Ctrl+Shift+O');
  expect(shown({ key: 'k', mod: true }, true)).toBe('⌘K');
});

test('the guide has every key, in the words of the page, and no other', () => {
  const rows = [...guide.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, key, text]) => `${key}: ${text}`);
  const ours = KEYS.map(([action, key]) => `${shown(key, false)}: ${words.shell.actions[action]}`);
  const writing = words.shell.shortcuts.writing.map(({ key, text }) => `${key}: ${text}`);
  const selecting = SELECTING.map(([what, key]) => `${shown(key, false)}: ${words.shell.shortcuts.selecting[what]}`);
  expect(rows).toEqual([...ours, ...writing, ...selecting]);
});
