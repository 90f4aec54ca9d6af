// A sign-in of the gateway's host to a provider, as the page drives it. The gateway waits for the person's
// approval, or for what they paste; the page asks how it stands, as long as somebody looks at it.

import type { AccountPoll, AccountProgress, AccountStart, AccountSubmitted } from '../protocol/accounts';
import { ROUTES } from '../protocol/constants';
import type { Transport } from '../transport/transport';
import { forget, keep, kept, type Begun } from './kept';
import { isForbidden, isGone, isSignedOut, problem, sentence, type Problem } from './problem';
import { filled } from './routes';

/** How a sign-in ended. What the gateway does not know any more is gone. */
export type End = Exclude<AccountProgress, 'pending'> | 'cancelled' | 'gone';

export type Stage =
  | { name: 'none' }
  | { name: 'begins' }
  /** A reload came between: whether it still waits is asked. */
  | { name: 'resumes'; begun: Begun }
  | { name: 'waits'; begun: Begun }
  | { name: 'ended'; end: End; message: string | null };

/** How often a paste is asked about, which ends elsewhere than by a paste seldom; in milliseconds. */
const PASTE_INTERVAL = 5_000;
const [SHORTEST, LONGEST] = [1_000, 30_000];

export class SignIn {
  readonly #transport: Transport;
  readonly #provider: string;
  readonly #ended: () => void;
  #stage: Stage = $state.raw({ name: 'none' });
  #now = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #asking: AbortController | null = null;
  #failures = 0;
  #left = false;

  /** Why it could not begin, be given up, or take a paste. */
  problem: Problem | null = $state.raw(null);
  /** Why the last paste was not the answer. */
  refused: string | null = $state(null);
  /** The gateway has not answered of late; it is asked again. */
  lost = $state(false);
  /** A paste is on its way. */
  reading = $state(false);
  cancelling = $state(false);

  /** @param ended is told of an end: whether the host is signed in may have changed. */
  constructor(transport: Transport, provider: string, ended: () => void) {
    this.#transport = transport;
    this.#provider = provider;
    this.#ended = ended;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** How long it still waits, in milliseconds. */
  get left(): number {
    return this.#stage.name === 'waits' ? Math.max(0, this.#stage.begun.until - this.#now) : 0;
  }

  /** Goes on with what this tab has begun, and looks at it while the page is seen, until what is answered is called. */
  follow(): () => void {
    const begun = kept(this.#provider);
    const looked = () => {
      this.#look();
    };
    let was: string | null = null;
    const stop = this.#transport.watch(({ name }) => {
      const back = name === 'live' && was !== null && was !== 'live';
      was = name;
      if (back) this.#look();
    });
    document.addEventListener('visibilitychange', looked);
    addEventListener('online', looked);
    if (begun && begun.until > Date.now()) {
      this.#stage = { name: 'resumes', begun };
      this.#look();
    } else {
      forget(this.#provider);
    }
    return () => {
      this.#left = true;
      stop();
      document.removeEventListener('visibilitychange', looked);
      removeEventListener('online', looked);
      this.#rest();
    };
  }

  async begin(): Promise<void> {
    if (this.#stage.name === 'begins') return;
    this.#stage = { name: 'begins' };
    this.problem = null;
    try {
      const path = filled(ROUTES.ACCOUNT_START, { id: this.#provider });
      const started = await this.#transport.ask<AccountStart>({ verb: 'POST', path });
      const begun = this.#begun(started);
      keep(begun);
      if (this.#left) return;
      this.#wait(begun);
    } catch (error) {
      this.problem = problem(error);
      this.#stage = { name: 'none' };
    }
  }

  /** Hands over what was pasted: whether it was the answer. */
  async submit(text: string): Promise<boolean> {
    const { stage } = this;
    if (stage.name !== 'waits' || this.reading) return false;
    this.reading = true;
    this.refused = null;
    this.problem = null;
    try {
      const path = filled(ROUTES.ACCOUNT_SUBMIT, { id: this.#provider });
      const body = { session_id: stage.begun.session, code: text.trim() };
      const { status, message } = await this.#transport.ask<AccountSubmitted>({ verb: 'POST', path, body });
      if (this.#stage !== stage) return status === 'approved';
      // An error may be of this paste or of the whole sign-in; which of them, the sign-in itself knows.
      if (status === 'error') {
        await this.#poll();
        if (this.#waiting() === stage.begun) this.refused = sentence(message ?? '');
      } else {
        this.#apply(status, message ?? null);
      }
      return status === 'approved';
    } catch (error) {
      if (isGone(error)) this.#end('gone', null);
      else this.problem = problem(error);
      return false;
    } finally {
      this.reading = false;
    }
  }

  /** Gives it up. */
  async cancel(): Promise<void> {
    const begun = this.#waiting();
    if (!begun || this.cancelling) return;
    this.cancelling = true;
    this.problem = null;
    try {
      await this.#transport.ask({ verb: 'DELETE', path: filled(ROUTES.ACCOUNT_CANCEL, { session: begun.session }) });
      this.#end('cancelled', null);
    } catch (error) {
      // What is gone does not wait any more, whoever gave it up.
      if (isGone(error)) this.#end('cancelled', null);
      else this.problem = problem(error);
    } finally {
      this.cancelling = false;
    }
  }

  /** Takes the end off the page. */
  dismiss(): void {
    if (this.#stage.name === 'ended') this.#stage = { name: 'none' };
  }

  #begun(started: AccountStart): Begun {
    const interval = started.flow === 'device_code' ? started.poll_interval * 1000 : PASTE_INTERVAL;
    return {
      provider: this.#provider,
      session: started.session_id,
      page: started.flow === 'device_code' ? started.verification_url : started.auth_url,
      code: started.flow === 'device_code' ? started.user_code : null,
      interval: Math.min(LONGEST, Math.max(SHORTEST, interval)),
      until: Date.now() + started.expires_in * 1000,
    };
  }

  #waiting(): Begun | null {
    return this.#stage.name === 'waits' || this.#stage.name === 'resumes' ? this.#stage.begun : null;
  }

  #wait(begun: Begun): void {
    this.#stage = { name: 'waits', begun };
    this.#failures = 0;
    this.lost = false;
    this.#tick();
    this.#later(begun.interval);
  }

  /** Asks at once if somebody looks, and not at all if nobody does. */
  #look(): void {
    if (this.#left || !this.#waiting()) return;
    if (document.visibilityState === 'hidden') {
      this.#rest();
      return;
    }
    this.#tick();
    void this.#poll();
  }

  #tick(): void {
    this.#now = Date.now();
    this.#clock ??= setInterval(() => {
      this.#now = Date.now();
    }, 1000);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#clock);
    this.#clock = undefined;
    this.#asking?.abort();
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') return;
    // Its end is not waited for longer than it takes.
    const end = Math.max(SHORTEST, (this.#waiting()?.until ?? 0) - Date.now());
    this.#timer = setTimeout(() => void this.#poll(), Math.min(milliseconds, end));
  }

  async #poll(): Promise<void> {
    const begun = this.#waiting();
    if (!begun) return;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const path = filled(ROUTES.ACCOUNT_POLL, { id: this.#provider, session: begun.session });
      const { signal } = asking;
      const { status, error_message } = await this.#transport.ask<AccountPoll>({ verb: 'GET', path, signal });
      if (signal.aborted || this.#waiting() !== begun) return;
      this.#apply(status, error_message);
    } catch (error) {
      if (asking.signal.aborted || this.#waiting() !== begun) return;
      this.#failed(begun, error);
    }
  }

  #apply(status: AccountProgress, message: string | null): void {
    const begun = this.#waiting();
    if (!begun) return;
    if (status !== 'pending') {
      this.#end(status, message);
      return;
    }
    if (this.#stage.name === 'resumes') this.#wait(begun);
    this.#failures = 0;
    this.lost = false;
    this.#later(begun.interval);
  }

  #failed(begun: Begun, error: unknown): void {
    // Whoever may not know of it any more is told no more than that.
    if (isGone(error) || isForbidden(error)) {
      this.#end('gone', null);
      return;
    }
    // The sign-in to the gateway has ended: whoever signs in again comes back to where this stands.
    if (isSignedOut(error)) return;
    this.lost = true;
    this.#failures += 1;
    this.#later(Math.min(LONGEST, begun.interval * 2 ** Math.min(this.#failures, 5)));
  }

  #end(end: End, message: string | null): void {
    this.#rest();
    forget(this.#provider);
    this.refused = null;
    this.lost = false;
    this.problem = null;
    this.#stage = { name: 'ended', end, message: message === null ? null : sentence(message) };
    this.#ended();
  }
}
