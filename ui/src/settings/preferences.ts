// How somebody wants the page: kept by this browser for whoever uses it, and no secret. What is kept may be of
// another version or of anybody's making, so whatever is not understood is as if it had never been chosen.

/** How somebody wants the page. */
export interface Preferences {
  /** Light, dark, or as the system has it. */
  theme: (typeof THEMES)[number];
  /** More contrast than ink on paper, none besides, or as the system has it. */
  contrast: (typeof CONTRASTS)[number];
  /** Which letters the text has. */
  face: (typeof FACES)[number];
  /** How large the text is, beside what the browser makes of it. */
  text: (typeof TEXTS)[number];
  /** What sends a prompt. The other of the two begins a new line. */
  send: (typeof SENDS)[number];
}

export const THEMES = ['system', 'light', 'dark'] as const;
export const CONTRASTS = ['system', 'normal', 'more'] as const;
export const FACES = ['system', 'legible', 'serif', 'mono'] as const;
export const TEXTS = ['small', 'normal', 'large', 'larger'] as const;
export const SENDS = ['enter', 'ctrl_enter'] as const;

/** What is so before anything was chosen. */
export const DEFAULTS: Readonly<Preferences> = {
  theme: 'system',
  contrast: 'system',
  face: 'system',
  text: 'normal',
  send: 'enter',
};

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
    contrast: one(CONTRASTS, fields.contrast, DEFAULTS.contrast),
    face: one(FACES, fields.face, DEFAULTS.face),
    text: one(TEXTS, fields.text, DEFAULTS.text),
    send: one(SENDS, fields.send, DEFAULTS.send),
  };
}

/** What is to be kept. */
export function written({ theme, contrast, face, text, send }: Preferences): string {
  return JSON.stringify({ version: VERSION, theme, contrast, face, text, send });
}

/** What this browser keeps, if it keeps anything at all. */
export function stored(): Preferences {
  try {
    return read(localStorage.getItem(KEY));
  } catch {
    return { ...DEFAULTS };
  }
}

/** Makes the page look so: what is as the system has it is not said. */
export function apply({ theme, contrast, face, text }: Preferences, root: HTMLElement = document.documentElement): void {
  for (const [name, chosen] of Object.entries({ theme, contrast, face })) {
    if (chosen === 'system') root.removeAttribute(`data-${name}`);
    else root.setAttribute(`data-${name}`, chosen);
  }
  // Before there is any style, the browser's own ground is of the right tone.
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
