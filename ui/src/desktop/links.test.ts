import { afterEach, beforeEach, expect, test } from 'vitest';

import { follow } from './links';

let opened: string[];
let stop: () => void;
beforeEach(() => {
  opened = [];
  stop = follow((address) => opened.push(address));
});
afterEach(() => {
  stop();
  document.body.replaceChildren();
});

/** Whether the page would have gone there by itself. */
function click(href: string, more: Record<string, string> = {}, kind = 'click'): boolean {
  const link = document.createElement('a');
  link.setAttribute('href', href);
  for (const [name, value] of Object.entries(more)) link.setAttribute(name, value);
  const inside = document.createElement('b');
  link.append(inside);
  document.body.append(link);
  let goes = true;
  link.addEventListener(kind, (event) => {
    goes = !event.defaultPrevented;
    // There is nothing to go to here.
    event.preventDefault();
  });
  inside.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true, composed: true }));
  return goes;
}

test('dt6_the_window_goes_nowhere: what is elsewhere is opened in the browser', () => {
  expect(click('https://docs.example.org/plan')).toBe(false);
  expect(click('http://lab.lan/', { target: '_blank' })).toBe(false);
  expect(click('mailto:ada@example.org')).toBe(false);
  expect(click('https://middle.example.org/', {}, 'auxclick')).toBe(false);
  expect(opened).toEqual(['https://docs.example.org/plan', 'http://lab.lan/', 'mailto:ada@example.org', 'https://middle.example.org/']);
});

test('places of the page, and files that it has made, are its own', () => {
  expect(click('#/c/1')).toBe(true);
  expect(click('blob:http://localhost/1', { download: 'a.md' })).toBe(true);
  expect(opened).toEqual([]);
});

test('what leads nowhere known leads nowhere', () => {
  for (const href of ['/account', './app/licence.txt', '//other.example', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'tauri://x', 'blob:http://localhost/1', '']) {
    expect(click(href), href).toBe(false);
  }
  expect(opened).toEqual([]);
});

test('nothing that is dropped on the window takes the place of the page', () => {
  const event = new Event('drop', { bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
});
