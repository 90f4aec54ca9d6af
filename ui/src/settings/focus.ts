import { tick } from 'svelte';

/** Puts the focus on the first of these that is in the page, if what had it is not there any more. */
export async function keepFocus(...elements: (HTMLElement | undefined)[]): Promise<void> {
  await tick();
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  elements.find((element) => element?.isConnected)?.focus();
}

/** Whether the focus is within this place just now, and may have to be kept when that changes. */
export function hasFocus(place: HTMLElement | undefined): boolean {
  return place?.contains(document.activeElement) ?? false;
}
