import type { ConversationInfo, ConversationResumed } from '../protocol/conversations';
import type { MessageComplete, MessageStart, StatusUpdate } from '../protocol/events';
import type { HistoryMessage } from '../protocol/turns';
import type { GatewayEvent } from '../transport/transport';
import type { Entry } from './entries';
import { contains } from './outbox';
import { keptSteps, pastStep, settleSteps, takeStep, whole } from './steps';
import type { Turn, TurnState } from './types';

/** The most lines beside a conversation. */
const NOTES = 20;

/**
 * What was said in a conversation, with what waits to be asked at its end. A turn that grows is changed in place: who
 * shows its answer notices, and who shows the list does not.
 */
export class Transcript {
  turns: Turn[] = $state([]);
  title = $state('');
  info: ConversationInfo | null = $state.raw(null);
  notes: readonly string[] = $state.raw([]);

  /** How many of the turns have begun; those after them wait. */
  #begun = 0;
  /** A prompt that waits at the gateway and is nobody's here. */
  #foreign: Turn | null = null;
  #keys = 0;
  /** Lines about what is not saved, which are over when it is. */
  #unsaved: string[] = [];

  /** How many prompts were asked, as far as it is shown. */
  get asked(): number {
    return this.#begun;
  }

  /** The turn that runs. */
  get running(): Turn | null {
    const last = this.turns[this.#begun - 1];
    return last?.status === 'running' ? last : null;
  }

  /** The whole conversation, in place of what was shown. What is the same stays the same turn. */
  show(now: ConversationResumed, waiting: readonly Entry[], isLive: boolean): void {
    const said = turnsOf(now);
    const before = this.turns.slice(0, this.#begun);
    const begun = said.map((turn, ordinal) => {
      const same = before[ordinal];
      if (same?.prompt !== turn.prompt) return { key: this.#key(), ordinal, ...turn };
      // Why it failed is told when it does, and not again.
      const error = same.status === turn.status ? same.error : null;
      const steps = keptSteps(same, turn.steps, turn.answer);
      // What was missed has told how the open ones ended.
      settleSteps({ steps });
      return Object.assign(same, { ...turn, error, steps, others: same.others });
    });
    this.#begun = begun.length;
    const foreign = unclaimed(now, waiting);
    this.#foreign = foreign === null ? null : { key: this.#key(), ordinal: null, ...blank(foreign, [], 'queued') };
    this.turns = begun;
    this.settle(waiting, isLive);
    this.know(now.info);
  }

  /** How the conversation is set. */
  know(info: ConversationInfo): void {
    this.info = info;
    if (info.title !== '') this.title = info.title;
  }

  /** Takes in what waits to be asked. */
  settle(waiting: readonly Entry[], isLive: boolean): void {
    const tail: Turn[] = this.#foreign ? [this.#foreign] : [];
    const now = this.turns.slice(this.#begun);
    for (const entry of waiting) {
      if (this.#isShown(entry)) continue;
      const { text, images } = entry.prompt;
      const turn = now.find((turn) => turn.key === entry.name) ?? { key: entry.name, ordinal: null, ...blank(text, images, 'waits') };
      turn.status = statusOf(entry, isLive);
      tail.push(turn);
    }
    const isSame = now.length === tail.length && now.every((turn, at) => turn.key === tail[at]?.key);
    if (!isSame) this.turns.splice(this.#begun, now.length, ...tail);
  }

  /** Something has happened. */
  take(event: GatewayEvent): void {
    switch (event.type) {
      case 'message.start':
        this.#start(event.payload);
        break;
      case 'reasoning.delta': {
        const { running } = this;
        if (running) running.thoughts += event.payload.text;
        break;
      }
      case 'message.delta': {
        const { running } = this;
        if (running) running.answer += event.payload.text;
        break;
      }
      case 'message.complete':
        this.#complete(event.payload);
        break;
      case 'history.cut':
        this.#cut(event.payload.from_user_ordinal);
        break;
      case 'session.title':
        this.title = event.payload.title;
        break;
      case 'session.info':
        this.know(event.payload);
        break;
      case 'status.update':
        this.#note(event.payload);
        break;
      case 'error':
        this.#note({ kind: 'lifecycle', text: event.payload.message });
        break;
      default: {
        const turn = this.running ?? this.turns[this.#begun - 1];
        if (turn) takeStep(turn, event);
      }
    }
  }

  /** What was sent before the page was loaded may be what is shown already, under no name. */
  #isShown(entry: Entry): boolean {
    if (entry.stage !== 'new' || !entry.tried) return false;
    const latest = this.turns.slice(Math.max(0, this.#begun - 3), this.#begun);
    return latest.some((turn) => contains(turn.prompt, entry.prompt.text));
  }

  #start({ text, prompt_ids, images }: MessageStart): void {
    const tail = this.turns.slice(this.#begun);
    const own = tail.find((turn) => prompt_ids.includes(turn.key));
    const left = tail.filter((turn) => !prompt_ids.includes(turn.key) && turn.key !== this.#foreign?.key);
    this.#foreign = null;
    const turn = own ?? { key: this.#key(), ordinal: null, ...blank(text, images, 'running') };
    Object.assign(turn, { ordinal: this.#begun, prompt: text, images, status: 'running' });
    this.turns.splice(this.#begun, tail.length, turn, ...left);
    this.#begun += 1;
  }

  #complete(complete: MessageComplete): void {
    const { running } = this;
    if (running) {
      const { error } = complete;
      // Of an answer that failed and had nothing, the text says why, and so does the error.
      const isEmpty = error !== undefined && complete.text === error.message;
      running.answer = isEmpty ? '' : whole(running, complete.text);
      settleSteps(running);
      running.thoughts = complete.reasoning ?? running.thoughts;
      running.warning = complete.warning ?? null;
      running.error = error ?? null;
      running.status = complete.status;
    }
    if (this.info) this.info = { ...this.info, usage: complete.usage };
  }

  #cut(from: number): void {
    if (from >= this.#begun) return;
    this.turns.splice(from, this.#begun - from);
    this.#begun = from;
  }

  #note({ kind, text }: StatusUpdate): void {
    if (kind === 'unsaved') this.#unsaved.push(text);
    const over = kind === 'saved' ? this.#unsaved.splice(0) : [];
    const notes = [...this.notes.filter((note) => !over.includes(note) && note !== text), text];
    this.notes = notes.slice(-NOTES);
  }

  #key(): string {
    this.#keys += 1;
    return `t${this.#keys}`;
  }
}

type Shown = Omit<Turn, 'key' | 'ordinal'>;

function blank(prompt: string, images: readonly string[], status: TurnState): Shown {
  return { prompt, images: [...images], answer: '', thoughts: '', steps: [], others: [], status, warning: null, error: null };
}

function statusOf({ stage }: Entry, isLive: boolean): TurnState {
  if (stage === 'queued') return 'queued';
  return stage === 'new' && !isLive ? 'waits' : 'sent';
}

/** The turns of a conversation as a whole, the one that runs included. */
function turnsOf(now: ConversationResumed): Shown[] {
  const turns: Shown[] = [];
  for (const message of now.messages) {
    const last = turns.at(-1);
    // A prompt without an answer was cut off with its gateway.
    if (message.role === 'user') turns.push(blank(message.text, message.images ?? [], 'interrupted'));
    else if (last) answer(last, message);
  }
  if (now.inflight) {
    const { user, assistant, reasoning } = now.inflight;
    turns.push({ ...blank(user, [], 'running'), answer: assistant, thoughts: reasoning });
  }
  return turns;
}

/** What followed a prompt. Upstream has tools in between, and a message for each part of an answer. */
function answer(turn: Shown, message: HistoryMessage & { name?: unknown; context?: unknown }): void {
  const role: string = message.role;
  if (role === 'tool') {
    const [name, about] = [message.name, message.context].map((text) => (typeof text === 'string' ? text : ''));
    turn.steps.push(pastStep(name ?? '', about ?? '', turn.answer.length, turn.steps.length));
  } else if (role === 'assistant') {
    turn.answer = turn.answer === '' ? message.text : `${turn.answer}\n\n${message.text}`;
    turn.thoughts ||= message.reasoning ?? '';
    turn.status = message.status ?? 'complete';
  }
}

/** What waits at the gateway and was not asked here. */
function unclaimed({ queued }: ConversationResumed, waiting: readonly Entry[]): string | null {
  if (!queued) return null;
  let rest = `\n\n${queued.user.trim()}\n\n`;
  for (const { prompt } of waiting) rest = rest.replace(`\n\n${prompt.text.trim()}\n\n`, '\n\n');
  return rest.trim() === '' ? null : rest.trim();
}
