// The keys of the page: one table, which drives what they do, what `?` shows, and the page of the guide.

import { words } from '../words/words';

/** What a key does. */
export type Action = keyof typeof words.shell.actions;

/** A key, with what is held down beside it. */
export interface Key {
  key: string;
  /** Ctrl, and on a Mac the command key. */
  mod?: true;
  shift?: true;
  alt?: true;
}

/** Which key does what. */
export const KEYS: readonly (readonly [Action, Key])[] = [
  ['palette', { key: 'k', mod: true }],
  ['newConversation', { key: 'o', mod: true, shift: true }],
  ['find', { key: 'f', mod: true }],
  ['previous', { key: 'ArrowUp', alt: true }],
  ['next', { key: 'ArrowDown', alt: true }],
  ['previousVersion', { key: 'ArrowLeft', alt: true, shift: true }],
  ['nextVersion', { key: 'ArrowRight', alt: true, shift: true }],
  ['settings', { key: ',', mod: true }],
  ['write', { key: 'Escape', shift: true }],
  ['shortcuts', { key: '?' }],
];

/** The keys while somebody selects conversations; the boxes and their list know them. */
export const SELECTING: readonly (readonly [keyof typeof words.shell.shortcuts.selecting, Key])[] = [
  ['one', { key: ' ' }],
  ['range', { key: ' ', shift: true }],
  ['all', { key: 'a', mod: true }],
  ['end', { key: 'Escape' }],
];

/** What a press of a key does, if anything. In a text a key without Ctrl or Alt is a letter, and an arrow goes along it. */
export function actionOf(event: KeyboardEvent): Action | null {
  if (event.isComposing || event.defaultPrevented) return null;
  const writes = isText(event.target);
  const found = KEYS.find(([, key]) => isPressed(key, event) && !(writes && (isLetter(key) || isWay(key))));
  return found?.[0] ?? null;
}

/** A key in words, as it is printed on a keyboard. */
export function shown(key: Key, isMac: boolean): string {
  const { ctrl, alt, shift, escape, space } = words.shell.shortcuts.printed;
  const parts = [key.mod && (isMac ? '⌘' : ctrl), key.alt && (isMac ? '⌥' : alt), key.shift && (isMac ? '⇧' : shift)];
  const names: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: escape, ' ': space };
  const name = names[key.key] ?? key.key.toUpperCase();
  return [...parts.filter((part) => typeof part === 'string'), name].join(isMac ? '' : '+');
}

/** Whether this machine has a command key. */
export function isMac(): boolean {
  return /mac|iphone|ipad/i.test(navigator.userAgent);
}

function isPressed(key: Key, event: KeyboardEvent): boolean {
  const mod = isMac() ? event.metaKey : event.ctrlKey;
  const other = isMac() ? event.ctrlKey : event.metaKey;
  // Which keys make a `?` differs from keyboard to keyboard, and Shift may be one of them.
  const shift = key.key === '?' || event.shiftKey === (key.shift ?? false);
  return (
    event.key.toLowerCase() === key.key.toLowerCase() &&
    mod === (key.mod ?? false) &&
    event.altKey === (key.alt ?? false) &&
    shift &&
    !other
  );
}

function isLetter(key: Key): boolean {
  return key.key.length === 1 && key.mod === undefined && key.alt === undefined;
}

/** In a text these choose words. */
function isWay(key: Key): boolean {
  return key.key === 'ArrowLeft' || key.key === 'ArrowRight';
}

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'submit'].includes(target.type)) ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
