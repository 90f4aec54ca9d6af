// What is looked for in a conversation: in all of it, also in what the page does not show just now.

import type { Turn } from '../conversation/types';
import { plain } from '../markdown/nodes';
import { readAll } from '../markdown/reader';

/** Where something was found: in which part of which turn, and the how many-th it is there. */
export interface Hit {
  key: string;
  part: 'prompt' | 'answer';
  nth: number;
}

/** The texts of answers as a person reads them. An answer is read once, unless it has changed. */
export class Texts {
  readonly #texts = new Map<string, { source: string; text: string }>();

  answer({ key, answer }: Turn): string {
    const known = this.#texts.get(key);
    if (known?.source === answer) return known.text;
    const text = plain(readAll(answer));
    this.#texts.set(key, { source: answer, text });
    return text;
  }
}

/** All places of a text, from above; more than a person goes through are left out. */
export function find(turns: readonly Turn[], wanted: string, texts: Texts): Hit[] {
  const hits: Hit[] = [];
  if (wanted.trim() === '') return hits;
  for (const turn of turns) {
    const parts = [['prompt', turn.prompt], ['answer', texts.answer(turn)]] as const;
    for (const [part, text] of parts) {
      const count = positions(text, wanted).length;
      for (let nth = 0; nth < count; nth += 1) hits.push({ key: turn.key, part, nth });
    }
    if (hits.length > 10_000) break;
  }
  return hits;
}

/** Where a text holds another, whatever the case of its letters. */
export function positions(text: string, wanted: string): number[] {
  const [inside, looked] = [folded(text), folded(wanted)];
  const found: number[] = [];
  if (looked === '') return found;
  for (let at = inside.indexOf(looked); at >= 0; at = inside.indexOf(looked, at + looked.length)) found.push(at);
  return found;
}

/** Small letters, each of which stays where it is: some become two, and are left as they are. */
function folded(text: string): string {
  const small = text.toLowerCase();
  if (small.length === text.length) return small;
  return text.replace(/./gsu, (letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter));
}

/** What is no text of the conversation, within the elements that show it. */
const BESIDE = 'button, figcaption, [role="status"], .host, .steps';
const BLOCKS = 'p, h3, h4, h5, h6, [data-lead], pre, td, th, [data-part]';

/** The places of a text in what the page shows of a part. */
export function ranges(root: Element, wanted: string): Range[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const runs: { block: Element | null; nodes: Text[] }[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!(node instanceof Text) || parent === null || parent.closest(BESIDE) !== null) continue;
    const block = parent.closest(BLOCKS);
    const last = runs.at(-1);
    if (last?.block === block) last.nodes.push(node);
    else runs.push({ block, nodes: [node] });
  }
  return runs.flatMap(({ nodes }) => {
    const text = nodes.map(({ data }) => data).join('');
    return positions(text, wanted).map((at) => range(nodes, at, at + wanted.length));
  });
}

function range(nodes: readonly Text[], from: number, to: number): Range {
  const made = document.createRange();
  let passed = 0;
  for (const node of nodes) {
    const end = passed + node.length;
    if (from >= passed && from < end) made.setStart(node, from - passed);
    if (to > passed && to <= end) made.setEnd(node, to - passed);
    passed = end;
  }
  return made;
}
