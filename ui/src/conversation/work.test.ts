import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { keepAgain } from '../transport/kept';
import { isOver } from './ask';
import { Asks, SAID } from './asks.svelte';
import { FakeGateway, type Done } from './fake-gateway';
import { Follow } from './follow.svelte';
import { Outbox } from './outbox';

const PROMPT = 'clean up now';

const WORK: Done[] = [
  { type: 'tool.generating', payload: { name: 'shell' } },
  { type: 'tool.start', payload: { tool_id: 't1', name: 'shell', context: 'rm -rf old' } },
  { type: 'approval.request', payload: { command: 'rm -rf old', description: 'It deletes.', choices: ['once', 'session', 'always', 'deny'] } },
  { type: 'tool.progress', payload: { tool_id: 't1', name: 'shell', text: 'half' } },
  { type: 'tool.complete', payload: { tool_id: 't1', name: 'shell', args: { command: 'rm -rf old' }, duration_s: 1.5, result: { output: '' } } },
  { type: 'moa.reference', payload: { label: 'x' } },
  { type: 'subagent.start', payload: { goal: 'Look', task_index: 0 } },
  { type: 'subagent.complete', payload: { goal: 'Look', task_index: 0, status: 'completed', summary: 'Well.' } },
  { type: 'tool.start', payload: { tool_id: 't2', name: 'clarify', context: 'Which?' } },
  { type: 'clarify.request', payload: { question: 'Which?', choices: ['this', 'that'], request_id: 'r1' } },
  { type: 'tool.complete', payload: { tool_id: 't2', name: 'clarify', result: { error: 'nobody knew' } } },
  { type: 'tool.start', payload: { tool_id: 't3', name: 'lost' } },
];

class Page {
  readonly asks: Asks;
  readonly outbox: Outbox;
  follow: Follow;
  /** Everything that somebody was asked, in its order. */
  seen: string[] = [];

  constructor(
    readonly gateway: FakeGateway,
    id: string | null = null,
  ) {
    this.asks = new Asks(gateway);
    this.outbox = new Outbox(gateway, () => undefined);
    this.follow = new Follow(gateway, this.outbox, id, this.asks);
  }

  get open() {
    return this.asks.all.filter((ask) => !isOver(ask));
  }

  /** Answers the first thing that waits. */
  answer(): void {
    const ask = this.open.find(({ state, isOld }) => state === 'waits' && !isOld);
    if (!ask) return;
    if (this.seen.at(-1) !== ask.kind) this.seen.push(ask.kind);
    const allows = ask.kind === 'approval' ? { kind: 'approval' as const, choice: 'once' as const, reason: '' } : null;
    // A break is told where it is looked at; here it is tried again.
    this.asks.answer(ask, allows ?? { kind: 'question', text: 'this' }).catch(() => undefined);
  }

  get steps(): string[] {
    return this.follow.turns.flatMap(({ steps }) => steps.map(({ name, about, state }) => `${name || about} ${state}`));
  }
}

beforeEach(() => {
  keepAgain();
  sessionStorage.clear();
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function scripted(cutAt: number | null = null): FakeGateway {
  const gateway = new FakeGateway();
  gateway.cutAt = cutAt;
  gateway.script = { prompt: PROMPT, does: WORK };
  return gateway;
}

async function work(cutAt: number | null, onCut: (gateway: FakeGateway) => void = () => undefined): Promise<Page> {
  const gateway = scripted(cutAt);
  gateway.watch(({ name }) => { if (name === 'waiting') onCut(gateway); });
  const page = new Page(gateway);
  void page.follow.say({ text: PROMPT, images: [] });
  await gateway.run(() => { page.answer(); });
  return page;
}

const DONE = ['shell done', 'Look done', 'clarify failed', 'lost unknown'];

test('what an agent does and asks is told as it comes', async () => {
  const page = await work(null);
  expect(page.follow.turns.map(({ answer, status }) => [answer, status])).toEqual([['CLEAN UP NOW ', 'complete']]);
  expect(page.steps).toEqual(DONE);
  expect(page.follow.turns[0]?.others).toEqual([{ name: 'moa.reference', count: 1 }]);
  expect(page.follow.turns[0]?.steps.map(({ at }) => at)).toEqual([6, 6, 6, 6]);
  expect(page.seen).toEqual(['approval', 'question']);
  expect(page.gateway.answers).toEqual([{ session_id: 'c1', choice: 'once' }, { request_id: 'r1', answer: 'this' }]);
  expect(page.open).toEqual([]);
  vi.advanceTimersByTime(SAID);
  expect(page.asks.all).toEqual([]);
});

test('whenever the connection is cut, every step is told once and every card is answered or goes', async () => {
  const { gateway } = await work(null);
  for (let cutAt = 0; cutAt < gateway.frames; cutAt += 1) {
    const page = await work(cutAt);
    expect(page.gateway.wasCut, String(cutAt)).toBe(true);
    expect(page.steps, String(cutAt)).toEqual(DONE);
    expect(page.follow.turns[0]?.others, String(cutAt)).toEqual([{ name: 'moa.reference', count: 1 }]);
    // Which conversation it is depends on whether the first one was heard of.
    const id = page.follow.id;
    expect(page.gateway.answers, String(cutAt)).toEqual([{ session_id: id, choice: 'once' }, { request_id: 'r1', answer: 'this' }]);
    expect(page.open, String(cutAt)).toEqual([]);
  }
});

test('the same with a gateway that starts again: no step runs for ever, and nothing is allowed that is not certain', async () => {
  const { gateway } = await work(null);
  for (let cutAt = 0; cutAt < gateway.frames; cutAt += 1) {
    const page = await work(cutAt, (gateway) => { gateway.epoch = 'e2'; });
    expect(page.follow.turns.map(({ status }) => status), String(cutAt)).toEqual(['complete']);
    expect(page.steps.filter((step) => /running|preparing/.test(step)), String(cutAt)).toEqual([]);
    expect(page.open, String(cutAt)).toEqual([]);
  }
});

/** A page at which an approval waits. */
async function asked(): Promise<Page> {
  const page = new Page(scripted());
  void page.follow.say({ text: PROMPT, images: [] });
  await page.gateway.run();
  expect(page.open).toMatchObject([{ kind: 'approval', text: 'rm -rf old', state: 'waits', about: 'It deletes.' }]);
  return page;
}

test('what is answered elsewhere says so, and goes', async () => {
  const page = await asked();
  const elsewhere = page.gateway.call('approval.respond', { session_id: 'c1', choice: 'once' });
  await page.gateway.run();
  await elsewhere;
  expect(page.asks.all).toMatchObject([{ kind: 'approval', state: 'over', outcome: 'elsewhere' }, { kind: 'question', state: 'waits' }]);
  vi.advanceTimersByTime(SAID);
  expect(page.asks.all.map(({ kind }) => kind)).toEqual(['question']);
});

test('an answer that comes too late says so', async () => {
  const page = await asked();
  const [ask] = page.open;
  if (!ask) throw new Error('nothing waits');
  const one = page.gateway.conversations[0];
  if (one) one.waits = false;
  const answering = page.asks.answer(ask, { kind: 'approval', choice: 'once', reason: '' });
  expect(ask.state).toBe('answering');
  await page.gateway.run();
  await answering;
  expect(ask).toMatchObject({ state: 'over', outcome: 'elsewhere' });
  expect(page.gateway.answers).toEqual([]);
});

test('a break keeps what waits, and nothing is answered over it', async () => {
  const page = await asked();
  const [ask] = page.open;
  if (!ask) throw new Error('nothing waits');
  page.gateway.break();
  expect(ask).toMatchObject({ state: 'waits', isOld: true });
  await expect(page.asks.answer(ask, { kind: 'approval', choice: 'deny', reason: '' })).rejects.toMatchObject({ code: 'connect.unreachable' });
  expect(ask.state).toBe('waits');
  await page.gateway.run();
  expect(page.open).toMatchObject([{ kind: 'approval', isOld: false }]);
});

test('what is not certain any more is denied or nothing', async () => {
  const page = await asked();
  page.gateway.break();
  page.gateway.epoch = 'e2';
  const since = vi.spyOn(page.gateway, 'call');
  // The gateway has forgotten what it told, and with that what it asked.
  const one = page.gateway.conversations[0];
  if (one) one.events = [];
  await page.gateway.run();
  expect(since.mock.calls.map(([method]) => method)).toContain('session.events.since');
  expect(page.open).toMatchObject([{ kind: 'approval', isOld: true }]);
  const [ask] = page.open;
  if (!ask) throw new Error('nothing waits');
  await page.asks.answer(ask, { kind: 'approval', choice: 'once', reason: '' });
  await page.gateway.run();
  expect(page.gateway.answers).toEqual([]);
  void page.asks.answer(ask, { kind: 'approval', choice: 'deny', reason: '' });
  await page.gateway.run();
  expect(page.gateway.answers).toEqual([{ session_id: 'c1', choice: 'deny' }]);
});

test('a page that comes later is told what waits, or that something does', async () => {
  const page = await asked();
  const later = new Page(page.gateway, 'c1');
  await page.gateway.run();
  expect(later.open).toMatchObject([{ kind: 'approval', text: 'rm -rf old', isOld: false, askedAt: null }]);
  const one = page.gateway.conversations[0];
  if (one) one.events = [];
  const latest = new Page(page.gateway, 'c1');
  await page.gateway.run();
  expect(latest.open).toMatchObject([{ kind: 'untold' }]);
});

test('stop ends what is asked, with its turn', async () => {
  const page = await asked();
  void page.follow.stop();
  await page.gateway.run();
  expect(page.asks.all).toMatchObject([{ state: 'over', outcome: 'ended' }]);
  expect(page.steps).toEqual(['shell unknown']);
});

test('what is asked in a conversation that nobody shows waits all the same', async () => {
  const page = await asked();
  page.follow.end();
  page.follow = new Follow(page.gateway, page.outbox, null, page.asks);
  expect(page.asks.count).toBe(1);
  const [ask] = page.open;
  if (!ask) throw new Error('nothing waits');
  void page.asks.answer(ask, { kind: 'approval', choice: 'session', reason: '' });
  await page.gateway.run();
  expect(page.gateway.answers).toEqual([{ session_id: 'c1', choice: 'session' }]);
  expect(page.open).toMatchObject([{ kind: 'question', conversation: 'c1' }]);
});
