import { ERRORS } from '../protocol/constants';
import type { ConversationCreateParams, ConversationCreated, ConversationResumed, WaitingPrompt } from '../protocol/conversations';
import { eventOf } from '../transport/calls';
import { isOffline, offline, toRefusal } from '../transport/refusals';
import { Refusal, type GatewayEvent, type Transport } from '../transport/transport';
import { words } from '../words/words';
import type { Answer, Ask } from './ask';
import { Asks } from './asks.svelte';
import { Caught, latest } from './caught';
import { randomName } from './names';
import type { Follower, Outbox } from './outbox';
import { Transcript, waitingOf } from './transcript.svelte';
import type { Conversation, Prompt, Turn } from './types';

/** The most events that wait for a conversation to be there. */
const HELD = 10_000;

/** After how long a conversation that could not be opened is asked for again, in milliseconds. */
const PATIENCE = 30_000;

/** How far the socket is with the conversation. */
type Stage =
  /** The socket does not see it. */
  | 'away'
  /** It is being resumed. */
  | 'opening'
  /** What was missed is being asked for. */
  | 'behind'
  /** What happens is told as it comes. */
  | 'there';

/** A conversation that is followed, over a connection that comes and goes. */
export class Follow implements Conversation, Follower {
  id: string | null = $state(null);
  phase: Conversation['phase'] = $state('opening');
  /** How a new conversation is to be set. */
  wanted: ConversationCreateParams = $state.raw({});
  readonly home: string;

  readonly #transcript = new Transcript();
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #asks: Asks;
  readonly #ends: (() => void)[] = [];
  #stage: Stage = 'away';
  /** The epoch of the socket; null while there is none. */
  #epoch: string | null = null;
  #caught: Caught | null = null;
  #held: GatewayEvent[] = [];
  /** Which attempt at being there is under way. */
  #attempt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** Whether nothing has been said in it, so that nobody keeps it but the gateway that made it. */
  #isFresh = false;

  /** Follows the conversation with this id; or one that is made when something is asked in it. */
  constructor(transport: Transport, outbox: Outbox, id: string | null, asks = new Asks(transport)) {
    this.#transport = transport;
    this.#outbox = outbox;
    this.#asks = asks;
    this.id = id;
    this.home = (id === null ? outbox.homeless() : null) ?? randomName();
    if (id === null) this.phase = 'open';
    this.#ends.push(
      outbox.join(this),
      asks.join(this),
      transport.watch(({ name }) => {
        if (name !== 'live') this.#lost();
      }),
      transport.listen((event) => {
        this.#event(event);
      }),
    );
    this.waits();
  }

  get title(): string {
    return this.#transcript.title;
  }

  get turns() {
    return this.#transcript.turns;
  }

  get info() {
    return this.#transcript.info;
  }

  get notes() {
    return this.#transcript.notes;
  }

  get asks() {
    return this.id === null ? [] : this.#asks.of(this.id);
  }

  get isThere(): boolean {
    return this.#stage === 'there' || (this.id === null && this.#epoch !== null);
  }

  get isRunning(): boolean {
    return this.#transcript.running !== null;
  }

  say(prompt: Prompt): Promise<void> {
    if (this.phase === 'missing') {
      return Promise.reject(new Refusal(words.connection.outbox.gone, 'conversations.unknown', null, 0, false));
    }
    const seen = prompt.replacing === undefined ? {} : { of: this.#transcript.asked };
    return this.#outbox.add(this, { ...prompt, ...seen });
  }

  async withdraw({ waitsAs, prompt, images, key }: Turn, isKept: boolean): Promise<boolean> {
    if (waitsAs === null || !(await this.#outbox.withdraw(this.id, waitsAs, { text: prompt, images: [...images] }, isKept))) return false;
    this.#transcript.withdrawn(key);
    return true;
  }

  async sendNow({ waitsAs, prompt, images }: Turn): Promise<void> {
    const { id } = this;
    if (this.#epoch === null) throw offline();
    if (id === null || waitsAs === null) return;
    // It is the same prompt, which the gateway knows, and is asked once.
    await this.#transport.call('prompt.submit', { session_id: id, text: prompt, images: [...images], prompt_id: waitsAs, busy: 'interrupt' });
  }

  async stop(): Promise<void> {
    const { id } = this;
    if (this.#epoch === null) throw offline();
    if (id === null) return;
    await this.#transport.call('session.interrupt', { session_id: id });
    this.#outbox.stopped(id);
  }

  answer(ask: Ask, answer: Answer): Promise<void> {
    return this.#asks.answer(ask, answer);
  }

  dismiss(ask: Ask): void {
    this.#asks.dismiss(ask);
  }

  async showVersion(ordinal: number, version: number): Promise<void> {
    const { id } = this;
    if (this.#epoch === null || id === null) throw offline();
    // What is shown then is told to everybody who looks, this page included.
    const of = this.#transcript.asked;
    await this.#transport.call('session.show_version', { session_id: id, user_ordinal: ordinal, version, of });
  }

  /** The id of the conversation, which is made if there is none yet: pictures need one before a prompt does. */
  make(): Promise<string> {
    return this.#outbox.make(this);
  }

  /** Follows it no more. What waits is asked all the same. */
  end(): void {
    for (const end of this.#ends) end();
    this.#attempt += 1;
    clearTimeout(this.#again);
    const { id } = this;
    // As long as something runs or waits in it, lists and what waits are told of it.
    const isBusy = this.isRunning || this.#outbox.waiting(this).length > 0;
    if (id === null || this.#epoch === null || isBusy) return;
    // It goes on there; whether it was still seen here matters to nobody.
    this.#transport.call('session.close', { session_id: id }).catch(() => undefined);
  }

  made(created: ConversationCreated): void {
    this.id = created.session_id;
    this.#isFresh = true;
    this.#caught = this.#epoch === null ? null : new Caught(this.#epoch, null);
    this.#transcript.know(created.info);
    this.#stage = this.#epoch === null ? 'away' : 'there';
  }

  waits(): void {
    this.#transcript.settle(this.#outbox.waiting(this), this.#epoch !== null);
  }

  #event(event: GatewayEvent): void {
    if (event.type === 'gateway.ready') {
      this.#epoch = event.payload.replay_epoch;
      this.#resume();
      this.#outbox.send();
      return;
    }
    if (this.id === null || event.session_id !== this.id) return;
    if (this.#stage === 'there') this.#tell(event);
    else if (this.#stage !== 'away') this.#hold(event);
  }

  #lost(): void {
    this.#epoch = null;
    this.#stage = 'away';
    this.#held = [];
    this.#attempt += 1;
    clearTimeout(this.#again);
    this.waits();
  }

  /** Events come faster than the conversation: it is asked for from the beginning. */
  #hold(event: GatewayEvent): void {
    this.#held.push(event);
    if (this.#held.length > HELD) this.#resume();
  }

  #resume(): void {
    const { id } = this;
    if (id === null) {
      this.waits();
      return;
    }
    clearTimeout(this.#again);
    const attempt = (this.#attempt += 1);
    this.#stage = 'opening';
    this.#held = [];
    this.#transport.call('session.resume', { session_id: id }).then(
      (now) => {
        if (attempt === this.#attempt) this.#resumed(now);
      },
      (why: unknown) => {
        if (attempt === this.#attempt) this.#notResumed(id, toRefusal(why));
      },
    );
  }

  #resumed(now: ConversationResumed): void {
    // What was told of what waits before it was asked for is older than the answer.
    this.#held = this.#held.filter(({ type }) => type !== 'prompt.waiting');
    const { seq } = this.#caught ?? { seq: null };
    const isSame = this.#caught?.epoch === this.#epoch && seq !== null && this.phase === 'open';
    if (isSame && seq === now.seq) this.#there(now, true);
    else if (isSame && seq < now.seq) this.#catchUp(now);
    else if (waits(now)) void this.#recall(now);
    else this.#show(now);
  }

  /** Something waits for somebody: what happened last says what, if the gateway still has it. */
  async #recall(now: ConversationResumed): Promise<void> {
    this.#stage = 'behind';
    const attempt = (this.#attempt += 1);
    const last = await latest(this.#transport, now.session_id, this.#epoch, now.seq);
    if (attempt === this.#attempt) this.#show(now, last);
  }

  #notResumed(id: string, why: Refusal): void {
    const gone: number[] = [ERRORS.CONVERSATION_NOT_FOUND, ERRORS.STORED_CONVERSATION_NOT_FOUND];
    this.#stage = 'away';
    if (gone.includes(why.status)) {
      if (this.#isFresh) {
        // Nobody has kept it, since nothing was said in it: another one is as good.
        this.id = null;
        this.#outbox.orphaned(id, this.home);
      } else {
        this.phase = 'missing';
        this.#outbox.left(id);
        this.#asks.resumed(id, { isRunning: false, waits: false }, []);
      }
    } else if (this.#epoch !== null) {
      if (!isOffline(why) && this.phase !== 'open') this.#transcript.take(note(why.message));
      this.#again = setTimeout(() => {
        this.#resume();
      }, PATIENCE);
    }
  }

  /** The conversation as a whole, since what was missed cannot be told. */
  #show(now: ConversationResumed, last: readonly GatewayEvent[] = []): void {
    if (this.#epoch === null) return;
    this.#caught = new Caught(this.#epoch, now.seq);
    this.phase = 'open';
    this.#isFresh &&= now.messages.length === 0 && now.inflight === null;
    this.#transcript.show(now, this.#outbox.waiting(this), true);
    this.#asks.resumed(now.session_id, { isRunning: now.running, waits: waits(now) }, last);
    this.#there(now, false);
  }

  /** From here on, what happens is told as it comes. */
  #there(now: ConversationResumed, isSame: boolean): void {
    this.#stage = 'there';
    this.#transcript.know(now.info);
    if (isSame && Number.isInteger(now.seq)) this.#asks.caughtUp(now.session_id);
    this.#outbox.back(now.session_id, isSame, now.running, now.queued);
    // What happened after the answer has changed what waits, and that is told.
    if (!isSame || this.#caught?.seq === now.seq) this.#listed(waitingOf(now, this.#outbox.waiting(this)));
    this.#tellHeld();
    this.waits();
    this.#outbox.send();
  }

  /** Asks for what came after what was told last: up to where the conversation was resumed, or to its end. */
  #catchUp(now: ConversationResumed | null): void {
    this.#stage = 'behind';
    const attempt = (this.#attempt += 1);
    const giveUp = () => {
      if (attempt !== this.#attempt) return;
      if (now) this.#show(now);
      else this.#resume();
    };
    const ask = (): void => {
      const { id } = this;
      const last = this.#caught?.seq ?? null;
      if (id === null || last === null) return;
      this.#transport.call('session.events.since', { session_id: id, last_seen: last }).then((since) => {
        if (attempt !== this.#attempt || !this.#caught) return;
        const missed = since.events.map(eventOf);
        const fresh = missed.includes(null) ? null : this.#caught.follows(since.epoch, missed.filter((one) => one !== null));
        if (!fresh) {
          this.#caught.hasHoles();
          giveUp();
          return;
        }
        const shown = fresh.find((event) => event.type === 'history.shown');
        if (shown) {
          this.#transcript.take(shown);
          giveUp();
          return;
        }
        for (const event of fresh) this.#tellNow(event, false);
        const isBehind = since.truncated || (now !== null && (this.#caught.seq ?? 0) < now.seq);
        if (isBehind && fresh.length > 0) ask();
        else if (isBehind) giveUp();
        else if (now) this.#there(now, true);
        else this.#filled();
      }, giveUp);
    };
    ask();
  }

  /** A hole on a socket that sees the conversation was asked about. What is still missing is not to be had. */
  #filled(): void {
    this.#stage = 'there';
    const next = this.#held.find((event) => !this.#caught?.isKnown(event));
    if (next && this.#caught?.misses(next)) this.#caught.hasHoles();
    this.#tellHeld();
    this.#outbox.send();
  }

  #tellHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#event(event);
  }

  /** Tells an event in its turn: one that is known is passed over, one that comes too early waits for those before. */
  #tell(event: GatewayEvent): void {
    if (this.#caught?.isKnown(event)) return;
    if (this.#caught?.misses(event)) {
      this.#held.push(event);
      this.#catchUp(null);
      return;
    }
    this.#tellNow(event);
  }

  #tellNow(event: GatewayEvent, isNow = true): void {
    this.#caught?.told(event);
    this.#transcript.take(event);
    const { id } = this;
    if (id === null) return;
    this.#asks.take(id, event, isNow);
    if (event.type === 'history.shown') {
      // What is shown now nobody has told.
      this.#caught = null;
      this.#resume();
      return;
    }
    if (event.type === 'prompt.waiting') this.#listed(event.payload.prompts);
    if (event.type === 'prompt.withdrawn') this.#outbox.withdrawn(event.payload.prompt_ids);
    if (event.type === 'prompt.dropped') this.#outbox.dropped(event.payload.prompt_ids, event.payload.reason);
    if (event.type === 'message.start') {
      this.#isFresh = false;
      this.#outbox.began(event.payload.prompt_ids);
    }
    if (event.type === 'message.complete') this.#outbox.ended(id);
    // Where nothing runs now, nothing waits either: somebody else has stopped it.
    const isState = event.seq === undefined;
    if (event.type === 'session.info' && isState && !event.payload.running) this.#outbox.stopped(id);
  }

  /** All that waits at the gateway. */
  #listed(prompts: readonly WaitingPrompt[]): void {
    this.#outbox.listed(prompts);
    this.#transcript.waits(prompts, this.#outbox.waiting(this), this.#epoch !== null);
  }
}

/** Whether the agent waits for somebody; our own gateway does not say so yet. */
function waits({ status }: ConversationResumed): boolean {
  return (status as string) === 'waiting';
}

function note(text: string): GatewayEvent {
  return { type: 'status.update', payload: { kind: 'lifecycle', text } };
}
