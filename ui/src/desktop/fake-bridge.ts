// An application of nothing but answers, for tests and for the gallery.

import type { BridgeAnswer, BridgeTold, Board, GatewayRow, GatewayTest, NearbyGateway } from '../protocol/bridge';
import type { AboutApp, AddressLook, FileSaved, SignedOut, SignInDone, SignInShown, UpdateCheck } from '../protocol/bridge-sign-in';
import type { Bridge } from './bridge';

/** A command that was given and waits for its answer. */
export interface Given {
  name: keyof Bridge;
  asked: unknown;
  answer(value?: unknown): void;
  refuse(why: unknown): void;
}

export class FakeBridge implements Bridge {
  /** The commands that wait, the oldest first. */
  waiting: Given[] = [];
  /** Every command that was given, by its name and what it was about. */
  given: [keyof Bridge, unknown][] = [];
  board: Board;
  #told: ((told: BridgeTold) => void) | null = null;
  readonly #answers = new Map<keyof Bridge, (asked: unknown) => unknown>();

  constructor(board: Partial<Board> = {}) {
    this.board = boardOf(board);
  }

  /** From here on this command is answered at once; what is thrown refuses it. */
  on<M extends keyof Bridge>(name: M, answer: (asked: Parameters<Bridge[M]>[0]) => Awaited<ReturnType<Bridge[M]>>): this {
    this.#answers.set(name, answer as (asked: unknown) => unknown);
    return this;
  }

  /** Something of the application changes. */
  change(board: Partial<Board>): void {
    this.board = { ...this.board, ...board };
    this.tell({ kind: 'board', board: this.board });
  }

  tell(told: BridgeTold): void {
    this.#told?.(told);
  }

  /** Takes the oldest command of this name that waits. */
  take(name: keyof Bridge): Given {
    const at = this.waiting.findIndex((given) => given.name === name);
    const [given] = at < 0 ? [] : this.waiting.splice(at, 1);
    if (!given) throw new Error(`nobody has asked for ${name}, but for ${this.waiting.map((one) => one.name).join(', ')}`);
    return given;
  }

  /** What this command was about, each time. */
  all(name: keyof Bridge): unknown[] {
    return this.given.filter(([given]) => given === name).map(([, asked]) => asked);
  }

  attach(told: (told: BridgeTold) => void): Promise<Board> {
    this.#told = told;
    return this.#answers.has('attach') ? this.#do('attach', told) : Promise.resolve(this.board);
  }

  look = (asked: unknown) => this.#do<AddressLook>('look', asked);
  nearby = () => this.#do<NearbyGateway[]>('nearby');
  signIn = (asked: unknown) => this.#do<SignInDone>('signIn', asked);
  signInByPassword = (asked: unknown) => this.#do<SignInDone>('signInByPassword', asked);
  giveToken = (asked: unknown) => this.#do<SignInDone>('giveToken', asked);
  pasteAnswer = (asked: unknown) => this.#do<undefined>('pasteAnswer', asked);
  openAgain = () => this.#do<undefined>('openAgain');
  cancelSignIn = () => this.#do<undefined>('cancelSignIn');
  signOut = (asked: unknown) => this.#do<SignedOut>('signOut', asked);
  forget = (asked: unknown) => this.#do<undefined>('forget', asked);
  rename = (asked: unknown) => this.#do<undefined>('rename', asked);
  test = (asked: unknown) => this.#do<GatewayTest>('test', asked);
  show = (asked: unknown) => this.#do<undefined>('show', asked);
  useHere = () => this.#do<undefined>('useHere');
  retry = (asked: unknown) => this.#do<undefined>('retry', asked);
  call = (asked: unknown) => this.#do('call', asked);
  ask = (asked: unknown) => this.#do<BridgeAnswer>('ask', asked);
  openLink = (asked: unknown) => this.#do<undefined>('openLink', asked);
  about = () => this.#do<AboutApp>('about');
  checkUpdates = () => this.#do<UpdateCheck>('checkUpdates');
  openLogs = () => this.#do<undefined>('openLogs');
  saveFile = (asked: unknown) => this.#do<FileSaved>('saveFile', asked);
  noteRead = (asked: unknown) => this.#do<undefined>('noteRead', asked);
  seen = (asked: unknown) => this.#do<undefined>('seen', asked);
  prefer = (asked: unknown) => this.#do<undefined>('prefer', asked);
  quit = () => this.#do<undefined>('quit');

  #do<T>(name: keyof Bridge, asked?: unknown): Promise<T> {
    this.given.push([name, asked]);
    const answering = this.#answers.get(name);
    return new Promise((done, refuse) => {
      const answer = done as (value?: unknown) => void;
      if (!answering) {
        this.waiting.push({ name, asked, answer, refuse });
        return;
      }
      try {
        answer(answering(asked));
      } catch (why) {
        refuse(why instanceof Error ? why : new Error('a test threw something else'));
      }
    });
  }
}

export function boardOf(of: Partial<Board> = {}): Board {
  return {
    gateways: [],
    current: null,
    is_fixed: false,
    sign_in: null,
    notes: [],
    preferences: { notifies: true, stays_in_tray: true, opens_at_login: false, has_shortcut: false, looks_for_updates: false },
    means: { has_tray: true, shortcut: 'Ctrl+Alt+H', can_look_for_updates: false },
    ...of,
  };
}

export function rowOf(id: string, of: Partial<GatewayRow> = {}): GatewayRow {
  return {
    id, name: new URL(id).hostname.split('.')[0] ?? id, address: id, mode: 'sign_in', user: 'ada@example.org', state: { name: 'live' },
    unread: 0, needs_you: 0, is_plain: false, secret: 'keychain',
    ...of,
  };
}

export function lookOf(of: Partial<AddressLook> = {}): AddressLook {
  return {
    address: 'https://agent.example.org', is_readable: false, mode: 'sign_in',
    methods: [{ name: 'sso', display_name: 'Example SSO', supports_password: false }],
    ways: ['browser'], version: '0.4.0', age: 'same', saved_as: null, is_signed_in: false,
    ...of,
  };
}

export function waitOf(of: Partial<SignInShown> = {}): SignInShown {
  return {
    address: 'https://agent.example.org', host: 'agent.example.org', way: 'browser',
    url: 'https://agent.example.org/auth/native/authorize?client_id=hermes-desktop&state=Zk3&redirect_uri=http%3A%2F%2F127.0.0.1%3A49152%2Fcallback',
    code: null, left_ms: 299_000, browser: { kind: 'opened' }, stray: null, paste_rejected: null,
    ...of,
  };
}
