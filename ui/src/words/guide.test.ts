// The guide's page of messages has a heading for each sentence that a connection or a sign-in can say, and no other.

import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { codes } from '../codes';
import { say } from './desktop';
import { words } from './words';

const PAGE = readFileSync('../docs/src/desktop/messages.md', 'utf8');

/** What differs from one time to the next, in the guide. */
const ANY = '…';

/** The sections under a heading of a message: the heading, and what it says. */
const SECTIONS = new Map(
  PAGE.split('\n### ').slice(1).map((section) => {
    const [heading = '', ...rest] = section.split('\n');
    return [heading, rest.join('\n')] as const;
  }),
);

const { states, bar } = words.connection;

/** A bar says first what is so, and then what to do. */
const first = (text: string) => `${text.split('. ')[0] ?? ''}.`;

const SENTENCES = [
  ...Object.values(states).map((text) => (typeof text === 'string' ? text : text(777).replace('code 777', ANY).replace('777', ANY))),
  bar.offline,
  bar.connecting,
  bar.reconnecting(7).replace('7', ANY),
  bar.restarting,
  first(bar.tooOld),
  first(say.bar.tooOld(ANY)),
  say.bar.signIn(ANY),
  say.bar.token(ANY),
  say.bar.refused(ANY),
  say.found.noWay,
  say.readable.title,
  say.wait.notHere(ANY),
  say.wait.failed(ANY),
  say.wait.over,
  say.signIn.notIn,
  say.unreadable,
];

const CODES = Object.entries(codes).filter(([code]) => code.startsWith('connect.'));

test('each sentence has its heading, and each heading is a sentence', () => {
  const said = [...SENTENCES, ...CODES.map(([, { summary }]) => summary)];
  expect([...SECTIONS.keys()].sort()).toEqual([...new Set(said)].sort());
});

test('the section of a code names it, and says something about it', () => {
  for (const [code, { summary }] of CODES) {
    const text = SECTIONS.get(summary) ?? '';
    expect(text, summary).toContain(`\`${code}\``);
    expect(text.length, summary).toBeGreaterThan(60);
  }
});
