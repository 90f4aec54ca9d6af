import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { State } from '../connection/state';
import { BrowserTransport, type Browser } from './browser';
import { keep, keepAgain, kept } from './kept';
import { prefixOf, rememberPlace, restorePlace } from './place';
import { Refusal, type GatewayEvent } from './transport';

/** A socket that a test holds the other end of. */
class Socket {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  bufferedAmount = 0;
  sent: { id: number; method: string; params: unknown }[] = [];
  closed = false;

  constructor(readonly address: string) {}

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as Socket['sent'][number]);
  }

  close(): void {
    this.closed = true;
  }

  says(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  event(type: string, payload: unknown, more = {}): void {
    this.says({ jsonrpc: '2.0', method: 'event', params: { type, payload, ...more } });
  }

  ready(): void {
    this.event('gateway.ready', { user_id: 'u1', role: 'owner', max_frame_bytes: 1, replay_epoch: 'e1' });
  }
}

interface Wanted {
  url: string;
  init: RequestInit;
}

/** A browser of which the test says what the gateway answers. */
class Rig {
  sockets: Socket[] = [];
  wanted: Wanted[] = [];
  gone: string[] = [];
  states: State['name'][] = [];
  events: GatewayEvent[] = [];
  answers: Record<string, () => Response | Promise<Response>> = {
    '/api/status': () => Response.json({ auth_required: true }),
    '/api/auth/ws-ticket': () => Response.json({ ticket: 'T 1', ttl_seconds: 30 }),
  };
  readonly transport: BrowserTransport;

  constructor(answers: Rig['answers'] = {}) {
    Object.assign(this.answers, answers);
    const browser: Browser = {
      fetch: (input, init) => {
        const url = input as string;
        this.wanted.push({ url, init: init ?? {} });
        const answer = this.answers[new URL(url).pathname];
        return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('Failed to fetch'));
      },
      open: (address) => {
        const socket = new Socket(address);
        this.sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      go: (address) => this.gone.push(address),
      roll: () => 0,
    };
    this.transport = new BrowserTransport(browser);
    this.transport.watch((state) => this.states.push(state.name));
    this.transport.listen((event) => this.events.push(event));
  }

  get socket(): Socket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  get state(): State['name'] | undefined {
    return this.states.at(-1);
  }

  tickets(): number {
    return this.wanted.filter(({ url }) => url.endsWith('/api/auth/ws-ticket')).length;
  }
}

let rig: Rig;

/** Lets everything happen that needs no time. */
const settle = () => vi.advanceTimersByTimeAsync(0);

async function live(answers: Rig['answers'] = {}): Promise<Rig> {
  rig = new Rig(answers);
  await settle();
  rig.socket.ready();
  expect(rig.state).toBe('live');
  return rig;
}

function redirect(): Response {
  const answer = Response.json({});
  Object.defineProperty(answer, 'type', { value: 'opaqueredirect' });
  return answer;
}

beforeEach(() => {
  vi.useFakeTimers();
  keepAgain();
});

afterEach(() => {
  rig.transport.end();
  vi.useRealTimers();
  delete document.documentElement.dataset['prefix'];
  history.replaceState(null, '', '/');
  sessionStorage.clear();
  localStorage.clear();
});

test('every socket has a ticket of its own, and the gateway speaks first', async () => {
  await live();
  expect(rig.states).toEqual(['probing', 'connecting', 'live']);
  expect(rig.socket.address).toBe('ws://localhost:3000/api/ws?ticket=T+1');
  expect(rig.events.map(({ type }) => type)).toEqual(['gateway.ready']);
  const late: string[] = [];
  rig.transport.listen(({ type }) => late.push(type));
  expect(late).toEqual(['gateway.ready']);
  rig.socket.onclose?.({ code: 1006 });
  expect(rig.state).toBe('waiting');
  await vi.advanceTimersByTimeAsync(300);
  rig.socket.ready();
  expect(rig.sockets).toHaveLength(2);
  expect(rig.tickets()).toBe(2);
  expect(rig.state).toBe('live');
});

test('wb4_the_gateway_is_never_read_from_the_address_or_a_message', async () => {
  const hostile = '/?prefix=//evil.example&token=x&gateway=https://evil.example#/https://evil.example?ticket=y';
  history.replaceState(null, '', hostile);
  await live();
  dispatchEvent(new MessageEvent('message', { data: { gateway: 'https://evil.example', prefix: '//evil.example' } }));
  rig.socket.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(1000);
  for (const { url } of rig.wanted) expect(new URL(url).origin).toBe(location.origin);
  for (const { address } of rig.sockets) expect(address).toBe('ws://localhost:3000/api/ws?ticket=T+1');
  for (const prefix of ['//evil.example', 'https://evil.example', '/a/../..', '/a\\b', '/a?b', '/a#b', '/']) {
    document.documentElement.dataset['prefix'] = prefix;
    expect(prefixOf(document.documentElement), prefix).toBe('');
  }
});

test('the prefix that the gateway has written into the page is before every path', async () => {
  document.documentElement.dataset['prefix'] = '/tools/hermes';
  rig = new Rig({ '/tools/hermes/api/status': () => Response.json({ auth_required: false }) });
  await settle();
  expect(rig.wanted.map(({ url }) => new URL(url).pathname)).toEqual([
    '/tools/hermes/api/status',
    '/tools/hermes/api/auth/ws-ticket',
  ]);
  await expect(rig.transport.ask({ verb: 'GET', path: '//evil.example/x' })).rejects.toBeInstanceOf(TypeError);
  await expect(rig.transport.ask({ verb: 'GET', path: '/../../x' })).rejects.toBeInstanceOf(TypeError);
});

test('a call has its answer, whichever comes first, and a no is a refusal', async () => {
  await live();
  const first = rig.transport.call('session.usage', { session_id: 'c' });
  const second = rig.transport.call('session.close', { session_id: 'c' });
  expect(rig.socket.sent.map(({ id, method }) => [id, method])).toEqual([[1, 'session.usage'], [2, 'session.close']]);
  rig.socket.says({ jsonrpc: '2.0', id: 2, result: { closed: true } });
  const error = { code: 4001, message: 'session not found', data: { code: 'conversations.unknown', hint: 'h', retryable: false } };
  rig.socket.says({ jsonrpc: '2.0', id: 1, error });
  await expect(second).resolves.toEqual({ closed: true });
  const why = await first.catch((why: unknown) => why);
  expect(why).toBeInstanceOf(Refusal);
  expect(why).toMatchObject({ message: 'Session not found.', code: 'conversations.unknown', hint: 'h', status: 4001 });
});

test('a call without a connection fails at once, and one that is cut off says so', async () => {
  await live();
  const call = rig.transport.call('session.usage', { session_id: 'c' });
  const gone = expect(call).rejects.toMatchObject({ code: 'connect.unreachable', status: 0, retryable: true });
  rig.socket.onclose?.({ code: 1012 });
  await gone;
  await expect(rig.transport.call('session.usage', { session_id: 'c' })).rejects.toMatchObject({ status: 0 });
});

test('a call that is not answered in time fails, and what comes later is passed over', async () => {
  await live();
  const call = expect(rig.transport.call('session.usage', { session_id: 'c' })).rejects.toMatchObject({ retryable: true });
  for (let tick = 0; tick < 6; tick += 1) {
    await vi.advanceTimersByTimeAsync(5000);
    rig.socket.event('status.update', { kind: 'lifecycle', text: '' });
  }
  await call;
  rig.socket.says({ jsonrpc: '2.0', id: 1, result: {} });
  expect(rig.state).toBe('live');
});

test('what is larger than a frame is not sent, since the socket would end', async () => {
  await live();
  const params = { session_id: 'c', content_base64: 'x'.repeat(17 * 1024 * 1024) };
  await expect(rig.transport.call('image.attach_bytes', params)).rejects.toMatchObject({ status: 4413 });
  expect(rig.socket.sent).toEqual([]);
});

test('a silent socket is asked, and given up if nobody is there', async () => {
  await live();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(rig.socket.sent.map(({ method }) => method)).toEqual(['config.get']);
  rig.socket.says({ jsonrpc: '2.0', id: 1, result: { value: 'queue' } });
  await vi.advanceTimersByTimeAsync(25_000);
  expect(rig.state).toBe('live');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(rig.sockets[0]?.closed).toBe(true);
  expect(rig.sockets).toHaveLength(2);
});

test('a large call that leaves bit by bit is a sign of life, and tells how far it is', async () => {
  await live();
  rig.socket.bufferedAmount = 800;
  const shares: number[] = [];
  const calling = { sent: (share: number) => shares.push(share) };
  const call = expect(rig.transport.call('image.attach_bytes', { session_id: 'c' }, calling)).rejects.toThrow();
  for (const left of [700, 600, 500, 400, 300, 200, 100, 80, 60, 40]) {
    await vi.advanceTimersByTimeAsync(5000);
    rig.socket.bufferedAmount = left;
  }
  expect(rig.state).toBe('live');
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBeCloseTo(1 - 60 / 800);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(rig.sockets.length).toBeGreaterThan(1);
  await call;
});

test('the network, a look and a machine that slept are reasons to ask, and to try at once', async () => {
  await live();
  for (const nudge of [() => dispatchEvent(new Event('online')), () => document.dispatchEvent(new Event('visibilitychange'))]) {
    nudge();
    expect(rig.socket.sent.at(-1)?.method).toBe('config.get');
    rig.socket.says({ jsonrpc: '2.0', id: rig.socket.sent.length, result: {} });
    await vi.advanceTimersByTimeAsync(5000);
  }
  const before = rig.socket.sent.length;
  vi.setSystemTime(Date.now() + 60_000);
  await vi.advanceTimersByTimeAsync(5000);
  expect(rig.socket.sent.length).toBe(before + 1);
  rig.socket.onclose?.({ code: 1006 });
  expect(rig.state).toBe('waiting');
  rig.transport.retry();
  await settle();
  expect(rig.sockets).toHaveLength(2);
});

test('only the gateway itself ends the sign-in, and a look finds out that there is another', async () => {
  const signedOut = () => Response.json({ error: 'session_expired', detail: 'Unauthorized' }, { status: 401 });
  await live({
    '/api/other': () => new Response('<html>401</html>', { status: 401 }),
    '/api/auth/me': () => Response.json({ detail: 'Unauthorized' }, { status: 401 }),
    '/api/auth/sessions': signedOut,
  });
  const ask = (path: string) => rig.transport.ask({ verb: 'GET', path });
  await expect(ask('/api/other')).rejects.toMatchObject({ code: 'connect.not_a_gateway' });
  await expect(ask('/api/auth/me')).rejects.toMatchObject({ status: 401 });
  await expect(ask('/api/nowhere')).rejects.toMatchObject({ code: 'connect.unreachable', status: 0 });
  expect(rig.state).toBe('live');
  await expect(ask('/api/auth/sessions')).rejects.toMatchObject({ code: 'connect.sign_in_needed', status: 401 });
  expect(rig.state).toBe('needs_sign_in');
  expect(rig.socket.closed).toBe(true);
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  rig.socket.ready();
  expect(rig.state).toBe('live');
});

test('in token mode a browser that is not let in needs a link', async () => {
  rig = new Rig({
    '/api/status': () => Response.json({ auth_required: false }),
    '/api/auth/ws-ticket': () => Response.json({ detail: 'Unauthorized' }, { status: 401 }),
  });
  await settle();
  expect(rig.state).toBe('needs_token');
});

test('what stands before the gateway is not the gateway, and an outage says how long', async () => {
  rig = new Rig({ '/api/status': () => new Response('<html>', { status: 200 }) });
  await settle();
  expect(rig.states).toEqual(['probing', 'waiting']);
  rig.answers['/api/status'] = () => Response.json({ auth_required: true });
  rig.answers['/api/auth/ws-ticket'] = () =>
    Response.json({ detail: 'x' }, { status: 503, headers: { 'Retry-After': '7' } });
  await vi.advanceTimersByTimeAsync(300);
  expect(rig.tickets()).toBe(1);
  await vi.advanceTimersByTimeAsync(6900);
  expect(rig.tickets()).toBe(1);
  rig.answers['/api/auth/ws-ticket'] = redirect;
  await vi.advanceTimersByTimeAsync(200);
  expect(rig.tickets()).toBe(2);
  expect(rig.state).toBe('waiting');
});

test('a page that is put away has no socket, and has one again when it comes back', async () => {
  await live();
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  expect(rig.socket.closed).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(rig.sockets).toHaveLength(1);
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  await settle();
  rig.socket.ready();
  expect(rig.sockets).toHaveLength(2);
  expect(rig.state).toBe('live');
});

test('a refusal over HTTP says what the gateway says', async () => {
  const body = { detail: 'the model has no key', error: 'auth.not_signed_in', hint: 'hermes auth add' };
  await live({ '/api/x': () => Response.json(body, { status: 400 }), '/api/y': () => new Response('', { status: 502 }) });
  const refused = rig.transport.ask({ verb: 'POST', path: '/api/x', body: { a: 1 } });
  const expected = { message: 'The model has no key.', code: 'auth.not_signed_in', hint: 'hermes auth add', retryable: false };
  await expect(refused).rejects.toMatchObject(expected);
  const init = rig.wanted.at(-1)?.init;
  expect(init).toMatchObject({ method: 'POST', body: '{"a":1}', credentials: 'same-origin', redirect: 'manual' });
  expect(init?.headers).toMatchObject({ 'Content-Type': 'application/json' });
  await expect(rig.transport.ask({ verb: 'GET', path: '/api/y' })).rejects.toMatchObject({ status: 502, retryable: true });
});

test('what is asked over HTTP is given up in time, or when nobody wants it any more', async () => {
  await live();
  const never = () => new Promise<Response>(() => undefined);
  rig.answers['/api/slow'] = never;
  const fetch = vi.fn((_: unknown, init: RequestInit) => new Promise<Response>((_, failed) => {
    init.signal?.addEventListener('abort', () => { failed(new DOMException('', 'AbortError')); });
  }));
  const { ask } = await import('./http');
  const slow = (signal?: AbortSignal) =>
    ask(fetch as never, '', { verb: 'GET', path: '/api/slow', ...(signal && { signal }) }, () => undefined);
  const timed = expect(slow()).rejects.toMatchObject({ code: 'connect.unreachable', retryable: true });
  await vi.advanceTimersByTimeAsync(30_000);
  await timed;
  const giveUp = new AbortController();
  const left = expect(slow(giveUp.signal)).rejects.toMatchObject({ message: 'Cancelled.', code: null });
  giveUp.abort();
  await left;
});

test('the sign-in leads back to the place that was shown, and keeps no secret', async () => {
  await live();
  history.replaceState(null, '', '#/c/20260101_1?find=x');
  rig.transport.signIn();
  expect(rig.gone).toEqual(['http://localhost:3000/login?next=/']);
  history.replaceState(null, '', '/');
  restorePlace();
  expect(location.hash).toBe('#/c/20260101_1?find=x');
  expect(sessionStorage.length).toBe(0);
  history.replaceState(null, '', '#a-secret-of-a-link');
  rememberPlace();
  expect(sessionStorage.length).toBe(0);
});

test('wb8_signing_out_ends_the_session_and_empties_the_page', async () => {
  await live({ '/auth/logout': () => new Response('no', { status: 503 }) });
  keep('local', 'drafts', { text: 'mine' });
  keep('session', 'outbox', ['mine']);
  await expect(rig.transport.signOut()).rejects.toMatchObject({ status: 503 });
  expect(kept('local', 'drafts')).toEqual({ text: 'mine' });
  rig.answers['/auth/logout'] = redirect;
  await rig.transport.signOut();
  expect(rig.gone).toEqual(['http://localhost:3000/login']);
  expect(rig.socket.closed).toBe(true);
  expect(keep('local', 'drafts', { text: 'again' })).toBe(false);
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  // Going back shows nothing of it, and connects nobody.
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  rig.transport.retry();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(rig.gone.at(-1)).toBe('http://localhost:3000/');
  expect(rig.sockets).toHaveLength(1);
});

test('signing out goes on at the provider that has a session too', async () => {
  const url = 'https://id.example/logout?x=1';
  await live({ '/auth/logout': () => new Response('<html>', { headers: { Refresh: `0; url=${url}` } }) });
  await rig.transport.signOut();
  expect(rig.gone).toEqual([url]);
});
