// The keys with which somebody selects in a list, besides those that every box has.

import type { Selection } from './selection.svelte';

/** Does what a key means in the boxes of a list: whether it means anything. */
export function onSelectionKey(event: KeyboardEvent, selection: Selection, shown: readonly string[]): boolean {
  if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    selection.all(shown);
    return true;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const box = event.target;
  if (step === undefined || event.altKey || !isBox(box)) return false;
  const boxes = Array.from(document.querySelectorAll('input[type=checkbox]')).filter(isBox);
  const next = boxes[boxes.indexOf(box) + step];
  if (!next) return true;
  next.focus();
  // With Shift the next one is as this one is.
  if (event.shiftKey) selection.setUpTo(next.value, box.checked, shown);
  return true;
}

function isBox(target: EventTarget | null): target is HTMLInputElement {
  return target instanceof HTMLInputElement && target.type === 'checkbox' && target.name === 'conversation';
}
