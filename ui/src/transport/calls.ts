// The calls of one socket that have no answer yet.

import type { Events } from '../protocol/methods';
import type { RpcError } from '../protocol/rpc';
import { readAgentEvent } from './agent-reader';
import type { Callable, GatewayEvent } from './transport';
import { cut, ofCall, timedOut } from './refusals';

/** How long an answer of this method may take, in milliseconds. What may have to wait for a model has longer. */
export function patience(method: keyof Callable): number {
  switch (method) {
    case 'session.list':
      return 60_000;
    case 'image.attach_bytes':
      return 5 * 60_000;
    case 'prompt.submit':
    case 'slash.exec':
    case 'command.dispatch':
    case 'session.compress':
    case 'setup.runtime_check':
      return 30 * 60_000;
    default:
      return 30_000;
  }
}

interface Waiting {
  done: (answer: unknown) => void;
  failed: (why: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** What waits on a socket for its answer. */
export class Calls {
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Takes a call in: its frame, and what comes of it. */
  begin(method: keyof Callable, params: unknown): { frame: string; answer: Promise<unknown> } {
    const id = ++this.#last;
    const answer = new Promise<unknown>((done, failed) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        failed(timedOut());
      }, patience(method));
      this.#waiting.set(id, { done, failed, timer });
    });
    return { frame: JSON.stringify({ jsonrpc: '2.0', id, method, params }), answer };
  }

  /** An answer has come. One that nobody waits for any more is passed over. */
  answered({ id, outcome }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if ('error' in outcome) waiting.failed(ofCall(outcome.error));
    else waiting.done(outcome.result);
  }

  /** The socket is gone, and with it every answer. */
  cut(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { failed, timer } of all) {
      clearTimeout(timer);
      failed(cut());
    }
  }
}

interface Answer {
  id: number;
  outcome: { result: unknown } | { error: RpcError };
}

/** A frame of the gateway. */
export type Frame = { kind: 'answer'; answer: Answer } | { kind: 'event'; event: GatewayEvent };

/** What a frame is; none is passed over. */
export function read(text: unknown): Frame | null {
  const frame = typeof text === 'string' ? parsed(text) : null;
  if (!isObject(frame)) return null;
  const { id } = frame;
  if (typeof id === 'number' && 'result' in frame) {
    return { kind: 'answer', answer: { id, outcome: { result: frame['result'] } } };
  }
  if (typeof id === 'number' && isObject(frame['error'])) {
    return { kind: 'answer', answer: { id, outcome: { error: frame['error'] as RpcError } } };
  }
  if (frame['method'] !== 'event') return null;
  const event = eventOf(frame['params']);
  return event && { kind: 'event', event };
}

/** The events of our own gateway, whose payloads are what its types say. */
const OWN: Record<keyof Events, true> = {
  'gateway.ready': true,
  'message.start': true,
  'reasoning.delta': true,
  'message.delta': true,
  'status.update': true,
  'message.complete': true,
  'session.title': true,
  'history.cut': true,
  'history.shown': true,
  'prompt.withdrawn': true,
  'prompt.dropped': true,
  'prompt.waiting': true,
  'session.info': true,
  'sessions.changed': true,
};

/** An event out of what a frame or an answer says of it. */
export function eventOf(params: unknown): GatewayEvent | null {
  if (!isObject(params) || typeof params['type'] !== 'string') return null;
  const { type } = params;
  const payload = params['payload'] ?? {};
  if (Object.hasOwn(OWN, type)) return { ...params, payload } as GatewayEvent;
  return { ...params, ...readAgentEvent(type, payload) } as GatewayEvent;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
