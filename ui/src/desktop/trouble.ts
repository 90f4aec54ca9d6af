import type { Refusal } from '../transport/transport';
import { say } from '../words/desktop';

/** What to do next about it: what the gateway or the application knows, unless that is a command and we know better. */
export function nextOf({ code, hint }: Pick<Refusal, 'code' | 'hint'>): string | null {
  if (hint !== null && !/^`?hermes(\s|`|$)/.test(hint)) return hint;
  const fix = code === null ? undefined : say.fixes[code];
  return fix ?? (hint === null ? null : hint.includes('`') ? hint : `\`${hint}\``);
}
