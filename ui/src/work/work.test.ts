import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';

import Turn from '../chat/Turn.svelte';
import { turn } from '../gallery/fake.svelte';
import { step } from '../gallery/work';

let page: Record<string, unknown> | null = null;

afterEach(async () => {
  if (page) await unmount(page);
  page = null;
  document.body.replaceChildren();
});

function showTurn(of: Parameters<typeof turn>[0]): void {
  page = mount(Turn, { target: document.body, props: { turn: turn(of) } });
  flushSync();
}

const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => {
  const [found] = all(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
};
const button = (name: string) => all('button').find(({ textContent }) => textContent === name);
const text = () => document.body.textContent;

test('a step is a line with its name, what it is about, how it stands and how long it took', () => {
  showTurn({ key: 'a', answer: 'So.', steps: [step({ key: 's0', name: 'shell', about: 'ls -l', state: 'done', seconds: 1.25, result: 'files' })] });
  const summary = one('.step summary');
  expect(summary.textContent).toMatch(/shell\s*ls -l\s*Done\s+· 1\.3 sec/);
  expect(text()).not.toContain('files');
  one('details.step').toggleAttribute('open', true);
  one('details.step').dispatchEvent(new Event('toggle'));
  flushSync();
  expect(one('pre[aria-label="Result"]').textContent).toBe('files');
});

test('each state of a step is said in words, and no step runs when its turn is over', () => {
  const states = ['preparing', 'running', 'done', 'failed', 'unknown'] as const;
  showTurn({ key: 'a', answer: '', steps: states.map((state, at) => step({ key: `s${at}`, name: state, state })) });
  expect(all('.step .state').map(({ textContent }) => textContent.trim())).toEqual(['Being prepared', 'Running', 'Done', 'Failed', 'Not known how it ended']);
});

test('a long text is cut until somebody wants all of it, and hostile text is text', () => {
  const hostile = '<img src=x onerror=alert(1)>\u001b[2J\u202e';
  const result = `${hostile}${'x'.repeat(30_000)}END`;
  showTurn({ key: 'a', answer: '', steps: [step({ key: 's0', name: `<b>\u202e`, about: hostile, state: 'failed', error: hostile, result, args: hostile, diff: hostile, risk: hostile })] });
  one('details.step').toggleAttribute('open', true);
  one('details.step').dispatchEvent(new Event('toggle'));
  flushSync();
  expect(all('img, b, script')).toEqual([]);
  expect(text()).not.toContain('\u202e');
  expect(text()).not.toContain('\u001b');
  expect(text()).toContain('<img src=x onerror=alert(1)>␛[2J‹U+202E›');
  expect(text()).not.toContain('END');
  button(`Show all ${new Intl.NumberFormat().format(result.length)} characters`)?.click();
  flushSync();
  expect(one('pre[aria-label="Result"]').textContent.endsWith('END')).toBe(true);
});

test('what the page does not know is a line in the details of its turn', () => {
  showTurn({ key: 'a', answer: 'So.', others: [{ name: 'moa.\u202ereference', count: 1 }, { name: 'x', count: 3 }] });
  expect(text()).toContain('The agent did something that this page does not know: moa.‹U+202E›reference');
  expect(text()).toContain('does not know, 3 times: x');
});
