// What a person has asked, until it is certain that the gateway has it: each prompt once, over any break of the
// connection and any reload of the page.
//
// The gateway knows prompts by the names that their pages give them. Whatever may have been lost is sent again under
// its name, and the gateway says whether it has it.

import type { ConversationCreateParams, ConversationCreated } from '../protocol/conversations';
import type { PromptStatus } from '../protocol/turns';
import { isOffline, toRefusal } from '../transport/refusals';
import { Refusal, type GatewayEvent, type Transport } from '../transport/transport';
import { words } from '../words/words';
import { Restored, store, type Entry, type Stage } from './entries';
import { randomName } from './names';
import type { Prompt } from './types';

/** The most prompts that wait. Whoever types more has them back. */
const MOST = 64;

/** Which kind of client this is, for lists of conversations. */
const SOURCE = 'web';

/** Whoever shows a conversation, as far as what is asked in it goes. */
export interface Follower {
  /** The conversation; null as long as nobody has made it. */
  readonly id: string | null;
  /** What a new conversation is called in here. */
  readonly home: string;
  /** Whether what happens in it is told as it comes, so that something may be asked. */
  readonly isThere: boolean;
  /** Whether a turn runs. */
  readonly isRunning: boolean;
  /** How a new conversation is to be set. */
  readonly wanted: ConversationCreateParams;
  /** The conversation was made. */
  made(created: ConversationCreated): void;
  /** What waits in it has changed. */
  waits(): void;
}

/** A prompt that nobody shows any more goes back to whoever keeps drafts. */
export type Returned = (conversation: string | null, prompt: Prompt, why: Refusal) => void;

export class Outbox {
  readonly #transport: Transport;
  readonly #returned: Returned;
  readonly #followers = new Set<Follower>();
  readonly #unlisten: (() => void)[];
  #entries: Entry[];
  /** Who has written what was restored. */
  #owner: string | null;
  #isLive = false;
  /** Whether a question is on its way; one goes after the other, so that prompts arrive in their order. */
  #busy = false;
  readonly #making = new Map<string, Promise<string>>();

  constructor(transport: Transport, returned: Returned) {
    this.#transport = transport;
    this.#returned = returned;
    const restored = Restored.read();
    this.#entries = restored.entries;
    this.#owner = restored.owner;
    this.#unlisten = [
      transport.watch(({ name }) => {
        if (name !== 'live') this.#lost();
      }),
      transport.listen((event) => {
        this.#event(event);
      }),
    ];
  }

  /** Stops sending. What waits is kept. */
  end(): void {
    for (const end of this.#unlisten) end();
  }

  /** A new conversation that was asked something before the page was loaded, and that nobody shows. */
  homeless(): string | null {
    const shown = new Set([...this.#followers].map(({ home }) => home));
    return this.#entries.find((entry) => entry.conversation === null && !shown.has(entry.home))?.home ?? null;
  }

  /** Somebody shows a conversation, until what is answered is called. */
  join(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
      this.send();
    };
  }

  /** The prompts of a conversation that have not begun, in their order. */
  waiting({ id, home }: Pick<Follower, 'id' | 'home'>): readonly Entry[] {
    return this.#entries.filter((entry) => entry.stage !== 'begun' && isIn(entry, id, home));
  }

  /** Takes a prompt in. It is done when its turn begins, and fails with why it does not. */
  add({ id, home }: Pick<Follower, 'id' | 'home'>, prompt: Prompt): Promise<void> {
    if (this.#entries.length >= MOST) {
      return Promise.reject(new Refusal(words.connection.outbox.full, null, null, 0, true));
    }
    return new Promise((done, failed) => {
      const name = randomName();
      this.#entries.push({ name, home, conversation: id, prompt, stage: 'new', tried: false, done, failed });
      this.#changed();
      this.send();
    });
  }

  /** The conversation, which is made if there is none yet. */
  make(follower: Follower): Promise<string> {
    if (follower.id !== null) return Promise.resolve(follower.id);
    return this.#make(follower.home);
  }

  /** Sends the next prompt, if one may be sent. */
  send(): void {
    if (!this.#isLive || this.#busy) return;
    const entry = this.#entries.find((entry) => entry.stage === 'new' && this.#maySend(entry));
    if (!entry) return;
    this.#busy = true;
    const sent = entry.conversation === null ? this.#make(entry.home) : this.#submit(entry, entry.conversation);
    sent
      .then(
        () => true,
        (why: unknown) => this.#failed(entry, toRefusal(why)),
      )
      .then((goesOn) => {
        this.#busy = false;
        if (goesOn) this.send();
      }, () => undefined);
  }

  /**
   * The conversation is there again after a break: `isSame` if all that had happened is known to have. What the
   * gateway may have lost is sent once more.
   */
  back(conversation: string, isSame: boolean, isRunning: boolean, queued: string | null): void {
    this.#entries = this.#entries.filter((entry) => {
      if (entry.conversation !== conversation || entry.stage === 'new' || entry.stage === 'sent') return true;
      if (entry.stage === 'queued' && queued !== null && contains(queued, entry.prompt.text)) return true;
      if (isSame && entry.stage !== 'queued') {
        if (!isRunning) entry.done?.();
        return isRunning;
      }
      entry.stage = 'new';
      return true;
    });
    this.#changed();
  }

  /** The gateway has ended what runs, and dropped what waited for its end. */
  stopped(conversation: string): void {
    this.#giveBack((entry) => entry.stage === 'queued' && entry.conversation === conversation, words.connection.outbox.stopped);
  }

  /** The conversation is gone. */
  left(conversation: string): void {
    this.#giveBack((entry) => entry.conversation === conversation, words.connection.outbox.gone);
  }

  /** The conversation is gone, and nothing had been said in it: what waits is said in another one. */
  orphaned(conversation: string, home: string): void {
    for (const entry of this.#entries) {
      if (entry.conversation === conversation) Object.assign(entry, { conversation: null, home, stage: 'new' });
    }
    this.#changed();
    this.send();
  }

  /** A turn has begun with these prompts. */
  began(names: readonly string[]): void {
    for (const entry of this.#entries) if (names.includes(entry.name)) this.#begin(entry);
    this.#changed();
  }

  /** The turn that ran is over, and what it was asked is done with. */
  ended(conversation: string): void {
    this.#entries = this.#entries.filter((entry) => entry.stage !== 'begun' || entry.conversation !== conversation);
    this.#changed();
  }

  /** The followed ones are told by whoever follows, in their order. */
  #event(event: GatewayEvent): void {
    if (event.type === 'gateway.ready') {
      this.#connected(event.payload.user_id);
      return;
    }
    const of = event.session_id;
    if (of === undefined || this.#follower(of, null)) return;
    if (event.type === 'message.start') this.began(event.payload.prompt_ids);
    if (event.type === 'message.complete') this.ended(of);
    const isNow = event.seq === undefined;
    if (event.type === 'session.info' && isNow && !event.payload.running) this.stopped(of);
  }

  #connected(user: string): void {
    // What somebody else has written in this browser is not said in this one's name.
    if (this.#owner !== null && this.#owner !== user) this.#entries = [];
    this.#owner = user;
    this.#isLive = true;
    for (const entry of this.#entries) {
      if (!this.#follower(entry.conversation, entry.home)) entry.stage = 'new';
    }
    this.#changed();
    this.send();
  }

  #lost(): void {
    this.#isLive = false;
    for (const entry of this.#entries) if (entry.stage === 'sent') entry.stage = 'new';
    this.#changed();
  }

  #follower(conversation: string | null, home: string | null): Follower | undefined {
    return [...this.#followers].find((one) => (conversation === null ? one.home === home : one.id === conversation));
  }

  #maySend(entry: Entry): boolean {
    return this.#follower(entry.conversation, entry.home)?.isThere ?? true;
  }

  #make(home: string): Promise<string> {
    const making = this.#making.get(home);
    if (making) return making;
    const wanted = this.#follower(null, home)?.wanted ?? {};
    const made = this.#transport
      .call('session.create', { source: SOURCE, ...wanted })
      .then((created) => {
        const id = created.session_id;
        for (const entry of this.#entries) {
          if (entry.home === home && entry.conversation === null) entry.conversation = id;
        }
        this.#follower(null, home)?.made(created);
        this.#changed();
        return id;
      })
      .finally(() => this.#making.delete(home));
    this.#making.set(home, made);
    return made;
  }

  async #submit(entry: Entry, conversation: string): Promise<void> {
    const { prompt, name } = entry;
    entry.stage = 'sent';
    entry.tried = true;
    this.#changed();
    const { status } = await this.#transport.call('prompt.submit', {
      session_id: conversation,
      text: prompt.text,
      images: prompt.images,
      prompt_id: name,
      ...(prompt.busy && { busy: prompt.busy }),
      ...(prompt.replacing !== undefined && { truncate_before_user_ordinal: prompt.replacing }),
      ...(prompt.of !== undefined && { truncate_of: prompt.of }),
    });
    this.#taken(entry, status);
    this.#changed();
  }

  #taken(entry: Entry, status: PromptStatus): void {
    // Its turn may begin, and end, before the gateway has answered.
    if (entry.stage === 'begun' || !this.#entries.includes(entry)) return;
    const stages: Record<PromptStatus, Stage> = { streaming: 'taken', queued: 'queued', known: 'begun' };
    entry.stage = stages[status];
    if (status === 'queued') return;
    entry.done?.();
    if (status !== 'known') return;
    if (!this.#follower(entry.conversation, null)?.isRunning) this.#remove(entry);
  }

  /** Whether the next one may be sent at once. */
  #failed(entry: Entry, why: Refusal): boolean {
    if (isOffline(why)) {
      entry.stage = 'new';
      this.#changed();
      return false;
    }
    this.#remove(entry);
    this.#return(entry, why);
    this.#changed();
    return true;
  }

  #begin(entry: Entry): void {
    entry.stage = 'begun';
    entry.done?.();
  }

  #giveBack(is: (entry: Entry) => boolean, text: string): void {
    const back = this.#entries.filter(is);
    if (back.length === 0) return;
    this.#entries = this.#entries.filter((entry) => !back.includes(entry));
    for (const entry of back) this.#return(entry, new Refusal(text, null, null, 0, true));
    this.#changed();
  }

  #return(entry: Entry, why: Refusal): void {
    const isShown = this.#follower(entry.conversation, entry.home) !== undefined;
    if (entry.failed && isShown) entry.failed(why);
    else this.#returned(entry.conversation, entry.prompt, why);
  }

  #remove(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  #changed(): void {
    store(this.#owner, this.#entries);
    for (const follower of this.#followers) follower.waits();
  }
}

function isIn(entry: Entry, id: string | null, home: string): boolean {
  return id === null ? entry.conversation === null && entry.home === home : entry.conversation === id;
}

/** Whether a text is what was said, or a part of it: prompts that waited together are joined by a blank line. */
export function contains(said: string, text: string): boolean {
  return `\n\n${said.trim()}\n\n`.includes(`\n\n${text.trim()}\n\n`);
}
