// What an agent does within a turn besides writing: its tools, and the agents that work for it, in their order.

import type { Subagent, ToolComplete, ToolStart } from '../transport/agent-events';
import type { GatewayEvent } from '../transport/transport';

export type StepState =
  /** The model is still writing what is to be done. */
  | 'preparing'
  | 'running'
  | 'done'
  | 'failed'
  /** It is over, and nobody has told how it ended. */
  | 'unknown';

/** One thing that an agent does. */
export interface Step {
  /** Names it within its turn. */
  key: string;
  /** What the gateway knows it by; null before it does, and of one that was read from the history. */
  id: string | null;
  kind: 'tool' | 'agent';
  name: string;
  /** What it is about, in one line. */
  about: string;
  args: string;
  progress: string;
  result: string;
  error: string;
  diff: string;
  /** What was found to be a risk in its result. */
  risk: string;
  /** How long it took, in seconds; null as long as nobody has told. */
  seconds: number | null;
  state: StepState;
  /** After how many characters of the answer it began. */
  at: number;
}

/** Things that happened and that the page does not know. */
export interface Other {
  name: string;
  count: number;
}

/** What steps change of a turn. */
export interface Stepping {
  answer: string;
  thoughts: string;
  steps: Step[];
  others: Other[];
}

/** The most steps of a turn; what comes after that is counted as something that the page does not show. */
const MOST = 500;

/** The most names of things that the page does not know. */
const OTHERS = 50;

/** The most characters of progress; the newest stay. */
const PROGRESS = 20_000;

/** What concerns how a terminal looks or what it says, and is nothing that an agent has done. */
const BESIDE: readonly string[] = ['thinking.delta', 'skin.changed', 'reaction', 'notification.clear'];

export const isOpen = ({ state }: Step) => state === 'preparing' || state === 'running';

/** Something has happened in a turn. */
export function takeStep(turn: Stepping, event: GatewayEvent): void {
  switch (event.type) {
    case 'tool.generating':
      add(turn, { name: event.payload.name, state: 'preparing' }, event.type);
      break;
    case 'tool.start':
      started(turn, event.payload);
      break;
    case 'tool.progress': {
      const { tool_id, name, text } = event.payload;
      const step = tool_id === null ? turn.steps.findLast((step) => isOpen(step) && step.name === name) : stepOf(turn, tool_id);
      if (step) step.progress = progress(step.progress, text);
      else other(turn, event.type);
      break;
    }
    case 'tool.complete':
      completed(turn, event.payload);
      break;
    case 'tool.output_risk': {
      const step = stepOf(turn, event.payload.tool_id);
      if (step) step.risk = event.payload.risk;
      break;
    }
    case 'subagent.spawn_requested':
    case 'subagent.start':
    case 'subagent.thinking':
    case 'subagent.tool':
    case 'subagent.text':
    case 'subagent.progress':
    case 'subagent.complete':
      works(turn, event.type, event.payload);
      break;
    case 'message.interim':
      if (!event.payload.isShown) turn.answer += `${turn.answer === '' ? '' : '\n\n'}${event.payload.text}`;
      break;
    case 'reasoning.available':
      // Upstream tells the answer so where its model thinks nothing.
      if (turn.thoughts === '' && !turn.answer.includes(event.payload.text.trim())) turn.thoughts = event.payload.text;
      break;
    case 'unknown':
      if (!BESIDE.includes(event.payload.name)) other(turn, event.payload.name);
      break;
    default:
  }
}

/** Nobody will tell any more how the open ones end. */
export function settleSteps({ steps }: Pick<Stepping, 'steps'>): void {
  for (const step of steps) if (isOpen(step)) step.state = 'unknown';
}

/**
 * The whole answer at its end. What a gateway tells then is all of it, or what was written after the last tool alone.
 */
export function whole({ answer, steps }: Pick<Stepping, 'answer' | 'steps'>, text: string): string {
  const last = steps.at(-1);
  if (!last || last.at === 0) return text;
  const before = answer.slice(0, last.at);
  if (text.trimStart().startsWith(before.trim())) return text;
  if (text.trim() === '') return answer;
  return `${before.trimEnd()}\n\n${text.trimStart()}`;
}

/**
 * The steps of a turn that is read anew: what was seen of them is more than what a history has, as long as it is still
 * the same answer. The same may have been asked once more meanwhile.
 */
export function keptSteps(before: Pick<Stepping, 'answer' | 'steps'> & { status: string }, now: readonly Step[], answer: string): Step[] {
  const begun = before.answer.slice(0, before.steps.at(-1)?.at ?? 0);
  const isSame = before.status === 'running' ? answer.startsWith(begun) : answer === before.answer;
  const kept = isSame && before.steps.length >= now.length ? before.steps : now;
  return kept.map((step) => ({ ...step, at: Math.min(step.at, answer.length) }));
}

/** A step as a history has it: that it was, and nothing of how it ended. */
export function pastStep(name: string, about: string, at: number, nth: number): Step {
  return { ...blank(`h${nth}`), name, about, state: 'unknown', at };
}

/** A part of an answer: what was written, and what was done after it. */
export interface Piece {
  text: string;
  steps: Step[];
}

/** An answer in the order in which it came about. */
export function pieces({ answer, steps }: Pick<Stepping, 'answer' | 'steps'>): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const step of steps) {
    const at = Math.min(Math.max(step.at, from), answer.length);
    const last = found.at(-1);
    if (last && at === from) last.steps.push(step);
    else found.push({ text: answer.slice(from, at), steps: [step] });
    from = at;
  }
  if (from < answer.length || found.length === 0) found.push({ text: answer.slice(from), steps: [] });
  return found;
}

function started(turn: Stepping, { tool_id, name, context, args }: ToolStart): void {
  if (tool_id !== null && stepOf(turn, tool_id)) return;
  const prepared = turn.steps.find((step) => step.state === 'preparing' && step.name === name);
  const is = { id: tool_id, name, about: context, args, state: 'running' as const };
  if (prepared) Object.assign(prepared, is);
  else add(turn, is, 'tool.start');
}

function completed(turn: Stepping, { tool_id, name, args, result, error, summary, diff, seconds }: ToolComplete): void {
  let step = stepOf(turn, tool_id) ?? turn.steps.find((step) => isOpen(step) && step.id === null && step.kind === 'tool' && step.name === name);
  // It began while nobody was told.
  step ??= add(turn, { name }, 'tool.complete');
  if (!step) return;
  const state = error === '' ? 'done' : 'failed';
  Object.assign(step, { id: tool_id, args: args || step.args, about: step.about || summary, result, error, diff, seconds, state });
}

function works(turn: Stepping, type: GatewayEvent['type'], told: Subagent): void {
  let step = turn.steps.find((step) => step.kind === 'agent' && step.id === told.id);
  step ??= add(turn, { kind: 'agent', id: told.id, about: told.goal, state: 'running' }, type);
  if (!step) return;
  if (type === 'subagent.complete') {
    const failed = ['failed', 'error', 'timeout'].includes(told.status);
    const done = ['', 'ok', 'done', 'complete', 'completed', 'success'].includes(told.status);
    step.state = failed ? 'failed' : done ? 'done' : 'unknown';
    step.error = failed ? told.status : '';
    step.result = told.summary || told.text;
    step.seconds = told.seconds;
  } else {
    step.about ||= told.goal;
    const line = [told.tool, told.text].filter((part) => part !== '').join(': ');
    if (line !== '') step.progress = progress(step.progress, `${step.progress === '' ? '' : '\n'}${line}`);
  }
}

function add(turn: Stepping, step: Partial<Step>, type: string): Step | undefined {
  if (turn.steps.length >= MOST) {
    other(turn, type);
    return undefined;
  }
  turn.steps.push({ ...blank(`s${turn.steps.length}`), at: turn.answer.length, ...step });
  // The list may answer with another object than was put into it, and that one is watched.
  return turn.steps.at(-1);
}

function other(turn: Stepping, name: string): void {
  const known = turn.others.find((one) => one.name === name);
  if (known) known.count += 1;
  else if (turn.others.length < OTHERS) turn.others.push({ name, count: 1 });
}

function stepOf({ steps }: Stepping, id: string): Step | undefined {
  return steps.findLast((step) => step.id === id && step.kind === 'tool');
}

function progress(before: string, more: string): string {
  return `${before}${more}`.slice(-PROGRESS);
}

function blank(key: string): Step {
  const said = { name: '', about: '', args: '', progress: '', result: '', error: '', diff: '', risk: '' };
  return { key, id: null, kind: 'tool', ...said, seconds: null, state: 'running', at: 0 };
}
