// What the page knows of gateways. In a browser it is `fetch` and a WebSocket, in the desktop another
// program that keeps the secrets; the page is the same.

import type { Events, Methods } from '../protocol/methods';
import type { State } from '../connection/state';
import type { AgentEvents, AgentMethods } from './agent-events';

/** What can be asked over the socket. */
export type Callable = Methods & AgentMethods;

/** What is told over it. */
type Told = Events & AgentEvents;

/** Something that the gateway tells by itself. */
export type GatewayEvent = {
  [Kind in keyof Told]: {
    type: Kind;
    /** The conversation that it is about; none is about the connection. */
    session_id?: string;
    /** Its number in the conversation; none is not numbered. */
    seq?: number;
    payload: Told[Kind];
  };
}[keyof Told];

/** What is asked over HTTP. */
export interface Asked {
  verb: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path without a prefix, its parts encoded, with its query. */
  path: string;
  /** What goes along as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/** What whoever calls may want beyond the answer. */
export interface Calling {
  /** Told how much of a large call has left, from 0 to 1, where that can be known. */
  sent?: (share: number) => void;
}

/** Why something that was asked was not done. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    /** What happened, in a sentence for people. */
    message: string,
    /** The stable code, for which the guide has a section; none where no gateway answered. */
    readonly code: string | null,
    /** What to do next, if anybody knows. */
    readonly hint: string | null,
    /** The status of HTTP or the number of the call's error; 0 where nobody answered. */
    readonly status: number,
    /** Whether the same may work later without anybody doing anything. */
    readonly retryable: boolean,
  ) {
    super(message);
  }
}

/** A gateway, as the page reaches it. */
export interface Transport {
  /** Tells how the connection stands: at once, and at each change until what is answered is called. */
  watch(told: (state: State) => void): () => void;
  /**
   * Tells what the gateway tells, in its order, until what is answered is called. While the connection is open it
   * begins with `gateway.ready`, whenever that came.
   */
  listen(told: (event: GatewayEvent) => void): () => void;
  /** Asks over the socket. It fails with a {@link Refusal}; at once if the connection is not open. */
  call<M extends keyof Callable>(
    method: M,
    params: Callable[M]['params'],
    calling?: Calling,
  ): Promise<Callable[M]['answer']>;
  /** Asks over HTTP. It fails with a {@link Refusal}. */
  ask<T>(asked: Asked): Promise<T>;
  /** Tries again at once. */
  retry(): void;
  /** Leads to the sign-in, and back to where the page is now. */
  signIn(): void;
  /** Ends the session, and leads to the page that says so. */
  signOut(): Promise<void>;
}
