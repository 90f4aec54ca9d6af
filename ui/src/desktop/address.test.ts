import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { all, get, has, leave, press, send, settled, show, text, type } from '../settings/shown';
import { Refusal } from '../transport/transport';
import AddressForm from './AddressForm.svelte';
import { PAUSE } from './address.svelte';
import { Application } from './application.svelte';
import { FakeBridge, lookOf, rowOf } from './fake-bridge';

let bridge: FakeBridge;
let application: Application;

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => {
  leave();
  vi.useRealTimers();
  localStorage.clear();
});

async function open(board: ConstructorParameters<typeof FakeBridge>[0] = {}): Promise<void> {
  bridge = new FakeBridge(board);
  application = new Application(bridge);
  await application.attach();
  await show(AddressForm, { application });
}

const FIELD = 'Address of the gateway';
const typed = (value: string) => type(FIELD, value);
const pause = async (milliseconds = PAUSE) => {
  vi.advanceTimersByTime(milliseconds);
  await settled();
};
/** Whether there is any way in on the page. */
const ways = () => has('button', /^(Sign in|Connect)/) || has('textbox', 'Session token') || has('textbox', 'Password');

test('no way in is there before the address was asked and has answered', async () => {
  await open();
  expect(ways()).toBe(false);
  await typed('agent.example.org');
  expect(ways()).toBe(false);
  await pause(PAUSE - 1);
  expect(bridge.all('look')).toEqual([]);
  await pause(1);
  expect(bridge.all('look')).toEqual([{ text: 'agent.example.org' }]);
  expect(text()).toContain('Asking agent.example.org how to sign in');
  expect(ways()).toBe(false);
  await pause(60_000);
  expect(ways()).toBe(false);
  bridge.take('look').answer(lookOf());
  await settled();
  expect(has('button', 'Sign in with Example SSO')).toBe(true);
  expect(has('textbox', 'Session token')).toBe(false);
  expect(text()).toContain('Hermes 0.4.0, sign-in needed');
  expect(text()).toContain('Understood as https://agent.example.org');
});

test('each pause of typing asks once, and typing on asks later', async () => {
  await open();
  for (const value of ['a', 'ag', 'age', 'agent']) {
    await typed(value);
    await pause(PAUSE / 2);
  }
  expect(bridge.all('look')).toEqual([]);
  await pause();
  expect(bridge.all('look')).toEqual([{ text: 'agent' }]);
});

test('what was found goes away the moment that another address stands there', async () => {
  await open();
  await typed('agent.example.org');
  await pause();
  bridge.take('look').answer(lookOf());
  await settled();
  await typed('agent.example.org ');
  expect(ways()).toBe(true);
  await typed('agent.example.or');
  expect(ways()).toBe(false);
  expect(text()).not.toContain('Understood');
  await typed('');
  await pause();
  expect(bridge.all('look')).toHaveLength(1);
});

test('an answer for another address than the one that stands there is dropped', async () => {
  await open();
  await typed('one.example');
  await pause();
  const first = bridge.take('look');
  await typed('two.example');
  first.answer(lookOf({ address: 'https://one.example' }));
  await settled();
  expect(ways()).toBe(false);
  await pause();
  const second = bridge.take('look');
  await typed('three.example');
  await pause();
  bridge.take('look').answer(lookOf({ address: 'https://three.example', mode: 'token', methods: [], ways: ['token'] }));
  await settled();
  second.refuse(new Refusal('Nobody is there.', 'connect.unreachable', null, 0, true));
  await settled();
  expect(has('textbox', 'Session token')).toBe(true);
  expect(has('button', /^Sign in/)).toBe(false);
  expect(all('alert')).toEqual([]);
});

test('Enter asks at once, and a failure says what to do and is asked again', async () => {
  await open();
  await typed('agnet.example.org');
  await send(FIELD);
  expect(bridge.all('look')).toHaveLength(1);
  await pause();
  expect(bridge.all('look')).toHaveLength(1);
  bridge.take('look').refuse(new Refusal('The name is not known.', 'connect.unreachable', 'hermes doctor --url x', 0, true));
  await settled();
  expect(ways()).toBe(false);
  expect(all('alert')[0]?.textContent).toContain('The name is not known. Is the gateway running, and this computer on its network or VPN?');
  expect(text()).toContain('hermes guide connect.unreachable');
  await press('Try again');
  expect(text()).toContain('Asking agnet.example.org');
  expect(all('alert')).toEqual([]);
});

test.each([
  ['connect.not_a_gateway', null, 'Is an access page in front of it'],
  ['connect.unclaimed', null, 'On its host, hermes owner invite prints a link that makes you its owner'],
  ['connect.address_invalid', 'hermes connect https://HOST', 'Give it as a browser shows it'],
  ['connect.busy', 'It says to come again in 30 seconds.', 'It says to come again in 30 seconds.'],
])('%s has its own next step', async (code, hint, next) => {
  await open();
  await typed('x');
  await pause();
  bridge.take('look').refuse(new Refusal('So it is.', code, hint, 0, false));
  await settled();
  expect(all('alert')[0]?.textContent).toContain(`So it is. ${next}`);
});

test.each([
  ['older', 'The gateway is older than this application.'],
  ['newer', 'The gateway is newer than this application.'],
  ['upstream', 'It is a gateway of upstream’s Hermes Agent.'],
] as const)('a gateway that is %s is said to be so', async (age, says) => {
  await open();
  await typed('x');
  await pause();
  bridge.take('look').answer(lookOf({ age }));
  await settled();
  expect(text()).toContain(says);
});

test('one of the list is shown and not signed in to', async () => {
  const row = rowOf('https://agent.example.org');
  await open({ gateways: [row] });
  await typed('agent.example.org');
  await pause();
  bridge.take('look').answer(lookOf({ saved_as: 'agent', is_signed_in: true }));
  await settled();
  expect(text()).toContain('It is in your list as “agent”.');
  expect(has('button', /^Sign in/)).toBe(false);
  await press('Show agent');
  expect(bridge.all('show')).toEqual([{ gateway: 'https://agent.example.org' }]);
});

test('what was typed is there again for whoever has looked elsewhere', async () => {
  await open();
  await typed('agent.example.org');
  await show(AddressForm, { application });
  expect((get('textbox', FIELD) as HTMLInputElement).value).toBe('agent.example.org');
});

const NEARBY = [
  { name: 'build7', address: 'http://192.0.2.7:9119' },
  { name: 'work', address: 'https://agent.example.org/hermes' },
];
const nearby = () => all('button').map((button) => button.textContent.replace(/\s+/g, ' ').trim());

test('a gateway nearby is chosen, and then asked as if it were typed', async () => {
  await open();
  expect(text()).not.toContain('Nearby');
  expect(bridge.all('nearby')).toHaveLength(1);
  bridge.take('nearby').answer(NEARBY);
  await settled();
  expect(nearby()).toEqual(['build7 http://192.0.2.7:9119', 'work https://agent.example.org/hermes']);
  expect(all('status').map((status) => status.textContent)).toContain('2 gateways nearby');
  await pause();
  expect(bridge.given.map(([name]) => name)).toEqual(['nearby']);
  await press('work https://agent.example.org/hermes');
  const field = get('textbox', FIELD) as HTMLInputElement;
  expect(field.value).toBe('https://agent.example.org/hermes');
  expect(document.activeElement).toBe(field);
  expect(text()).not.toContain('Nearby');
  expect(ways()).toBe(false);
  await pause();
  expect(bridge.all('look')).toEqual([{ text: 'https://agent.example.org/hermes' }]);
  bridge.take('look').answer(lookOf());
  await settled();
  expect(has('button', 'Sign in with Example SSO')).toBe(true);
  expect(bridge.all('signIn')).toEqual([]);
  await typed('');
  expect(nearby()).toHaveLength(2);
});

test('nothing comes in the way of whoever types, and nothing is said of nothing', async () => {
  await open();
  await typed('agent');
  bridge.take('nearby').answer(NEARBY);
  await settled();
  expect(nearby()).toEqual([]);
  await open();
  bridge.take('nearby').answer([]);
  await settled();
  expect(text()).not.toContain('earby');
  await open();
  bridge.take('nearby').refuse(new Refusal('Multicast DNS cannot be used.', null, null, 0, false));
  await settled();
  expect(text()).not.toContain('earby');
  expect(all('alert')).toEqual([]);
});

test('a name from the network is text', async () => {
  await open();
  bridge.take('nearby').answer([{ name: '<img src=x onerror=alert(1)>', address: 'http://192.0.2.7:9119' }]);
  await settled();
  expect(document.querySelector('img')).toBeNull();
  expect(nearby()).toEqual(['<img src=x onerror=alert(1)> http://192.0.2.7:9119']);
});
