import type { ConversationActiveList } from '../protocol/lists';
import type { ConversationChanged, ConversationsAnswer, StoredConversation } from '../protocol/stored';
import { toRefusal } from '../transport/refusals';
import type { GatewayEvent, Refusal, Transport } from '../transport/transport';

/** How many conversations are asked for at once. */
const PAGE = 50;

/** How often it is asked what runs, while something does and somebody looks, in milliseconds. */
export const LOOK = 10_000;

/** After how long the list is read again that does not have what was told, in milliseconds. */
export const SOON = 1_000;

/** For how long a deleted conversation can be had back, in milliseconds. */
export const UNDO = 10_000;

/** A conversation in the list. */
export interface Row {
  id: string;
  /** Empty if it is called nothing. */
  title: string;
  /** How it begins. */
  preview: string;
  model: string | null;
  messages: number;
  /** When something last happened, in Unix seconds. */
  lastActive: number;
  isRunning: boolean;
  /** Whether its agent waits for somebody, as far as the gateway says so. */
  isWaiting: boolean;
  /** Whether something has ended in it that nobody has looked at. */
  isNew: boolean;
}

/** The conversations of a person. */
export class ConversationList {
  rows: Row[] = $state([]);
  /** How many there are, those that are not loaded included. */
  total = $state(0);
  phase: 'loading' | 'there' | 'failed' = $state('loading');
  problem: Refusal | null = $state.raw(null);
  /** Those that are deleted in a moment, the newest last. */
  leaving: readonly Row[] = $state.raw([]);
  /** Which one is looked at. */
  current: string | null = $state(null);

  readonly #transport: Transport;
  /** Whether those that were put away are listed, in place of the others. */
  readonly #archived: boolean;
  readonly #end = new AbortController();
  readonly #ends: (() => void)[];
  readonly #timers: Record<string, ReturnType<typeof setTimeout>> = {};
  #loading = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: Transport, { archived = false } = {}) {
    this.#transport = transport;
    this.#archived = archived;
    const look = setInterval(() => {
      if (!document.hidden && this.rows.some((row) => row.isRunning)) void this.#look();
    }, LOOK);
    const { signal } = this.#end;
    addEventListener('pagehide', () => { this.#deleteNow(); }, { signal });
    document.addEventListener('visibilitychange', () => { if (!document.hidden) void this.#look(); }, { signal });
    this.#ends = [
      transport.listen((event) => {
        this.#event(event);
      }),
      () => {
        clearInterval(look);
      },
    ];
    void this.load();
  }

  end(): void {
    this.#deleteNow();
    clearTimeout(this.#soon);
    this.#end.abort();
    for (const end of this.#ends) end();
  }

  get hasMore(): boolean {
    return this.rows.length + this.leaving.length < this.total;
  }

  /** Loads the newest. Those that were loaded before stay. */
  async load(): Promise<void> {
    await this.#load(0);
  }

  /** Loads those after the ones that are there. */
  async more(): Promise<void> {
    if (this.hasMore) await this.#load(this.rows.length + this.leaving.length);
  }

  /** Looks at this one: what has ended in it is not new any more. */
  show(id: string | null): void {
    this.current = id;
    const row = this.#row(id);
    if (row) row.isNew = false;
  }

  /** Calls it something else. */
  async rename(id: string, title: string): Promise<void> {
    const changed = await this.#change(id, { title });
    const row = this.#row(id);
    if (row) row.title = changed.title ?? title;
  }

  /** Puts it away, or has it back. */
  async archive(id: string, archived: boolean): Promise<void> {
    await this.#change(id, { archived });
    if (archived === this.#archived) await this.load();
    else this.#remove(id);
  }

  /** Deletes it in ten seconds, unless somebody wants it back. */
  delete(id: string): void {
    const row = this.#row(id);
    if (!row) return;
    this.rows = this.rows.filter((other) => other !== row);
    this.leaving = [...this.leaving, row];
    this.#timers[id] = setTimeout(() => {
      void this.#delete(id);
    }, UNDO);
  }

  /** Has it back. */
  undo(id: string): void {
    const row = this.leaving.find((row) => row.id === id);
    clearTimeout(this.#timers[id]);
    if (row) this.#back(row);
  }

  async #load(offset: number): Promise<void> {
    const loading = (this.#loading += 1);
    const archived = this.#archived ? 'only' : 'exclude';
    const path = `/api/sessions?limit=${PAGE}&offset=${offset}&order=recent&archived=${archived}`;
    try {
      const answer = await this.#transport.ask<ConversationsAnswer>({ verb: 'GET', path });
      if (loading !== this.#loading) return;
      this.#take(answer, offset);
      this.phase = 'there';
      this.problem = null;
    } catch (why) {
      if (loading !== this.#loading) return;
      this.problem = toRefusal(why);
      // What is there is still true, or nearly.
      if (this.rows.length === 0) this.phase = 'failed';
    }
  }

  #take({ sessions, total }: ConversationsAnswer, offset: number): void {
    const left = this.leaving.map(({ id }) => id);
    const fresh = sessions.filter(({ id }) => !left.includes(id)).map((stored) => this.#known(rowOf(stored)));
    const ids = Object.fromEntries(fresh.map(({ id }) => [id, true]));
    // A list that is read from its beginning, and is whole, has nothing else.
    const isWhole = offset === 0 && sessions.length >= total;
    const others = isWhole ? [] : this.rows.filter(({ id }) => !ids[id]);
    this.rows = [...others, ...fresh].sort((one, other) => other.lastActive - one.lastActive);
    this.total = total;
  }

  /** What only this page knows of it. */
  #known(row: Row): Row {
    const before = this.#row(row.id);
    const hasEnded = before?.isRunning === true && !row.isRunning && row.id !== this.current;
    return { ...row, isWaiting: row.isRunning && before?.isWaiting === true, isNew: hasEnded || (before?.isNew ?? false) };
  }

  async #look(): Promise<void> {
    let active: ConversationActiveList;
    try {
      active = await this.#transport.call('session.active_list', {});
    } catch {
      // It is asked again; how the connection stands is told elsewhere.
      return;
    }
    // Upstream's gateways say more than ours, such as that an agent waits; all of it but idle is work.
    const status = Object.fromEntries(active.sessions.map(({ id, status }) => [id, status as string]));
    const working = Object.keys(status).filter((id) => status[id] !== 'idle');
    for (const row of this.rows) {
      this.#runs(row, working.includes(row.id));
      row.isWaiting = status[row.id] === 'waiting';
    }
    if (!this.#archived && working.some((id) => !this.#row(id))) await this.load();
  }

  #runs(row: Row, isRunning: boolean): void {
    if (row.isRunning && !isRunning && row.id !== this.current) row.isNew = true;
    row.isRunning = isRunning;
    row.isWaiting &&= isRunning;
  }

  #event(event: GatewayEvent): void {
    if (event.type === 'gateway.ready') {
      void this.#look();
      if (this.phase !== 'loading') void this.load();
      return;
    }
    const row = this.#row(event.session_id ?? null);
    switch (event.type) {
      case 'message.start':
        if (row) this.#begins(row, event.payload.text);
        else void this.#expect(event.session_id ?? null);
        break;
      case 'message.complete':
        if (row) this.#runs(row, false);
        else void this.#expect(event.session_id ?? null);
        break;
      case 'tool.complete':
      case 'message.delta':
        // It goes on, so it has what it waited for.
        if (row) row.isWaiting = false;
        break;
      case 'session.title':
        if (row) row.title = event.payload.title;
        break;
      default:
    }
  }

  /** One that is not listed: the gateway keeps what it tells a moment later, so the list may not have all of it yet. */
  async #expect(id: string | null): Promise<void> {
    if (this.#archived || id === null || this.leaving.some((row) => row.id === id)) return;
    await this.load();
    if (this.#row(id)?.preview) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      void this.load();
    }, SOON);
  }

  #begins(row: Row, text: string): void {
    row.preview ||= text;
    row.isRunning = true;
    row.messages += 1;
    row.lastActive = Math.max(row.lastActive, Date.now() / 1000);
    if (this.rows[0] !== row) this.rows = [row, ...this.rows.filter((other) => other !== row)];
  }

  async #change(id: string, body: { title?: string; archived?: boolean }): Promise<ConversationChanged> {
    const path = `/api/sessions/${encodeURIComponent(id)}`;
    return await this.#transport.ask<ConversationChanged>({ verb: 'PATCH', path, body });
  }

  async #delete(id: string): Promise<void> {
    clearTimeout(this.#timers[id]);
    const row = this.leaving.find((row) => row.id === id);
    if (!row) return;
    try {
      await this.#transport.ask({ verb: 'DELETE', path: `/api/sessions/${encodeURIComponent(id)}` });
    } catch (thrown) {
      const why = toRefusal(thrown);
      // Somebody else was faster; it is gone all the same.
      if (why.status !== 404) {
        this.problem = why;
        this.#back(row);
        return;
      }
    }
    this.leaving = this.leaving.filter((other) => other !== row);
    this.total = Math.max(0, this.total - 1);
  }

  /** The page goes away, and with it the moment to have something back. */
  #deleteNow(): void {
    for (const { id } of this.leaving) void this.#delete(id);
  }

  #back(row: Row): void {
    this.leaving = this.leaving.filter((other) => other !== row);
    this.rows = [...this.rows, row].sort((one, other) => other.lastActive - one.lastActive);
  }

  #remove(id: string): void {
    this.rows = this.rows.filter((row) => row.id !== id);
    this.total = Math.max(0, this.total - 1);
  }

  #row(id: string | null): Row | undefined {
    return this.rows.find((row) => row.id === id);
  }
}

function rowOf(stored: StoredConversation): Row {
  return {
    id: stored.id,
    title: stored.title ?? '',
    preview: stored.preview ?? '',
    model: stored.model,
    messages: stored.message_count,
    lastActive: stored.last_active,
    isRunning: stored.is_active,
    isWaiting: false,
    isNew: false,
  };
}
