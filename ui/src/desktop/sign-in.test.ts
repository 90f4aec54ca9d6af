import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { AddressLook } from '../protocol/bridge-sign-in';
import { all, get, has, leave, press, send, settled, show, text, type } from '../settings/shown';
import { Refusal } from '../transport/transport';
import { Application } from './application.svelte';
import { FakeBridge, lookOf, rowOf, waitOf } from './fake-bridge';
import Pages from './Pages.svelte';
import SignIn from './SignIn.svelte';
import SignInWait from './SignInWait.svelte';

const ADDRESS = 'https://agent.example.org';
let bridge: FakeBridge;
let application: Application;

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => {
  leave();
  vi.useRealTimers();
  localStorage.clear();
});

async function found(look: Partial<AddressLook> = {}, board: ConstructorParameters<typeof FakeBridge>[0] = {}): Promise<void> {
  bridge = new FakeBridge(board);
  application = new Application(bridge);
  await application.attach();
  await show(SignIn, { application, look: lookOf(look) });
}

const basic = { name: 'basic', display_name: 'Password', supports_password: true };

test('a provider is signed in with by the way that its button names, and never by another one', async () => {
  await found({ ways: ['browser', 'device', 'window'] });
  await press('Sign in with Example SSO');
  expect(bridge.all('signIn')).toEqual([{ address: ADDRESS, agrees_to_plain: false, way: 'browser', method: 'sso' }]);
  bridge.take('signIn').refuse(new Refusal('The listener could not be opened.', 'auth.listener_failed', null, 0, false));
  await settled();
  expect(all('alert')[0]?.textContent).toContain('The listener could not be opened.');
  expect(bridge.all('signIn')).toHaveLength(1);
});

test('a password that is refused stays typed, and the name beside it', async () => {
  await found({ methods: [basic], ways: ['password'] });
  await type('User name', ' ada ');
  await type('Password', ' secret ');
  await send('Password');
  expect(bridge.all('signInByPassword')).toEqual([{ address: ADDRESS, agrees_to_plain: false, method: 'basic', user: 'ada', password: ' secret ' }]);
  bridge.take('signInByPassword').refuse(new Refusal('The gateway does not take them.', 'connect.password_wrong', 'hermes connect', 401, false));
  await settled();
  expect((get('textbox', 'Password') as HTMLInputElement).value).toBe(' secret ');
  expect(all('alert')[0]?.textContent).toContain('Type both again.');
});

test('a token is given without what a terminal puts about it', async () => {
  await found({ mode: 'token', methods: [], ways: ['token'] });
  await type('Session token', 'T0ken \n');
  await send('Session token');
  expect(bridge.all('giveToken')).toEqual([{ address: ADDRESS, agrees_to_plain: false, token: 'T0ken' }]);
});

test('dt7_plain_http_needs_a_yes: nothing is sent in the clear before the person has agreed', async () => {
  const address = 'http://lab.lan:9119';
  await found({ address, is_readable: true });
  expect(text()).toContain('lab.lan:9119 is reached by http, without encryption.');
  const button = () => get('button', 'Sign in with Example SSO') as HTMLButtonElement;
  expect(button().disabled).toBe(true);
  const box = document.querySelector<HTMLInputElement>('input[type=checkbox]');
  expect(box?.checked).toBe(false);
  box?.click();
  await settled();
  await press('Sign in with Example SSO');
  expect(bridge.all('signIn')).toEqual([{ address, agrees_to_plain: true, way: 'browser', method: 'sso' }]);
});

test('who has agreed for a gateway is not asked again for that one', async () => {
  const address = 'http://lab.lan:9119';
  await found({ address, is_readable: true }, { gateways: [rowOf(address, { is_plain: true })] });
  expect(document.querySelector('input[type=checkbox]')).toBeNull();
  await press('Sign in with Example SSO');
  expect(bridge.all('signIn')).toMatchObject([{ agrees_to_plain: true }]);
});

test('dt2_no_silent_window: a window of the application says why, and asks once for each gateway', async () => {
  await found({ ways: ['window'] });
  expect(text()).toContain('lets people in on its own page alone');
  await press('Open that window');
  expect(bridge.all('signIn')).toMatchObject([{ way: 'window' }]);
  await found({ ways: ['window'] });
  expect(text()).not.toContain('on its own page alone');
  expect(has('button', 'Sign in in a window of Hermes')).toBe(true);
  await found({ ways: ['window'], address: 'https://other.example' });
  expect(has('button', 'Open that window')).toBe(true);
});

test('dt2_a_window_by_choice: it is behind the other ways, and says what it cannot do first', async () => {
  await found({ ways: ['browser', 'window'] });
  expect(document.querySelector('details')?.open).toBe(false);
  await press('Sign in in a window of Hermes');
  expect(bridge.all('signIn')).toEqual([]);
  expect(text()).toContain('knows nothing of your browser');
  await press('Open that window');
  expect(bridge.all('signIn')).toMatchObject([{ way: 'window', method: null }]);
});

test('a gateway without a way says what to do', async () => {
  await found({ ways: [] });
  expect(text()).toContain('It has no way to sign in that works from here.');
  await found({ ways: [], age: 'newer' });
  expect(text()).toContain('Update Hermes on this computer');
});

async function waits(of: Parameters<typeof waitOf>[0] = {}): Promise<void> {
  const sign_in = waitOf(of);
  bridge = new FakeBridge({ sign_in });
  application = new Application(bridge);
  await application.attach();
  await show(SignInWait, { application, shown: sign_in });
}

test('a wait counts down, and can be opened again, pasted into and ended', async () => {
  await waits({ left_ms: 65_000 });
  expect(text()).toContain('1:05 left');
  expect(text()).toContain('Go on in your browser.');
  vi.advanceTimersByTime(5_000);
  await settled();
  expect(text()).toContain('1:00 left');
  vi.advanceTimersByTime(61_000);
  await settled();
  expect(text()).toContain('The time is over');
  expect((get('textbox', 'Link of this sign-in') as HTMLInputElement).value).toContain('/auth/native/authorize');
  await press('Open again');
  expect(bridge.all('openAgain')).toHaveLength(1);
  await type(/^Did the browser end/, ' http://127.0.0.1:49152/callback?code=a&state=b \n');
  await send(/^Did the browser end/);
  expect(bridge.all('pasteAnswer')).toEqual([{ text: 'http://127.0.0.1:49152/callback?code=a&state=b' }]);
  await press('Cancel');
  expect(bridge.all('cancelSignIn')).toHaveLength(1);
});

test('a browser that could not be opened is said, with what to do instead', async () => {
  await waits({ browser: { kind: 'not_here', why: 'this is no desktop.' } });
  expect(text()).toContain('No browser could be opened here: this is no desktop. Copy the link and open it yourself.');
  await waits({ paste_rejected: 'it is another address' });
  expect(all('alert')[0]?.textContent).toContain('it is another address');
  await waits({ way: 'device', code: 'WDJB-MJHT', browser: null });
  expect(text()).toContain('WDJB-MJHT');
  expect(has('textbox', /^Did the browser end/)).toBe(false);
});

test('who cancels is told of no failure, and is back where they were', async () => {
  bridge = new FakeBridge();
  application = new Application(bridge);
  await application.attach();
  application.address.type('agent.example.org');
  application.open({ name: 'add' });
  const page = { name: 'add' } as const;
  const entered = application.enter(ADDRESS, () => bridge.signIn({}));
  bridge.change({ sign_in: waitOf() });
  await show(Pages, { application, board: bridge.board, page });
  expect(get('heading', /^Signing in to agent/)).toBeTruthy();
  await press('Cancel');
  bridge.take('signIn').refuse(new Refusal('The sign-in was given up.', 'auth.cancelled', null, 0, false));
  await entered;
  expect(application.failed).toBeNull();
  bridge.change({ sign_in: null });
  await show(Pages, { application, board: bridge.board, page });
  expect((get('textbox', 'Address of the gateway') as HTMLInputElement).value).toBe('agent.example.org');
});
