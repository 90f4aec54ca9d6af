// What a person has asked, until it is certain that the gateway has it: each prompt once, over any break of the
// connection and any reload of the page.
//
// The gateway knows prompts by the names that their pages give them. Whatever may have been lost is sent again under
// its name, and the gateway says whether it has it.

import type { ConversationCreateParams, ConversationCreated, QueuedPrompt, WaitingPrompt } from '../protocol/conversations';
import type { PromptStatus, WithdrawnStatus } from '../protocol/turns';
import { isOffline, toRefusal } from '../transport/refusals';
import { Refusal, type GatewayEvent, type Transport } from '../transport/transport';
import { words } from '../words/words';
import { isAmong, isIn, Restored, store, type Entry, type Stage } from './entries';
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
  /** What is being taken back here, by its name, and what follows once it is certain that it was. */
  readonly #leaving = new Map<string, () => void>();

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

  /**
   * Takes back a prompt that waits. If it is kept, whoever wrote it has it back; false if its turn has begun. What was
   * asked elsewhere is nobody's here, and is taken back all the same.
   */
  async withdraw(conversation: string | null, name: string, prompt: Prompt, isKept: boolean): Promise<boolean> {
    const entry = this.#named(name);
    const leaves = () => {
      this.#leaving.delete(name);
      if (entry) this.#remove(entry);
      const why = new Refusal(words.connection.outbox.withdrawn, null, null, 0, true);
      // A draft has no pictures.
      if (isKept && entry && prompt.images.length > 0) this.#return(entry, why);
      else if (isKept) this.#returned(conversation, prompt, why);
      if (!isKept || prompt.images.length === 0) entry?.done?.();
      this.#changed();
    };
    const isHere = entry?.stage === 'new' && !entry.tried;
    if (isHere || conversation === null) {
      leaves();
      return true;
    }
    // If the answer is lost, the gateway tells later what it has done.
    this.#leaving.set(name, leaves);
    const status = await this.#takeBack(conversation, name);
    if (status === 'asked') this.#leaving.delete(name);
    else if (this.#leaving.has(name)) leaves();
    return status !== 'asked';
  }

  async #takeBack(conversation: string, name: string): Promise<WithdrawnStatus> {
    try {
      const { status } = await this.#transport.call('prompt.withdraw', { session_id: conversation, prompt_id: name });
      return status;
    } catch (why) {
      if (!isOffline(toRefusal(why))) this.#leaving.delete(name);
      throw why;
    }
  }

  /** Prompts were taken back, here or elsewhere. Whoever did so has the text; what was asked here is done with. */
  withdrawn(names: readonly string[]): void {
    for (const name of names) {
      const leaves = this.#leaving.get(name);
      const entry = this.#named(name);
      if (leaves) leaves();
      else if (entry) {
        this.#remove(entry);
        entry.done?.();
      }
    }
    this.#changed();
  }

  /** These wait at the gateway. */
  listed(prompts: readonly WaitingPrompt[]): void {
    const names = prompts.map(({ prompt_id }) => prompt_id);
    for (const entry of this.#entries) if (names.includes(entry.name)) entry.isListed = true;
  }

  /** These are not asked, most often since the turn was stopped, and whoever wrote them has them back. */
  dropped(names: readonly string[], reason: string = words.connection.outbox.stopped): void {
    this.#giveBack(({ name }) => names.includes(name), reason);
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
  back(conversation: string, isSame: boolean, isRunning: boolean, queued: QueuedPrompt | null): void {
    this.#entries = this.#entries.filter((entry) => {
      if (entry.conversation === conversation) entry.isListed = false;
      if (entry.conversation !== conversation || entry.stage === 'new' || entry.stage === 'sent') return true;
      if (entry.stage === 'queued' && queued !== null && isAmong(entry, queued)) return true;
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
    if (event.type === 'prompt.withdrawn') this.withdrawn(event.payload.prompt_ids);
    if (event.type === 'prompt.dropped') this.dropped(event.payload.prompt_ids, event.payload.reason);
    if (event.type === 'prompt.waiting') this.listed(event.payload.prompts);
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
    if (status === 'withdrawn') {
      this.withdrawn([entry.name]);
      return;
    }
    if (status === 'dropped') {
      this.dropped([entry.name]);
      return;
    }
    const known = entry.isListed ? 'queued' : 'begun';
    const stages: Record<typeof status, Stage> = { streaming: 'taken', queued: 'queued', known };
    entry.stage = stages[status];
    if (entry.stage === 'queued') return;
    this.#isIn(entry);
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
    this.#isIn(entry);
  }

  /** The gateway has it. If it loses it all the same, nobody waits for that any more, and it becomes a draft. */
  #isIn(entry: Entry): void {
    entry.done?.();
    delete entry.failed;
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

  #named(name: string): Entry | undefined {
    return this.#entries.find((entry) => entry.name === name);
  }

  #remove(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  #changed(): void {
    store(this.#owner, this.#entries);
    for (const follower of this.#followers) follower.waits();
  }
}
