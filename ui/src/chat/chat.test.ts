import { expect, test } from 'vitest';

import { FakeConversation, turn } from '../gallery/fake.svelte';
import { announcement, standing } from './announce';
import { find, positions, ranges, Texts } from './find';
import { follows, Places } from './follow';
import { sends, type Pressed } from './keys';
import { around, atEnd, downwards, upwards } from './span';

const key = (of: Partial<Pressed> = {}): Pressed => ({
  key: 'Enter', keyCode: 13, isComposing: false, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...of,
});

test('Enter sends, and Shift Enter does not', () => {
  expect(sends(key(), 'enter')).toBe(true);
  expect(sends(key({ shiftKey: true }), 'enter')).toBe(false);
  expect(sends(key({ key: 'a' }), 'enter')).toBe(false);
});

test('Enter that ends the writing of a word does not send', () => {
  expect(sends(key({ isComposing: true }), 'enter')).toBe(false);
  expect(sends(key({ keyCode: 229 }), 'enter')).toBe(false);
  expect(sends(key({ keyCode: 229, ctrlKey: true }), 'ctrl_enter')).toBe(false);
});

test('where Enter is a new line, Ctrl Enter sends', () => {
  expect(sends(key(), 'ctrl_enter')).toBe(false);
  expect(sends(key({ ctrlKey: true }), 'ctrl_enter')).toBe(true);
  expect(sends(key({ metaKey: true }), 'ctrl_enter')).toBe(true);
  expect(sends(key(), 'button')).toBe(false);
});

test('the end is followed until somebody goes up, however much comes meanwhile', () => {
  const at = (top: number, height = 1000) => ({ top, height, view: 200 });
  expect(follows(true, at(800), at(800, 1500))).toBe(true);
  expect(follows(true, at(800), at(790))).toBe(false);
  expect(follows(false, at(790), at(795))).toBe(true);
  expect(follows(false, at(300), at(735))).toBe(false);
  expect(follows(false, at(300), at(736))).toBe(true);
  expect(follows(true, at(800), at(700, 900))).toBe(true);
});

test('where somebody was is remembered of the last conversations', () => {
  const places = new Places();
  places.keep('a', { following: false, key: 't', offset: -3 });
  expect(places.of('a')).toEqual({ following: false, key: 't', offset: -3 });
  expect(places.of('b')).toEqual({ following: true });
  for (let at = 0; at < 300; at += 1) places.keep(`c${at}`, { following: true });
  expect(places.of('a')).toEqual({ following: true });
});

test('the turns in the page are few, wherever somebody goes', () => {
  expect(atEnd(1000)).toEqual({ from: 970, to: Infinity });
  expect(atEnd(3)).toEqual({ from: 0, to: Infinity });
  expect(around(500, 1000)).toEqual({ from: 485, to: 515 });
  expect(around(990, 1000)).toEqual({ from: 975, to: Infinity });
  let span = atEnd(1000);
  for (let step = 0; step < 10; step += 1) span = upwards(span, 1000);
  expect(span).toEqual({ from: 670, to: 760 });
  for (let step = 0; step < 10; step += 1) span = downwards(span, 1000);
  expect(span).toEqual({ from: 910, to: Infinity });
});

test('a text is found in prompts and answers as they are read, in any case', () => {
  const turns = [turn({ key: 'a', prompt: 'Archive one', answer: 'The **archi**ve, and [an archive](https://a.example).' }), turn({ key: 'b', prompt: 'b', answer: '' })];
  expect(find(turns, 'archive', new Texts())).toEqual([
    { key: 'a', part: 'prompt', nth: 0 },
    { key: 'a', part: 'answer', nth: 0 },
    { key: 'a', part: 'answer', nth: 1 },
  ]);
  expect(find(turns, ' ', new Texts())).toEqual([]);
  expect(positions('İstanbul İS', 'is')).toEqual([]);
  expect(positions('aXaXa', 'xA')).toEqual([1, 3]);
});

test('what was found is marked over the borders of elements, and not in buttons', () => {
  const root = document.createElement('div');
  const line = document.createElement('p');
  const strong = document.createElement('strong');
  strong.append('archi');
  line.append('An ', strong, 've');
  const button = document.createElement('button');
  button.append('archive');
  root.append(line, button);
  expect(ranges(root, 'Archive').map(String)).toEqual(['archive']);
});

test('an answer is said when it begins and as a whole at its end, and an error at once', () => {
  const running = turn({ key: 'a', status: 'running', answer: 'So' });
  const stand = { key: 'a', status: 'running' as const };
  expect(announcement(null, running)).toEqual({ text: 'Answering', urgent: false });
  expect(announcement(stand, { ...running, answer: 'So **far**' })).toBeNull();
  expect(announcement(stand, { ...running, status: 'complete', answer: 'So **far**' })).toEqual({ text: 'Done. So far', urgent: false });
  const error = { code: 'model.unreachable', message: 'There is no connection.', hint: 'hermes doctor', retryable: true };
  expect(announcement(stand, { ...running, status: 'error', error })).toEqual({ text: 'There is no connection. Next: hermes doctor', urgent: true });
  const { turns } = new FakeConversation([running, turn({ key: 'b', status: 'queued' }), turn({ key: 'c', status: 'waits' })]);
  expect(standing(turns)?.key).toBe('a');
});
