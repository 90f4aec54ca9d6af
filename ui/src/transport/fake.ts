// A gateway for tests: what is asked of it is seen, and answered when the test says.

import type { State } from '../connection/state';
import { Listeners } from './listeners';
import { cut, offline } from './refusals';
import type { Asked, Callable, Calling, GatewayEvent, Refusal, Transport } from './transport';

/** Something that was asked and waits for its answer. */
export interface Pending<P = unknown> {
  params: P;
  answer(value: unknown): void;
  refuse(why: Refusal): void;
}

/** A call that waits. */
export interface PendingCall extends Pending {
  method: keyof Callable;
  calling: Calling | undefined;
}

/** Answers every call of a method at once. */
type Answering = (params: never) => unknown;

export class FakeTransport implements Transport {
  state: State = { name: 'probing' };
  /** The calls that wait, the oldest first. */
  calls: PendingCall[] = [];
  /** What was asked over HTTP and waits, the oldest first. */
  asks: Pending<Asked>[] = [];
  /** What was done that asks nothing. */
  done: ('retry' | 'signIn' | 'signOut')[] = [];

  #ready: GatewayEvent | null = null;
  readonly #watching = new Listeners<State>();
  readonly #listening = new Listeners<GatewayEvent>();
  readonly #answering = new Map<keyof Callable, Answering>();
  #routes: ((asked: Asked) => unknown) | null = null;

  /** The connection stands like this now. */
  stand(state: State): void {
    this.state = state;
    if (state.name !== 'live') {
      this.#ready = null;
      const waiting = this.calls;
      this.calls = [];
      for (const call of waiting) call.refuse(cut());
    }
    this.#watching.tell(state);
  }

  /** The connection is open, and the gateway has said its first word. */
  connect(epoch = 'e1', user = 'u1'): void {
    this.stand({ name: 'live' });
    this.#ready = {
      type: 'gateway.ready',
      payload: { user_id: user, role: 'owner', max_frame_bytes: 16_777_216, replay_epoch: epoch },
    };
    this.tell(this.#ready);
  }

  /** The connection breaks, and every call with it. */
  break(): void {
    this.stand({ name: 'waiting', until: performance.now() + 1000, trouble: { kind: 'network' } });
  }

  /** The gateway tells something. */
  tell(event: GatewayEvent): void {
    this.#listening.tell(event);
  }

  /** From here on calls of this method are answered at once; what is thrown refuses them. */
  on<M extends keyof Callable>(method: M, answer: (params: Callable[M]['params']) => Callable[M]['answer']): void {
    this.#answering.set(method, answer);
  }

  /** From here on what is asked over HTTP is answered at once; what is thrown refuses it. */
  route(answer: (asked: Asked) => unknown): void {
    this.#routes = answer;
  }

  /** Takes the oldest call of this method that waits. */
  take(method: keyof Callable): PendingCall {
    const at = this.calls.findIndex((call) => call.method === method);
    const [call] = at < 0 ? [] : this.calls.splice(at, 1);
    if (!call) throw new Error(`nobody has called ${method}, but ${this.calls.map((one) => one.method).join(', ')}`);
    return call;
  }

  watch(told: (state: State) => void): () => void {
    const end = this.#watching.add(told);
    told(this.state);
    return end;
  }

  listen(told: (event: GatewayEvent) => void): () => void {
    const end = this.#listening.add(told);
    if (this.#ready) told(this.#ready);
    return end;
  }

  call<M extends keyof Callable>(
    method: M,
    params: Callable[M]['params'],
    calling?: Calling,
  ): Promise<Callable[M]['answer']> {
    if (this.state.name !== 'live') return Promise.reject(offline());
    const answering = this.#answering.get(method);
    return new Promise((done, failed) => {
      const answer = done as (value: unknown) => void;
      if (answering) {
        try {
          answer(answering(params as never));
        } catch (why) {
          failed(why instanceof Error ? why : new Error('a test threw something else'));
        }
        return;
      }
      this.calls.push({ method, params, calling, answer, refuse: failed });
    });
  }

  ask<T>(asked: Asked): Promise<T> {
    return new Promise((done, failed) => {
      const answer = done as (value: unknown) => void;
      if (this.#routes) {
        try {
          answer(this.#routes(asked));
        } catch (why) {
          failed(why instanceof Error ? why : new Error('a test threw something else'));
        }
        return;
      }
      this.asks.push({ params: asked, answer, refuse: failed });
    });
  }

  retry(): void {
    this.done.push('retry');
  }

  signIn(): void {
    this.done.push('signIn');
  }

  signOut(): Promise<void> {
    this.done.push('signOut');
    return Promise.resolve();
  }
}
