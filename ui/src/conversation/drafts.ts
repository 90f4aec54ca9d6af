// What somebody writes and has not sent, for each conversation: kept at each pause of typing, and when the page goes
// away. Two pages may write in the same conversation; neither takes away what the other has. A prompt that is written
// anew is one page's alone.

import { keep, kept, named } from '../transport/kept';

/** What a new conversation is called here. */
const NEW = '';

/** How long somebody pauses before what they wrote is kept, in milliseconds. */
export const PAUSE = 400;

/** The most drafts that are kept, and the most characters of one. */
const MOST = 50;
const LONGEST = 200_000;

const KEY = 'hermes.drafts.1';

/** A prompt that is written anew. */
export interface Anew {
  /** Which of its conversation, counted from 0. */
  ordinal: number;
  text: string;
}

/** The prompts of a conversation that are written anew. */
export interface Anews {
  /** The last one that somebody has written in; null if none. */
  last(): Anew | null;
  /** What was written in place of a prompt; nothing if nothing was. */
  of(ordinal: number): string;
  /** Somebody writes; with no text they do so no more. */
  write(anew: Anew): void;
}

interface Draft {
  of: string;
  text: string;
}

interface Book {
  /** Who has written them. */
  owner: string | null;
  /** Those that were written last come last. */
  drafts: Draft[];
}

/** What is written here. */
interface Here {
  text: string;
  /** What was kept of it last, or was there before. */
  base: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Drafts {
  /** What is written here, as far as it was asked for. */
  readonly #here = new Map<string, Here>();
  readonly #watching = new Set<{ of: string; told: (text: string) => void }>();
  readonly #end = new AbortController();

  constructor() {
    const { signal } = this.#end;
    addEventListener('pagehide', () => { this.keepNow(); }, { signal });
    addEventListener('storage', ({ key }) => { if (key === named(KEY)) this.#elsewhere(); }, { signal });
  }

  end(): void {
    this.keepNow();
    this.#end.abort();
  }

  /** What stands in the draft of a conversation; null is a new one. */
  read(conversation: string | null): string {
    return this.#open(conversation ?? NEW).text;
  }

  /** Somebody writes. */
  write(conversation: string | null, text: string): void {
    const of = conversation ?? NEW;
    const here = this.#open(of);
    here.text = text;
    clearTimeout(here.timer);
    // What was sent or deleted is gone at once: a page that is loaded again must not bring it back.
    if (text === '') this.#keep(of);
    else here.timer = setTimeout(() => { this.#keep(of); }, PAUSE);
  }

  /** What is written anew in this conversation. */
  anews(conversation: string): Anews {
    const beginning = anewOf(conversation, '');
    return {
      last: () => {
        for (const of of this.#here.keys()) if (isAnew(of)) this.#keep(of);
        const found = readOwn().drafts.findLast(({ of }) => of.startsWith(beginning));
        return found ? { ordinal: Number(found.of.slice(beginning.length)), text: found.text } : null;
      },
      of: (ordinal) => this.read(anewOf(conversation, ordinal)),
      write: ({ ordinal, text }) => { this.write(anewOf(conversation, ordinal), text); },
    };
  }

  /** What could not be asked comes back, before whatever was written since. */
  giveBack(conversation: string | null, text: string): void {
    const since = this.read(conversation);
    this.write(conversation, since.trim() === '' ? text : `${text}\n\n${since}`);
    this.#tell(conversation ?? NEW);
    this.keepNow();
  }

  /** What was written for a new conversation is now for the one that was made of it, and whoever watches goes along. */
  move(conversation: string): void {
    for (const watching of this.#watching) if (watching.of === NEW) watching.of = conversation;
    const text = this.read(null);
    this.write(null, '');
    if (text !== '') this.write(conversation, text);
    this.keepNow();
  }

  /** Tells what comes back, or what another page has written while nobody writes here. */
  watch(conversation: string | null, told: (text: string) => void): () => void {
    const watching = { of: conversation ?? NEW, told };
    this.#watching.add(watching);
    return () => {
      this.#watching.delete(watching);
    };
  }

  /** Whose drafts these are: those of somebody else are gone. */
  belongTo(user: string): void {
    const book = read();
    if (book.owner === user) return;
    if (book.owner !== null) {
      this.#here.clear();
      keep('session', KEY, null);
      for (const { told } of this.#watching) told('');
    }
    keep('local', KEY, { owner: user, drafts: book.owner === null ? book.drafts : [] });
  }

  /** Keeps everything that is not kept yet. */
  keepNow(): void {
    for (const of of this.#here.keys()) this.#keep(of);
  }

  #open(of: string): Here {
    const here = this.#here.get(of);
    if (here) return here;
    const base = textOf(read(), of);
    // What this page could not keep with the others before it was loaded again.
    const own = textOf(readOwn(), of);
    const opened = { text: own === '' ? base : own, base: isAnew(of) ? own : base, timer: undefined };
    this.#here.set(of, opened);
    return opened;
  }

  #keep(of: string): void {
    const here = this.#here.get(of);
    if (!here) return;
    clearTimeout(here.timer);
    if (here.text === here.base) return;
    if (isAnew(of)) {
      keepOwn(of, here.text);
      here.base = here.text;
      return;
    }
    const book = read();
    const there = textOf(book, of);
    if (there !== here.base && there !== here.text && there !== '') {
      // Another page has written there since: it keeps its own, and so does this one.
      keepOwn(of, here.text);
      return;
    }
    if (keep('local', KEY, withDraft(book, of, here.text))) {
      here.base = here.text;
      keepOwn(of, '');
    } else {
      keepOwn(of, here.text);
    }
  }

  /** Another page has written. What is under a caret here is not touched. */
  #elsewhere(): void {
    const book = read();
    for (const [of, here] of this.#here) {
      const there = textOf(book, of);
      if (isAnew(of) || here.text !== here.base || there === here.base || document.hasFocus()) continue;
      here.text = there;
      here.base = there;
      this.#tell(of);
    }
  }

  #tell(of: string): void {
    const text = this.#open(of).text;
    for (const watching of [...this.#watching]) if (watching.of === of) watching.told(text);
  }
}

/** What a prompt that is written anew is called here: no conversation is called so. */
function anewOf(conversation: string, ordinal: number | ''): string {
  return `${conversation}#${ordinal}`;
}

function isAnew(of: string): boolean {
  return of.includes('#');
}

function withDraft(book: Book, of: string, text: string): Book {
  const others = book.drafts.filter((draft) => draft.of !== of);
  const draft = { of, text: text.slice(0, LONGEST) };
  return { owner: book.owner, drafts: text === '' ? others : [...others, draft].slice(-MOST) };
}

function textOf({ drafts }: Book, of: string): string {
  return drafts.find((draft) => draft.of === of)?.text ?? '';
}

function read(): Book {
  return bookOf(kept('local', KEY));
}

/** What this page alone has. */
function readOwn(): Book {
  return bookOf(kept('session', KEY));
}

function keepOwn(of: string, text: string): void {
  const book = readOwn();
  if (textOf(book, of) === text) return;
  const now = withDraft(book, of, text);
  keep('session', KEY, now.drafts.length === 0 ? null : now);
}

function bookOf(found: unknown): Book {
  const book = typeof found === 'object' && found !== null ? (found as Partial<Record<keyof Book, unknown>>) : {};
  const drafts: unknown[] = Array.isArray(book.drafts) ? book.drafts : [];
  const owner = typeof book.owner === 'string' ? book.owner : null;
  return { owner, drafts: drafts.filter(isDraft).slice(-MOST) };
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const { of, text } = value as Partial<Record<keyof Draft, unknown>>;
  return typeof of === 'string' && typeof text === 'string' && text.length <= LONGEST;
}
