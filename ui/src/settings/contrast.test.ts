import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const TOKENS = readFileSync('tokens.css', 'utf8');

type Colours = Record<string, string>;

/** The colours of a rule: those for light and those for dark, where it has both. */
function coloursOf(selector: string, dark = false): Colours {
  const at = TOKENS.indexOf(`${selector} {`);
  const rule = TOKENS.slice(at, TOKENS.indexOf('}', at));
  const found: Colours = {};
  for (const [, name, both, other, one] of rule.matchAll(/--([\w-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));/g)) {
    const value = one ?? (dark ? other : both);
    if (name !== undefined && value !== undefined) found[name] = value;
  }
  return found;
}

/** WCAG 2.2: relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const LOOKS: [string, Colours, { text: number; rule: number }][] = [
  ['light', coloursOf(':root'), { text: 4.5, rule: 0 }],
  ['dark', coloursOf(':root[data-theme="dark"]'), { text: 4.5, rule: 0 }],
  ['light with more contrast', coloursOf(':root[data-contrast="more"]'), { text: 7, rule: 3 }],
  ['dark with more contrast', coloursOf(':root[data-contrast="more"]', true), { text: 7, rule: 3 }],
];

/** What is written on what. */
const TEXTS = {
  ink: ['paper', 'sheet', 'well', 'accent-wash', 'bad-wash', 'wait-wash'],
  'ink-2': ['paper', 'sheet', 'well', 'bad-wash', 'wait-wash'],
  accent: ['paper', 'sheet', 'well'],
  'accent-ink': ['accent'],
  good: ['paper', 'sheet'],
  wait: ['paper', 'sheet'],
  bad: ['paper', 'sheet'],
};

test.each(LOOKS)('every text can be read in %s', (look, colours, { text, rule }) => {
  expect(Object.keys(colours)).toHaveLength(16);
  const of = (name: string) => colours[name] ?? '';
  for (const [ink, grounds] of Object.entries(TEXTS)) {
    for (const ground of grounds) {
      expect(contrast(of(ink), of(ground)), `${ink} on ${ground} in ${look}`).toBeGreaterThanOrEqual(text);
    }
  }
  for (const line of ['rule', 'rule-2']) {
    expect(contrast(of(line), of('paper')), `${line} in ${look}`).toBeGreaterThanOrEqual(rule);
  }
});

test('more contrast is the same, whoever asks for it', () => {
  expect(coloursOf(':root:not([data-contrast="normal"])')).toEqual(coloursOf(':root[data-contrast="more"]'));
});
