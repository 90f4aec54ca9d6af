// How somebody wants the page: kept by this browser for whoever uses it, and no secret. What is kept may be of
// another version or of anybody's making, so whatever is not understood is as if it had never been chosen.

/** How somebody wants the page. */
export interface Preferences {
  /** Light, dark, or as the system has it. */
  theme: (typeof THEMES)[number];
  /** How large the text is, beside what the browser makes of it. */
  text: (typeof TEXTS)[number];
  /** What sends a prompt. The other of the two begins a new line. */
  send: (typeof SENDS)[number];
}

export const THEMES = ['system', 'light', 'dark'] as const;
export const TEXTS = ['small', 'normal', 'large', 'larger'] as const;
export const SENDS = ['enter', 'ctrl_enter'] as const;

/** What is so before anything was chosen. */
export const DEFAULTS: Readonly<Preferences> = { theme: 'system', text: 'normal', send: 'enter' };

/** Under which name the browser keeps it. */
export const KEY = 'hermes.preferences';

const VERSION = 1;

/** What is longer was not written here. */
const LIMIT = 1024;

const SIZES: Record<Preferences['text'], string> = { small: '93.75%', normal: '', large: '112.5%', larger: '125%' };

/** Reads what is kept. */
export function read(kept: string | null): Preferences {
  const fields = parsed(kept);
  return {
    theme: one(THEMES, fields.theme, DEFAULTS.theme),
    text: one(TEXTS, fields.text, DEFAULTS.text),
    send: one(SENDS, fields.send, DEFAULTS.send),
  };
}

/** What is to be kept. */
export function written({ theme, text, send }: Preferences): string {
  return JSON.stringify({ version: VERSION, theme, text, send });
}

/** What this browser keeps, if it keeps anything at all. */
export function stored(): Preferences {
  try {
    return read(localStorage.getItem(KEY));
  } catch {
    return { ...DEFAULTS };
  }
}

/** Makes the page look so. A browser's own parts, such as its scroll bars, follow `color-scheme`. */
export function apply({ theme, text }: Preferences, root: HTMLElement = document.documentElement): void {
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.style.colorScheme = theme === 'system' ? '' : theme;
  root.style.fontSize = SIZES[text];
}

function parsed(kept: string | null): Record<string, unknown> {
  if (kept === null || kept.length > LIMIT) return {};
  try {
    const value: unknown = JSON.parse(kept);
    if (typeof value !== 'object' || value === null) return {};
    const fields = value as Record<string, unknown>;
    return fields.version === VERSION ? fields : {};
  } catch {
    return {};
  }
}

function one<T extends string>(known: readonly T[], value: unknown, otherwise: T): T {
  return known.find((it) => it === value) ?? otherwise;
}
