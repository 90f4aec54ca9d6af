import { isMac, shown } from '../shell/keys';
import { say } from '../words/desktop';

/** How many gateways have a key of their own. */
export const KEYED = 9;

/** Which gateway of the list a press of a key shows; none if it is another key. */
export function gatewayOf(event: KeyboardEvent): number | null {
  const mod = isMac() ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (!mod || event.altKey || event.shiftKey || event.isComposing) return null;
  return /^[1-9]$/.test(event.key) ? Number(event.key) - 1 : null;
}

/** The key of a gateway, as it is printed. */
export function keyOf(at: number): string {
  return shown({ key: String(at + 1), mod: true }, isMac());
}

/** What is listed with the keys of the page. */
export function keys(): { text: string; key: string }[] {
  return [{ text: say.switcher.keys, key: `${keyOf(0)} … ${keyOf(KEYED - 1)}` }];
}
