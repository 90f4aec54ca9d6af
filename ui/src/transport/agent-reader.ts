// Reads what gateways tell of tools and of what they ask. Nothing here throws, whatever was sent.

import type { AgentEvents, Asking, Choice, Expired, Subagent } from './agent-events';

/** The most characters of a text that are kept; more of it says that there was more. */
export const LONGEST = 200_000;

/** The most characters of what is one line. */
const LINE = 2_000;

/** The most choices of a question. */
const CHOICES = 20;

type Fields = Record<string, unknown>;
type Kind = Exclude<keyof AgentEvents, 'unknown'>;

/** One payload as it is read; null is not what it should be. */
type Readers = { [K in Kind]: (fields: Fields) => AgentEvents[K] | null };

const READERS: Readers = {
  'tool.generating': ({ name }) => named(name, (name) => ({ name })),
  'tool.start': ({ tool_id, name, context, args_text, args }) =>
    named(name, (name) => ({ tool_id: id(tool_id), name, context: line(context), args: text(args_text) || text(args) })),
  // What it says is not told anywhere; a text is what the other events have.
  'tool.progress': ({ tool_id, name, text: said }) =>
    id(tool_id) === null && line(name) === '' ? null : { tool_id: id(tool_id), name: line(name), text: text(said) },
  'tool.complete': (fields) => {
    const tool_id = id(fields['tool_id']);
    if (tool_id === null) return null;
    const { name, args, result, result_text, summary, inline_diff, duration_s } = fields;
    return {
      tool_id,
      name: line(name),
      args: text(args),
      result: text(result_text) || text(result),
      error: errorOf(result),
      summary: line(summary),
      diff: text(inline_diff),
      seconds: seconds(duration_s),
    };
  },
  'tool.output_risk': ({ tool_id, risk }) => {
    const of = id(tool_id);
    return of === null ? null : { tool_id: of, risk: line(risk) };
  },
  'subagent.spawn_requested': subagent,
  'subagent.start': subagent,
  'subagent.thinking': subagent,
  'subagent.tool': subagent,
  'subagent.text': subagent,
  'subagent.progress': subagent,
  'subagent.complete': subagent,
  'approval.request': (fields) => {
    const { command, description, choices } = fields;
    // A command that is not shown whole is not approved here.
    if (typeof command !== 'string' || command.length > LONGEST) return null;
    return { ...asking(fields), command, description: line(description), choices: choicesOf(choices) };
  },
  'clarify.request': (fields) => {
    const { question, choices } = fields;
    return requested(fields, (request_id) => ({ ...asking(fields), request_id, question: text(question), choices: answersOf(choices) }));
  },
  'sudo.request': (fields) => requested(fields, (request_id) => ({ ...asking(fields), request_id })),
  'sudo.expire': expired,
  'secret.request': (fields) => {
    const { prompt, env_var } = fields;
    return requested(fields, (request_id) => ({ ...asking(fields), request_id, prompt: text(prompt), env_var: line(env_var) }));
  },
  'secret.expire': expired,
  'message.interim': ({ text: said, already_streamed }) => ({ text: text(said), isShown: already_streamed === true }),
  'reasoning.available': ({ text: said }) => ({ text: text(said) }),
  error: ({ message }) => named(message, (message) => ({ message })),
};

/** An event of this name as it is read: of this kind, or of none that is known. */
export function readAgentEvent(name: string, payload: unknown): { type: keyof AgentEvents; payload: unknown } {
  const reader: ((fields: Fields) => unknown) | undefined = Object.hasOwn(READERS, name) ? READERS[name as Kind] : undefined;
  const read = reader && isFields(payload) ? reader(payload) : null;
  if (read !== null) return { type: name as Kind, payload: read };
  return { type: 'unknown', payload: { name: name.slice(0, 100) } };
}

function subagent(fields: Fields): Subagent | null {
  const { goal, task_index, subagent_id, text: said, tool_name, status, summary, duration_seconds } = fields;
  const of = id(subagent_id) ?? (typeof task_index === 'number' ? `task ${task_index}` : line(goal));
  if (of === '') return null;
  return {
    id: of,
    goal: line(goal),
    text: text(said),
    tool: line(tool_name),
    status: line(status),
    summary: text(summary),
    seconds: seconds(duration_seconds),
  };
}

function asking({ risk, cwd, host, timeout_seconds }: Fields): Asking {
  return { risk: line(risk) || null, folder: line(cwd) || null, host: line(host) || null, waits: seconds(timeout_seconds) };
}

function requested<T>({ request_id }: Fields, read: (request: string) => T): T | null {
  const request = id(request_id);
  return request === null ? null : read(request);
}

function expired(fields: Fields): Expired | null {
  return requested(fields, (request_id) => ({ request_id }));
}

/** Of what may be chosen, what this page offers. To deny is always possible. */
function choicesOf(choices: unknown): Choice[] {
  const offered: unknown[] = Array.isArray(choices) ? choices : ['once'];
  return (['once', 'session', 'deny'] as const).filter((choice) => choice === 'deny' || offered.includes(choice));
}

function answersOf(choices: unknown): string[] | null {
  if (!Array.isArray(choices)) return null;
  const answers = [...new Set(choices.filter((choice): choice is string => typeof choice === 'string' && choice !== ''))];
  const fits = answers.length > 0 && answers.length <= CHOICES && answers.every((answer) => answer.length <= LINE);
  return fits ? answers : null;
}

/** Why a tool failed, where its result says so. */
function errorOf(result: unknown): string {
  const fields = typeof result === 'string' && result.startsWith('{') ? parsed(result) : result;
  return isFields(fields) ? text(fields['error']) : '';
}

function named<T>(name: unknown, read: (name: string) => T): T | null {
  const found = line(name);
  return found === '' ? null : read(found);
}

function id(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : null;
}

function seconds(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e7 ? value : null;
}

function line(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, LINE) : '';
}

/** Any value as text: a text is itself, and everything else as JSON. */
function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  const whole = typeof value === 'string' ? value : json(value);
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2);
  } catch {
    // So deep that it cannot be written.
    return '…';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
