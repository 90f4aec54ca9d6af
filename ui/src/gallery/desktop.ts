// The states of the desktop's own pages: after `#desktop/` stands which.

import { mount, tick } from 'svelte';

import { Application, type Page } from '../desktop/application.svelte';
import Desktop from '../desktop/Desktop.svelte';
import { FakeBridge, lookOf, rowOf, waitOf } from '../desktop/fake-bridge';
import { preferences } from '../settings/preferences.svelte';
import type { Board, GatewayTest, NearbyGateway } from '../protocol/bridge';
import type { AddressLook } from '../protocol/bridge-sign-in';
import { Refusal } from '../transport/transport';
import { status } from '../settings/fixtures';

const HERE = rowOf('http://127.0.0.1:9119', { id: 'here', name: 'This computer', address: null, user: null, mode: 'token', secret: 'nowhere' });
const WORK = rowOf('https://agent.example.org/hermes', { name: 'work', needs_you: 1, unread: 2 });
const HOME = rowOf('https://home.example.net', { name: 'home', user: 'ada', secret: 'file', state: { name: 'waiting', wait_ms: 7_000, trouble: { kind: 'network' } } });
const LAB = rowOf('http://lab.lan:9119', { name: 'a-gateway-with-a-very-long-name-in-the-laboratory', is_plain: true, user: 'ada-with-a-long-address@department.of.something.example.org', secret: 'memory', state: { name: 'needs_sign_in' } });
const ALL: Partial<Board> = { gateways: [HERE, WORK, HOME, LAB], current: 'here' };
const ONE = (row = WORK): Partial<Board> => ({ gateways: [row], current: row.id });

const PROVIDERS: AddressLook['methods'] = [
  { name: 'sso', display_name: 'Example SSO', supports_password: false },
  { name: 'github', display_name: 'GitHub', supports_password: false },
  { name: 'basic', display_name: 'Password', supports_password: true },
];
const PASSWORD = PROVIDERS.slice(2);

const TEST: GatewayTest = {
  steps: [
    { name: 'reachable', outcome: { kind: 'yes', detail: '34 ms' } },
    { name: 'is_hermes', outcome: { kind: 'yes', detail: '0.4.0' } },
    { name: 'signed_in', outcome: { kind: 'yes', detail: 'ada@example.org' } },
    { name: 'live', outcome: { kind: 'no', code: 'connect.not_allowed', text: 'the gateway closes the socket: origin not allowed', hint: 'Whoever runs it adds `tauri://localhost` to `gateway.allowed_origins`.' } },
  ],
};

const NEARBY: NearbyGateway[] = [
  { name: 'build7', address: 'http://192.0.2.7:9119' },
  { name: 'laboratory-with-a-name-as-long-as-names-of-hosts-can-be-in-dns', address: 'https://agent.laboratory.department.example.org/hermes' },
];

interface Scene {
  board?: Partial<Board>;
  page?: Page;
  /** What is typed as an address, and what is there: null never answers. */
  typed?: string;
  look?: AddressLook | Refusal | null;
  /** What is done once it is shown. */
  then?: (application: Application, bridge: FakeBridge) => unknown;
}

const add = (typed: string, look: AddressLook | Refusal | null): Scene => ({ page: { name: 'add' }, typed, look });
const press = (name: RegExp) => () => { [...document.querySelectorAll('button')].find((one) => name.test(one.textContent))?.click(); };

export const SCENES: Record<string, Scene> = {
  first: {},
  'first-starting': { then: press(/on this computer/) },
  'first-failed': {
    then: (_, bridge) => { press(/on this computer/)(); bridge.take('useHere').refuse(new Refusal('The database of this home is of a newer Hermes.', 'storage.unusable', null, 0, false)); },
  },
  add: { page: { name: 'add' } },
  'add-nearby': { page: { name: 'add' }, then: (_, bridge) => { bridge.take('nearby').answer(NEARBY); } },
  'add-asking': add('agent.example.org', null),
  'add-sso': add('agent.example.org', lookOf()),
  'add-several': add('agent.example.org/hermes', lookOf({ address: 'https://agent.example.org/hermes', methods: PROVIDERS, ways: ['browser', 'password', 'device', 'window'] })),
  'add-password': add('agent.example.org', lookOf({ methods: PASSWORD, ways: ['password'], version: '0.16.2', age: 'upstream' })),
  'add-wrong': {
    ...add('agent.example.org', lookOf({ methods: PASSWORD, ways: ['password'] })),
    then: (application) => application.enter('https://agent.example.org', () => Promise.reject(new Refusal('The gateway does not take the user name and the password.', 'connect.password_wrong', 'hermes connect --flow password', 401, false))),
  },
  'add-token': add('127.0.0.1:9119', lookOf({ address: 'http://127.0.0.1:9119', mode: 'token', methods: [], ways: ['token'] })),
  'add-readable': add('lab.lan:9119', lookOf({ address: 'http://lab.lan:9119', is_readable: true })),
  'add-window': add('old.example.org', lookOf({ address: 'https://old.example.org', ways: ['window'], version: '0.16.2', age: 'upstream' })),
  'add-unreachable': add('agnet.example.org', new Refusal('No gateway answers at https://agnet.example.org: the name is not known.', 'connect.unreachable', 'hermes doctor --url https://agnet.example.org', 0, true)),
  'add-html': add('https://agent.example.org', new Refusal('https://agent.example.org answers with a web page, and not as Hermes.', 'connect.not_a_gateway', 'hermes doctor --url https://agent.example.org', 0, true)),
  'add-older': add('agent.example.org', lookOf({ version: '0.2.0', age: 'older' })),
  'add-newer': add('agent.example.org', lookOf({ version: '0.9.0', age: 'newer', ways: [] })),
  'add-known': { ...add('agent.example.org/hermes', lookOf({ address: WORK.id, saved_as: 'work', is_signed_in: true })), board: ALL },
  wait: { page: { name: 'add' }, board: { sign_in: waitOf() } },
  'wait-failed': {
    page: { name: 'add' },
    board: { sign_in: waitOf({ browser: { kind: 'failed', why: 'no program opens addresses here.' }, left_ms: 61_000, stray: 'Something else came to `127.0.0.1:49152`; the wait goes on.', paste_rejected: 'It is another address; the one of this sign-in begins with `http://127.0.0.1:49152/callback`.' }) },
  },
  'wait-device': { page: { name: 'add' }, board: { sign_in: waitOf({ way: 'device', code: 'WDJB-MJHT', url: 'https://agent.example.org/device', browser: null }) } },
  gateways: { board: ALL, page: { name: 'gateways' } },
  test: {
    board: ALL, page: { name: 'gateways' },
    then: async (_, bridge) => { bridge.on('test', () => TEST); [...document.querySelectorAll('button')].filter((one) => one.textContent === 'Test connection')[1]?.click(); await tick(); },
  },
  fixed: { board: { ...ONE(), is_fixed: true }, page: { name: 'gateways' } },
  about: { board: ALL, page: { name: 'about' } },
  'about-newer': {
    board: { ...ALL, means: { has_tray: true, shortcut: null, can_look_for_updates: true } },
    page: { name: 'about' },
    then: (_, bridge) => { press(/Check now/)(); bridge.take('checkUpdates').answer({ current: '0.4.0', found: { version: '0.5.0', notes: 'https://hermes.example/news/0.5.0' } }); },
  },
  live: { board: ALL },
  switcher: { board: ALL, then: async () => { await tick(); document.querySelector<HTMLElement>('.switcher button')?.click(); } },
  expired: { board: ONE({ ...WORK, state: { name: 'needs_sign_in' } }) },
  'expired-sign-in': { board: ONE({ ...WORK, state: { name: 'needs_sign_in' } }), page: { name: 'sign_in', gateway: WORK.id }, look: lookOf({ address: WORK.id, saved_as: 'work' }) },
  retrying: { board: ONE({ ...HOME, state: { name: 'waiting', wait_ms: 7_000, trouble: { kind: 'network' } } }) },
  notes: {
    board: {
      ...ALL,
      notes: [{ id: 1, code: 'connect.kept_unusable', text: 'The list of gateways was damaged: it was put aside as `gateways.json.damaged`, and a new one begun.' }],
    },
    then: (application) => { application.signedOut(HOME.id, 'unconfirmed'); },
  },
};

const hour = (ago: number) => Math.floor(Date.now() / 1000) - ago * 3600;
const SESSIONS = ['Move the backups to the new disk', 'Why does the build fail on Tuesdays?', 'A letter to Grace'].map((title, at) => (
  { id: `c${at}`, title, last_active: hour(at * 20), message_count: 4, is_active: false, pinned: false, preview: '' }
));

export async function show(which: string): Promise<void> {
  const scene = SCENES[which] ?? {};
  const bridge = new FakeBridge(scene.board);
  const body = (value: unknown) => ({ status: 200, body: JSON.stringify(value), retry_after: null });
  bridge
    .on('ask', ({ path }) => body(path.startsWith('/api/status') ? status() : { sessions: SESSIONS, total: SESSIONS.length }))
    .on('about', () => ({ version: '0.4.0', home: '/home/ada/.hermes', logs: '/home/ada/.local/state/hermes/logs', secrets: 'file' as const, secrets_file: '/home/ada/.hermes/gateways.secrets.json' }));
  const { look = null } = scene;
  if (look !== null) {
    bridge.on('look', () => {
      if (look instanceof Refusal) throw look;
      return look;
    });
  }
  preferences.follow();
  const application = new Application(bridge);
  mount(Desktop, { target: document.body, props: { application } });
  for (let turn = 0; turn < 4; turn += 1) await tick();
  bridge.tell({ kind: 'event', gateway: bridge.board.current ?? '', event: { type: 'gateway.ready', payload: { user_id: 'u1', role: 'owner', max_frame_bytes: 16_777_216, replay_epoch: 'e1' } } });
  if (scene.page) application.open(scene.page);
  if (scene.typed !== undefined) {
    application.address.type(scene.typed);
    void application.address.ask();
  }
  await tick();
  await scene.then?.(application, bridge);
}
