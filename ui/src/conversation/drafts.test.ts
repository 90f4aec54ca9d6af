import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { keepAgain } from '../transport/kept';
import { Drafts, PAUSE } from './drafts';

const KEY = 'hermes.drafts.1';

/** Another page of the same browser writes this. */
function elsewhere(of: string, text: string): void {
  localStorage.setItem(KEY, JSON.stringify({ owner: null, drafts: [{ of, text }] }));
  dispatchEvent(new StorageEvent('storage', { key: KEY }));
}

let drafts: Drafts;

beforeEach(() => {
  keepAgain();
  localStorage.clear();
  sessionStorage.clear();
  vi.useFakeTimers();
  drafts = new Drafts();
});

afterEach(() => {
  drafts.end();
  vi.useRealTimers();
});

/** The page is loaded again, without having had time for anything. */
function loadAgain(): Drafts {
  return new Drafts();
}

test('a draft is kept at each pause and when the page goes away, for each conversation', () => {
  drafts.write('c1', 'one');
  drafts.write(null, 'new');
  expect(localStorage.getItem(KEY)).toBeNull();
  vi.advanceTimersByTime(PAUSE);
  expect(loadAgain().read('c1')).toBe('one');
  expect(loadAgain().read(null)).toBe('new');
  expect(loadAgain().read('c2')).toBe('');
  drafts.write('c2', 'two');
  dispatchEvent(new PageTransitionEvent('pagehide'));
  expect(loadAgain().read('c2')).toBe('two');
  drafts.write('c1', '');
  expect(loadAgain().read('c1')).toBe('');
});

test('what comes back stands before what was written since', () => {
  const told: string[] = [];
  drafts.watch('c1', (text) => told.push(text));
  drafts.giveBack('c1', 'first');
  drafts.write('c1', 'second');
  drafts.giveBack('c1', 'first');
  expect(told).toEqual(['first', 'first\n\nsecond']);
  expect(loadAgain().read('c1')).toBe('first\n\nsecond');
});

test('a prompt that is written anew is kept beside the draft, and by this page alone', () => {
  drafts.write('c1', 'draft');
  drafts.anews('c1').write({ ordinal: 3, text: 'ano' });
  drafts.anews('c1').write({ ordinal: 3, text: 'another' });
  expect(drafts.anews('c1').last()).toEqual({ ordinal: 3, text: 'another' });
  drafts.keepNow();
  elsewhere('c1', 'draft');
  const again = loadAgain();
  expect([again.read('c1'), again.anews('c1').last(), again.anews('c11').last(), again.anews('c').last()]).toEqual(['draft', { ordinal: 3, text: 'another' }, null, null]);
  expect([again.anews('c1').of(3), again.anews('c1').of(4)]).toEqual(['another', '']);
  expect(localStorage.getItem(KEY)).not.toContain('another');
  again.anews('c1').write({ ordinal: 3, text: '' });
  expect([again.anews('c1').last(), loadAgain().anews('c1').last(), again.read('c1')]).toEqual([null, null, 'draft']);
});

test('what somebody else has written anew is gone', () => {
  drafts.belongTo('ann');
  drafts.anews('c1').write({ ordinal: 0, text: 'hers' });
  drafts.keepNow();
  const again = loadAgain();
  again.belongTo('ben');
  expect([again.anews('c1').last(), sessionStorage.length]).toEqual([null, 0]);
});

test('another page is heard while nobody writes here, and never under the caret', () => {
  const told: string[] = [];
  drafts.watch('c1', (text) => told.push(text));
  expect(drafts.read('c1')).toBe('');
  const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  elsewhere('c1', 'theirs');
  expect(told).toEqual([]);
  focus.mockReturnValue(false);
  elsewhere('c1', 'theirs again');
  expect(told).toEqual(['theirs again']);
  drafts.write('c1', 'mine');
  elsewhere('c1', 'theirs once more');
  expect(drafts.read('c1')).toBe('mine');
  vi.advanceTimersByTime(PAUSE);
  // Each has its own, and neither is lost when it is loaded again.
  expect(localStorage.getItem(KEY)).toContain('theirs once more');
  expect(loadAgain().read('c1')).toBe('mine');
  sessionStorage.clear();
  expect(loadAgain().read('c1')).toBe('theirs once more');
});

test('there are never more than fifty, the oldest go first, and none is endless', () => {
  for (let at = 0; at < 60; at += 1) {
    drafts.write(`c${at}`, 'x');
    drafts.keepNow();
  }
  expect(loadAgain().read('c9')).toBe('');
  expect(loadAgain().read('c10')).toBe('x');
  drafts.write('c59', 'y'.repeat(300_000));
  drafts.keepNow();
  expect(loadAgain().read('c59')).toHaveLength(200_000);
});

test('the draft of a new conversation goes along into it', () => {
  drafts.write(null, 'more');
  drafts.move('c1');
  expect([loadAgain().read(null), loadAgain().read('c1')]).toEqual(['', 'more']);
});

test('whoever watches a new conversation watches the one that was made of it', () => {
  const told = vi.fn();
  drafts.watch(null, told);
  drafts.move('c1');
  drafts.giveBack('c1', 'Once more');
  expect(told).toHaveBeenCalledExactlyOnceWith('Once more');
});

test('drafts are their writer’s alone', () => {
  drafts.write('c1', 'mine');
  drafts.keepNow();
  drafts.belongTo('u1');
  expect(drafts.read('c1')).toBe('mine');
  drafts.belongTo('u2');
  expect(drafts.read('c1')).toBe('');
  expect(localStorage.getItem(KEY)).not.toContain('mine');
});

test('what cannot be read is nothing, and a full storage loses nothing that is shown', () => {
  for (const text of ['{', '7', '{"drafts":7}', '{"drafts":[1,{"of":1,"text":2}]}']) {
    localStorage.setItem(KEY, text);
    expect(loadAgain().read('c1')).toBe('');
  }
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('', 'QuotaExceededError');
  });
  drafts.write('c1', 'mine');
  vi.advanceTimersByTime(PAUSE);
  expect(drafts.read('c1')).toBe('mine');
});
