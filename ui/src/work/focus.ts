import { tick } from 'svelte';

/** Looks, before something changes, whether the focus is in it; where that goes with the change, it is put elsewhere. */
export function keepFocus(within: HTMLElement | undefined, elsewhere: () => void): void {
  const focused = document.activeElement;
  if (!within?.contains(focused)) return;
  void tick().then(() => {
    if (!focused?.isConnected) elsewhere();
  });
}
