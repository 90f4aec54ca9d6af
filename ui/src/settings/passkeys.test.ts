import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { MeAnswer, PasskeyRow } from '../protocol/account';
import { Refusal } from '../transport/transport';
import { Fake, lost } from './fake';
import { me, NOW, passkey, session, status } from './fixtures';
import { tooOld } from './fresh';
import Passkeys from './Passkeys.svelte';
import { all, get, has, leave, press, send, show, text, type } from './shown';

const ALL = 'GET /api/auth/passkeys';
const START = 'POST /api/auth/passkeys/start';
const ADD = 'POST /api/auth/passkeys';
const CHANGE = 'POST /api/auth/password';
const ADD_PASSWORD = 'POST /api/auth/password/add';
const YOUNG = session('s1', { current: true, created_at: NOW - 60, last_seen_at: NOW });
const OLD = session('s1', { current: true, created_at: NOW - 3600, last_seen_at: NOW });

const create = vi.fn<() => Promise<unknown>>();

beforeEach(() => {
  vi.useFakeTimers({ now: NOW * 1000 });
  create.mockReset();
  create.mockResolvedValue({ toJSON: () => ({ id: 'cred' }) });
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('PublicKeyCredential', { parseCreationOptionsFromJSON: (options: unknown) => ({ parsed: options }) });
  Object.defineProperty(navigator, 'credentials', { value: { create }, configurable: true });
});

afterEach(() => {
  leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const stale = () =>
  new Refusal('This needs a sign-in of the last five minutes', null, 'sign in again, and do it within five minutes', 403, false);

async function at(passkeys: PasskeyRow[], more: { who?: Partial<MeAnswer>; old?: boolean; gateway?: Fake } = {}) {
  const gateway = more.gateway ?? new Fake();
  gateway.on('GET /api/status', status()).on('GET /api/auth/me', { ...me, ...more.who });
  gateway.on('GET /api/auth/sessions', { sessions: [more.old ? OLD : YOUNG] }).on(ALL, { passkeys });
  gateway.on(START, { ceremony: 'C1', options: { challenge: 'xyz' } }).on(ADD, undefined);
  await show(Passkeys, { transport: gateway });
  return gateway;
}

const name = () => (get('textbox', 'Name of the new passkey') as HTMLInputElement).value;

test('without a passkey it is said what one is and what to do', async () => {
  await at([]);
  expect(text()).toContain('There is no password to type, to guess or to steal. Add one for this device.');
});

test('a passkey is made by the browser and added under its name', async () => {
  const gateway = await at([passkey('p1')]);
  await type('Name of the new passkey', 'This laptop');
  gateway.on(ALL, { passkeys: [passkey('p1'), passkey('p2', { name: 'This laptop' })] });
  await press('Add a passkey');
  expect(create).toHaveBeenCalledWith({ publicKey: { parsed: { challenge: 'xyz' } } });
  expect(gateway.body(ADD)).toEqual({ ceremony: 'C1', credential: { id: 'cred' }, name: 'This laptop' });
  expect(text()).toContain('The passkey is added.');
  expect(has('heading', 'This laptop')).toBe(true);
  expect(name()).toBe('');
});

test.each([
  ['NotAllowedError', 'Nothing was done: the browser was told no, or nobody answered.'],
  ['InvalidStateError', 'This device has a passkey for this gateway already.'],
  ['SecurityError', 'Passkeys do not work at this address.'],
  ['NotSupportedError', 'This device cannot make such a passkey.'],
])('what the browser cannot do is told and the name stays: %s', async (error, said) => {
  const gateway = await at([]);
  create.mockRejectedValue(new DOMException('x', error));
  await type('Name of the new passkey', 'This laptop');
  await press('Add a passkey');
  expect(all('alert')[0]?.textContent).toContain(said);
  expect(name()).toBe('This laptop');
  expect(gateway.count(ADD)).toBe(0);
  expect(text()).not.toContain('The passkey is added.');
});

test('what the gateway refuses is told, with its hint', async () => {
  const gateway = await at([]);
  const hint = 'browsers use passkeys on `https` with a domain and on `http://localhost` alone';
  gateway.on(START, new Refusal('Passkeys do not work at this address', null, hint, 404, false));
  await press('Add a passkey');
  expect(all('alert')[0]?.textContent).toContain('Browsers use passkeys on https with a domain');
  expect(create).not.toHaveBeenCalled();
  gateway.on(START, lost());
  await press('Add a passkey');
  expect(all('alert')[0]?.textContent).toContain('There is no connection');
});

test('where no browser could make one there is no form, and a sentence', async () => {
  vi.stubGlobal('PublicKeyCredential', undefined);
  await at([]);
  expect(text()).toContain('This browser cannot use passkeys.');
  expect(has('button', 'Add a passkey')).toBe(false);
  vi.stubGlobal('isSecureContext', false);
  await at([]);
  expect(text()).toContain('Passkeys need https with a domain, or localhost.');
});

test('a sign-in that is surely too old is said to be, before anybody types', async () => {
  const gateway = await at([passkey('p1')], { old: true });
  expect(text()).toContain('Adding and removing passkeys needs a sign-in of the last five minutes.');
  expect(has('button', 'Add a passkey')).toBe(false);
  expect(has('button', /^Remove/)).toBe(false);
  await press('Sign in again');
  expect(gateway.signedIn).toBe(1);
  expect(tooOld([YOUNG])).toBe(false);
  expect(tooOld([session('s2')])).toBe(false);
});

test('one that has become too old is told where it is refused, and the name stays', async () => {
  const gateway = await at([passkey('p1')]);
  gateway.on(START, stale());
  await type('Name of the new passkey', 'This laptop');
  await press('Add a passkey');
  expect(text()).toContain('needs a sign-in of the last five minutes');
  expect(has('button', 'Sign in again')).toBe(true);
  expect(name()).toBe('This laptop');
  expect(all('alert')).toHaveLength(0);
});

test('a passkey is renamed and removed, but not the last way in', async () => {
  const gateway = await at([passkey('p1', { name: 'Old key', last_used_at: NOW - 300 })]);
  expect(text()).toContain('added on 19 November 2026 · last used 5 minutes ago');
  await press('Rename Old key');
  await type('Name of this passkey', '');
  gateway.on('PATCH /api/auth/passkeys/p1', undefined).on(ALL, { passkeys: [passkey('p1')] });
  await send('Name of this passkey');
  expect(gateway.body('PATCH /api/auth/passkeys/p1')).toEqual({ name: '' });
  const last = new Refusal('This is your last way to sign in', null, 'this is your last way to sign in: add another passkey first', 409, false);
  gateway.on('DELETE /api/auth/passkeys/p1', last, stale(), undefined);
  await press('Remove Passkey');
  await press('Remove it');
  expect(all('alert')[0]?.textContent).toContain('add another passkey first');
  await press('Remove Passkey');
  await press('Remove it');
  expect(has('button', 'Sign in again')).toBe(true);
  expect(has('button', /^Remove/)).toBe(false);
});

test('a removed passkey is gone, and its row with it', async () => {
  const gateway = await at([passkey('p1')]);
  gateway.on('DELETE /api/auth/passkeys/p1', undefined);
  await press('Remove Passkey');
  gateway.on(ALL, { passkeys: [] });
  await press('Remove it');
  expect(text()).toContain('The passkey is removed.');
  expect(document.activeElement).toBe(get('heading', 'Passkeys'));
});

test('whoever signed in by a password changes it, and keeps what they typed if it is refused', async () => {
  const gateway = await at([]);
  const value = (field: string) => (get('textbox', field) as HTMLInputElement).value;
  await type('Current password', 'wrong');
  await type('New password', 'a phrase of a few words');
  gateway.on(CHANGE, new Refusal('The current password is wrong', null, null, 403, false), { ended: 2 });
  await press('Change the password');
  expect(all('alert')[0]?.textContent).toContain('The current password is wrong.');
  expect(value('New password')).toBe('a phrase of a few words');
  await type('Current password', 'right');
  await press('Change the password');
  expect(gateway.body(CHANGE)).toEqual({ current: 'right', new: 'a phrase of a few words' });
  expect(text()).toContain('The password is changed, and your other sessions have ended.');
  expect([value('Current password'), value('New password')]).toEqual(['', '']);
});

test('whoever signed in by a passkey adds a password, the same twice', async () => {
  const gateway = await at([passkey('p1')], { who: { provider: 'passkey' } });
  const again = get('textbox', 'The same once more') as HTMLInputElement;
  await type('Name to sign in by', 'ada');
  await type('Password', 'a phrase of a few words');
  await type('The same once more', 'another');
  expect(again.validationMessage).toBe('The two passwords differ.');
  await press('Add a password');
  expect(gateway.count(ADD_PASSWORD)).toBe(0);
  await type('The same once more', 'a phrase of a few words');
  gateway.on(ADD_PASSWORD, new Refusal('Another user has this name', null, null, 409, false), undefined);
  await press('Add a password');
  expect(all('alert')[0]?.textContent).toContain('Another user has this name.');
  expect(again.value).toBe('a phrase of a few words');
  await press('Add a password');
  expect(gateway.body(ADD_PASSWORD)).toEqual({ username: 'ada', password: 'a phrase of a few words' });
  expect(text()).toContain('The password is added.');
  expect(has('textbox', 'Current password')).toBe(true);
});

test('whoever has a password all the same comes to its change, and nobody changes that of the settings', async () => {
  await at([passkey('p1')], { who: { provider: 'sso' } });
  await press('I have a password here, and change it');
  expect(has('textbox', 'Current password')).toBe(true);
  await at([], { who: { provider: 'sso' } });
  expect(text()).toContain('A password is added to a passkey: add one of those first.');
  await at([], { who: { provider: 'basic' } });
  expect(text()).toContain('gateway.basic');
  expect(has('textbox', 'Current password')).toBe(false);
});
