// What waits for the end of a turn, in two windows.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { keepAgain } from '../transport/kept';
import { FakeTransport } from '../transport/fake';
import { FakeGateway, settle } from './fake-gateway';
import { Page } from './fake-page';
import { Follow } from './follow.svelte';
import { Outbox } from './outbox';
import type { Turn } from './types';

beforeEach(() => {
  keepAgain();
  sessionStorage.clear();
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const REACHED = new Error('it is so');

/** Lets everything happen until this is so, and goes no further. */
async function until(gateway: FakeGateway, is: () => boolean): Promise<void> {
  const reached = gateway.run(() => {
    if (is()) throw REACHED;
  });
  await expect(reached).rejects.toBe(REACHED);
}

const queued = ({ turns }: Follow): Turn[] => turns.filter(({ status }) => status === 'queued');
const texts = (turns: readonly Turn[]): string[] => turns.map(({ prompt }) => prompt);

function first(gateway: FakeGateway) {
  const [one] = gateway.conversations;
  if (!one) throw new Error('no conversation');
  return one;
}

/** What waits is called this, and what it says. */
function nameOf(gateway: FakeGateway, text: string): string {
  return first(gateway).queued.find((asked) => asked.text === text)?.names[0] ?? '';
}

/** A window in whose conversation these wait while a long answer is written, and another window that looks. */
async function windows(...waiting: string[]): Promise<{ gateway: FakeGateway; one: Page; two: Page }> {
  const gateway = new FakeGateway();
  const one = new Page(gateway);
  one.say(Array.from({ length: 60 }, (_, at) => `w${at}`).join(' '));
  await until(gateway, () => (one.follow.turns[0]?.answer ?? '') !== '');
  // Another browser knows nothing of what this one keeps.
  const kept = sessionStorage.getItem('hermes.outbox.1');
  sessionStorage.clear();
  const two = new Page(gateway, 'c1');
  if (kept !== null) sessionStorage.setItem('hermes.outbox.1', kept);
  await until(gateway, () => two.follow.phase === 'open');
  for (const text of waiting) one.say(text, { busy: 'queue' });
  await until(gateway, () => queued(one.follow).length === waiting.length && queued(two.follow).length === waiting.length);
  return { gateway, one, two };
}

test('another window sees what waits, one by one and as it changes', async () => {
  const { gateway, one, two } = await windows('four', 'five');
  const [four, five] = queued(two.follow);
  expect(texts(queued(two.follow))).toEqual(['four', 'five']);
  one.say('six', { busy: 'queue' });
  await until(gateway, () => queued(two.follow).length === 3);
  expect(queued(two.follow).slice(0, 2)).toEqual([four, five]);
  const mine = queued(one.follow)[1];
  if (!mine) throw new Error('it waits');
  void one.follow.withdraw(mine, true);
  await until(gateway, () => texts(queued(two.follow)).join() === 'four,six');
  await gateway.run();
  expect(texts(two.follow.turns).slice(1)).toEqual(['four\n\nsix']);
  expect(two.shown).toEqual(one.shown);
  expect([one.refused, two.refused]).toEqual([[], []]);
});

test('what is taken back in another window is gone here, and nothing is given back twice', async () => {
  const { gateway, one, two } = await windows('four', 'five');
  const [four] = queued(two.follow);
  if (!four) throw new Error('it waits');
  void two.follow.withdraw(four, true);
  await until(gateway, () => queued(one.follow).length === 1);
  expect(texts(one.follow.turns).slice(1)).toEqual(['five']);
  await gateway.run();
  expect(gateway.asked.slice(1)).toEqual(['five']);
  expect(two.returned).toEqual([['c1', 'four', 'You took it back.']]);
  expect([one.returned, one.refused]).toEqual([[], []]);
  expect(one.taken.slice(1)).toEqual(['four', 'five']);
  expect(sessionStorage.length).toBe(0);
});

test('what is taken back while a window is away is not asked by it', async () => {
  for (const epoch of ['e1', 'e2']) {
    const { gateway, one } = await windows('four', 'five');
    gateway.break();
    gateway.withdraw(first(gateway), nameOf(gateway, 'four'));
    gateway.epoch = epoch;
    const calls = vi.spyOn(gateway, 'call');
    await gateway.run();
    expect(gateway.asked.slice(1), epoch).toEqual(['five']);
    expect(texts(one.follow.turns).slice(1), epoch).toEqual(['five']);
    expect([one.returned, one.refused], epoch).toEqual([[], []]);
    expect(one.taken.length, 'whoever waits for it is done').toBe(3);
    const sent = calls.mock.calls.filter(([method, params]) => method === 'prompt.submit' && JSON.stringify(params).includes('four'));
    // Where the numbers mean other events, nobody can tell it before it is sent again.
    expect(sent.length, epoch).toBe(epoch === 'e1' ? 0 : 1);
    expect(sessionStorage.length, epoch).toBe(0);
  }
});

test('a page that was loaded again does not ask what was taken back meanwhile', async () => {
  const { gateway, one, two } = await windows('four');
  two.unload();
  gateway.break();
  one.unload();
  expect(sessionStorage.getItem('hermes.outbox.1')).toContain('four');
  gateway.withdraw(first(gateway), nameOf(gateway, 'four'));
  const again = new Page(gateway, 'c1');
  await gateway.run();
  expect(gateway.asked.length).toBe(1);
  expect(texts(again.follow.turns).slice(1)).toEqual([]);
  expect([again.returned, sessionStorage.length]).toEqual([[], 0]);
});

test('what waits is shown after a break as it is now', async () => {
  const { gateway, two } = await windows('four', 'five');
  gateway.break();
  gateway.withdraw(first(gateway), nameOf(gateway, 'four'));
  first(gateway).queued.push({ names: ['elsewhere'], text: 'six' });
  await until(gateway, () => texts(queued(two.follow)).join() === 'five,six');
});

test('a prompt whose answer was lost is not taken for one that has begun', async () => {
  const { gateway, one } = await windows();
  one.say('four', { busy: 'queue' });
  await until(gateway, () => first(gateway).queued.length === 1);
  gateway.break();
  await until(gateway, () => queued(one.follow).length === 1);
  await gateway.run();
  expect(gateway.asked.slice(1)).toEqual(['four']);
  expect(one.taken).toContain('four');
});

test('what somebody stops in another window comes back to whoever wrote it', async () => {
  const { gateway, one, two } = await windows('four');
  void two.follow.stop();
  await gateway.run();
  expect(one.refused).toEqual(['four: The turn before it was stopped, so it was not asked.']);
  expect(gateway.asked.length).toBe(1);
  expect(queued(two.follow)).toEqual([]);
});

test('what somebody stops while a window is away is not asked by it', async () => {
  for (const epoch of ['e1', 'e2']) {
    const { gateway, one } = await windows('four', 'five');
    gateway.break();
    gateway.stop(first(gateway));
    gateway.epoch = epoch;
    await gateway.run();
    expect(gateway.asked.length, epoch).toBe(1);
    const stopped = 'The turn before it was stopped, so it was not asked.';
    expect(one.refused, epoch).toEqual([`four: ${stopped}`, `five: ${stopped}`]);
    expect(sessionStorage.length, epoch).toBe(0);
  }
});

test('a page that was loaded again has back what somebody stopped meanwhile', async () => {
  const { gateway, one, two } = await windows('four');
  two.unload();
  gateway.break();
  one.unload();
  expect(sessionStorage.getItem('hermes.outbox.1')).toContain('four');
  gateway.stop(first(gateway));
  const again = new Page(gateway, 'c1');
  await gateway.run();
  expect(gateway.asked.length).toBe(1);
  expect(again.returned).toEqual([['c1', 'four', 'The turn before it was stopped, so it was not asked.']]);
  expect(sessionStorage.length).toBe(0);
});

test('no list takes anything away', async () => {
  const transport = new FakeTransport();
  const returned: string[] = [];
  const outbox = new Outbox(transport, (_, { text }) => returned.push(text));
  const here = { id: 'c1', home: 'h' };
  void outbox.add(here, { text: 'four', images: [] });
  transport.connect();
  transport.calls[0]?.answer({ status: 'queued' });
  await settle();
  const [entry] = outbox.waiting(here);
  if (!entry) throw new Error('it waits');
  const list = (...names: string[]) => {
    outbox.listed(names.map((prompt_id) => ({ prompt_id, text: '', images: [] })));
  };
  list();
  list('another');
  expect(outbox.waiting(here)).toEqual([entry]);
  list('another', entry.name);
  list('another');
  expect([outbox.waiting(here), returned]).toEqual([[entry], []]);
  outbox.end();
});

test('what was taken back here for writing is not lost with the answer', async () => {
  const { gateway, one, two } = await windows('four', 'five');
  const lost: string[] = [];
  for (const [page, at] of [[one, 0], [two, 1]] as const) {
    const turn = queued(page.follow)[at];
    if (!turn) throw new Error('it waits');
    page.follow.withdraw(turn, true).catch(() => lost.push(turn.prompt));
  }
  await until(gateway, () => first(gateway).queued.length === 0);
  gateway.break();
  await gateway.run();
  expect(lost).toEqual(['four', 'five']);
  expect(gateway.asked.length).toBe(1);
  expect(one.returned).toEqual([['c1', 'four', 'You took it back.']]);
  expect(two.returned).toEqual([['c1', 'five', 'You took it back.']]);
});
