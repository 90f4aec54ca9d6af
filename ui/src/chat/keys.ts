// What a key in the composer means.

/** What is needed of a `KeyboardEvent`. */
export interface Pressed {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** How prompts are sent. On a keyboard of glass, Enter is a new line and a button sends. */
export type Sending = 'enter' | 'ctrl_enter' | 'button';

/** Whether a key sends. Enter that ends the writing of a word, as in Japanese, never does. */
export function sends(event: Pressed, sending: Sending): boolean {
  // Safari says that the writing has ended before it tells the key, whose code is then still 229.
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return false;
  if (event.ctrlKey || event.metaKey) return !event.altKey;
  return sending === 'enter' && !event.shiftKey && !event.altKey;
}
