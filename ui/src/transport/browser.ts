import { Connection, type Happened, type ToDo } from '../connection/machine';
import { modeOf } from '../connection/mode';
import { minted, objectOf, pauseOf } from '../connection/ticket';
import type { State } from '../connection/state';
import type { GatewayReady } from '../protocol/rpc';
import { answered, ask, type Fetch } from './http';
import { forgetAll, isForgotten } from './kept';
import { Line, type Open } from './line';
import { leave } from './leaving';
import { Listeners } from './listeners';
import { notice } from './nudges';
import { addressOf, prefixOf, rememberPlace, socketAddress } from './place';
import { offline, tooLarge } from './refusals';
import { isTooLarge } from './size';
import type { Asked, Callable, Calling, GatewayEvent, Transport } from './transport';

/** What a browser gives, and a test in its place. */
export interface Browser {
  fetch: Fetch;
  open: Open;
  /** Leaves the page for another address. */
  go(address: string): void;
  /** Something random, from 0 to 1. */
  roll(): number;
}

const REAL: Browser = {
  fetch: (input, init) => fetch(input, init),
  open: (address) => new WebSocket(address),
  go: (address) => {
    location.assign(address);
  },
  roll: () => Math.random(),
};

/** The gateway that served the page, as a browser reaches it: by its cookies, and a ticket for each socket. */
export class BrowserTransport implements Transport {
  readonly #browser: Browser;
  readonly #prefix = prefixOf(document.documentElement);
  readonly #connection = new Connection();
  readonly #watching = new Listeners<State>();
  readonly #listening = new Listeners<GatewayEvent>();
  readonly #unnotice: () => void;
  /** Which attempt is under way: what comes of those before matters no more. */
  #attempt = 0;
  #line: Line | null = null;
  #ready: GatewayReady | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the page is put away. */
  #away = false;

  constructor(browser: Browser = REAL) {
    this.#browser = browser;
    this.#unnotice = notice({
      stir: () => {
        this.#stir();
      },
      tick: () => {
        if (!document.hidden) this.#line?.tick();
      },
      leave: () => {
        this.#leave();
      },
      comeBack: () => {
        this.#comeBack();
      },
    });
    this.#do(this.#connection.begin());
  }

  watch(told: (state: State) => void): () => void {
    const end = this.#watching.add(told);
    told(this.#connection.state);
    return end;
  }

  listen(told: (event: GatewayEvent) => void): () => void {
    const end = this.#listening.add(told);
    if (this.#ready && this.#isLive) told({ type: 'gateway.ready', payload: this.#ready });
    return end;
  }

  call<M extends keyof Callable>(
    method: M,
    params: Callable[M]['params'],
    calling?: Calling,
  ): Promise<Callable[M]['answer']> {
    if (!this.#line || !this.#isLive) return Promise.reject(offline());
    // A larger frame ends the socket, so it is not sent.
    if (isTooLarge(params)) return Promise.reject(tooLarge());
    return this.#line.call(method, params, calling) as Promise<Callable[M]['answer']>;
  }

  async ask<T>(asked: Asked): Promise<T> {
    const signedOut = () => {
      this.#happened({ kind: 'unauthorized' });
    };
    return (await ask(this.#browser.fetch, this.#prefix, asked, signedOut)) as T;
  }

  retry(): void {
    this.#stir();
  }

  signIn(): void {
    rememberPlace();
    this.#browser.go(addressOf(this.#prefix, '/login?next=/'));
  }

  async signOut(): Promise<void> {
    const next = await leave(this.#browser.fetch, this.#prefix);
    this.#leave();
    await forgetAll();
    this.#browser.go(next);
  }

  /** Gives the connection up for good. */
  end(): void {
    this.#unnotice();
    this.#leave();
    this.#watching.clear();
    this.#listening.clear();
  }

  get #isLive(): boolean {
    return this.#connection.state.name === 'live';
  }

  #happened(happened: Happened): void {
    const before = this.#connection.state;
    const todo = this.#connection.on(happened, performance.now(), this.#browser.roll());
    const { state } = this.#connection;
    if (state.name !== 'live' && state.name !== 'connecting') this.#drop();
    if (state !== before) this.#watching.tell(state);
    this.#do(todo);
  }

  #do(todo: ToDo): void {
    if (todo.kind === 'nothing') return;
    this.#drop();
    if (this.#away) return;
    const attempt = (this.#attempt += 1);
    const happened = (happened: Happened) => {
      if (attempt === this.#attempt) this.#happened(happened);
    };
    switch (todo.kind) {
      case 'probe':
        this.#probe().then(happened, () => {
          happened({ kind: 'unanswered' });
        });
        break;
      case 'mint':
        this.#mint().then(happened, () => {
          happened({ kind: 'unanswered' });
        });
        break;
      case 'open':
        this.#open(todo.ticket, happened);
        break;
      case 'wait':
        this.#timer = setTimeout(() => {
          happened({ kind: 'nudged' });
        }, todo.pause);
    }
  }

  /** Ends whatever is under way. */
  #drop(): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#line?.drop();
    this.#line = null;
    this.#ready = null;
  }

  async #probe(): Promise<Happened> {
    const asked: Asked = { verb: 'GET', path: '/api/status' };
    const { status, body, retryAfter } = await answered(this.#browser.fetch, this.#prefix, asked);
    const fields = objectOf(body);
    if (status === 200 && fields) return { kind: 'probed', mode: modeOf(fields) };
    if (status < 400) return { kind: 'out', outage: { kind: 'not_the_gateway' } };
    return { kind: 'out', outage: { kind: 'status', status, pause: pauseOf(retryAfter) } };
  }

  async #mint(): Promise<Happened> {
    const asked: Asked = { verb: 'POST', path: '/api/auth/ws-ticket' };
    const { status, body, retryAfter } = await answered(this.#browser.fetch, this.#prefix, asked);
    return { kind: 'minted', minted: minted(status, pauseOf(retryAfter), body) };
  }

  #open(ticket: string, happened: (happened: Happened) => void): void {
    this.#line = new Line(this.#browser.open, socketAddress(this.#prefix, ticket), {
      ready: (ready) => {
        this.#ready = ready;
        happened({ kind: 'ready' });
        this.#tell({ type: 'gateway.ready', payload: ready });
      },
      event: (event) => {
        this.#tell(event);
      },
      notTheGateway: () => {
        happened({ kind: 'out', outage: { kind: 'not_the_gateway' } });
      },
      closed: (code) => {
        happened({ kind: 'closed', code });
      },
    });
  }

  #tell(event: GatewayEvent): void {
    this.#listening.tell(event);
  }

  #stir(): void {
    if (this.#away) return;
    if (this.#isLive) this.#line?.doubt();
    else this.#happened({ kind: this.#connection.state.name.startsWith('needs') ? 'signed_in' : 'nudged' });
  }

  /** A page with an open socket is not kept by browsers, so it is closed. */
  #leave(): void {
    this.#away = true;
    this.#happened({ kind: 'closed', code: null });
    this.#happened({ kind: 'unanswered' });
    this.#drop();
  }

  #comeBack(): void {
    if (isForgotten()) {
      // What is shown is of somebody who has signed out.
      this.#browser.go(addressOf(this.#prefix, '/'));
      return;
    }
    this.#away = false;
    this.#stir();
  }
}
