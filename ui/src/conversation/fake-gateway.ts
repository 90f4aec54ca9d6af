// A gateway for tests, with one conversation after the other and a connection that a test can cut at every moment: it
// numbers events, knows prompts by their names, and keeps what happened, as the real one does.

import type { State } from '../connection/state';
import type { ConversationInfo, ConversationResumed, WaitingPrompt } from '../protocol/conversations';
import type { HistoryMessage, PromptSubmitParams } from '../protocol/turns';
import { eventOf } from '../transport/calls';
import { cut, offline } from '../transport/refusals';
import { Refusal, type Callable, type GatewayEvent, type Transport } from '../transport/transport';

interface Asked {
  names: string[];
  text: string;
}

interface Kept {
  id: string;
  events: GatewayEvent[];
  turns: TurnOf[];
  /** What was shown in place of `turns` before, and can be again. */
  left: TurnOf[][];
  queued: Asked[];
  /** The names of those that were taken back. */
  gone: string[];
  /** What went with a turn that was stopped. */
  dropped: string[];
  /** What the model still has to say, and what it does in between. */
  rest: (string | Done)[];
  /** Whether it waits until somebody answers. */
  waits: boolean;
  seen: boolean;
}

interface TurnOf {
  asked: Asked;
  answer: string;
  status: 'running' | 'complete' | 'interrupted';
}

/** Something that an agent does, as a gateway sends it. */
export interface Done {
  type: string;
  payload: Record<string, unknown>;
}

type Frame = () => void;

export class FakeGateway implements Transport {
  state: State = { name: 'connecting' };
  epoch = 'e1';
  /** How many events of an answer to `session.events.since` there are at most. */
  page = 3;
  conversations: Kept[] = [];
  /** Whether the model goes on while something is asked. */
  talksOver = false;
  /** Which frame is lost with its connection, counted from 0. */
  cutAt: number | null = null;
  frames = 0;
  wasCut = false;
  /** What the model does after the first word of an answer to this prompt. */
  script: { prompt: string; does: Done[] } | null = null;
  /** What people have answered. */
  answers: unknown[] = [];

  #queue: Frame[] = [];
  #rejects = new Set<(why: Refusal) => void>();
  readonly #watching = new Set<(state: State) => void>();
  readonly #listening = new Set<(event: GatewayEvent) => void>();

  watch(told: (state: State) => void): () => void {
    this.#watching.add(told);
    told(this.state);
    return () => this.#watching.delete(told);
  }

  listen(told: (event: GatewayEvent) => void): () => void {
    this.#listening.add(told);
    if (this.state.name === 'live') told(this.#ready());
    return () => this.#listening.delete(told);
  }

  call<M extends keyof Callable>(method: M, params: Callable[M]['params']): Promise<Callable[M]['answer']> {
    if (this.state.name !== 'live') return Promise.reject(offline());
    return new Promise((done, failed) => {
      this.#rejects.add(failed);
      this.#queue.push(() => {
        let outcome: () => void;
        try {
          const answer = this.#answer(method, params) as Callable[M]['answer'];
          const copy = structuredClone(answer);
          outcome = () => {
            done(copy);
          };
        } catch (why) {
          outcome = () => {
            failed(why instanceof Error ? why : new Error('a test threw something else'));
          };
        }
        this.#queue.push(() => {
          this.#rejects.delete(failed);
          outcome();
        });
      });
    });
  }

  ask = () => Promise.reject(offline());
  retry = () => undefined;
  signIn = () => undefined;
  signOut = () => Promise.resolve();

  connect(): void {
    this.#stand({ name: 'live' });
    this.#tell(this.#ready());
  }

  break(): void {
    this.#queue = [];
    for (const one of this.conversations) one.seen = false;
    this.#stand({ name: 'waiting', until: 0, trouble: { kind: 'network' } });
    const rejects = [...this.#rejects];
    this.#rejects.clear();
    for (const reject of rejects) reject(cut());
  }

  /** Lets everything happen until nothing does any more; `between` is done after each frame. */
  async run(between: () => void = () => undefined): Promise<void> {
    for (let steps = 0; steps < 2000; steps += 1) {
      await settle();
      between();
      await settle();
      if (this.state.name !== 'live') {
        this.connect();
        continue;
      }
      const frame = this.#queue.shift();
      if (frame) {
        const number = this.frames;
        this.frames += 1;
        if (number === this.cutAt) {
          this.wasCut = true;
          this.break();
        } else {
          frame();
          if (this.talksOver && number % 2 === 0) this.#step();
        }
      } else if (!this.#step()) {
        return;
      }
    }
    throw new Error('something happens without an end');
  }

  /** Tells this at once, whatever it is. */
  emit(event: GatewayEvent): void {
    this.#tell(event);
  }

  /** What everybody has asked, in its order. */
  get asked(): string[] {
    return this.conversations.flatMap(({ turns }) => turns.map(({ asked }) => asked.text));
  }

  /** Somebody takes a prompt back, whoever asked it. */
  withdraw(one: Kept, name: string): string {
    const named = ({ names }: Asked) => names.includes(name);
    if (one.gone.includes(name)) return 'withdrawn';
    if (one.turns.some(({ asked }) => named(asked))) return 'asked';
    if (!one.queued.some(named)) return 'unknown';
    one.queued = one.queued.filter((asked) => !named(asked));
    one.gone.push(name);
    this.#record(one, { type: 'prompt.withdrawn', payload: { prompt_ids: [name] } });
    this.#sendWaiting(one);
    return 'withdrawn';
  }

  /** Somebody stops what runs. */
  stop(one: Kept): void {
    const names = one.queued.splice(0).flatMap((asked) => asked.names);
    one.dropped.push(...names);
    if (names.length > 0) {
      this.#record(one, { type: 'prompt.dropped', payload: { prompt_ids: names } });
      this.#sendWaiting(one);
    }
    this.#complete(one, 'interrupted');
  }

  /** The model says a word more, in every conversation: whether one had something to say. */
  #step(): boolean {
    let stepped = false;
    for (const one of this.conversations) {
      const turn = one.turns.at(-1);
      if (turn?.status !== 'running' || one.waits) continue;
      stepped = true;
      const word = one.rest.shift();
      if (typeof word === 'object') {
        one.waits = word.type.endsWith('.request');
        this.#record(one, word as GatewayEvent);
      } else if (word !== undefined) {
        turn.answer += word;
        this.#record(one, { type: 'message.delta', payload: { text: word } });
      } else {
        this.#complete(one, 'complete');
      }
    }
    return stepped;
  }

  #complete(one: Kept, status: 'complete' | 'interrupted'): void {
    const turn = one.turns.at(-1);
    if (turn?.status !== 'running') return;
    turn.status = status;
    one.rest = [];
    one.waits = false;
    const { usage } = this.#info(one);
    this.#record(one, { type: 'message.complete', payload: { text: turn.answer, status, usage } });
    const queued = one.queued.splice(0);
    if (queued.length > 0) {
      this.#begin(one, joined(queued));
      this.#sendWaiting(one);
    }
    this.#send(one, { type: 'session.info', session_id: one.id, payload: this.#info(one) });
  }

  #begin(one: Kept, asked: Asked): void {
    one.turns.push({ asked, answer: '', status: 'running' });
    one.rest = asked.text.split(' ').map((word) => `${word.toUpperCase()} `);
    if (asked.text === this.script?.prompt) one.rest.splice(1, 0, ...this.script.does);
    this.#record(one, { type: 'message.start', payload: { text: asked.text, prompt_ids: asked.names, images: [] } });
    this.#send(one, { type: 'session.info', session_id: one.id, payload: this.#info(one) });
  }

  #record(one: Kept, event: GatewayEvent): void {
    const told = { ...event, session_id: one.id, seq: one.events.length + 1 } as GatewayEvent;
    one.events.push(told);
    const read = eventOf(told);
    if (read) this.#send(one, read);
  }

  #send(one: Kept, event: GatewayEvent): void {
    if (!one.seen) return;
    const copy = structuredClone(event);
    this.#queue.push(() => {
      this.#tell(copy);
    });
  }

  #sendWaiting(one: Kept): void {
    this.#send(one, { type: 'prompt.waiting', session_id: one.id, payload: { prompts: waiting(one) } });
  }

  #tell(event: GatewayEvent): void {
    for (const told of [...this.#listening]) told(event);
  }

  #stand(state: State): void {
    this.state = state;
    for (const told of [...this.#watching]) told(state);
  }

  #ready(): GatewayEvent {
    const payload = { user_id: 'u1', role: 'user', max_frame_bytes: 1, replay_epoch: this.epoch } as const;
    return { type: 'gateway.ready', payload };
  }

  #find(id: string): Kept {
    const found = this.conversations.find((one) => one.id === id);
    if (!found) throw new Refusal('Session not found.', 'conversations.unknown', null, 4007, false);
    return found;
  }

  #answer(method: keyof Callable, params: Record<string, unknown>): unknown {
    const id = params['session_id'] as string;
    switch (method) {
      case 'session.create': {
        const one: Kept = { id: `c${this.conversations.length + 1}`, events: [], turns: [], left: [], queued: [], gone: [], dropped: [], rest: [], waits: false, seen: true };
        this.conversations.push(one);
        return { session_id: one.id, stored_session_id: one.id, message_count: 0, messages: [], info: this.#info(one) };
      }
      case 'session.resume': {
        const one = this.#find(id);
        one.seen = true;
        return this.#resumed(one);
      }
      case 'session.events.since': {
        const { events } = this.#find(id);
        const last = params['last_seen'] as number;
        const after = events.slice(last, last + this.page);
        return { events: after, epoch: this.epoch, truncated: last + after.length < events.length };
      }
      case 'session.show_version':
        return this.#showVersion(this.#find(id), params['user_ordinal'] as number);
      case 'prompt.submit':
        return { status: this.#submit(params as unknown as PromptSubmitParams) };
      case 'prompt.withdraw':
        return { status: this.withdraw(this.#find(id), params['prompt_id'] as string) };
      case 'session.interrupt': {
        this.stop(this.#find(id));
        return { status: 'interrupted' };
      }
      case 'session.active_list':
        return { sessions: this.conversations.map((one) => ({ id: one.id, status: statusOf(one) })) };
      case 'approval.respond': {
        const one = this.#find(id);
        if (!one.waits) return { resolved: 0 };
        one.waits = false;
        this.answers.push(params);
        return { resolved: 1 };
      }
      case 'clarify.respond':
      case 'sudo.respond':
      case 'secret.respond': {
        const one = this.conversations.find(({ waits }) => waits);
        if (!one) throw new Refusal('No pending answer request.', null, null, 4009, false);
        one.waits = false;
        this.answers.push(params);
        return { status: 'ok' };
      }
      case 'session.close':
        this.#find(id).seen = false;
        return { closed: true };
      default:
        throw new Error(`the fake does not know ${method}`);
    }
  }

  /** One that was shown before, whichever is asked for: there are never more than two here. */
  #showVersion(one: Kept, from: number): unknown {
    const again = one.left.pop();
    if (!again) throw new Refusal('The prompt has no such version.', null, null, 4018, false);
    one.left.push(one.turns);
    one.turns = again;
    this.#record(one, { type: 'history.shown', payload: { from_user_ordinal: from } });
    return { count: 0, messages: [] };
  }

  #submit({ session_id, text, prompt_id, busy, truncate_before_user_ordinal: from, truncate_of: of }: PromptSubmitParams): string {
    const one = this.#find(session_id);
    one.seen = true;
    const name = prompt_id ?? '';
    const knows = ({ names }: Asked) => names.includes(name);
    if (one.gone.includes(name)) return 'withdrawn';
    if (one.dropped.includes(name)) return 'dropped';
    if (one.queued.some(knows) && busy === 'interrupt') this.#complete(one, 'interrupted');
    if (one.queued.some(knows) || one.turns.some((turn) => knows(turn.asked))) return 'known';
    const runs = one.turns.at(-1)?.status === 'running';
    if (from !== undefined) {
      if (of !== undefined && of !== one.turns.length) throw new Refusal('It went on meanwhile.', null, null, 4018, false);
      if (runs) throw new Refusal('A turn runs.', null, null, 4009, true);
      one.left.push([...one.turns]);
      one.turns.splice(from);
      this.#record(one, { type: 'history.cut', payload: { from_user_ordinal: from } });
    }
    if (text === 'refuse this') throw new Refusal('No.', 'agent.no', null, 4002, false);
    if (!runs) {
      this.#begin(one, { names: [name], text });
      return 'streaming';
    }
    one.queued.push({ names: [name], text });
    this.#sendWaiting(one);
    if (busy === 'interrupt') this.#complete(one, 'interrupted');
    return 'queued';
  }

  #resumed(one: Kept): ConversationResumed {
    const running = one.turns.at(-1)?.status === 'running' ? one.turns.at(-1) : undefined;
    const before = running ? one.turns.slice(0, -1) : one.turns;
    const versions = (at: number) => (at === 0 && one.left.length > 0 ? { version: 1, versions: 2 } : {});
    const messages = before.flatMap(({ asked, answer, status }, at): HistoryMessage[] => [
      { role: 'user', text: asked.text, ...versions(at) },
      { role: 'assistant', text: answer, ...(status === 'interrupted' && { status }) },
    ]);
    const { id } = one;
    return {
      session_id: id,
      resumed: id,
      session_key: id,
      message_count: messages.length,
      messages,
      info: this.#info(one),
      running: running !== undefined,
      status: statusOf(one),
      started_at: 0,
      inflight: running ? { user: running.asked.text, prompt_ids: running.asked.names, images: [], assistant: running.answer, reasoning: '', streaming: true } : null,
      queued:
        one.queued.length === 0
          ? null
          : {
              user: joined(one.queued).text,
              prompts: waiting(one),
            },
      seq: one.events.length,
    };
  }

  #info(one: Kept): ConversationInfo {
    return {
      stored_session_id: one.id,
      model: 'm',
      provider: 'p',
      reasoning_effort: '',
      title: '',
      running: one.turns.at(-1)?.status === 'running',
      usage: { model: 'm', input: 0, output: 0, reasoning: 0, prompt: 0, completion: 0, total: 0, calls: 0, compressions: 0, active_subagents: 0, context_used: 0 },
      tools: {},
      skills: {},
      cwd: '',
      branch: '',
      profile_name: 'default',
      desktop_contract: 4,
      version: '0',
    };
  }
}

/** What a conversation does. That it waits is said by upstream's gateways alone. */
function statusOf({ waits, turns }: Kept): 'idle' | 'working' {
  if (waits) return 'waiting' as 'working';
  return turns.at(-1)?.status === 'running' ? 'working' : 'idle';
}

/** Lets promises go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
}

/** What waits, one by one. */
function waiting({ queued }: Kept): WaitingPrompt[] {
  return queued.map(({ names, text }) => ({ prompt_id: names[0] ?? null, text, images: [] }));
}

/** Prompts that waited together are asked as one. */
function joined(queued: readonly Asked[]): Asked {
  return { names: queued.flatMap(({ names }) => names), text: queued.map(({ text }) => text).join('\n\n') };
}
