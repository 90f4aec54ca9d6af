import { afterEach, expect, test, vi } from 'vitest';

import { Refusal } from '../transport/transport';
import Appearance from './Appearance.svelte';
import { Fake, lost } from './fake';
import { me, status } from './fixtures';
import Gateway from './Gateway.svelte';
import { DEFAULTS } from './preferences';
import { preferences } from './preferences.svelte';
import { pieces, problem, sentence } from './problem';
import { SECTIONS } from './sections';
import Settings from './Settings.svelte';
import { all, get, has, leave, press, settled, show, text } from './shown';

const matches = vi.fn(() => false);
vi.stubGlobal('matchMedia', () => ({
  get matches() {
    return matches();
  },
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));

afterEach(() => {
  leave();
  preferences.choose(DEFAULTS);
  localStorage.clear();
});

test('what the gateway is, who is signed in, and how the connection stands', async () => {
  const gateway = new Fake().on('GET /api/status', status()).on('GET /api/auth/me', me);
  await show(Gateway, { transport: gateway, address: 'agent.example.org/hermes' });
  expect(text()).toContain('Address agent.example.org/hermes');
  expect(text()).toContain('Hermes 0.4.0, released on 20 November 2026');
  expect(text()).toContain('People who sign in: by a password, by a passkey or an identity provider or from apps');
  expect(text()).toContain('Ada');
  expect(text()).toContain('ada@example.org · Owner of this gateway · by password');
  expect(text()).toContain('Live');
  gateway.stand({ name: 'waiting', until: 0, trouble: { kind: 'network' } });
  await settled();
  expect(text()).toContain('No connection, trying again by itself');
  await press('Try now');
  expect(gateway.retried).toBe(1);
  await press('Sign out');
  expect(gateway.signedOut).toBe(1);
});

test('a gateway of its own machine asks nobody who they are', async () => {
  const gateway = new Fake().on('GET /api/status', status({ auth_required: false, auth_flows: ['token'], release_date: '' }));
  await show(Gateway, { transport: gateway });
  expect(text()).toContain('Its own machine alone, without a sign-in');
  expect(text()).toContain('You are the owner: nobody signs in here.');
  expect(gateway.count('GET /api/auth/me')).toBe(0);
  expect(has('button', 'Sign out')).toBe(false);
});

test('what does not answer is asked again, and the guide is there all the same', async () => {
  const gateway = new Fake().on('GET /api/status', lost(), status()).on('GET /api/auth/me', me);
  await show(Gateway, { transport: gateway });
  expect(all('alert')[0]?.textContent).toContain('Check the network, then try again.');
  expect(text()).toContain('hermes guide connect-trouble');
  await press('Try again');
  expect(text()).toContain('Hermes 0.4.0');
  expect(all('alert')).toHaveLength(0);
});

test('a command is copied, and that is said when it was', async () => {
  const written = vi.fn<(text: string) => Promise<void>>().mockRejectedValueOnce(new DOMException('no', 'NotAllowedError'));
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: written }, configurable: true });
  await show(Gateway, { transport: new Fake().on('GET /api/status', status()).on('GET /api/auth/me', me) });
  await press('Copy hermes guide users');
  expect(text()).toContain('Not copied: select it instead');
  let done: () => void = () => undefined;
  written.mockReturnValueOnce(new Promise((resolve) => (done = resolve)));
  await press('Copy hermes guide users');
  expect(text()).not.toContain('Copied');
  done();
  await settled();
  expect(written).toHaveBeenLastCalledWith('hermes guide users');
  expect(text()).toContain('Copied');
});

test('the look is chosen, counts at once, and is said to be kept by nobody if it is not', async () => {
  matches.mockReturnValue(true);
  await show(Appearance, { transport: new Fake() });
  const radio = (name: string) => get('radio', name) as HTMLInputElement;
  expect(radio('As the system has them').checked).toBe(true);
  radio('Dark').click();
  await settled();
  expect(document.documentElement.dataset.theme).toBe('dark');
  radio('Ctrl+Enter sends').click();
  await settled();
  expect(preferences.ctrlEnterSends).toBe(true);
  expect(text()).toContain('Enter begins a new line.');
  expect(text()).toContain('The system asks for less motion');
  expect(get('group', 'Colours')).toBeTruthy();
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  radio('Larger').click();
  await settled();
  expect(document.documentElement.style.fontSize).toBe('125%');
  expect(all('alert')[0]?.textContent).toContain('counts until the page is closed');
});

test('the pages of settings are named, the shown one is marked, and each has its heading', async () => {
  const gateway = new Fake().on('GET /api/status', status()).on('GET /api/auth/me', me);
  gateway.on('GET /api/providers/oauth', { providers: [] });
  const titles = ['Providers', 'Sessions', 'Passkeys and password', 'Conversations', 'Gateway', 'Appearance'];
  for (const [position, section] of SECTIONS.entries()) {
    await show(Settings, { transport: gateway, section, href: (it: string) => `#/settings/${it}` });
    expect(all('link').slice(0, titles.length).map((it) => it.textContent)).toEqual(titles);
    expect(document.querySelector('nav')?.getAttribute('aria-label')).toBe('Settings');
    const marked = document.querySelectorAll('[aria-current=page]');
    expect([...marked].map((it) => it.getAttribute('href'))).toEqual([`#/settings/${section}`]);
    expect(document.querySelector('h1')?.textContent).toBe(titles[position]);
    expect(document.activeElement).toBe(document.body);
  }
});

test('a failure is told by its code, its status or its hint, and never twice', () => {
  const told = (message: string, code: string | null, hint: string | null, status: number) =>
    problem(new Refusal(message, code, hint, status, false));
  expect(told('x', 'auth.denied', null, 400)).toEqual({ text: 'X.', code: 'auth.denied', next: null, command: 'hermes auth add <provider>' });
  expect(told('x.', null, 'do `this`', 400)).toEqual({ text: 'X.', code: null, next: 'Do `this`.', command: null });
  expect(told('x', 'constructor', null, 429)?.next).toBe('Wait a minute, then try again.');
  expect(told('x', null, null, 503)?.next).toContain('Try again in a minute.');
  expect(told('x', null, null, 404)?.next).toBeNull();
  expect(told('x', 'connect.unreachable', null, 0)).toMatchObject({ next: 'Check the network, then try again.', command: null });
  expect(told('x', 'connect.sign_in_needed', null, 401)).toBeNull();
  expect(told('x', 'connect.not_a_gateway', 'reload', 401)?.next).toBe('Reload.');
  expect(problem(new DOMException('over', 'AbortError'))).toBeNull();
  expect(problem(new TypeError('x is not a function'))?.text).toBe('The page could not do this.');
  expect([sentence('xAI said no'), sentence(''), sentence('`a` is missing')]).toEqual(['xAI said no.', '', '`a` is missing.']);
  expect(pieces('run `a` now')).toEqual([
    { text: 'run ', typed: false },
    { text: 'a', typed: true },
    { text: ' now', typed: false },
  ]);
  expect(pieces('a ` alone')).toEqual([{ text: 'a ` alone', typed: false }]);
});
