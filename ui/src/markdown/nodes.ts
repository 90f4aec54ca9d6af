// What a text in Markdown is made of. The set is closed: what is not here cannot come into the page.

/** A part of a line. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; inside: Inline[] }
  | { kind: 'link'; href: string; inside: Inline[]; shownHost: string | null }
  /** A picture of elsewhere, which nobody loads by looking at the text. */
  | { kind: 'picture'; href: string; host: string; alt: string }
  | { kind: 'break' };

/** A part of a text that stands for itself. */
export type Block =
  | { kind: 'paragraph'; inside: Inline[] }
  | { kind: 'heading'; depth: number; inside: Inline[] }
  | { kind: 'code'; language: string; text: string; open: boolean }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; start: number | null; items: Item[] }
  | { kind: 'table'; align: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' };

/** One of a list, with a box if it is a task. */
export interface Item {
  checked: boolean | null;
  /** The first line stands on the line of its mark. */
  lead: Inline[];
  blocks: Block[];
}

export type Align = 'start' | 'center' | 'end' | null;

/** The text of parts of a line, as a person reads it. */
export function plainLine(line: readonly Inline[]): string {
  return line
    .map((part) => {
      switch (part.kind) {
        case 'text':
        case 'code':
          return part.text;
        case 'break':
          return '\n';
        case 'picture':
          return part.alt;
        default:
          return plainLine(part.inside);
      }
    })
    .join('');
}

/** The text of blocks, as a person reads it: what is looked through, and what is read aloud. */
export function plain(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      switch (block.kind) {
        case 'paragraph':
        case 'heading':
          return plainLine(block.inside);
        case 'code':
          return block.text;
        case 'quote':
          return plain(block.blocks);
        case 'list':
          return block.items.map((item) => joined([plainLine(item.lead), plain(item.blocks)])).join('\n');
        case 'table':
          return [block.head, ...block.rows].map((row) => row.map(plainLine).join(', ')).join('\n');
        case 'rule':
          return '';
      }
    })
    .filter((text) => text !== '')
    .join('\n');
}

function joined(texts: string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}
