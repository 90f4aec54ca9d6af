import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { LineState } from '../protocol/bridge';
import { all, get, has, leave, press, settled, show, text } from '../settings/shown';
import { keepAgain } from '../transport/kept';
import { save } from '../parts/save';
import { Refusal } from '../transport/transport';
import { Application } from './application.svelte';
import Desktop from './Desktop.svelte';
import { FakeBridge, rowOf } from './fake-bridge';

const WORK = 'https://work.example.org';
const HOME = 'https://home.example.net';
const READY = { type: 'gateway.ready', payload: { user_id: 'u1', role: 'owner', max_frame_bytes: 1, replay_epoch: 'e1' } };

let bridge: FakeBridge;
let application: Application;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }));
  vi.stubGlobal('ResizeObserver', class { observe() { /* Nothing has a size here. */ } unobserve() { /* As above. */ } disconnect() { /* As above. */ } });
  vi.stubGlobal('CSS', { supports: () => true });
  Element.prototype.scrollIntoView = () => undefined;
  history.replaceState(null, '', '#/');
});
afterEach(() => {
  leave();
  keepAgain();
  localStorage.clear();
  sessionStorage.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(board: ConstructorParameters<typeof FakeBridge>[0] = {}): Promise<void> {
  bridge = new FakeBridge(board);
  bridge.on('ask', () => ({ status: 200, body: JSON.stringify({ sessions: [], total: 0, auth_required: false }), retry_after: null }));
  bridge.on('call', () => ({}));
  // The application shows what it is asked to show.
  bridge.on('show', ({ gateway }) => { bridge.change({ current: gateway }); });
  application = new Application(bridge);
  await show(Desktop, { application });
}

const both = (current = WORK) => ({ gateways: [rowOf(WORK), rowOf(HOME)], current });
const stand = (state: LineState) => {
  bridge.change({ gateways: bridge.board.gateways.map((row) => (row.id === WORK ? { ...row, state } : row)) });
};
const field = () => document.querySelector<HTMLTextAreaElement>('main textarea');
async function write(value: string): Promise<void> {
  const area = field();
  if (!area) throw new Error('nothing to write in');
  area.value = value;
  area.dispatchEvent(new Event('input', { bubbles: true }));
  await settled();
}
async function press1to9(key: string): Promise<void> {
  window.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true, cancelable: true }));
  await settled();
}
const bars = () => all('status').filter((bar) => bar.textContent.includes('has ended'));

test('the first run asks one question, and neither answer is the better one', async () => {
  await open();
  expect(get('heading', 'Where does your agent run?')).toBeTruthy();
  const choices = ['Use Hermes on this computer', 'Connect to an existing gateway'].map((name) => get('button', new RegExp(name)));
  expect(choices[0]?.className).toBe(choices[1]?.className);
  expect(text()).not.toContain('Sign in');
  choices[0]?.click();
  await settled();
  expect(text()).toContain('Starting Hermes here');
  bridge.take('useHere').refuse(new Refusal('The database is of a newer Hermes.', null, null, 0, false));
  await settled();
  expect(all('alert')[0]?.textContent).toContain('The database is of a newer Hermes.');
  await press(/Connect to an existing gateway/);
  expect(document.activeElement).toBe(get('textbox', 'Address of the gateway'));
});

test('what the application is and does can be reached before any gateway, and with damaged files', async () => {
  await open({ notes: [{ id: 3, code: 'connect.kept_unusable', text: 'The list was damaged: it is put aside.' }] });
  bridge.on('about', () => ({ version: '0.4.0', home: '/home/ada/.hermes', logs: '/logs', secrets: 'file' as const, secrets_file: '/home/ada/s.json' }));
  expect(text()).toContain('The list was damaged: it is put aside. hermes guide connect.kept_unusable');
  await press('About Hermes');
  expect(text()).toContain('0.4.0');
  expect(text()).toContain('/home/ada/s.json');
  await press('Open the folder');
  expect(bridge.all('openLogs')).toHaveLength(1);
  await press('Got it');
  expect(bridge.all('noteRead')).toEqual([{ id: 3 }]);
  await press(/Back/);
  expect(has('heading', 'Where does your agent run?')).toBe(true);
});

test('an application that does not answer is asked again', async () => {
  bridge = new FakeBridge(both());
  let fails = true;
  bridge.on('attach', () => {
    if (fails) throw new Refusal('It is not ready.', null, null, 0, true);
    return bridge.board;
  });
  application = new Application(bridge);
  await show(Desktop, { application });
  expect(all('alert')[0]?.textContent).toContain('It is not ready.');
  fails = false;
  await press('Try again');
  expect(text()).toContain('work');
});

test('gateways are switched by keys and by name, and each keeps its own draft and place', async () => {
  await open(both());
  expect(field()?.value).toBe('');
  await write('for work');
  history.replaceState(null, '', '#/settings/gateway');
  await press1to9('2');
  expect(bridge.all('show')).toEqual([{ gateway: HOME }]);
  expect(application.mounted?.gateway).toBe(HOME);
  expect(location.hash).toBe('#/');
  expect(field()?.value).toBe('');
  await write('for home');
  await press1to9('1');
  expect(location.hash).toBe('#/settings/gateway');
  location.hash = '#/';
  window.dispatchEvent(new HashChangeEvent('hashchange'));
  await settled();
  expect(field()?.value).toBe('for work');
  await press('home Ctrl+2 Live');
  expect(field()?.value).toBe('for home');
  const kept = Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? '').filter((name) => name.includes('drafts'));
  expect(kept.sort()).toEqual([`hermes@${encodeURIComponent(HOME)}/hermes.drafts.1`, `hermes@${encodeURIComponent(WORK)}/hermes.drafts.1`]);
});

test('a sign-in that has ended is said once, and leads to the sign-in with all as it was', async () => {
  await open(both());
  await write('half a thought');
  const mounted = application.mounted;
  stand({ name: 'needs_sign_in' });
  await settled();
  stand({ name: 'needs_sign_in' });
  bridge.change({ notes: [] });
  await settled();
  expect(bars()).toHaveLength(1);
  expect(bars()[0]?.textContent).toContain('The sign-in to work has ended. What you write is kept here');
  expect(field()?.value).toBe('half a thought');
  await press('Sign in again');
  expect(get('heading', 'Sign in to work')).toBeTruthy();
  expect(bridge.all('look')).toEqual([{ text: WORK }]);
  expect(application.mounted).toBe(mounted);
  await press(/Back to work/);
  expect(field()?.value).toBe('half a thought');
});

test('a gateway that is too old says what to do by its address, and all stays as it was', async () => {
  await open(both());
  await write('half a thought');
  stand({ name: 'too_old' });
  await settled();
  expect(text()).toContain(`The gateway at ${WORK} is too old for this application. Update Hermes on its machine`);
  await press('Try again');
  expect(bridge.all('retry')).toEqual([{ gateway: WORK }]);
  expect(field()?.value).toBe('half a thought');
});

test('whoever signs in again finds all as it was, and somebody else begins anew', async () => {
  await open(both());
  await write('half a thought');
  stand({ name: 'needs_sign_in' });
  const mounted = application.mounted;
  bridge.on('signIn', () => ({ gateway: WORK, user: 'ada@example.org' }));
  await application.enter(WORK, () => bridge.signIn({}));
  await settled();
  expect(application.mounted).toBe(mounted);
  expect(field()?.value).toBe('half a thought');
  history.replaceState(null, '', '#/c/of-ada');
  bridge.on('signIn', () => ({ gateway: WORK, user: 'grace@example.org' }));
  await application.enter(WORK, () => bridge.signIn({}));
  await settled();
  expect(application.mounted?.key).not.toBe(mounted?.key);
  expect(location.hash).toBe('#/');
});

test('a token that is not taken any more is asked for again, and what is out of order is only tried again', async () => {
  await open(both());
  stand({ name: 'needs_token' });
  await settled();
  expect(text()).toContain('work does not take the token any more.');
  await press('Give the token');
  expect(get('heading', 'Sign in to work')).toBeTruthy();
  await press(/Back to work/);
  stand({ name: 'waiting', wait_ms: 60_000, trouble: { kind: 'status', status: 503 } });
  vi.advanceTimersByTime(2_000);
  await settled();
  expect(text()).toContain('The gateway is out of order (status 503).');
  expect(text()).not.toContain('has ended');
  await press('Try now');
  expect(bridge.all('retry')).toEqual([{ gateway: WORK }]);
});

test('who signs out begins anew there, and other gateways keep what they have', async () => {
  await open(both(HOME));
  await write('for home');
  await press1to9('1');
  await write('for work');
  bridge.on('signOut', () => 'unconfirmed' as const);
  await application.signOut(WORK);
  await settled();
  expect(field()?.value).toBe('');
  expect(text()).toContain('You are signed out of work here, but it did not confirm that the session has ended.');
  await press1to9('2');
  expect(field()?.value).toBe('for home');
});

test('a gateway that is taken off the list takes its drafts along', async () => {
  await open(both());
  await write('for work');
  vi.advanceTimersByTime(1_000);
  bridge.on('forget', () => { bridge.change({ gateways: [rowOf(HOME)], current: HOME }); });
  await application.forget(WORK);
  await settled();
  expect(application.mounted?.gateway).toBe(HOME);
  expect(Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? '').filter((name) => name.includes('work'))).toEqual([]);
});

test('a notification leads to its conversation at its gateway', async () => {
  await open(both());
  bridge.tell({ kind: 'event', gateway: WORK, event: READY });
  application.open({ name: 'about' });
  bridge.tell({ kind: 'go', gateway: HOME, conversation: 'c 7' });
  await settled();
  expect(application.page).toBeNull();
  expect(application.mounted?.gateway).toBe(HOME);
  expect(location.hash).toBe('#/c/c%207');
  bridge.tell({ kind: 'go', gateway: HOME, conversation: null });
  expect(location.hash).toBe('#/');
});

test('what waits at other gateways is told, and what is looked at is seen', async () => {
  await open({ gateways: [rowOf(WORK, { unread: 1 }), rowOf(HOME, { unread: 2, needs_you: 1 })], current: WORK });
  expect(text()).toContain('1 question elsewhere');
  expect(text()).toContain('2 new answers elsewhere');
  expect(bridge.all('seen')).toEqual([{ gateway: WORK }]);
  application.open({ name: 'gateways' });
  bridge.change({ gateways: [rowOf(WORK, { unread: 3 }), rowOf(HOME)] });
  await settled();
  expect(bridge.all('seen')).toHaveLength(1);
});

test('a fixed gateway cannot be left for another one', async () => {
  await open({ gateways: [rowOf(WORK)], current: WORK, is_fixed: true });
  application.open({ name: 'gateways' });
  await settled();
  expect(text()).toContain('The environment of Hermes names this gateway');
  expect(has('button', 'Remove from the list')).toBe(false);
  expect(has('button', 'Add a gateway')).toBe(false);
});

test('a test shows its four steps, and the one that fails says what to do', async () => {
  await open({ gateways: [rowOf(WORK)], current: WORK });
  application.open({ name: 'gateways' });
  await settled();
  await press('Test connection');
  expect(text()).toContain('Testing work');
  bridge.take('test').answer({
    steps: [
      { name: 'reachable', outcome: { kind: 'yes', detail: '34 ms' } },
      { name: 'is_hermes', outcome: { kind: 'yes', detail: null } },
      { name: 'signed_in', outcome: { kind: 'no', code: 'connect.sign_in_needed', text: 'the session has ended', hint: 'Sign in again.' } },
      { name: 'live', outcome: { kind: 'not_tried' } },
    ],
  });
  await settled();
  for (const says of ['Reachable 34 ms', 'Is Hermes yes', 'Signed in no', 'The session has ended. Sign in again.', 'Live not tried']) expect(text()).toContain(says);
  expect(text()).not.toContain('All is well');
});

test('what a browser would download is put among the files of its person, who is told where', async () => {
  await open(both());
  bridge.on('saveFile', () => ({ path: '/home/ada/Downloads/geese (2).md' }));
  save('geese.md', 'How many geese?');
  await settled();
  expect(bridge.all('saveFile')).toEqual([{ name: 'geese.md', text: 'How many geese?' }]);
  expect(text()).toContain('It is saved as /home/ada/Downloads/geese (2).md.');
});

test('in the settings of a gateway, what needs a browser is done by the application, or is led to', async () => {
  await open(both());
  location.hash = '#/settings/appearance';
  window.dispatchEvent(new HashChangeEvent('hashchange'));
  await vi.dynamicImportSettled();
  await settled();
  expect(text()).toContain('When you look elsewhere Tell me of answers and questions');
  expect(has('link', /licence/i)).toBe(false);
  expect(has('button', 'Licence of Atkinson Hyperlegible Next')).toBe(true);
  bridge.on('ask', ({ path }) => {
    const body = path.startsWith('/api/status') ? { auth_required: true } : { passkeys: [], sessions: [], user_id: 'u1', provider: 'basic' };
    return { status: 200, body: JSON.stringify(body), retry_after: null };
  });
  location.hash = '#/settings/passkeys';
  window.dispatchEvent(new HashChangeEvent('hashchange'));
  await vi.dynamicImportSettled();
  await settled();
  expect(text()).toContain('A passkey belongs to the gateway’s own address');
  await press('Open in the browser');
  expect(bridge.all('openLink')).toEqual([{ text: `${WORK}/#/settings/passkeys` }]);
  document.querySelector<HTMLElement>('nav[aria-label="Settings"] button')?.click();
  expect(application.page).toEqual({ name: 'gateways' });
});
