import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { AccountCredential } from '../protocol/accounts';
import { Refusal } from '../transport/transport';
import { Fake, lost } from './fake';
import { account, credential, provider, resting, typed } from './fixtures';
import Providers from './Providers.svelte';
import { all, get, has, key, leave, press, settled, show, text } from './shown';

const ALL = 'GET /api/providers/oauth';
const ONE = '/api/providers/oauth/nous/a1b2c3';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_795_348_800_000 });
});

afterEach(() => {
  leave();
  vi.useRealTimers();
  sessionStorage.clear();
});

const work = credential('d4e5f6', { label: 'work', current: true });

function listed(...credentials: AccountCredential[]) {
  const isIn = credentials.some(({ state }) => state === 'ready' || state === 'cooling_down');
  const status = isIn ? { status: account('work') } : {};
  return { providers: [provider('nous', { name: 'Nous Portal', credentials, ...status })] };
}

async function at(gateway: Fake) {
  await show(Providers, { transport: gateway });
  return gateway;
}

async function pass(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settled();
}

const rows = () => [...document.querySelectorAll('ul ul > li')].map((row) => row.textContent.replace(/\s+/g, ' ').trim());

test('one account that is well is told by the row of its provider', async () => {
  await at(new Fake().on(ALL, listed(work)));
  expect(rows()).toEqual([]);
  expect(has('button', 'Sign in again to Nous Portal')).toBe(true);
});

test('each of several is told with its kind, its state and what helps, in their order', async () => {
  const gateway = new Fake().on(
    ALL,
    listed(
      resting('a1b2c3', 240_000, { label: 'ada@example.org', message: 'slow down' }),
      work,
      credential('b2c3d4', { label: 'ben', state: 'dead', reason: 'invalid_grant' }),
      credential('env:NOUS_KEY', {
        label: 'NOUS_KEY',
        type: 'api_key',
        renews: false,
        source_label: 'the variable NOUS_KEY',
        disconnectable: false,
        disconnect_hint: 'a variable of the host holds its key',
        disconnect_command: 'hermes auth remove nous env:NOUS_KEY',
      }),
    ),
  );
  await at(gateway);
  const [ada, second, ben, key] = rows();
  expect(ada).toMatch(/^ada@example\.org Too many requests, again in 4 minutes Account · a sign-in · renews by itself/);
  expect(ada).toContain('The provider said: Slow down.');
  expect(second).toMatch(/^work Answers next/);
  expect(ben).toContain('No longer accepted');
  expect(ben).toContain('Sign in again with this account to use it.');
  expect(key).toMatch(/^NOUS_KEY Ready API key · the variable NOUS_KEY/);
  expect(key).toContain('It is not removed from here: A variable of the host holds its key.');
  expect(key).toContain('hermes auth remove nous env:NOUS_KEY');
  expect(has('button', 'Remove NOUS_KEY')).toBe(false);
  expect(all('button').filter(({ textContent }) => textContent === 'Try again now')).toHaveLength(1);
});

test('one that is alone and not well is shown, and signing in is open', async () => {
  const gateway = new Fake().on(ALL, listed(credential('a1b2c3', { state: 'dead' })));
  await at(gateway.on('POST /api/providers/oauth/nous/start', typed).on('GET /api/providers/oauth/nous/poll/ID1', lost()));
  expect(rows()).toHaveLength(1);
  await press('Sign in to Nous Portal');
  expect(text()).toContain('WDJB-MJHT');
  expect(rows()).toHaveLength(1);
});

test('what is left of a rest is counted, and the gateway is asked when it is over', async () => {
  const gateway = new Fake().on(ALL, listed(resting('a1b2c3', 90_000), work));
  await at(gateway);
  expect(rows()[0]).toContain('again in 2 minutes');
  await pass(35_000);
  expect(rows()[0]).toContain('again in 55 seconds');
  expect(gateway.count(ALL)).toBe(1);
  await pass(56_000);
  expect(rows()[0]).toContain('again any moment');
  expect(gateway.count(ALL)).toBe(2);
  // The clock of the host is slow: it is asked again, and not at once.
  await pass(20_000);
  expect(gateway.count(ALL)).toBe(2);
  gateway.on(ALL, listed(credential('a1b2c3', { label: 'ada' }), work));
  await pass(20_000);
  expect(gateway.count(ALL)).toBe(3);
  expect(rows()[0]).toMatch(/^ada Ready/);
  await pass(300_000);
  expect(gateway.count(ALL)).toBe(3);
});

test('a rest is ended when somebody says so', async () => {
  const gateway = await at(new Fake().on(ALL, listed(resting('a1b2c3', 240_000, { label: 'ada' }), work)));
  gateway.on(`POST ${ONE}/reset`, lost(), { ok: true, provider: 'nous', reset: true });
  await press('Try again now: ada');
  expect(all('alert')[0]?.textContent).toContain('There is no connection');
  expect(document.activeElement).toBe(get('button', 'Try again now: ada'));
  gateway.on(ALL, listed(credential('a1b2c3', { label: 'ada', current: true }), work));
  await press('Try again now: ada');
  expect(rows()[0]).toMatch(/^ada Answers next/);
  expect(all('alert')).toHaveLength(0);
  expect(get('status', /ada is asked again/)).toBeTruthy();
  expect(document.activeElement).toBe(get('heading', 'ada'));
});

test('one is removed once that was confirmed, and what nobody has confirmed is said', async () => {
  const gateway = await at(new Fake().on(ALL, listed(credential('a1b2c3', { label: 'ada' }), work)));
  await press('Remove ada');
  expect(get('group', /Remove ada from the host\? It is ended at the provider/)).toBeTruthy();
  expect(document.activeElement).toBe(get('button', 'Keep it'));
  await key('Escape');
  expect(document.activeElement).toBe(get('button', 'Remove ada'));
  expect(gateway.count(`DELETE ${ONE}`)).toBe(0);
  gateway.on(`DELETE ${ONE}`, { ok: true, provider: 'nous', message: 'tokens of "ada" may still be alive at the provider' });
  await press('Remove ada');
  gateway.on(ALL, listed(work));
  await press('Remove it');
  expect(gateway.count(`DELETE ${ONE}`)).toBe(1);
  expect(rows()).toEqual([]);
  expect(text()).toContain('ada is removed from the host. Tokens of "ada" may still be alive at the provider.');
  expect(document.activeElement).toBe(get('heading', 'Nous Portal'));
});

test('one that is gone already is news, and one that is kept elsewhere a problem with its code', async () => {
  const gateway = await at(new Fake().on(ALL, listed(credential('a1b2c3', { label: 'ada' }), work)));
  const no = (code: string, status: number) => new Refusal('No credential', code, 'hermes auth list nous', status, false);
  gateway.on(`DELETE ${ONE}`, no('auth.credential_borrowed', 400), no('auth.credential_unknown', 404));
  await press('Remove ada');
  await press('Remove it');
  expect(all('alert')[0]?.textContent).toContain('auth.credential_borrowed');
  gateway.on(ALL, listed(work));
  await press('Remove it');
  expect(all('alert')).toHaveLength(0);
  expect(text()).toContain('ada was removed already.');
  expect(rows()).toEqual([]);
});

test('two of one id are two rows', async () => {
  await at(new Fake().on(ALL, listed(credential('a1b2c3'), credential('a1b2c3'), credential(''), credential(''))));
  expect(rows()).toHaveLength(4);
});
