// The parts of a program, told apart by lowlight. It comes with the first block of a language, and a grammar
// with the first block of its own; what is no program or too long stays as it is.

import type { Element, ElementContent } from 'hast';
import { createLowlight } from 'lowlight';

import { grammars, nameOf } from './languages';

/** A piece of a program. What it is, is one of few: the page has one look for each. */
export interface Span {
  text: string;
  is: Kind | null;
}

export type Kind = 'comment' | 'string' | 'keyword' | 'name' | 'number' | 'added' | 'removed';

/** A grammar may need long for what is longer, and the page stands still meanwhile. */
const LONGEST = 60_000;

const KINDS: Record<string, Kind> = {
  'hljs-comment': 'comment', 'hljs-quote': 'comment', 'hljs-meta': 'comment', 'hljs-string': 'string',
  'hljs-regexp': 'string', 'hljs-char': 'string', 'hljs-symbol': 'string', 'hljs-link': 'string',
  'hljs-keyword': 'keyword', 'hljs-selector-tag': 'keyword', 'hljs-built_in': 'keyword', 'hljs-tag': 'keyword',
  'hljs-section': 'keyword', 'hljs-type': 'name', 'hljs-title': 'name', 'hljs-name': 'name', 'hljs-attr': 'name',
  'hljs-attribute': 'name', 'hljs-variable': 'name', 'hljs-property': 'name', 'hljs-number': 'number',
  'hljs-literal': 'number', 'hljs-addition': 'added', 'hljs-deletion': 'removed',
};

const lowlight = createLowlight();

/** Tells the parts of a program apart; null if its language is not known here. */
export async function highlighted(language: string, text: string): Promise<Span[] | null> {
  const name = nameOf(language);
  const grammar = name === null ? undefined : grammars[name];
  if (name === null || grammar === undefined || text.length > LONGEST) return null;
  if (!lowlight.registered(name)) lowlight.register(name, (await grammar()).default);
  const spans: Span[] = [];
  spread(lowlight.highlight(name, text).children as ElementContent[], null, spans);
  return spans;
}

function spread(nodes: readonly ElementContent[], is: Kind | null, spans: Span[]) {
  for (const node of nodes) {
    if (node.type === 'element') spread(node.children, kindOf(node) ?? is, spans);
    if (node.type !== 'text') continue;
    const last = spans.at(-1);
    if (last?.is === is) last.text += node.value;
    else spans.push({ text: node.value, is });
  }
}

function kindOf(element: Element): Kind | null {
  const classes = element.properties.className;
  const first = Array.isArray(classes) ? classes[0] : undefined;
  return typeof first === 'string' ? (KINDS[first] ?? null) : null;
}
