import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Fake, lost } from '../settings/fake';
import { signOut } from '../settings/sign-out';
import { notify, tellBy } from './away';
import { closed, follow, PATIENCE, tellClosed, tellNoMore } from './closed';

const KEY = 'BP8_-w';
const GET = 'GET /api/auth/push';
const POST = 'POST /api/auth/push';
const DELETE = 'DELETE /api/auth/push';

let permission: NotificationPermission;
/** What the browser is subscribed by, if it is. */
let kept: { key: string; endpoint: string } | null;
const showNotification = vi.fn(() => Promise.resolve());
const subscribe = vi.fn();
const unsubscribe = vi.fn();
const register = vi.fn();
let worker: EventTarget;

const bytes = (key: string) => Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (it) => it.charCodeAt(0)).buffer;

const subscription = () =>
  kept && {
    options: { applicationServerKey: bytes(kept.key) },
    toJSON: () => ({ endpoint: kept?.endpoint, expirationTime: null, keys: { p256dh: 'p', auth: 'a' } }),
    unsubscribe: () => {
      unsubscribe();
      kept = null;
      return Promise.resolve(true);
    },
  };

beforeEach(() => {
  permission = 'granted';
  kept = null;
  for (const it of [subscribe, unsubscribe, register, showNotification]) it.mockClear();
  subscribe.mockImplementation(({ applicationServerKey }: { applicationServerKey: string }) => {
    kept = { key: applicationServerKey, endpoint: 'https://push.example/new' };
    return Promise.resolve(subscription());
  });
  const pushManager = { getSubscription: () => Promise.resolve(subscription()), subscribe };
  const registration = { pushManager, showNotification };
  worker = Object.assign(new EventTarget(), {
    register: (url: string) => { register(url); return Promise.resolve(registration); },
    getRegistration: () => Promise.resolve(registration),
    ready: Promise.resolve(registration),
  });
  Object.defineProperty(navigator, 'serviceWorker', { value: worker, configurable: true });
  vi.stubGlobal('PushManager', () => undefined);
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('Notification', { get permission() { return permission; } });
});

afterEach(() => {
  tellBy(null);
  Reflect.deleteProperty(navigator, 'serviceWorker');
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  location.hash = '';
});

const gateway = (told: boolean) => new Fake().on(GET, { public_key: KEY, told }).on(POST, null).on(DELETE, null);

test('a browser is told from when it has asked its push service and the gateway knows', async () => {
  const transport = gateway(false);
  expect(await closed(transport)).toBe('off');
  expect(register).not.toHaveBeenCalled();
  expect(await tellClosed(transport)).toBe('on');
  expect(register).toHaveBeenCalledExactlyOnceWith(`${location.origin}/sw.js`);
  expect(subscribe).toHaveBeenCalledExactlyOnceWith({ userVisibleOnly: true, applicationServerKey: KEY });
  expect(transport.body(POST)).toEqual({ endpoint: 'https://push.example/new', keys: { p256dh: 'p', auth: 'a' } });
  expect(await closed(gateway(true))).toBe('on');
  // The gateway of another sign-in does not know it.
  expect(await closed(gateway(false))).toBe('off');
  expect(await tellNoMore(transport)).toBe('off');
  expect(transport.count(DELETE)).toBe(1);
  expect(kept).toBeNull();
});

test('what was made for another key is made again', async () => {
  kept = { key: 'BAAA', endpoint: 'https://push.example/old' };
  await tellClosed(gateway(false));
  expect(unsubscribe).toHaveBeenCalledOnce();
  expect(kept).toMatchObject({ key: KEY });
  await tellClosed(gateway(false));
  expect(subscribe).toHaveBeenCalledOnce();
});

test('it is impossible where the gateway tells nobody, nobody wants it, or the browser cannot', async () => {
  expect(await closed(new Fake())).toBe('impossible');
  expect(await tellClosed(new Fake())).toBe('impossible');
  await expect(closed(new Fake().on(GET, lost()))).rejects.toThrow();
  permission = 'default';
  expect(await closed(gateway(true))).toBe('impossible');
  permission = 'granted';
  Reflect.deleteProperty(navigator, 'serviceWorker');
  expect(await tellClosed(gateway(true))).toBe('impossible');
  expect(subscribe).not.toHaveBeenCalled();
});

test('a browser that tries for ever is not waited for', async () => {
  vi.useFakeTimers();
  subscribe.mockReturnValue(new Promise(() => undefined));
  const told = expect(tellClosed(gateway(false))).rejects.toThrow('too long');
  await vi.advanceTimersByTimeAsync(PATIENCE);
  await told;
  vi.useRealTimers();
});

test('a visit brings the address again, and a notification leads to its conversation', async () => {
  kept = { key: KEY, endpoint: 'https://push.example/turned' };
  const transport = gateway(true);
  const stop = follow(transport);
  await vi.waitFor(() => { expect(transport.body(POST)).toMatchObject({ endpoint: 'https://push.example/turned' }); });
  const say = (data: unknown) => worker.dispatchEvent(new MessageEvent('message', { data }));
  say({ place: '#/c/c-1' });
  expect(location.hash).toBe('#/c/c-1');
  for (const other of [null, 7, {}, { place: 7 }, { place: '' }, { place: 'https://evil.example/' }, { place: '#/settings/x' }]) say(other);
  expect(location.hash).toBe('#/c/c-1');
  stop();
  say({ place: '#/c/c-2' });
  expect(location.hash).toBe('#/c/c-1');
});

test('a page that is hidden tells by the worker, under the name that the gateway tells by', async () => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  await tellClosed(gateway(false));
  notify('The release', 'The answer is there.', 'c-1');
  expect(showNotification).toHaveBeenCalledExactlyOnceWith('The release', { body: 'The answer is there.', tag: 'hermes:c-1', data: 'c-1', silent: true });
});

test('signing out has the browser forget it, and does not wait for that', async () => {
  kept = { key: KEY, endpoint: 'https://push.example/old' };
  const transport = gateway(true);
  await signOut(transport);
  expect(transport.signedOut).toBe(1);
  await vi.waitFor(() => { expect(unsubscribe).toHaveBeenCalledOnce(); });
});
