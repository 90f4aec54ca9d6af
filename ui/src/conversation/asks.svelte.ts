// What agents ask people before they go on, in every conversation: approvals, questions, passwords and secrets.
//
// An approval has no name on the wire, and what answers it answers the oldest one. So only the oldest of a conversation
// can be answered here, and one that may have been answered while nobody listened can only be denied: what it would
// allow now may be something else than what is shown.

import { ERRORS } from '../protocol/constants';
import type { Asking, Choice } from '../transport/agent-events';
import { toRefusal } from '../transport/refusals';
import { Refusal, type GatewayEvent, type Transport } from '../transport/transport';
import { words } from '../words/words';
import { isNext, isOver, mayAllow, type Answer, type Ask, type Outcome } from './ask';

/** For how long it is said what became of something that was asked, in milliseconds. */
export const SAID = 6_000;

/** The most that waits in one conversation. */
const MOST = 20;

/** The most tools that are kept in mind. */
const TOOLS = 1_000;

/** Whoever follows a conversation, and tells what happens in it in its order. */
export interface Following {
  readonly id: string | null;
}

export class Asks {
  /** Everything that waits, and what was just answered; the oldest first. */
  all: Ask[] = $state([]);

  readonly #transport: Transport;
  #followers: readonly Following[] = [];
  readonly #ends: (() => void)[];
  readonly #timers: Record<string, ReturnType<typeof setTimeout>> = {};
  /** The tools that run, and where. */
  #tools: readonly { conversation: string; id: string }[] = [];
  /** Who is asked. */
  #user: string | null = null;
  #keys = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#ends = [
      transport.watch(({ name }) => {
        if (name !== 'live') this.#lost();
      }),
      transport.listen((event) => {
        this.#event(event);
      }),
    ];
  }

  end(): void {
    for (const end of this.#ends) end();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
  }

  /** What waits in a conversation. */
  of(conversation: string | null): readonly Ask[] {
    return this.all.filter((ask) => ask.conversation === conversation);
  }

  /** How much waits for somebody. */
  get count(): number {
    return this.all.filter((ask) => !isOver(ask)).length;
  }

  /** Somebody follows a conversation and takes over to tell of it, until what is answered is called. */
  join(following: Following): () => void {
    this.#followers = [...this.#followers, following];
    return () => {
      this.#followers = this.#followers.filter((one) => one !== following);
    };
  }

  /** Something has happened in a conversation: just now, or while nobody listened. */
  take(conversation: string, event: GatewayEvent, isNow: boolean): void {
    switch (event.type) {
      case 'approval.request': {
        const { command, description, choices } = event.payload;
        this.#ask(conversation, event.payload, isNow, { kind: 'approval', text: command, about: description, choices });
        break;
      }
      case 'clarify.request': {
        const { question, choices: answers, request_id } = event.payload;
        this.#ask(conversation, event.payload, isNow, { kind: 'question', text: question, answers, request: request_id });
        break;
      }
      case 'sudo.request':
        this.#ask(conversation, event.payload, isNow, { kind: 'password', request: event.payload.request_id });
        break;
      case 'secret.request': {
        const { prompt, env_var, request_id } = event.payload;
        this.#ask(conversation, event.payload, isNow, { kind: 'secret', text: prompt, about: env_var, request: request_id });
        break;
      }
      case 'unknown':
        // Something is asked that cannot be read: nobody may be left to think that nothing waits.
        if (/^(approval|clarify|sudo|secret)\.request$/.test(event.payload.name)) this.untold(conversation);
        break;
      case 'sudo.expire':
      case 'secret.expire':
        this.#over('expired', (ask) => ask.request === event.payload.request_id);
        break;
      case 'tool.start':
        if (event.payload.tool_id !== null) this.#tools = [...this.#tools, { conversation, id: event.payload.tool_id }].slice(-TOOLS);
        break;
      case 'tool.complete':
        this.#tools = this.#tools.filter(({ id }) => id !== event.payload.tool_id);
        this.#answered(conversation, this.#tools.filter((tool) => tool.conversation === conversation).length);
        break;
      case 'message.delta':
      case 'reasoning.delta':
      case 'message.interim':
      case 'message.start':
        // The model goes on when everything that it waited for is there.
        this.#answered(conversation, 0);
        break;
      case 'message.complete':
        this.#ended(conversation);
        break;
      case 'session.info':
        if (event.seq === undefined && !event.payload.running) this.#ended(conversation);
        break;
      default:
    }
  }

  /**
   * The conversation was read as a whole, and this is what had happened in it last. What was asked before that may have
   * been answered, or may not.
   */
  resumed(conversation: string, { isRunning, waits }: { isRunning: boolean; waits: boolean }, last: readonly GatewayEvent[]): void {
    this.#stopped(conversation);
    if (!isRunning && !waits) this.#ended(conversation);
    for (const ask of this.of(conversation)) ask.isOld = true;
    if (last.length > 0) this.#again(conversation, last);
    if (waits && this.of(conversation).every(isOver)) this.untold(conversation);
  }

  /** What was missed in the conversation was told, all of it: what waits is what waited. */
  caughtUp(conversation: string): void {
    for (const ask of this.of(conversation)) ask.isOld = false;
  }

  /** Something waits in a conversation, and nobody has told what. */
  untold(conversation: string): void {
    if (this.of(conversation).some(({ kind }) => kind === 'untold')) return;
    this.#ask(conversation, { risk: null, folder: null, host: null, waits: null }, false, { kind: 'untold' });
  }

  /**
   * Answers it. It fails with why it was not answered, and is still to be answered then, unless nobody waits for it
   * any more, which it says itself.
   */
  async answer(ask: Ask, answer: Answer): Promise<void> {
    if (ask.state !== 'waits' || ask.kind !== answer.kind || !isNext(this.all, ask)) return;
    if (answer.kind === 'approval' && answer.choice !== 'deny' && !mayAllow(ask, Date.now())) return;
    ask.state = 'answering';
    try {
      // A reason goes first, so that the agent has it when it learns that it may not.
      const told = answer.kind === 'approval' && answer.choice === 'deny' ? this.#tell(ask, answer.reason) : null;
      const wasTaken = await this.#send(ask, answer);
      const why = await told;
      if (why) ask.notTold = why;
      this.#settle(ask, wasTaken ? outcomeOf(answer) : 'elsewhere');
    } catch (thrown) {
      const why = toRefusal(thrown);
      if (why.status === ERRORS.BUSY && ask.request !== null) this.#settle(ask, 'elsewhere');
      else {
        // It may have been settled meanwhile by what the gateway told.
        if (!isOver(ask)) ask.state = 'waits';
        throw why;
      }
    }
  }

  /** What is over needs not be said any longer. */
  dismiss(ask: Ask): void {
    if (isOver(ask)) this.all = this.all.filter(({ key }) => key !== ask.key);
  }

  async #send(ask: Ask, answer: Answer): Promise<boolean> {
    const request_id = ask.request ?? '';
    switch (answer.kind) {
      case 'approval': {
        const { resolved } = await this.#transport.call('approval.respond', { session_id: ask.conversation, choice: answer.choice });
        return resolved !== 0;
      }
      case 'question':
        return isTaken(await this.#transport.call('clarify.respond', { request_id, answer: answer.text }));
      case 'password':
        return isTaken(await this.#transport.call('sudo.respond', { request_id, password: answer.text }));
      case 'secret':
        return isTaken(await this.#transport.call('secret.respond', { request_id, value: answer.text }));
    }
  }

  /** Tells the agent why: null, or why it was not told. */
  async #tell(ask: Ask, reason: string): Promise<Refusal | null> {
    if (reason === '') return null;
    try {
      const { status } = await this.#transport.call('session.steer', { session_id: ask.conversation, text: reason });
      return status === 'rejected' ? new Refusal(words.work.notTaken, null, null, 0, false) : null;
    } catch (why) {
      return toRefusal(why);
    }
  }

  /** The followed ones are told by whoever follows, in their order. */
  #event(event: GatewayEvent): void {
    if (event.type === 'gateway.ready') {
      // What somebody else was asked is nobody's business here.
      const { user_id: user } = event.payload;
      if (this.#user !== null && this.#user !== user) this.all = [];
      this.#user = user;
      void this.#look();
      return;
    }
    const of = event.session_id;
    if (of === undefined) {
      // What expires may be told of no conversation.
      if (event.type === 'sudo.expire' || event.type === 'secret.expire') this.take('', event, true);
    } else if (!this.#followers.some(({ id }) => id === of)) this.take(of, event, true);
  }

  #lost(): void {
    for (const ask of this.all) if (!isOver(ask)) ask.isOld = true;
  }

  /** After a break: in what nobody follows, what was asked waits only if its conversation does. */
  async #look(): Promise<void> {
    const followed = this.#followers.map(({ id }) => id);
    const asked = this.all.filter((ask) => !isOver(ask) && !followed.includes(ask.conversation)).map(({ key }) => key);
    if (asked.length === 0) return;
    try {
      const { sessions } = await this.#transport.call('session.active_list', {});
      const going = sessions.filter(({ status }) => status !== 'idle').map(({ id }) => id);
      this.#over('elsewhere', (ask) => asked.includes(ask.key) && !going.includes(ask.conversation));
    } catch {
      // It stands there as one that may have been answered.
    }
  }

  /**
   * What happened is told anew, and what waits is what was asked in it. What stands there already stays the same. It is
   * certain only if it was told from where the turn began.
   */
  #again(conversation: string, last: readonly GatewayEvent[]): void {
    const before = this.of(conversation).filter((ask) => !isOver(ask));
    this.all = this.all.filter((ask) => !before.includes(ask));
    for (const event of last) this.take(conversation, event, false);
    const isOld = !last.some(({ type }) => type === 'message.start');
    this.all = this.all.map((ask) => {
      if (ask.conversation !== conversation || isOver(ask)) return ask;
      const at = before.findIndex(({ kind, request, text }) => kind === ask.kind && request === ask.request && text === ask.text);
      const [same = ask] = at < 0 ? [] : before.splice(at, 1);
      same.isOld = isOld;
      return same;
    });
  }

  #ask(conversation: string, asking: Asking, isNow: boolean, more: Pick<Ask, 'kind'> & Partial<Ask>): void {
    const { risk, folder, host, waits } = asking;
    const known = this.of(conversation);
    if (known.length >= MOST || (more.request != null && known.some(({ request }) => request === more.request))) return;
    // What is told now is what nobody had told.
    if (more.kind !== 'untold') this.#over('ended', (ask) => ask.kind === 'untold' && ask.conversation === conversation, 0);
    this.#keys += 1;
    const at = isNow ? Date.now() : null;
    this.all.push({
      ...{ key: `a${this.#keys}`, conversation, state: 'waits', outcome: null, notTold: null, isOld: false },
      ...{ text: '', about: '', choices: [], answers: null, request: null, risk, folder, host, askedAt: at },
      until: at !== null && waits !== null ? at + waits * 1000 : null,
      ...more,
    });
  }

  /** So many tools run still: no more than one each can be asking. */
  #answered(conversation: string, running: number): void {
    const open = this.of(conversation).filter((ask) => !isOver(ask));
    const over = open.slice(0, Math.max(0, open.length - running)).filter(({ state }) => state === 'waits');
    this.#over('elsewhere', (ask) => over.includes(ask));
  }

  #ended(conversation: string): void {
    this.#stopped(conversation);
    this.#over('ended', (ask) => ask.conversation === conversation);
  }

  #over(outcome: Outcome, is: (ask: Ask) => boolean, said = SAID): void {
    for (const ask of this.all.filter((ask) => !isOver(ask) && is(ask))) this.#settle(ask, outcome, said);
  }

  #settle(ask: Ask, outcome: Outcome, said = SAID): void {
    if (isOver(ask)) return;
    ask.state = 'over';
    ask.outcome = outcome;
    // A reason that nobody was told is given back, and stays until somebody has seen it.
    if (ask.notTold) return;
    this.#timers[ask.key] = setTimeout(() => {
      this.dismiss(ask);
    }, said);
  }

  /** No tool runs in it any more, as far as anybody knows. */
  #stopped(conversation: string): void {
    this.#tools = this.#tools.filter((tool) => tool.conversation !== conversation);
  }
}

function isTaken({ status }: { status?: string }): boolean {
  return status !== 'expired';
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.kind !== 'approval') return 'answered';
  const outcomes: Record<Choice, Outcome> = { once: 'allowed', session: 'allowed', deny: 'denied' };
  return outcomes[answer.choice];
}
