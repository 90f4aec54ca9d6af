import type { ConversationInfo, ConversationResumed, Inflight, QueuedPrompt, WaitingPrompt } from '../protocol/conversations';
import type { MessageComplete, MessageStart, StatusUpdate, TurnError } from '../protocol/events';
import type { HistoryMessage } from '../protocol/turns';
import type { GatewayEvent } from '../transport/transport';
import { contains, type Entry } from './entries';
import { keptSteps, pastStep, settleSteps, takeStep, whole } from './steps';
import type { Turn, TurnState, Version } from './types';

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
  /** Prompts that wait at the gateway and are nobody's here. */
  #foreign: Turn[] = [];
  #keys = 0;
  /** The turn of which another version is shown in a moment, by where it stands: it is still the same place. */
  #changes: number | null = null;
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
      const isSame = same?.prompt === turn.prompt || ordinal === this.#changes;
      if (!same || !isSame) return { key: this.#key(), ordinal, ...turn };
      // Upstream tells why it failed when it does, and not again.
      const error = turn.error ?? (same.status === turn.status ? same.error : null);
      const steps = keptSteps(same, turn.steps, turn.answer);
      // What was missed has told how the open ones ended.
      settleSteps({ steps });
      return Object.assign(same, { ...turn, error, steps, others: same.others });
    });
    this.#changes = null;
    this.#begun = begun.length;
    this.turns = begun;
    this.waits(waitingOf(now, waiting), waiting, isLive);
    this.know(now.info);
  }

  /** All that waits at the gateway, whoever asked it, and what was asked here. What is the same stays the same turn. */
  waits(prompts: readonly WaitingPrompt[], waiting: readonly Entry[], isLive: boolean): void {
    const own = waiting.map(({ name }) => name);
    const before = [...this.#foreign];
    const foreign = prompts.filter(({ prompt_id }) => prompt_id === null || !own.includes(prompt_id));
    this.#foreign = foreign.map(({ prompt_id, text, images }) => {
      const same = before.findIndex((turn) => turn.waitsAs === prompt_id && turn.prompt === text);
      const fresh = { key: prompt_id ?? this.#key(), ordinal: null, ...blank(text, images, 'queued'), waitsAs: prompt_id };
      return before.splice(same, same < 0 ? 0 : 1)[0] ?? fresh;
    });
    this.settle(waiting, isLive);
  }

  /** How the conversation is set. */
  know(info: ConversationInfo): void {
    this.info = info;
    if (info.title !== '') this.title = info.title;
  }

  /** Takes in what waits to be asked. */
  settle(waiting: readonly Entry[], isLive: boolean): void {
    const tail = [...this.#foreign];
    const now = this.turns.slice(this.#begun);
    for (const entry of waiting) {
      if (this.#isShown(entry)) continue;
      const { text, images } = entry.prompt;
      const turn = now.find((turn) => turn.key === entry.name) ?? { key: entry.name, ordinal: null, ...blank(text, images, 'waits') };
      turn.status = statusOf(entry, isLive);
      turn.waitsAs = entry.name;
      tail.push(turn);
    }
    const isSame = now.length === tail.length && now.every((turn, at) => turn.key === tail[at]?.key);
    if (!isSame) this.turns.splice(this.#begun, now.length, ...tail);
  }

  /** A prompt waits no more, and nobody has asked it. */
  withdrawn(key: string): void {
    this.#foreign = this.#foreign.filter((turn) => turn.key !== key);
    const at = this.turns.findIndex((turn, at) => at >= this.#begun && turn.key === key);
    if (at >= 0) this.turns.splice(at, 1);
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
      case 'history.shown':
        this.#changes = event.payload.from_user_ordinal;
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

  #start({ text, prompt_ids, images, ...asked }: MessageStart): void {
    const tail = this.turns.slice(this.#begun);
    const own = tail.find((turn) => prompt_ids.includes(turn.key));
    const foreign = this.#foreign.map(({ key }) => key);
    const left = tail.filter(({ key }) => !prompt_ids.includes(key) && !foreign.includes(key));
    this.#foreign = [];
    const turn = own ?? { key: this.#key(), ordinal: null, ...blank(text, images, 'running') };
    Object.assign(turn, { ordinal: this.#begun, waitsAs: null, prompt: text, images, status: 'running', version: versionOf(asked) });
    this.turns.splice(this.#begun, tail.length, turn, ...left);
    this.#begun += 1;
  }

  #complete(complete: MessageComplete): void {
    const { running } = this;
    if (running) {
      const { error } = complete;
      running.answer = saysWhy(complete.text, error) ? '' : whole(running, complete.text);
      running.tokens = complete.tokens ?? null;
      settleSteps(running);
      running.thoughts = complete.reasoning ?? running.thoughts;
      running.warning = complete.warning ?? null;
      running.error = error ?? null;
      running.model = complete.model ?? null;
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
  return {
    ...{ waitsAs: null, prompt, images: [...images], answer: '', thoughts: '', steps: [], others: [], status },
    ...{ warning: null, error: null, tokens: null, model: null, version: null },
  };
}

function versionOf({ version, versions }: { version?: number; versions?: number }): Version | null {
  return version === undefined || versions === undefined ? null : { number: version, of: versions };
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
    if (message.role === 'user') {
      turns.push({ ...blank(message.text, message.images ?? [], 'interrupted'), version: versionOf(message) });
    } else if (last) answer(last, message);
  }
  if (now.inflight) {
    const { user, assistant, reasoning } = now.inflight;
    // Upstream tells no pictures.
    const images = (now.inflight as Partial<Inflight>).images ?? [];
    turns.push({ ...blank(user, images, 'running'), answer: assistant, thoughts: reasoning, version: versionOf(now.inflight) });
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
    const text = saysWhy(message.text, message.error) ? '' : message.text;
    turn.answer = turn.answer === '' ? text : `${turn.answer}\n\n${text}`;
    turn.error = message.error ?? null;
    turn.tokens = message.tokens ?? null;
    turn.model = message.model ?? null;
    turn.thoughts ||= message.reasoning ?? '';
    turn.status = message.status ?? 'complete';
  }
}

/** Of an answer that failed and had nothing, the text says why, and so does the error. */
function saysWhy(text: string, error: TurnError | undefined): boolean {
  return error !== undefined && text === error.message;
}

/** What waits at the gateway. Upstream tells one text; what of it was asked here is left out. */
export function waitingOf({ queued }: ConversationResumed, waiting: readonly Entry[]): WaitingPrompt[] {
  if (!queued) return [];
  const prompts = (queued as Partial<QueuedPrompt>).prompts ?? [];
  if (prompts.length > 0) return prompts;
  let rest = `\n\n${queued.user.trim()}\n\n`;
  for (const { prompt } of waiting) rest = rest.replace(`\n\n${prompt.text.trim()}\n\n`, '\n\n');
  return rest.trim() === '' ? [] : [{ prompt_id: null, text: rest.trim(), images: [] }];
}
