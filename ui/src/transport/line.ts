// One socket, from its opening to its end.

import type { GatewayReady } from '../protocol/rpc';
import { Calls, read } from './calls';
import type { Calling, GatewayEvent } from './transport';

/** How long the gateway may take to say something at an open socket, in milliseconds. */
const READY = 15_000;

/** How many frames before the first word of a gateway are passed over. */
const BEFORE = 64;

/** After how much silence it is asked whether anybody is there. */
const SILENCE = 30_000;

/** How long a gateway may take to show that it is there. */
const SIGN_OF_LIFE = 5_000;

/** How often it is looked at how much of a large call has left. */
const LOOK = 250;

/** What a socket tells. */
export interface Heard {
  /** The gateway has said its first word. */
  ready(ready: GatewayReady): void;
  event(event: GatewayEvent): void;
  /** Something else than the gateway has answered. */
  notTheGateway(): void;
  /** It is over: with this close code, or with none. Nothing is told after it. */
  closed(code: number | null): void;
}

/** Opens a socket, as the browser does or a test. */
export type Open = (address: string) => WebSocket;

/** A socket, and what waits on it. */
export class Line {
  readonly #socket: WebSocket;
  readonly #calls = new Calls();
  readonly #told: Heard;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;
  #before = 0;
  #over = false;
  #heardAt = performance.now();
  /** Whether it was asked for a sign, and whether something has come since. */
  #doubts = false;
  #heard = false;

  constructor(open: Open, address: string, told: Heard) {
    this.#told = told;
    this.#socket = open(address);
    this.#socket.onmessage = ({ data }) => {
      this.#frame(data);
    };
    this.#socket.onclose = ({ code }) => {
      // 1005 and 1006 are no codes that anybody sent.
      this.#end(code === 1005 || code === 1006 ? null : code);
    };
    this.#timer = setTimeout(() => {
      this.#end(null);
    }, READY);
  }

  /** Sends a call: what comes of it. */
  call(method: Parameters<Calls['begin']>[0], params: unknown, calling: Calling = {}): Promise<unknown> {
    const { frame, answer } = this.#calls.begin(method, params);
    this.#socket.send(frame);
    return calling.sent ? this.#watched(answer, calling.sent) : answer;
  }

  /** How many bytes have not left yet. */
  get #unsent(): number {
    return this.#socket.bufferedAmount;
  }

  #watched(answer: Promise<unknown>, sent: (share: number) => void): Promise<unknown> {
    const all = this.#unsent;
    const look = setInterval(() => {
      sent(all === 0 ? 1 : 1 - Math.min(1, this.#unsent / all));
    }, LOOK);
    return answer.finally(() => {
      clearInterval(look);
    });
  }

  /** Asks for a sign that somebody is there if it has been silent for long. */
  tick(): void {
    if (performance.now() - this.#heardAt >= SILENCE) this.doubt();
  }

  /** Asks for a sign that somebody is at the other end. */
  doubt(): void {
    if (this.#doubts || !this.#isReady || this.#over) return;
    this.#doubts = true;
    this.#heard = false;
    // What becomes of it shows in what is heard, so nobody waits for it.
    this.call('config.get', { key: 'busy' }).catch(() => undefined);
    this.#wait(this.#unsent);
  }

  /** Waits for a sign. A large call that leaves bit by bit is one. */
  #wait(unsent: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#unsent;
      if (this.#heard) this.#doubts = false;
      else if (left < unsent) this.#wait(left);
      else this.#end(null);
    }, SIGN_OF_LIFE);
  }

  /** Ends it without telling anybody but those who wait for answers. */
  drop(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(1000);
    this.#calls.cut();
  }

  #end(code: number | null): void {
    if (this.#over) return;
    this.drop();
    this.#told.closed(code);
  }

  #frame(data: unknown): void {
    this.#heardAt = performance.now();
    this.#heard = true;
    const frame = read(data);
    if (!this.#isReady) {
      this.#first(frame);
    } else if (frame?.kind === 'answer') {
      this.#calls.answered(frame.answer);
    } else if (frame) {
      this.#told.event(frame.event);
    }
  }

  #first(frame: ReturnType<typeof read>): void {
    if (frame?.kind === 'event' && frame.event.type === 'gateway.ready') {
      clearTimeout(this.#timer);
      this.#isReady = true;
      this.#told.ready(frame.event.payload);
      return;
    }
    this.#before += 1;
    if (frame && this.#before <= BEFORE) return;
    this.drop();
    this.#told.notTheGateway();
  }
}
