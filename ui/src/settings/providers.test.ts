import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Refusal } from '../transport/transport';
import { ended, Fake, lost } from './fake';
import { account, pasted, polled, provider, typed } from './fixtures';
import Providers from './Providers.svelte';
import { all, get, has, leave, press, send, settled, show, text, type } from './shown';

const ALL = 'GET /api/providers/oauth';
const START = 'POST /api/providers/oauth/nous/start';
const POLL = 'GET /api/providers/oauth/nous/poll/ID1';
const CANCEL = 'DELETE /api/providers/oauth/sessions/ID1';
const SUBMIT = 'POST /api/providers/oauth/xai/submit';

let visibility: DocumentVisibilityState = 'visible';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_795_348_800_000 });
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
});

afterEach(() => {
  leave();
  vi.useRealTimers();
  sessionStorage.clear();
});

const nous = provider('nous', { name: 'Nous Portal' });
const signedIn = provider('nous', { name: 'Nous Portal', status: account('ada@example.org') });
const xai = provider('xai', { name: 'xAI Grok', flow: 'pkce' });

async function at(gateway: Fake) {
  await show(Providers, { transport: gateway });
  return gateway;
}

async function pass(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settled();
}

function see(state: DocumentVisibilityState) {
  visibility = state;
  document.dispatchEvent(new Event('visibilitychange'));
}

/** A sign-in by a code that waits. */
async function begun(gateway = new Fake()) {
  gateway.on(ALL, { providers: [nous] }).on(START, typed);
  await at(gateway);
  await press('Sign in to Nous Portal');
  return gateway;
}

test('what is awaited is said, and then what there is', async () => {
  let answer: (value: unknown) => void = () => undefined;
  const gateway = new Fake().on(ALL, new Promise((resolve) => (answer = resolve)));
  await at(gateway);
  expect(text()).toContain('Asking the gateway which providers it knows');
  answer({
    providers: [
      provider('x', { name: 'Signed', terms: 'be kind', status: account('ada@example.org') }),
      provider('y', { name: 'Ends', status: account('b', { has_refresh_token: false, expires_at: '2026-11-22T13:00:00Z' }) }),
      provider('z', { name: 'Over', status: account('c', { has_refresh_token: false, expires_at: '2026-11-21T13:00:00Z' }) }),
      provider('t', { name: 'Terminal', flow: 'external' }),
      provider('k', { name: 'Kind', terms: 'ask `us` first', docs_url: 'https://k.example/docs' }),
      provider('e', { name: 'Evil', docs_url: 'javascript:alert(1)' }),
    ],
  });
  await settled();
  expect(text()).not.toContain('Asking');
  const rows = [...document.querySelectorAll('.rows > li')].map((row) => row.textContent.replace(/\s+/g, ' '));
  expect(rows[0]).toContain('ada@example.org · renews by itself');
  expect(rows[0]).not.toContain('be kind');
  expect(rows[1]).toContain('until 22 November 2026');
  expect(rows[2]).toContain('ended 21 November 2026');
  expect(rows[3]).toContain('hermes auth add t');
  expect(rows[4]).toContain('Its terms: Ask us first.');
  expect(has('button', 'Sign in to Terminal')).toBe(false);
  expect(get('link', 'About Kind').getAttribute('href')).toBe('https://k.example/docs');
  expect(get('link', 'About Kind').getAttribute('rel')).toBe('noopener noreferrer');
  expect(has('link', 'About Evil')).toBe(false);
});

test('a gateway that knows no provider says what to do', async () => {
  await at(new Fake().on(ALL, { providers: [] }));
  expect(text()).toContain('hermes auth add');
});

test('whoever is not the owner is told whom to ask, and nothing to retry', async () => {
  await at(new Fake().on(ALL, new Refusal('Forbidden', null, null, 403, false)));
  expect(text()).toContain('Ask the owner');
  expect(all('alert')).toHaveLength(0);
});

test('a proxy that says no is not taken for a gateway that does', async () => {
  const proxy = (status: number) => new Refusal('Something else answers.', 'connect.not_a_gateway', 'Load the page again.', status, true);
  for (const status of [401, 403]) {
    await at(new Fake().on(ALL, proxy(status)));
    expect(all('alert')[0]?.textContent).toContain('Something else answers.');
    expect(text()).not.toContain('Ask the owner');
  }
  const gateway = await begun();
  gateway.on(POLL, new Refusal('The gateway answered with status 404.', null, 'Try again in a moment.', 404, false));
  await pass(5000);
  expect(text()).toContain('Waiting for you');
  expect(text()).toContain('The gateway does not answer just now.');
});

test('a failure has its sentence, its code, a next step, and is tried again in place', async () => {
  const refusal = new Refusal('the credential file is not valid', 'store.corrupt', 'hermes doctor', 400, false);
  const gateway = await at(new Fake().on(ALL, refusal, { providers: [nous] }));
  const said = all('alert')[0]?.textContent ?? '';
  expect(said).toContain('The credential file is not valid.');
  expect(said).toContain('store.corrupt');
  expect(said).toContain('hermes doctor');
  await press('Try again');
  expect(gateway.count(ALL)).toBe(2);
  expect(all('alert')).toHaveLength(0);
  expect(has('heading', 'Nous Portal')).toBe(true);
});

test('where the sign-in to the gateway has ended the page says nothing of its own', async () => {
  await at(new Fake().on(ALL, ended()));
  expect(all('alert')).toHaveLength(0);
  expect(text()).not.toContain('no provider');
});

test('a page that was not answered for want of a connection asks again with the next one', async () => {
  const gateway = await at(new Fake().on(ALL, lost(), { providers: [nous] }));
  expect(all('alert')).toHaveLength(1);
  gateway.stand({ name: 'connecting' });
  gateway.stand({ name: 'live' });
  await settled();
  expect(all('alert')).toHaveLength(0);
  expect(has('heading', 'Nous Portal')).toBe(true);
});

test('a code is shown with its page and its time, and the approval is seen', async () => {
  const gateway = await begun();
  gateway.on(POLL, polled('pending'), polled('approved')).on(ALL, { providers: [signedIn] });
  expect(document.querySelector('output')?.textContent).toBe('WDJB-MJHT');
  const link = get('link', 'auth.example/codex/device');
  expect(link.getAttribute('href')).toBe('https://auth.example/codex/device?user_code=WDJB-MJHT');
  expect(link.getAttribute('target')).toBe('_blank');
  expect(has('image', /camera of a phone/)).toBe(true);
  expect(text()).toContain('15:00 left');
  expect(document.activeElement).toBe(get('heading', 'Nous Portal'));
  await pass(1000);
  expect(text()).toContain('14:59 left');
  expect(gateway.count(POLL)).toBe(0);
  await pass(4000);
  expect(gateway.count(POLL)).toBe(1);
  expect(text()).toContain('Waiting for you');
  await pass(5000);
  expect(text()).toContain('The host is signed in.');
  expect(text()).toContain('ada@example.org');
  expect(all('status')[0]?.textContent).toBe('Nous Portal: The host is signed in.');
  await pass(60_000);
  expect(gateway.count(POLL)).toBe(2);
});

test.each([
  ['denied', 'The sign-in was declined.', 'Begin again if that was not meant.'],
  ['expired', 'Nobody finished the sign-in in time.', 'Begin again when'],
  ['error', 'The sign-in failed.', 'hermes auth add nous'],
])('an end is told as it is, with the next step: %s', async (status, said, next) => {
  const gateway = await begun();
  gateway.on(POLL, polled(status, 'nous says so'));
  await pass(5000);
  expect(text()).toContain(said);
  expect(text()).toContain('Nous says so.');
  expect(text()).toContain(next);
  expect(document.querySelector('output')).toBeNull();
  gateway.on(POLL, polled('pending'));
  await press('Begin again the sign-in to Nous Portal');
  expect(text()).not.toContain(said);
  expect(gateway.count(START)).toBe(2);
});

test('a sign-in that the gateway does not know any more is told so', async () => {
  const gateway = await begun();
  gateway.on(POLL, new Refusal('Session not found or expired', null, null, 404, false));
  await pass(5000);
  expect(text()).toContain('The gateway does not know this sign-in any more.');
  expect(gateway.count(ALL)).toBe(2);
});

test('it is given up, and one that was approved before is not called given up', async () => {
  const gateway = await begun();
  gateway.on(CANCEL, { ok: true });
  await press('Cancel the sign-in to Nous Portal');
  expect(text()).toContain('The sign-in was given up. Nothing has changed.');
  await press('Sign in to Nous Portal');
  gateway.on(ALL, { providers: [signedIn] });
  await press('Cancel the sign-in to Nous Portal');
  expect(text()).toContain('It had been approved before it was given up: the host is signed in.');
});

test('what cannot be given up for want of a connection waits on', async () => {
  const gateway = await begun();
  gateway.on(CANCEL, lost()).on(POLL, polled('pending'));
  await press('Cancel the sign-in to Nous Portal');
  expect(all('alert')[0]?.textContent).toContain('There is no connection to the gateway.');
  expect(document.querySelector('output')?.textContent).toBe('WDJB-MJHT');
});

test('a network that is lost in the middle is told, and asked again ever more seldom, and at once with the next one', async () => {
  const gateway = await begun();
  gateway.on(POLL, lost());
  await pass(5000);
  expect(text()).toContain('The gateway does not answer just now. The sign-in goes on there');
  expect(document.querySelector('output')?.textContent).toBe('WDJB-MJHT');
  await pass(9999);
  expect(gateway.count(POLL)).toBe(1);
  await pass(1);
  expect(gateway.count(POLL)).toBe(2);
  gateway.on(POLL, polled('pending'));
  gateway.stand({ name: 'connecting' });
  gateway.stand({ name: 'live' });
  await settled();
  expect(gateway.count(POLL)).toBe(3);
  expect(text()).not.toContain('does not answer');
  await pass(5000);
  expect(gateway.count(POLL)).toBe(4);
});

test('nobody asks while nobody looks', async () => {
  const gateway = await begun();
  gateway.on(POLL, polled('pending'));
  see('hidden');
  await pass(120_000);
  expect(gateway.count(POLL)).toBe(0);
  see('visible');
  await settled();
  expect(gateway.count(POLL)).toBe(1);
  expect(text()).toContain('13:00 left');
  await pass(5000);
  expect(gateway.count(POLL)).toBe(2);
});

test('the end of its time is not claimed before the gateway says so', async () => {
  const gateway = await begun();
  gateway.on(POLL, polled('pending'));
  see('hidden');
  await pass(900_000);
  see('visible');
  await settled();
  expect(text()).toContain('the time is up, asking the gateway');
  gateway.on(POLL, polled('expired', 'the code has expired'));
  await pass(1000);
  expect(text()).toContain('Nobody finished the sign-in in time.');
  await pass(5000);
  expect(text()).toContain('Nobody finished the sign-in in time.');
});

test('what is under way is found again after a reload, as the gateway says it stands', async () => {
  const gateway = await begun();
  gateway.on(POLL, polled('pending'));
  leave();
  await pass(60_000);
  expect(gateway.count(POLL)).toBe(0);
  let answer: (value: unknown) => void = () => undefined;
  gateway.on(POLL, new Promise((resolve) => (answer = resolve)));
  await at(gateway);
  expect(text()).toContain('Asking the gateway how the sign-in stands');
  expect(document.querySelector('output')).toBeNull();
  answer(polled('pending'));
  await settled();
  expect(document.querySelector('output')?.textContent).toBe('WDJB-MJHT');
  expect(text()).toContain('14:00 left');
  gateway.on(POLL, polled('approved')).on(ALL, { providers: [signedIn] });
  await at(gateway);
  expect(text()).toContain('The host is signed in.');
  await at(gateway);
  expect(text()).not.toContain('The host is signed in.');
});

test('what is kept of it is bounded, and garbage is nothing', async () => {
  for (const kept of ['', '{', '[]', '{"version":1,"list":[{"provider":"nous"}]}', '{"version":2,"list":[]}', 'x'.repeat(70_000)]) {
    sessionStorage.setItem('hermes.sign-ins', kept);
    await at(new Fake().on(ALL, { providers: [nous] }));
    expect(has('button', 'Sign in to Nous Portal'), kept.slice(0, 20)).toBe(true);
  }
});

test('what a provider refuses at the beginning is told in the row', async () => {
  const down = new Refusal('Nous did not answer', 'provider.timeout', 'hermes doctor', 503, true);
  const gateway = new Fake().on(ALL, { providers: [nous] }).on(START, down, typed).on(POLL, polled('pending'));
  await at(gateway);
  await press('Sign in to Nous Portal');
  expect(all('alert')[0]?.textContent).toContain('provider.timeout');
  await press('Sign in to Nous Portal');
  expect(all('alert')).toHaveLength(0);
  expect(document.querySelector('output')).not.toBeNull();
});

test('an address that a browser should not open is not shown as a link', async () => {
  const gateway = new Fake().on(ALL, { providers: [nous] }).on(START, { ...typed, verification_url: 'javascript:alert(1)' });
  await at(gateway);
  await press('Sign in to Nous Portal');
  expect(all('link')).toHaveLength(0);
  expect(all('alert')[0]?.textContent).toContain('should not open');
});

async function pasting(gateway = new Fake()) {
  gateway.on(ALL, { providers: [xai] }).on('POST /api/providers/oauth/xai/start', pasted);
  gateway.on('GET /api/providers/oauth/xai/poll/ID2', polled('pending'));
  await at(gateway);
  await press('Sign in to xAI Grok');
  return gateway;
}

test('a paste that is wrong is told and stays, and the right one ends it', async () => {
  const gateway = await pasting();
  expect(get('link', 'Open accounts.example').getAttribute('href')).toBe(pasted.flow === 'pkce' ? pasted.auth_url : '');
  expect(text()).toContain('a page that does not load, and that is right');
  gateway.on(
    SUBMIT,
    { ok: false, status: 'error', message: 'it is another address; the one of this sign-in starts with `http://127.0.0.1:56121`' },
    { ok: true, status: 'approved' },
  );
  await type('Where you ended', ' https://wrong.example/?code=1 ');
  await send('Where you ended');
  expect(gateway.body(SUBMIT)).toEqual({ session_id: 'ID2', code: 'https://wrong.example/?code=1' });
  expect(all('alert')[0]?.textContent).toContain('It is another address');
  expect((get('textbox', 'Where you ended') as HTMLInputElement).value).toBe(' https://wrong.example/?code=1 ');
  await type('Where you ended', 'http://127.0.0.1:56121/callback?code=2&state=xyz');
  gateway.on(ALL, { providers: [provider('xai', { name: 'xAI Grok', flow: 'pkce', status: account('ada') })] });
  await send('Where you ended');
  expect(text()).toContain('The host is signed in.');
  expect(sessionStorage.length).toBe(0);
});

test('a page that shows a code is explained otherwise', async () => {
  const hosted = { ...pasted, auth_url: 'https://a.example/authorize?redirect_uri=https%3A%2F%2Fa.example%2Fcode' };
  const gateway = new Fake().on(ALL, { providers: [xai] }).on('POST /api/providers/oauth/xai/start', hosted);
  await at(gateway);
  await press('Sign in to xAI Grok');
  expect(text()).toContain('At the end the page shows a code');
});

test('a paste by which the whole sign-in fails is told as its end', async () => {
  const gateway = await pasting();
  gateway.on(SUBMIT, { ok: false, status: 'error', message: 'the code was refused' });
  gateway.on('GET /api/providers/oauth/xai/poll/ID2', polled('error', 'the code was refused'));
  await type('Where you ended', 'http://127.0.0.1:56121/callback?code=2');
  await send('Where you ended');
  expect(text()).toContain('The sign-in failed.');
  expect(text()).toContain('The code was refused.');
});

test('a paste that did not arrive stays where it was typed', async () => {
  const gateway = await pasting();
  gateway.on(SUBMIT, lost());
  await type('Where you ended', 'http://127.0.0.1:56121/callback?code=2');
  await send('Where you ended');
  expect(all('alert')[0]?.textContent).toContain('There is no connection');
  expect((get('textbox', 'Where you ended') as HTMLInputElement).value).toContain('code=2');
});

test('a paste that the gateway still reads is asked about', async () => {
  const gateway = await pasting();
  gateway.on(SUBMIT, { ok: false, status: 'pending' });
  await type('Where you ended', 'http://127.0.0.1:56121/callback?code=2');
  await send('Where you ended');
  gateway.on('GET /api/providers/oauth/xai/poll/ID2', polled('denied', 'xAI said no'));
  await pass(5000);
  expect(text()).toContain('The sign-in was declined. xAI said no.');
});

test('signing out is asked for in the row, and what the provider has not confirmed is said', async () => {
  const OUT = 'DELETE /api/providers/oauth/nous';
  const gateway = await at(new Fake().on(ALL, { providers: [signedIn] }));
  await press('Sign out of Nous Portal');
  expect(get('group', /Sign the host out of Nous Portal/)).toBeTruthy();
  expect(document.activeElement).toBe(get('button', 'Keep it'));
  await press('Keep it');
  expect(gateway.count(OUT)).toBe(0);
  gateway.on(OUT, lost(), { ok: true, provider: 'nous', message: 'tokens of `nous` may still be alive at the provider' });
  await press('Sign out of Nous Portal');
  await press('Sign out');
  expect(all('alert')[0]?.textContent).toContain('There is no connection');
  expect(text()).toContain('Signed in');
  gateway.on(ALL, { providers: [nous] });
  await press('Sign out');
  expect(text()).toContain('The host is signed out. Tokens of nous may still be alive at the provider.');
  expect(has('button', 'Sign in to Nous Portal')).toBe(true);
  expect(has('group', /Sign the host out/)).toBe(false);
});
