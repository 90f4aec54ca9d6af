import type { QueuedPrompt } from '../protocol/conversations';
import { keep, kept } from '../transport/kept';
import type { Prompt } from './types';

/** How far a prompt is. */
export type Stage =
  /** It has to be sent, and may have been sent before. */
  | 'new'
  /** It was sent on this socket, and has no answer. */
  | 'sent'
  /** The gateway asks it after the turn that runs. */
  | 'queued'
  /** The gateway asks it now, and has not said that its turn begins. */
  | 'taken'
  /** Its turn runs. */
  | 'begun';

/** A prompt on its way. */
export interface Entry {
  /** What the gateway knows it by. */
  name: string;
  /** The conversation; null as long as nobody has made it. */
  conversation: string | null;
  /** What its new conversation is called in here. */
  home: string;
  prompt: Prompt;
  stage: Stage;
  /** Whether it was sent at least once. */
  tried: boolean;
  /** Whether the gateway has told, since it was there last, that it waits. */
  isListed?: boolean;
  /** Who waits for it; nobody any more after the page was loaded again. */
  done?: () => void;
  failed?: (why: Error) => void;
}

/** Whether it is one of the conversation with this id; or of the new one that is called this in here. */
export function isIn(entry: Entry, id: string | null, home: string): boolean {
  return id === null ? entry.conversation === null && entry.home === home : entry.conversation === id;
}

/** Whether it waits at the gateway. Upstream tells one text, which has no names. */
export function isAmong({ name, prompt }: Entry, queued: QueuedPrompt): boolean {
  const prompts = (queued as Partial<QueuedPrompt>).prompts ?? [];
  if (prompts.length === 0) return contains(queued.user, prompt.text);
  return prompts.some(({ prompt_id }) => prompt_id === name);
}

/** Whether a text is what was said, or a part of it: prompts that waited together are joined by a blank line. */
export function contains(said: string, text: string): boolean {
  return `\n\n${said.trim()}\n\n`.includes(`\n\n${text.trim()}\n\n`);
}

const KEY = 'hermes.outbox.1';

/** The most entries that are read back. */
const MOST = 64;

/** Keeps them over a reload of this tab. What does not fit is sent as long as the page lives. */
export function store(owner: string | null, entries: readonly Entry[]): void {
  const rows = entries.map(({ name, conversation, home, prompt, tried }) => ({ name, conversation, home, prompt, tried }));
  keep('session', KEY, rows.length === 0 ? null : { owner, rows });
}

/** What was kept before the page was loaded. */
export class Restored {
  private constructor(
    readonly owner: string | null,
    readonly entries: Entry[],
  ) {}

  static read(): Restored {
    const found = kept('session', KEY);
    if (!isObject(found) || !Array.isArray(found['rows'])) return new Restored(null, []);
    const rows: unknown[] = found['rows'];
    const owner = typeof found['owner'] === 'string' ? found['owner'] : null;
    return new Restored(owner, rows.slice(0, MOST).filter(isRow).map((row) => ({ ...row, stage: 'new' })));
  }
}

type Row = Pick<Entry, 'name' | 'conversation' | 'home' | 'prompt' | 'tried'>;

function isRow(value: unknown): value is Row {
  if (!isObject(value)) return false;
  const { name, conversation, home, prompt, tried } = value;
  const isNamed = typeof name === 'string' && /^[\w-]{1,64}$/.test(name) && typeof home === 'string';
  const isPlaced = conversation === null || typeof conversation === 'string';
  return isNamed && isPlaced && typeof tried === 'boolean' && isPrompt(prompt);
}

function isPrompt(value: unknown): value is Prompt {
  if (!isObject(value)) return false;
  const { text, images, replacing, of, busy } = value;
  const isReplacing = [replacing, of].every((count) => count === undefined || (Number.isSafeInteger(count) && Number(count) >= 0));
  const isBusy = busy === undefined || busy === 'interrupt' || busy === 'queue' || busy === 'steer';
  const areImages = Array.isArray(images) && images.every((image) => typeof image === 'string');
  return typeof text === 'string' && areImages && isReplacing && isBusy;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
