// The application as its page knows it: what it tells, which gateway is shown, and what the person is led to.

import { tick } from 'svelte';

import type { Board, BridgeTold, GatewayRow } from '../protocol/bridge';
import type { SignedOut, SignInDone, SignInShown } from '../protocol/bridge-sign-in';
import { hrefOf } from '../shell/places';
import { forgetOf, keepFor } from '../transport/kept';
import type { Refusal, Transport } from '../transport/transport';
import { say } from '../words/desktop';
import { Address } from './address.svelte';
import { refusalOf, type Bridge } from './bridge';
import { Lines } from './lines';
import type { Leads } from './transport';

/** A page of the application itself. It lies over the conversation, which stays as it is. */
export type Page =
  | { name: 'gateways' }
  | { name: 'add' }
  /** The sign-in at a gateway of the list. */
  | { name: 'sign_in'; gateway: string }
  | { name: 'preferences' }
  | { name: 'about' };

/** The gateway whose page is shown; the same one begins anew under another key. */
export interface Mounted {
  gateway: string;
  key: number;
}

/** What the page has to say by itself, until it was read. */
export interface Remark {
  key: number;
  text: string;
}

/** Why nobody came in at an address. */
interface Failed {
  address: string;
  problem: Refusal;
}

/** More than that nobody reads. */
const REMARKS = 3;

export class Application implements Leads {
  readonly bridge: Bridge;
  /** The address that is being typed: it stays while the person looks elsewhere. */
  readonly address: Address;
  /** All that the application tells; null before it has told anything. */
  board: Board | null = $state.raw(null);
  /** Why it tells nothing. */
  problem: Refusal | null = $state.raw(null);
  page: Page | null = $state.raw(null);
  mounted: Mounted | null = $state.raw(null);
  remarks: Remark[] = $state.raw([]);
  /** Whether a sign-in is being done, and why the last one was not. */
  isEntering = $state(false);
  failed: Failed | null = $state.raw(null);

  readonly #lines: Lines;
  #wanted: string | null = null;
  #count = 0;
  /** How often the person has given a sign-in up. */
  #cancelled = 0;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
    this.address = new Address(bridge);
    this.#lines = new Lines(bridge, this);
  }

  async attach(): Promise<void> {
    this.problem = null;
    try {
      const board = await this.bridge.attach((told) => {
        this.#told(told);
      });
      // What was told since is newer.
      if (this.board === null) this.#take(board);
    } catch (thrown) {
      this.problem = refusalOf(thrown);
    }
  }

  /** The gateway that is shown. */
  get current(): GatewayRow | null {
    return this.row(this.board?.current ?? null);
  }

  /** The sign-in that waits for its person elsewhere. What is typed here is no wait. */
  get waiting(): SignInShown | null {
    const shown = this.board?.sign_in ?? null;
    return shown?.way === 'password' || shown?.way === 'token' ? null : shown;
  }

  /** Whether the page that is shown is the one of a sign-in. */
  get showsSignIn(): boolean {
    return this.page?.name === 'add' || this.page?.name === 'sign_in';
  }

  row(gateway: string | null): GatewayRow | null {
    return this.board?.gateways.find(({ id }) => id === gateway) ?? null;
  }

  transport(gateway: string): Transport {
    return this.#lines.to(gateway);
  }

  /** Shows a page of the application, or none. */
  open(page: Page | null): void {
    this.page = page;
  }

  /** Shows this gateway, where it was left or at another place. */
  async show(gateway: string, place?: string): Promise<void> {
    if (place !== undefined) this.#lines.leaveAt(gateway, place);
    this.page = null;
    if (this.mounted?.gateway === gateway) {
      if (place !== undefined) location.hash = place;
      return;
    }
    if (this.board?.current !== gateway) await this.tried(this.bridge.show({ gateway }));
  }

  /** Does what leads into a gateway, once at a time; why it did not is told beside the address. */
  async enter(address: string, work: () => Promise<SignInDone>): Promise<void> {
    if (this.isEntering) return;
    this.isEntering = true;
    const cancelled = this.#cancelled;
    const before = this.board?.gateways.find((row) => row.address === address)?.user ?? null;
    this.failed = null;
    try {
      const { gateway, user } = await work();
      this.page = null;
      this.address.type('');
      // What is shown is another person's. To the same one it stays, with all that stands in it.
      if (this.mounted?.gateway === gateway && user !== before) await this.#turn(gateway, '#/');
    } catch (thrown) {
      if (cancelled === this.#cancelled) this.failed = { address, problem: refusalOf(thrown) };
    } finally {
      this.isEntering = false;
    }
  }

  /** The person does not want the sign-in any more. */
  async cancel(): Promise<void> {
    this.#cancelled += 1;
    await this.tried(this.bridge.cancelSignIn());
  }

  signIn(gateway: string): void {
    const row = this.row(gateway);
    if (row?.address === null) void this.tried(this.bridge.useHere());
    else this.page = { name: 'sign_in', gateway };
  }

  /** Signs out of a gateway of the list. */
  async signOut(gateway: string): Promise<void> {
    const how = await this.bridge.signOut({ gateway });
    forgetOf(gateway);
    this.signedOut(gateway, how);
  }

  signedOut(gateway: string, how: SignedOut): void {
    const name = this.row(gateway)?.name ?? gateway;
    if (how === 'unconfirmed' || how === 'token') this.remark(say.signedOut[how](name));
    // What is shown is of somebody who has signed out.
    if (this.mounted?.gateway === gateway) void this.#turn(gateway, '#/');
    else this.#lines.leaveAt(gateway, null);
  }

  /** Takes a gateway off the list, with all that is kept of it. */
  async forget(gateway: string): Promise<void> {
    await this.bridge.forget({ gateway });
    forgetOf(gateway);
  }

  /** Has it done; why it was not, is said. */
  async tried(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      const { message, hint } = refusalOf(thrown);
      this.remark(hint === null ? message : `${message} ${hint}`);
    }
  }

  /** Keeps a text as a file of the person's, and says where. */
  async save(name: string, text: string): Promise<void> {
    await this.tried(this.bridge.saveFile({ name, text }).then(({ path }) => { this.remark(say.saved(path)); }));
  }

  remark(text: string): void {
    this.#count += 1;
    this.remarks = [...this.remarks.filter((other) => other.text !== text), { key: this.#count, text }].slice(-REMARKS);
  }

  remarkRead(key: number): void {
    this.remarks = this.remarks.filter((remark) => remark.key !== key);
  }

  #told(told: BridgeTold): void {
    switch (told.kind) {
      case 'board':
        this.#take(told.board);
        break;
      case 'event':
        this.#lines.to(told.gateway).happened(told.event);
        break;
      case 'go':
        void this.show(told.gateway, hrefOf({ page: 'conversation', id: told.conversation }));
    }
  }

  #take(board: Board): void {
    const before = this.waiting;
    this.board = board;
    this.#lines.stand(board.gateways);
    if (before === null && this.waiting !== null && this.page === null) this.page = { name: 'add' };
    const wanted = this.row(board.current)?.id ?? null;
    if (wanted !== this.#wanted) void this.#turn(wanted);
  }

  /** Puts the page that is shown away, and shows another one: what each of them keeps stays apart. */
  async #turn(to: string | null, place?: string): Promise<void> {
    this.#wanted = to;
    const from = this.mounted;
    if (from !== null) {
      this.#lines.leaveAt(from.gateway, location.hash);
      this.#lines.to(from.gateway).leave();
      this.mounted = null;
    }
    // The page is gone after this, and has kept what it had.
    await tick();
    if (this.#wanted !== to || to === null || this.mounted !== null) return;
    keepFor(to);
    const isFirst = this.#count === 0 && from === null;
    const hash = place ?? this.#lines.place(to) ?? (isFirst ? location.hash : '#/');
    history.replaceState(null, '', hash === '' ? '#/' : hash);
    this.#count += 1;
    this.mounted = { gateway: to, key: this.#count };
  }
}
