// A gateway of nothing but answers, for tests and for the gallery.

import type { State } from '../connection/state';
import type { Methods } from '../protocol/methods';
import { Refusal, type Asked, type Transport } from '../transport/transport';

/** What is answered: a value, a failure, or what a function makes of what was asked. */
type Answer = unknown;

export class Fake implements Transport {
  /** What was asked, the newest last. */
  readonly asked: Asked[] = [];
  signedIn = 0;
  signedOut = 0;
  retried = 0;
  readonly #answers = new Map<string, Answer[]>();
  readonly #watchers = new Set<(state: State) => void>();
  #state: State = { name: 'live' };

  /** Answers this request, such as `GET /api/status`, with these one after the other; the last one stays. */
  on(request: string, ...answers: [Answer, ...Answer[]]): this {
    this.#answers.set(request, answers);
    return this;
  }

  /** How often this request was made. */
  count(request: string): number {
    return this.asked.filter(({ verb, path }) => `${verb} ${path}` === request).length;
  }

  /** What went along with the last of these requests. */
  body(request: string): unknown {
    return this.asked.findLast(({ verb, path }) => `${verb} ${path}` === request)?.body;
  }

  stand(state: State): void {
    this.#state = state;
    for (const told of this.#watchers) told(state);
  }

  async ask<T>(asked: Asked): Promise<T> {
    this.asked.push(asked);
    const answers = this.#answers.get(`${asked.verb} ${asked.path}`);
    if (answers === undefined) throw new Refusal(`No such API endpoint: ${asked.path}`, null, null, 404, false);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const made: unknown = await (typeof answer === 'function' ? (answer as (asked: Asked) => unknown)(asked) : answer);
    asked.signal?.throwIfAborted();
    if (made instanceof Error) throw made;
    return made as T;
  }

  watch(told: (state: State) => void): () => void {
    this.#watchers.add(told);
    told(this.#state);
    return () => void this.#watchers.delete(told);
  }

  listen(): () => void {
    return () => undefined;
  }

  call<M extends keyof Methods>(): Promise<Methods[M]['answer']> {
    return Promise.reject(new Refusal('Settings call nothing.', null, null, 0, false));
  }

  retry(): void {
    this.retried += 1;
  }

  signIn(): void {
    this.signedIn += 1;
  }

  signOut(): Promise<void> {
    this.signedOut += 1;
    return Promise.resolve();
  }
}

/** Nobody answered. */
export const lost = () => new Refusal('There is no connection to the gateway.', 'connect.unreachable', null, 0, true);

/** The session has ended: the connection says so. */
export const ended = () => new Refusal('The sign-in has ended.', 'connect.sign_in_needed', null, 401, false);
