import type { ConversationActiveList } from '../protocol/lists';
import type { ConversationChanged, ConversationsAnswer, StoredConversation } from '../protocol/stored';
import { toRefusal } from '../transport/refusals';
import type { GatewayEvent, Refusal, Transport } from '../transport/transport';
import { begun, rowOf, type Row } from './row';
import { each, type Going, type Outcome } from './several';

export type { Row } from './row';

/** How many conversations are asked for at once. */
const PAGE = 50;

/** How often it is asked what runs, while something does and somebody looks, in milliseconds. */
export const LOOK = 10_000;

/** After how long the list is read again that does not have what was told, in milliseconds. */
export const SOON = 1_000;

/** For how long a deleted conversation can be had back, in milliseconds. */
export const UNDO = 10_000;

/** Those that were deleted together, called by the first of them. */
export interface Leaving {
  id: string;
  rows: readonly Row[];
  /** Whether they can be had back still. */
  canReturn: boolean;
}

/** The conversations of a person. */
export class ConversationList {
  rows: Row[] = $state([]);
  /** How many there are, those that are not loaded included. */
  total = $state(0);
  phase: 'loading' | 'there' | 'failed' = $state('loading');
  problem: Refusal | null = $state.raw(null);
  /** Those that are deleted in a moment, the newest last. */
  leaving: readonly Leaving[] = $state.raw([]);
  /** What came of deleting several, where some of them are still there. */
  kept: Outcome<Row> | null = $state.raw(null);
  /** Which one is looked at. */
  current: string | null = $state(null);

  readonly #transport: Transport;
  /** Whether those that were put away are listed, in place of the others. */
  readonly #archived: boolean;
  readonly #end = new AbortController();
  readonly #ends: (() => void)[];
  readonly #timers: Record<string, ReturnType<typeof setTimeout>> = {};
  /** Those that were made here, and that the gateway does not list yet. */
  #made: readonly string[] = [];
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
    document.addEventListener('visibilitychange', () => { if (!document.hidden) void this.#return(); }, { signal });
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
    return this.#loaded < this.total;
  }

  /** Loads the newest. Those that were loaded before stay. */
  async load(): Promise<void> {
    await this.#load(0);
  }

  /** Loads those after the ones that are there. */
  async more(): Promise<void> {
    if (this.hasMore) await this.#load(this.#loaded);
  }

  /** It was made here: it is listed as soon as something is asked in it. */
  made(id: string): void {
    this.#made = [...this.#made, id];
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
    else this.#forget(id);
  }

  /** The same with several. */
  async archiveSeveral(rows: readonly Row[], archived: boolean, going?: Going): Promise<Outcome<Row>> {
    const outcome = await each(rows, ({ id }) => this.#change(id, { archived }), going);
    for (const { id } of outcome.done) this.#forget(id);
    return outcome;
  }

  /**
   * Has it stand above the others, or among them again. Where it stands then the gateway knows: of what is pinned no
   * more, others that are not loaded may come first.
   */
  async pin(id: string, pinned: boolean): Promise<void> {
    await this.#change(id, { pinned });
    await this.load();
  }

  /** Deletes them in ten seconds, unless somebody wants them back. */
  delete(ids: readonly string[]): void {
    const rows = this.rows.filter(({ id }) => ids.includes(id));
    const [first] = rows;
    if (!first) return;
    const { id } = first;
    this.kept = null;
    this.#made = this.#made.filter((made) => !ids.includes(made));
    this.rows = this.rows.filter((row) => !rows.includes(row));
    this.leaving = [...this.leaving, { id, rows, canReturn: true }];
    this.#timers[id] = setTimeout(() => {
      void this.#delete(id);
    }, UNDO);
  }

  /** Has those back that were deleted together. */
  undo(id: string): void {
    if (this.leaving.some((one) => one.id === id && one.canReturn)) this.#back(this.#leave(id));
  }

  async #load(offset: number): Promise<void> {
    const loading = (this.#loading += 1);
    const which = this.#archived ? 'order=recent&archived=only' : 'order=pinned&archived=exclude';
    const path = `/api/sessions?limit=${PAGE}&offset=${offset}&${which}`;
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
    const left = this.#left;
    // One that has no preview is not kept as far as its first prompt.
    const isListed = ({ id, preview }: StoredConversation) => !left.includes(id) && (preview || !this.#isBegun(id));
    const fresh = sessions.filter(isListed).map((stored) => this.#known(rowOf(stored)));
    this.#made = this.#made.filter((made) => !fresh.some(({ id, preview }) => id === made && preview !== ''));
    const ids = Object.fromEntries(fresh.map(({ id }) => [id, true]));
    // A list that is read from its beginning, and is whole, has nothing else.
    const isWhole = offset === 0 && sessions.length >= total;
    // Nor are there others that are pinned: those come first.
    const isOld = (row: Row) => !isWhole && !(offset === 0 && this.#isFirst(row));
    const stays = (row: Row) => !ids[row.id] && (this.#isBegun(row.id) || isOld(row));
    this.rows = this.#ordered([...this.rows.filter(stays), ...fresh]);
    this.total = total;
  }

  /** What only this page knows of it. */
  #known(row: Row): Row {
    const before = this.#row(row.id);
    const hasEnded = before?.isRunning === true && !row.isRunning && row.id !== this.current;
    return { ...row, isWaiting: row.isRunning && before?.isWaiting === true, isNew: hasEnded || (before?.isNew ?? false) };
  }

  /** Somebody looks again, who may have changed something elsewhere. What runs is asked last: it says more than a row. */
  async #return(): Promise<void> {
    await this.load();
    await this.#look();
  }

  /** Asks what runs. */
  async #look(): Promise<void> {
    let active: ConversationActiveList;
    try {
      active = await this.#transport.call('session.active_list', { watch: true });
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
        else this.#asked(event.session_id ?? null, event.payload.text);
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
      case 'sessions.changed':
        // Whoever does not look has the list read again when they do.
        if (!document.hidden) void this.load();
        break;
      default:
    }
  }

  /** In one that is not listed something was asked. */
  #asked(id: string | null, text: string): void {
    if (id !== null && this.#made.includes(id)) this.#begins(begun(id), text);
    void this.#expect(id);
  }

  /** Whether it is shown because something was asked in it here, whatever the gateway lists. */
  #isBegun(id: string): boolean {
    return this.#made.includes(id) && this.#row(id)?.isRunning === true;
  }

  /** One that is not listed: the gateway keeps what it tells a moment later, so the list may not have all of it yet. */
  async #expect(id: string | null): Promise<void> {
    if (this.#archived || id === null || this.#left.includes(id)) return;
    await this.load();
    if (this.#row(id)?.preview && !this.#made.includes(id)) return;
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
    // Whatever the clock here says, it was active last.
    this.rows = [row, ...this.rows.filter((other) => other !== row)].sort((one, other) => this.#pins(one, other));
  }

  async #change(id: string, body: { title?: string; archived?: boolean; pinned?: boolean }): Promise<ConversationChanged> {
    const path = `/api/sessions/${encodeURIComponent(id)}`;
    return await this.#transport.ask<ConversationChanged>({ verb: 'PATCH', path, body });
  }

  async #delete(id: string, atOnce?: number): Promise<void> {
    const leaving = this.leaving.find((one) => one.id === id && one.canReturn);
    if (!leaving) return;
    const { rows } = leaving;
    clearTimeout(this.#timers[id]);
    this.leaving = this.leaving.map((one) => (one === leaving ? { id, rows, canReturn: false } : one));
    const outcome = await each(rows, (row) => this.#remove(row.id), atOnce === undefined ? {} : { atOnce });
    this.#leave(id);
    this.total = Math.max(0, this.total - outcome.done.length);
    if (outcome.not.length === 0) return;
    this.#back(outcome.not);
    if (rows.length === 1) this.problem = outcome.why;
    else this.kept = outcome;
  }

  async #remove(id: string): Promise<void> {
    try {
      await this.#transport.ask({ verb: 'DELETE', path: `/api/sessions/${encodeURIComponent(id)}` });
    } catch (why) {
      // Somebody else was faster; it is gone all the same.
      if (toRefusal(why).status !== 404) throw why;
    }
  }

  /** The page goes away, and with it the moment to have something back, and to wait for one after the other. */
  #deleteNow(): void {
    for (const { id, rows } of this.leaving) void this.#delete(id, rows.length);
  }

  /** These leave no more: they are gone, or stay. */
  #leave(id: string): readonly Row[] {
    clearTimeout(this.#timers[id]);
    const rows = this.leaving.find((one) => one.id === id)?.rows ?? [];
    this.leaving = this.leaving.filter((one) => one.id !== id);
    return rows;
  }

  get #left(): string[] {
    return this.leaving.flatMap(({ rows }) => rows.map(({ id }) => id));
  }

  /** How many of the gateway's list are here. */
  get #loaded(): number {
    return this.rows.filter(({ id }) => !this.#isBegun(id)).length + this.#left.length;
  }

  #back(rows: readonly Row[]): void {
    this.rows = this.#ordered([...this.rows, ...rows]);
  }

  #ordered(rows: Row[]): Row[] {
    return rows.sort((one, other) => this.#pins(one, other) || other.lastActive - one.lastActive);
  }

  /** Of what was put away nothing stands above the rest. */
  #isFirst(row: Row): boolean {
    return row.isPinned && !this.#archived;
  }

  #pins(one: Row, other: Row): number {
    return Number(this.#isFirst(other)) - Number(this.#isFirst(one));
  }

  #forget(id: string): void {
    this.rows = this.rows.filter((row) => row.id !== id);
    this.total = Math.max(0, this.total - 1);
  }

  #row(id: string | null): Row | undefined {
    return this.rows.find((row) => row.id === id);
  }
}
