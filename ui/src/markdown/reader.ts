// A text that grows. Only its last block is read anew with each piece that comes; those before it stay the
// very same nodes, so that nothing of the page changes for them.

import type { Links, Token } from 'marked';
import remend from 'remend';

import type { Block } from './nodes';
import { copied, cut, readBlocks } from './read';

/** A block of the text with what names it in the page. */
export interface Piece {
  key: number;
  blocks: Block[];
}

/** Closes what is half written, for the eye alone: what the final text would say, and nothing that hides a part. */
const CLOSING = {
  htmlTags: false,
  katex: false,
  comparisonOperators: false,
  singleTilde: false,
  linkMode: 'text-only',
} as const;

const FENCE = /^ {0,3}(?:```|~~~)/;

/** A block that was read, and what it was read of. */
interface Known {
  raw: string;
  open: boolean;
  piece: Piece;
}

export class Reader {
  /** What no longer changes: the text, its blocks, and the places that it names for links. */
  #text = '';
  #settled: Known[] = [];
  #links = copied({});
  /** All blocks as they were read last, by where they begin, and the places they were read with. */
  #known = new Map<number, Known>();
  #named = '{}';

  /** Reads the text; an open one is to go on. */
  read(written: string, open: boolean): Piece[] {
    const source = written.includes('\r') ? written.replace(/\r\n?/g, '\n') : written;
    // A whole text is cut once more from its beginning: so it never depends on how it came.
    if (!open || !source.startsWith(this.#text)) this.#unsettle();
    const rest = source.slice(this.#text.length);
    const links = copied(this.#links);
    const tokens = cut(rest, links);
    this.#name(links);
    if (tokens.reduce((length, { raw }) => length + raw.length, 0) !== rest.length) {
      const key = this.#text.length;
      return [...this.#settled.map(({ piece }) => piece), { key, blocks: readBlocks(rest, links, open) }];
    }
    const read = this.#readAll(tokens, links, open);
    const known = [...this.#settled, ...read];
    this.#known = new Map(known.map((one) => [one.piece.key, one]));
    if (open) this.#settle(source, tokens, read);
    return known.map(({ piece }) => piece);
  }

  /** A place that is named now may be that of a link that was read before. */
  #name(links: Links) {
    const named = JSON.stringify(links);
    if (named === this.#named) return;
    this.#named = named;
    for (const [key, { raw }] of this.#known) if (raw.includes('[')) this.#known.delete(key);
    this.#settled = this.#settled.map((one) =>
      one.raw.includes('[') ? this.#one(one.piece.key, one.raw, links, false) : one,
    );
  }

  #readAll(tokens: readonly Token[], links: Links, open: boolean): Known[] {
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    let at = this.#text.length;
    return tokens.flatMap(({ raw, type }, index) => {
      const key = at;
      at += raw.length;
      return type === 'space' || type === 'def' ? [] : [this.#one(key, raw, links, open && index === last)];
    });
  }

  #one(key: number, raw: string, links: Links, open: boolean): Known {
    const before = this.#known.get(key);
    if (before?.raw === raw && before.open === open) return before;
    const shown = open && !FENCE.test(raw) ? remend(raw, CLOSING) : raw;
    return { raw, open, piece: { key, blocks: readBlocks(shown, links, open) } };
  }

  #settle(source: string, tokens: readonly Token[], read: readonly Known[]) {
    const fixed = tokens.slice(0, settledBefore(tokens));
    if (fixed.length === 0) return;
    const text = fixed.map(({ raw }) => raw).join('');
    cut(text, this.#links);
    this.#text = source.slice(0, this.#text.length + text.length);
    this.#settled = [...this.#settled, ...read.filter(({ piece }) => piece.key < this.#text.length)];
  }

  #unsettle() {
    this.#text = '';
    this.#settled = [];
    this.#links = copied({});
  }
}

/**
 * How many blocks cannot change any more: those before a block that has a whole line. Of one whose first line
 * is not at its end nobody knows yet that it is a block of its own: after `- a`, a `1` may become `1. b`.
 */
function settledBefore(tokens: readonly Token[]): number {
  const begun = tokens.findLastIndex(({ type, raw }) => type !== 'space' && raw.includes('\n'));
  return Math.max(begun, 0);
}

/** The text of a whole answer, read at once. */
export function readAll(source: string): Block[] {
  return new Reader().read(source, false).flatMap(({ blocks }) => blocks);
}
