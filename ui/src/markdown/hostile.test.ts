import { flushSync, mount, unmount } from 'svelte';
import { expect, test } from 'vitest';

import Markdown from './Markdown.svelte';
import { hostile, numbers } from './hostile';
import { wrong } from './judge';
import { Reader, readAll } from './reader';

const CASES = 2000;

function shown(source: string, open: boolean): string | null {
  const target = document.createElement('div');
  const component = mount(Markdown, { target, props: { source, open } });
  flushSync();
  const verdict = wrong(target);
  void unmount(component);
  return verdict;
}

test('wb2 hostile texts, whole and cut anywhere, are text and safe links, and nothing else', () => {
  for (let seed = 1; seed <= CASES; seed += 1) {
    const { whole, cut } = hostile(seed);
    expect(shown(cut, seed % 2 === 0), `seed ${seed}, cut: ${JSON.stringify(cut)}`).toBeNull();
    if (seed % 10 === 0) expect(shown(whole, false), `seed ${seed}: ${JSON.stringify(whole)}`).toBeNull();
  }
}, 300_000);

test('the judge sees what must not be there', () => {
  const page = (make: (root: HTMLElement) => void) => {
    const root = document.createElement('div');
    make(root);
    return wrong(root);
  };
  const child = (name: string, attributes: Record<string, string> = {}) => (root: HTMLElement) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    root.append(element);
  };
  const link = { target: '_blank', rel: 'noopener noreferrer nofollow', referrerpolicy: 'no-referrer' };
  expect(page(child('script'))).toBe('<SCRIPT>');
  expect(page(child('img', { src: 'x' }))).toBe('<IMG>');
  expect(page(child('p', { onclick: 'x' }))).toBe('P onclick=x');
  expect(page(child('p', { style: 'x' }))).toBe('P style=x');
  expect(page(child('a', { ...link, href: 'javascript:x' }))).toBe('a link to javascript:x');
  expect(page(child('a', { ...link, href: 'https://a@b/' }))).toBe('a link to https://a@b/');
  expect(page(child('a', { href: 'https://b/' }))).toBe('a link with target missing');
  expect(page(child('a', { ...link, href: 'https://b/' }))).toBeNull();
});

test('wb2 a text that came in pieces is in the end what it is at once', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const { whole } = hostile(seed);
    const below = numbers(seed);
    const reader = new Reader();
    for (let at = 0; at < whole.length; at += 1 + below(20)) reader.read(whole.slice(0, at), true);
    const pieces = reader.read(whole, false).flatMap(({ blocks }) => blocks);
    expect(pieces, `seed ${seed}`).toEqual(readAll(whole));
  }
}, 60_000);
