import type { State } from '../connection/state';
import type { LineState } from '../protocol/bridge';
import type { SignedOut } from '../protocol/bridge-sign-in';
import { said } from '../transport/answer';
import { eventOf } from '../transport/calls';
import { forgetAll } from '../transport/kept';
import { Listeners } from '../transport/listeners';
import { cancelled, offline, tooLarge } from '../transport/refusals';
import { isTooLarge } from '../transport/size';
import type { Asked, Callable, Calling, GatewayEvent, Transport } from '../transport/transport';
import { refusalOf, type Bridge } from './bridge';

/** The most events that wait for the word that the connection is open. */
const HELD = 256;

/** Where the page is led to, which the application's own page knows. */
export interface Leads {
  signIn(gateway: string): void;
  signedOut(gateway: string, how: SignedOut): void;
}

/** One gateway, as the application reaches it: with secrets that this page never sees. */
export class DesktopTransport implements Transport {
  readonly #bridge: Bridge;
  readonly #gateway: string;
  readonly #leads: Leads;
  readonly #watching = new Listeners<State>();
  readonly #listening = new Listeners<GatewayEvent>();
  #line: LineState = { name: 'probing' };
  #state: State = { name: 'probing' };
  /** The gateway's first word on this connection. */
  #ready: GatewayEvent | null = null;
  /** What came before the application said that the connection is open. */
  #held: GatewayEvent[] = [];
  /** Which page has asked: what is answered to one that was put away changes nothing any more. */
  #page = 0;

  constructor(bridge: Bridge, gateway: string, leads: Leads) {
    this.#bridge = bridge;
    this.#gateway = gateway;
    this.#leads = leads;
  }

  /** The application tells how the connection stands. */
  stands(line: LineState): void {
    // All is told again at each change of anything.
    const isNews = line.name === 'waiting' || JSON.stringify(line) !== JSON.stringify(this.#line);
    if (!isNews) return;
    this.#line = line;
    if (line.name !== 'live' && (this.#state.name === 'live' || line.name !== 'connecting')) {
      this.#ready = null;
      this.#held = [];
    }
    this.#become(stateOf(line, this.#ready !== null));
    this.#tellHeld();
  }

  /** The gateway tells something. */
  happened(told: unknown): void {
    const event = eventOf(told);
    if (event === null) return;
    if (event.type === 'gateway.ready') {
      // It broke and came back before the application said so.
      if (this.#state.name === 'live') this.#become({ name: 'connecting' });
      this.#ready = event;
      this.#held = [event];
    } else if (this.#state.name === 'live') {
      this.#tell(event);
      return;
    } else if (this.#ready !== null && this.#held.length < HELD) {
      this.#held.push(event);
    }
    if (this.#line.name !== 'live') return;
    this.#become({ name: 'live' });
    this.#tellHeld();
  }

  /** The page of this gateway is put away: nobody waits any more for what it has asked. */
  leave(): void {
    this.#page += 1;
  }

  watch(told: (state: State) => void): () => void {
    const end = this.#watching.add(told);
    told(this.#state);
    return end;
  }

  listen(told: (event: GatewayEvent) => void): () => void {
    const end = this.#listening.add(told);
    if (this.#ready && this.#state.name === 'live') told(this.#ready);
    return end;
  }

  call<M extends keyof Callable>(
    method: M,
    params: Callable[M]['params'],
    calling?: Calling,
  ): Promise<Callable[M]['answer']> {
    if (this.#state.name !== 'live') return Promise.reject(offline());
    if (isTooLarge(params)) return Promise.reject(tooLarge());
    const answer = this.#here(this.#bridge.call({ gateway: this.#gateway, method, params }));
    // How much of it has left, the application does not tell; with an answer all of it has.
    const told = answer.then((answered) => {
      calling?.sent?.(1);
      return answered;
    });
    return told as Promise<Callable[M]['answer']>;
  }

  async ask<T>({ verb, path, body, signal }: Asked): Promise<T> {
    if (signal?.aborted) throw cancelled();
    const asked = { gateway: this.#gateway, verb, path, body: body ?? null };
    const answer = await unlessAborted(this.#here(this.#bridge.ask(asked)), signal);
    // That the session is over, the application has seen by itself, and the board tells it.
    return said(answer, () => undefined) as T;
  }

  retry(): void {
    // What comes of it, the board tells.
    this.#bridge.retry({ gateway: this.#gateway }).catch(() => undefined);
  }

  signIn(): void {
    this.#leads.signIn(this.#gateway);
  }

  async signOut(): Promise<void> {
    const how = await this.#here(this.#bridge.signOut({ gateway: this.#gateway }));
    await forgetAll();
    this.#leads.signedOut(this.#gateway, how);
  }

  #become(state: State): void {
    if (state.name === this.#state.name && (state.name === 'live' || state.name === 'connecting')) return;
    this.#state = state;
    this.#watching.tell(state);
  }

  #tellHeld(): void {
    if (this.#state.name !== 'live') return;
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#tell(event);
  }

  #tell(event: GatewayEvent): void {
    this.#listening.tell(event);
  }

  /** What comes of it, as long as the page that has asked is there. */
  #here<T>(work: Promise<T>): Promise<T> {
    const page = this.#page;
    return new Promise((done, failed) => {
      work.then(
        (value) => {
          if (page === this.#page) done(value);
        },
        (thrown: unknown) => {
          if (page === this.#page) failed(refusalOf(thrown));
        },
      );
    });
  }
}

/** Where a connection stands, as the page knows it. One is open when the gateway has said its first word. */
export function stateOf(line: LineState, isReady: boolean): State {
  switch (line.name) {
    case 'live':
      return { name: isReady ? 'live' : 'connecting' };
    case 'waiting':
      return { name: 'waiting', until: performance.now() + line.wait_ms, trouble: line.trouble };
    default:
      return line;
  }
}

/** The answer, unless whoever asked does not want it any more. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return answer;
  return new Promise((done, failed) => {
    const leave = () => {
      failed(cancelled());
    };
    signal.addEventListener('abort', leave);
    answer.then(done, failed).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}
