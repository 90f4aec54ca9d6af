import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Refusal } from '../transport/transport';
import { Fake, lost } from './fake';
import { me, NOW, session, status, stranger } from './fixtures';
import Sessions from './Sessions.svelte';
import { all, get, has, key, leave, press, send, settled, show, text, type } from './shown';
import { identity } from './stranger';

const ALL = 'GET /api/auth/sessions';
const STRANGERS = 'GET /api/users/strangers';
const HERE = session('s1', { current: true, open_sockets: 1, last_seen_at: NOW });
const THERE = session('s2', { kind: 'app', name: 'The old laptop', open_sockets: 2 });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW * 1000 });
});

afterEach(() => {
  leave();
  vi.useRealTimers();
});

async function at(gateway = new Fake(), sessions = [HERE, THERE]) {
  gateway.on('GET /api/status', status()).on('GET /api/auth/me', { ...me, user_id: 'u1' }).on(ALL, { sessions });
  await show(Sessions, { transport: gateway });
  return gateway;
}

test('who is signed in from where, with this browser marked', async () => {
  await at();
  const [here, there] = [...document.querySelectorAll('.rows > li')].map((row) => row.textContent.replace(/\s+/g, ' '));
  expect(here).toContain('Firefox on Linux');
  expect(here).toContain('now · 192.0.2.14 · by password · 1 open connection');
  expect(here).toContain('This one');
  expect(there).toContain('The old laptop');
  expect(there).toContain('App · Firefox on Linux · last used 2 minutes ago');
  expect(there).toContain('2 open connections · until 22 December 2026 at the latest');
  expect(there).not.toContain('This one');
});

test('a session is renamed by the keyboard alone, and a failure keeps the name', async () => {
  const gateway = await at();
  const PATCH = 'PATCH /api/auth/sessions/s2';
  await press('Rename The old laptop');
  expect(document.activeElement).toBe(get('textbox', 'Name of this session'));
  await key('Escape');
  expect(has('textbox', 'Name of this session')).toBe(false);
  expect(document.activeElement).toBe(get('button', 'Rename The old laptop'));
  await press('Rename The old laptop');
  gateway.on(PATCH, lost(), undefined);
  await type('Name of this session', 'Cellar');
  await send('Name of this session');
  expect(all('alert')[0]?.textContent).toContain('There is no connection');
  expect((get('textbox', 'Name of this session') as HTMLInputElement).value).toBe('Cellar');
  gateway.on(ALL, { sessions: [HERE, { ...THERE, name: 'Cellar' }] });
  await send('Name of this session');
  expect(gateway.body(PATCH)).toEqual({ name: 'Cellar' });
  expect(has('heading', 'Cellar')).toBe(true);
  expect(has('textbox', 'Name of this session')).toBe(false);
});

test('one session is ended after a question, which Escape takes back', async () => {
  const gateway = await at();
  const END = 'DELETE /api/auth/sessions/s2';
  await press('End the session of The old laptop');
  expect(document.activeElement).toBe(get('button', 'Keep'));
  await key('Escape');
  expect(has('button', 'Keep')).toBe(false);
  expect(document.activeElement).toBe(get('button', 'End the session of The old laptop'));
  expect(gateway.count(END)).toBe(0);
  await press('End the session of The old laptop');
  gateway.on(END, undefined).on(ALL, { sessions: [HERE] });
  await press('End it');
  expect(text()).toContain('1 session has ended.');
  expect(has('heading', 'The old laptop')).toBe(false);
  expect(document.activeElement).toBe(get('heading', 'Where you are signed in'));
});

test('one that is gone already is said to be gone', async () => {
  const gateway = await at();
  gateway.on('DELETE /api/auth/sessions/s2', new Refusal('No such session', null, null, 404, false));
  await press('End the session of The old laptop');
  await press('End it');
  expect(all('alert')[0]?.textContent).toContain('No such session.');
});

test('all others end at once, and how many is what the gateway says', async () => {
  const gateway = await at(new Fake(), [HERE, THERE, session('s3')]);
  await press('End the 2 other sessions');
  expect(get('group', /End all 2 other sessions/)).toBeTruthy();
  gateway.on('POST /api/auth/sessions/end-others', { ended: 3 }).on(ALL, { sessions: [HERE] });
  await press('End them');
  expect(text()).toContain('3 sessions have ended.');
  expect(has('button', /^End the/)).toBe(false);
});

test('this session is signed out of', async () => {
  const gateway = await at();
  sessionStorage.setItem('hermes.sign-ins', '{"version":1,"list":[]}');
  await press('Sign out');
  expect(gateway.signedOut).toBe(1);
  expect(sessionStorage.length).toBe(0);
});

test('without a session there is a way to one', async () => {
  const gateway = await at(new Fake(), []);
  await press('Sign in again');
  expect(gateway.signedIn).toBe(1);
});

test('a gateway of its machine alone says that nobody signs in, and asks nothing about anybody', async () => {
  const gateway = new Fake().on('GET /api/status', status({ auth_required: false, auth_flows: ['token'] }));
  gateway.on(ALL, { sessions: [] });
  await show(Sessions, { transport: gateway });
  expect(text()).toContain('hermes guide users');
  expect(gateway.count('GET /api/auth/me')).toBe(0);
  expect(all('alert')).toHaveLength(0);
});

test('the list is asked for again while somebody looks', async () => {
  const gateway = await at();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gateway.count(ALL)).toBe(2);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gateway.count(ALL)).toBe(2);
});

test('the owner lets in whom they know, by what the provider vouches for', async () => {
  const gateway = new Fake().on(STRANGERS, {
    strangers: [stranger('ben%2F7', { email: 'ben@example.org', name: 'The owner' }), stranger('carol')],
  });
  await at(gateway);
  expect(gateway.count(STRANGERS)).toBe(0);
  gateway.on('GET /api/status', status()).on('GET /api/auth/me', me).on(ALL, { sessions: [HERE] });
  await show(Sessions, { transport: gateway });
  await settled();
  const row = (document.querySelector('.rows > li')?.textContent ?? '').replace(/\s+/g, ' ');
  expect(row).toContain('ben@example.org');
  expect(row).toContain('calls themselves The owner · ben/7 · at Example SSO (https://sso.example) · 198.51.100.7 · asked 10 minutes ago');
  gateway.on('POST /api/users/strangers/allow', undefined).on(STRANGERS, { strangers: [stranger('carol')] });
  await press('Allow ben@example.org');
  expect(gateway.body('POST /api/users/strangers/allow')).toEqual({ identity: 'https://sso.example#ben%2F7' });
  expect(text()).toContain('ben@example.org is let in');
  gateway.on('POST /api/users/strangers/dismiss', new Refusal('They do not wait any more', null, null, 404, false));
  gateway.on(STRANGERS, { strangers: [] });
  await press('Dismiss carol');
  expect(all('alert')[0]?.textContent).toContain('They do not wait any more.');
});

test('whoever has not the rights of the owner sees nothing of strangers', async () => {
  const gateway = new Fake().on(STRANGERS, new Refusal('Forbidden', null, null, 403, false));
  gateway.on('GET /api/status', status()).on('GET /api/auth/me', me).on(ALL, { sessions: [HERE] });
  await show(Sessions, { transport: gateway });
  await settled();
  expect(gateway.count(STRANGERS)).toBe(1);
  expect(all('alert')).toHaveLength(0);
  expect(text()).not.toContain('Who asks');
});

test('an identity is read as the gateway writes it', () => {
  expect(identity('https://sso.example/%C3%A4#a%23b')).toEqual({ issuer: 'https://sso.example/ä', subject: 'a#b' });
  expect(identity('https://sso.example#%E0%A4%A')).toEqual({ issuer: 'https://sso.example', subject: '%E0%A4%A' });
  expect(identity('nothing')).toEqual({ issuer: '', subject: 'nothing' });
});
