import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { settle } from '../conversation/fake-gateway';
import { eventOf } from '../transport/calls';
import { FakeTransport } from '../transport/fake';
import { keepAgain } from '../transport/kept';
import App from './App.svelte';

const row = (id: string, title: string) => ({
  ...{ id, title, preview: '', model: 'm', message_count: 1, last_active: 1, started_at: 1, is_active: false },
});

let transport: FakeTransport;
let page: Record<string, unknown>;
const told = vi.fn();

beforeEach(async () => {
  keepAgain();
  vi.useFakeTimers({ toFake: ['Date'] });
  location.hash = '#/';
  vi.stubGlobal('CSS', { supports: () => true });
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }));
  vi.stubGlobal('ResizeObserver', class { observe() { /* nothing is laid out here */ } disconnect() { /* as above */ } });
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('Notification', class {
    static readonly permission = 'granted';
    onclick: (() => void) | null = null;
    constructor(title: string, { body }: NotificationOptions) { told(title, body); }
  });
  transport = new FakeTransport();
  transport.route(({ path }) => {
    if (path.startsWith('/api/sessions')) return { sessions: [row('c1', 'Backups'), row('c2', 'The release')], total: 2, limit: 50, offset: 0 };
    return { auth_required: false };
  });
  transport.on('session.active_list', () => ({ sessions: [] }));
  page = mount(App, { target: document.body, props: { transport } });
  transport.connect();
  await settled();
});

afterEach(async () => {
  await unmount(page);
  document.body.replaceChildren();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  told.mockReset();
});

async function settled() {
  await settle();
  flushSync();
  await tick();
}

async function tell(type: string, payload: unknown, session_id: string) {
  const event = eventOf({ type, payload, session_id });
  if (event) transport.tell(event);
  await settled();
}

const link = () => document.querySelector('a[href="#/waiting"]');
const asked = { command: 'make release', description: '', choices: ['once', 'session', 'deny'] };

test('what waits is counted in the list, in the title and in the mark, and is all in one page', async () => {
  expect(link()).toBeNull();
  await tell('approval.request', asked, 'c2');
  await tell('clarify.request', { request_id: 'r1', question: 'Which disk?', choices: null }, 'c1');
  expect(link()?.textContent.trim()).toBe('2 things wait for you');
  expect(document.title).toBe('(2) New conversation · Hermes');
  const rows = [...document.querySelectorAll('nav li')].map(({ textContent }) => textContent);
  expect(rows.map((text) => /waits for you/.test(text))).toEqual([true, true]);
  location.hash = '#/waiting';
  dispatchEvent(new HashChangeEvent('hashchange'));
  await settled();
  expect([...document.querySelectorAll('main h2')].map(({ textContent }) => textContent)).toEqual(['The release', 'Backups']);
  expect(document.title).toBe('(2) Waiting for you · Hermes');
  const allow = [...document.querySelectorAll('main button')].find(({ textContent }) => textContent === 'Allow once') as HTMLButtonElement;
  vi.setSystemTime(Date.now() + 1_000);
  allow.focus();
  allow.click();
  const call = transport.take('approval.respond');
  expect(call.params).toEqual({ session_id: 'c2', choice: 'once' });
  call.answer({ resolved: 1 });
  await settled();
  await settled();
  expect(document.querySelector('main')?.textContent).toContain('Allowed.');
  expect(document.activeElement?.textContent).toBe('Waiting for you');
  await tell('message.complete', { text: '', status: 'complete', usage: {} }, 'c1');
  expect(link()).toBeNull();
  expect(document.title).toBe('Waiting for you · Hermes');
});

test('whoever looks elsewhere is told once of each thing that waits', async () => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  await tell('approval.request', asked, 'c2');
  expect(told.mock.calls).toEqual([['Hermes', 'The agent waits for you.']]);
  await tell('tool.progress', { tool_id: 't1', text: 'x' }, 'c2');
  expect(told).toHaveBeenCalledOnce();
});

test('a conversation that waits, as the gateway says, is there before anybody knows for what', async () => {
  transport.on('session.active_list', () => ({ sessions: [{ id: 'c1', status: 'waiting' } as never] }));
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
  expect(link()?.textContent.trim()).toBe('1 thing waits for you');
  location.hash = '#/waiting';
  dispatchEvent(new HashChangeEvent('hashchange'));
  await settled();
  expect(document.querySelector('main')?.textContent).toContain('The conversation says for what.');
  expect(document.querySelector('main h2 a')?.getAttribute('href')).toBe('#/c/c1');
});

test('a conversation of which the list still says that it waits stands there once', async () => {
  transport.on('session.active_list', () => ({ sessions: [{ id: 'c1', status: 'waiting' } as never] }));
  await tell('approval.request', asked, 'c1');
  document.dispatchEvent(new Event('visibilitychange'));
  location.hash = '#/waiting';
  dispatchEvent(new HashChangeEvent('hashchange'));
  await settled();
  expect(link()?.textContent.trim()).toBe('1 thing waits for you');
  await tell('session.info', { running: false, title: '' }, 'c1');
  expect(document.querySelectorAll('main h2')).toHaveLength(1);
  expect(document.querySelector('main')?.textContent).toContain('Nobody waits for it any more.');
  expect(link()).toBeNull();
});
