import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ConversationStatus } from '../protocol/lists';
import { FakeTransport } from '../transport/fake';
import { Refusal, type Asked } from '../transport/transport';
import { ConversationList, LOOK, SOON, UNDO } from './list.svelte';

/** A gateway with these conversations, the newest last. */
class Stored {
  transport = new FakeTransport();
  ids: string[];
  running: string[] = [];
  /** Those that an agent waits in, as upstream's gateways say. */
  waiting: string[] = [];
  pinned: string[] = [];
  asked: string[] = [];
  refuses: Refusal | null = null;
  /** The one whose first prompt is not kept yet. */
  bare: string | null = null;
  list: ConversationList;

  constructor(count: number) {
    this.ids = Array.from({ length: count }, (_, at) => `c${at}`);
    this.transport.route((asked) => this.#answer(asked));
    this.transport.on('session.active_list', () => ({
      sessions: this.ids.map((id) => {
        const waits = this.waiting.includes(id) ? ('waiting' as ConversationStatus) : null;
        const status: ConversationStatus = waits ?? (this.running.includes(id) ? 'working' : 'idle');
        const nothing = { title: '', preview: '', model: '', message_count: 0, started_at: 0, last_active: 0 };
        return { id, session_key: id, current: false, status, ...nothing };
      }),
    }));
    this.list = new ConversationList(this.transport);
  }

  #answer({ verb, path, body }: Asked): unknown {
    this.asked.push(`${verb} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`);
    if (this.refuses) throw this.refuses;
    const url = new URL(path, 'http://x');
    const [, , , id] = url.pathname.split('/');
    if (verb === 'DELETE') this.ids = this.ids.filter((other) => other !== id);
    if (verb !== 'GET') return this.#changed(id ?? '', body as { pinned?: boolean } | undefined);
    const offset = Number(url.searchParams.get('offset'));
    const first = (one: string) => url.searchParams.get('order') === 'pinned' && this.pinned.includes(one);
    const ordered = this.ids.toReversed().sort((one, other) => Number(first(other)) - Number(first(one)));
    const rows = ordered.slice(offset, offset + Number(url.searchParams.get('limit')));
    return { sessions: rows.map((one) => this.#row(one)), total: this.ids.length, limit: 50, offset };
  }

  #changed(id: string, body: { pinned?: boolean } | undefined) {
    if (body?.pinned !== undefined) {
      this.pinned = this.pinned.filter((other) => other !== id);
      if (body.pinned) this.pinned.push(id);
    }
    return { ok: true, ...body };
  }

  #row(id: string) {
    const nothing = { title: null, preview: id === this.bare ? null : `about ${id}`, model: 'm', message_count: 2, archived: false };
    return { id, ...nothing, last_active: Number(id.slice(1)), is_active: this.running.includes(id), pinned: this.pinned.includes(id) };
  }

  get shown(): string[] {
    return this.list.rows.map(({ id }) => id);
  }
}

let stored: Stored;

async function begin(count = 3): Promise<Stored> {
  stored = new Stored(count);
  await settle();
  return stored;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});

afterEach(() => {
  stored.list.end();
  vi.useRealTimers();
});

test('the newest come first, and the others when they are wanted', async () => {
  await begin(120);
  expect(stored.list.phase).toBe('there');
  expect(stored.list.rows).toHaveLength(50);
  expect(stored.shown[0]).toBe('c119');
  expect(stored.list.rows[0]).toMatchObject({ title: '', preview: 'about c119', isRunning: false, isNew: false });
  await stored.list.more();
  await stored.list.more();
  expect(stored.list.hasMore).toBe(false);
  expect(stored.shown).toEqual(stored.ids.toReversed());
  await stored.list.more();
  expect(stored.asked).toHaveLength(3);
});

test('why there is no list is told, and what was there stays', async () => {
  await begin();
  stored.refuses = new Refusal('No.', null, null, 503, true);
  await stored.list.load();
  expect([stored.list.phase, stored.list.problem?.message]).toEqual(['there', 'No.']);
  const failing = new ConversationList(stored.transport);
  await settle();
  expect(failing.phase).toBe('failed');
  failing.end();
});

test('what runs is shown, and what has ended elsewhere is new until it is looked at', async () => {
  await begin();
  stored.list.show('c2');
  stored.running = ['c0', 'c2'];
  stored.transport.connect();
  await settle();
  expect(stored.list.rows.filter((row) => row.isRunning).map(({ id }) => id)).toEqual(['c2', 'c0']);
  stored.running = [];
  await vi.advanceTimersByTimeAsync(LOOK);
  expect(stored.list.rows.map(({ isRunning, isNew }) => [isRunning, isNew])).toEqual([[false, false], [false, false], [false, true]]);
  stored.list.show('c0');
  expect(stored.list.rows.some((row) => row.isNew)).toBe(false);
  const calls = vi.spyOn(stored.transport, 'call');
  await vi.advanceTimersByTimeAsync(LOOK * 3);
  expect(calls).not.toHaveBeenCalled();
});

test('events of a conversation move it to the beginning, and a new one is loaded', async () => {
  await begin();
  stored.transport.tell({ type: 'message.start', session_id: 'c0', payload: { text: '', prompt_ids: [], images: [] } });
  expect(stored.shown).toEqual(['c0', 'c2', 'c1']);
  expect(stored.list.rows[0]?.isRunning).toBe(true);
  stored.transport.tell({ type: 'session.title', session_id: 'c0', payload: { session_id: 'c0', title: 'Lamps' } });
  expect(stored.list.rows[0]?.title).toBe('Lamps');
  stored.ids.push('c9');
  stored.transport.tell({ type: 'message.start', session_id: 'c9', payload: { text: '', prompt_ids: [], images: [] } });
  await settle();
  expect(stored.shown).toContain('c9');
});

test('a conversation that is told of before the list has it is there a moment later', async () => {
  await begin();
  stored.transport.tell({ type: 'message.start', session_id: 'c9', payload: { text: '', prompt_ids: [], images: [] } });
  await settle();
  expect(stored.shown).not.toContain('c9');
  stored.ids.push('c9');
  await vi.advanceTimersByTimeAsync(SOON);
  expect(stored.shown).toContain('c9');
});

test('a conversation that is listed before its first prompt is called by that a moment later', async () => {
  await begin();
  stored.ids.push('c9');
  stored.bare = 'c9';
  stored.transport.tell({ type: 'message.start', session_id: 'c9', payload: { text: 'Lamps?', prompt_ids: [], images: [] } });
  await settle();
  expect(stored.list.rows[0]).toMatchObject({ id: 'c9', preview: '' });
  stored.bare = null;
  await vi.advanceTimersByTimeAsync(SOON);
  expect(stored.list.rows[0]).toMatchObject({ id: 'c9', preview: 'about c9' });
});

test('a conversation that was made here is listed as soon as something is asked in it', async () => {
  await begin(0);
  const { list, transport } = stored;
  const start = (id: string) => {
    transport.tell({ type: 'message.start', session_id: id, payload: { text: 'Lamps?', prompt_ids: [], images: [] } });
  };
  list.made('c9');
  expect(stored.shown).toEqual([]);
  start('c9');
  expect(list.rows[0]).toMatchObject({ id: 'c9', preview: 'Lamps?', isRunning: true, messages: 1 });
  expect([list.phase, list.hasMore]).toEqual(['there', false]);
  await settle();
  expect(stored.shown, 'the gateway does not list it yet').toEqual(['c9']);
  stored.ids.push('c9');
  stored.running = ['c9'];
  stored.bare = 'c9';
  await list.load();
  expect(list.rows, 'nor its first prompt').toMatchObject([{ id: 'c9', preview: 'Lamps?', isRunning: true }]);
  stored.bare = null;
  await vi.advanceTimersByTimeAsync(SOON);
  expect(list.rows).toMatchObject([{ id: 'c9', preview: 'about c9', isRunning: true }]);
  // What the gateway has listed goes with it; of what was made elsewhere, nobody knows where it stands.
  stored.ids = [];
  await list.load();
  start('c7');
  expect(stored.shown).toEqual([]);
});

test('what is not listed after its first turn is gone', async () => {
  await begin(0);
  stored.list.made('c9');
  stored.transport.tell({ type: 'message.start', session_id: 'c9', payload: { text: 'Lamps?', prompt_ids: [], images: [] } });
  stored.transport.tell({ type: 'message.complete', session_id: 'c9', payload: { text: '', status: 'complete', usage: {} as never } });
  await settle();
  expect(stored.shown).toEqual([]);
});

test('a name is told when it counts', async () => {
  await begin();
  stored.refuses = new Refusal('No.', null, null, 422, false);
  await expect(stored.list.rename('c1', 'x')).rejects.toThrow('No.');
  expect(stored.list.rows[1]?.title).toBe('');
  stored.refuses = null;
  await stored.list.rename('c1', 'Lamps');
  expect(stored.list.rows[1]?.title).toBe('Lamps');
  expect(stored.asked.at(-1)).toBe('PATCH /api/sessions/c1 {"title":"Lamps"}');
});

test('what is put away is not in the list, and another list has it', async () => {
  await begin();
  await stored.list.archive('c1', true);
  expect(stored.shown).toEqual(['c2', 'c0']);
  expect(stored.asked.at(-1)).toBe('PATCH /api/sessions/c1 {"archived":true}');
  const away = new ConversationList(stored.transport, { archived: true });
  await settle();
  expect(stored.asked.at(-1)).toContain('archived=only');
  away.end();
});

test('what is pinned stands first, however old it is, and stays there while others are active', async () => {
  await begin(120);
  await stored.list.pin('c3', true);
  expect(stored.asked.at(-2)).toBe('PATCH /api/sessions/c3 {"pinned":true}');
  expect(stored.shown.slice(0, 2)).toEqual(['c3', 'c119']);
  stored.transport.tell({ type: 'message.start', session_id: 'c118', payload: { text: '', prompt_ids: [], images: [] } });
  expect(stored.shown.slice(0, 3)).toEqual(['c3', 'c118', 'c119']);
  await stored.list.more();
  await stored.list.more();
  expect(stored.list.hasMore).toBe(false);
  expect(new Set(stored.shown).size).toBe(120);
});

test('what is pinned no more is where the gateway has it, and nothing is missing between', async () => {
  await begin(120);
  await stored.list.pin('c3', true);
  await stored.list.pin('c3', false);
  expect(stored.shown).not.toContain('c3');
  await stored.list.more();
  await stored.list.more();
  expect(stored.shown).toEqual(stored.ids.toReversed());
});

test('what was changed elsewhere is seen by whoever comes back', async () => {
  await begin();
  stored.transport.connect();
  await settle();
  stored.pinned = ['c0'];
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  expect(stored.shown).toEqual(['c0', 'c2', 'c1']);
});

test('what begins elsewhere is there as soon as the gateway tells, unless nobody looks', async () => {
  const { list, transport } = await begin();
  stored.ids.push('c9');
  transport.tell({ type: 'sessions.changed', payload: {} });
  await settle();
  expect(stored.shown[0]).toBe('c9');
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  const asked = stored.asked.length;
  transport.tell({ type: 'sessions.changed', payload: {} });
  await settle();
  expect(stored.asked.length).toBe(asked);
  list.end();
});

test('a pin that is refused changes nothing', async () => {
  await begin();
  stored.refuses = new Refusal('No.', null, null, 503, true);
  await expect(stored.list.pin('c0', true)).rejects.toThrow('No.');
  expect(stored.shown).toEqual(['c2', 'c1', 'c0']);
});

test('what is deleted can be had back for ten seconds', async () => {
  await begin();
  const deleted = () => stored.asked.filter((line) => line.startsWith('DELETE'));
  stored.list.delete(['c1']);
  stored.list.delete(['c0']);
  expect(stored.shown).toEqual(['c2']);
  expect(stored.list.leaving.map(({ id }) => id)).toEqual(['c1', 'c0']);
  await stored.list.load();
  expect(stored.shown).toEqual(['c2']);
  await vi.advanceTimersByTimeAsync(UNDO - 1);
  expect(deleted()).toEqual([]);
  stored.list.undo('c1');
  await vi.advanceTimersByTimeAsync(1);
  expect(deleted()).toEqual(['DELETE /api/sessions/c0']);
  expect(stored.shown).toEqual(['c2', 'c1']);
  expect([stored.list.leaving, stored.list.total]).toEqual([[], 2]);
});

test('a page that goes away deletes at once', async () => {
  await begin();
  stored.list.delete(['c1']);
  dispatchEvent(new PageTransitionEvent('pagehide'));
  expect(stored.asked.at(-1)).toBe('DELETE /api/sessions/c1');
  await vi.advanceTimersByTimeAsync(UNDO * 2);
  expect(stored.asked.filter((line) => line.startsWith('DELETE'))).toHaveLength(1);
});

test('what could not be deleted is there again, and what others have deleted is gone', async () => {
  await begin();
  stored.refuses = new Refusal('No.', null, null, 503, true);
  stored.list.delete(['c1']);
  await vi.advanceTimersByTimeAsync(UNDO);
  expect(stored.shown).toEqual(['c2', 'c1', 'c0']);
  expect(stored.list.problem?.message).toBe('No.');
  stored.refuses = new Refusal('Gone.', null, null, 404, false);
  stored.list.delete(['c1']);
  await vi.advanceTimersByTimeAsync(UNDO);
  expect(stored.shown).toEqual(['c2', 'c0']);
});

test('one whose agent waits runs, and says so until it does not', async () => {
  const { list } = await begin();
  const brief = () => list.rows.filter(({ isRunning }) => isRunning).map(({ id, isWaiting }) => `${id} ${isWaiting}`);
  stored.waiting = ['c1'];
  stored.running = ['c1', 'c2'];
  stored.transport.connect();
  await settle();
  expect(brief()).toEqual(['c2 false', 'c1 true']);
  stored.transport.tell({ type: 'message.complete', session_id: 'c1', payload: { text: '', status: 'complete', usage: {} as never } });
  expect(list.rows.find(({ id }) => id === 'c1')).toMatchObject({ isRunning: false, isWaiting: false });
});
