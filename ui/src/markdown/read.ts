// From what marked has found in a text to the nodes of a page. It only finds; it writes no HTML here.

import { Lexer, type Links, type Token, type Tokens } from 'marked';

import { decoded } from './entities';
import { misleads, place } from './links';
import type { Align, Block, Inline, Item } from './nodes';
import { plainLine } from './nodes';

/** Deeper than that, a text is shown as it was written. */
const DEEPEST = 24;

/** A copy of the places that a text names for later. It has no other names: any may be written in a text. */
export function copied(links: Links): Links {
  return Object.assign(Object.create(null) as Links, links);
}

/** Cuts a text into its blocks, with the references that are defined in it added to `links`. */
export function cut(source: string, links: Links): Token[] {
  return guarded(source, () => {
    const lexer = new Lexer({ gfm: true });
    lexer.tokens.links = links;
    return lexer.blockTokens(source, []);
  });
}

/** Reads one block of a text. */
export function readBlocks(source: string, links: Links, open = false): Block[] {
  const tokens = guarded(source, () => {
    const lexer = new Lexer({ gfm: true });
    lexer.tokens.links = copied(links);
    return lexer.lex(source);
  });
  const read = blocks(tokens, 0);
  const last = read.at(-1);
  if (open && last?.kind === 'code') last.open = true;
  return read;
}

/** The reader is recursive: what nests too deeply for it stays one paragraph of text. */
function guarded(source: string, read: () => Token[]): Token[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ type: 'html', raw: source, text: source, pre: false, block: true }];
  }
}

function blocks(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => block(token, depth));
}

function block(token: Token, depth: number): Block[] {
  if (depth > DEEPEST) return [paragraph([{ kind: 'text', text: token.raw }])];
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return [];
    case 'hr':
      return [{ kind: 'rule' }];
    case 'heading': {
      const heading = token as Tokens.Heading;
      return [{ kind: 'heading', depth: heading.depth, inside: line(heading.tokens, depth) }];
    }
    case 'code': {
      const code = token as Tokens.Code;
      const language = /^[\w+#.-]{1,32}/.exec(code.lang ?? '')?.[0].toLowerCase() ?? '';
      return [{ kind: 'code', language, text: code.text, open: false }];
    }
    case 'blockquote':
      return [{ kind: 'quote', blocks: blocks((token as Tokens.Blockquote).tokens, depth + 1) }];
    case 'list':
      return [list(token as Tokens.List, depth)];
    case 'table':
      return [table(token as Tokens.Table, depth)];
    case 'paragraph':
    case 'text': {
      const tokens = 'tokens' in token ? token.tokens : undefined;
      return [paragraph(tokens ? line(tokens, depth) : [{ kind: 'text', text: decoded(token.raw) }])];
    }
    default:
      return [paragraph(asWritten(token.raw.trimEnd()))];
  }
}

/** A text with its lines as they are. */
function asWritten(text: string): Inline[] {
  return text.split('\n').flatMap((one, at): Inline[] => [...(at > 0 ? [{ kind: 'break' } as const] : []), { kind: 'text', text: one }]);
}

const paragraph = (inside: Inline[]): Block => ({ kind: 'paragraph', inside });

function list(token: Tokens.List, depth: number): Block {
  const start = token.ordered ? token.start || 0 : null;
  return { kind: 'list', start, items: token.items.map((one) => item(one, depth + 1)) };
}

function item(token: Tokens.ListItem, depth: number): Item {
  const all = blocks(token.tokens, depth);
  const first = all[0];
  const lead = first?.kind === 'paragraph' ? first.inside : [];
  return { checked: token.task ? token.checked === true : null, lead, blocks: lead.length > 0 ? all.slice(1) : all };
}

function table(token: Tokens.Table, depth: number): Block {
  const sides: Record<string, Align> = { left: 'start', center: 'center', right: 'end' };
  const cells = (row: Tokens.TableCell[]) => row.map((cell) => line(cell.tokens, depth));
  return {
    kind: 'table',
    align: token.align.map((side) => (side === null ? null : (sides[side] ?? null))),
    head: cells(token.header),
    rows: token.rows.map(cells),
  };
}

/** Reads a line, in which neighbouring texts become one. */
function line(tokens: readonly Token[], depth: number, inLink = false): Inline[] {
  const parts: Inline[] = [];
  for (const part of tokens.flatMap((token) => inline(token, depth + 1, inLink))) {
    const last = parts.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') last.text += part.text;
    else parts.push(part);
  }
  return parts;
}

function inline(token: Token, depth: number, inLink: boolean): Inline[] {
  if (depth > DEEPEST) return [{ kind: 'text', text: token.raw }];
  switch (token.type) {
    case 'text': {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? line(tokens, depth, inLink) : [{ kind: 'text', text: decoded(text) }];
    }
    case 'strong':
    case 'em':
    case 'del':
      return [{ kind: token.type, inside: line((token as Tokens.Strong).tokens, depth, inLink) }];
    case 'codespan':
      return [{ kind: 'code', text: (token as Tokens.Codespan).text }];
    case 'br':
      return [{ kind: 'break' }];
    case 'escape':
      return [{ kind: 'text', text: (token as Tokens.Escape).text }];
    case 'link':
      return link(token as Tokens.Link, depth, inLink);
    case 'image':
      return picture(token as Tokens.Image, inLink);
    case 'checkbox':
      return [];
    case 'html':
      // The one tag that models write for what Markdown has no sign for, in cells of tables.
      if (/^<br *\/?>$/i.test(token.raw)) return [{ kind: 'break' }];
      return [{ kind: 'text', text: token.raw }];
    default:
      return [{ kind: 'text', text: token.raw }];
  }
}

function link(token: Tokens.Link, depth: number, inLink: boolean): Inline[] {
  if (token.autolink) {
    const to = inLink ? null : place(token.href);
    const inside: Inline[] = [{ kind: 'text', text: token.text }];
    return to ? [{ kind: 'link', href: to.href, inside, shownHost: misleads(token.text, to) ? to.host : null }] : inside;
  }
  const inside = line(token.tokens, depth, true);
  if (inLink) return inside;
  const href = decoded(token.href);
  const to = place(href);
  const text = plainLine(inside);
  // Where nobody is led to, it still says what was written.
  if (to === null) return href === '' || href === text ? inside : [...inside, { kind: 'text', text: ` (${href})` }];
  return [{ kind: 'link', href: to.href, inside, shownHost: misleads(text, to) || text.trim() === '' ? to.host : null }];
}

function picture(token: Tokens.Image, inLink: boolean): Inline[] {
  const to = place(decoded(token.href));
  const alt = decoded(token.text);
  if (inLink || to === null || to.href.startsWith('mailto:')) return [{ kind: 'text', text: alt }];
  return [{ kind: 'picture', href: to.href, host: to.host, alt }];
}
