import { afterEach, expect, test } from 'vitest';

import { leave, settled, show, text } from '../settings/shown';
import { Refusal } from '../transport/transport';
import { Application } from './application.svelte';
import { boardOf, FakeBridge } from './fake-bridge';
import Preferences from './Preferences.svelte';

afterEach(leave);

async function open(board: ConstructorParameters<typeof FakeBridge>[0] = {}): Promise<{ bridge: FakeBridge; application: Application }> {
  const bridge = new FakeBridge(board);
  const application = new Application(bridge);
  await application.attach();
  await show(Preferences, { application, board: boardOf(board) });
  return { bridge, application };
}

function box(name: RegExp): HTMLInputElement {
  const label = [...document.querySelectorAll('label')].find((one) => name.test(one.textContent));
  const found = label?.querySelector<HTMLInputElement>('input');
  if (!found) throw new Error(`there is no box ${String(name)}`);
  return found;
}

async function choose(one: HTMLInputElement): Promise<void> {
  one.click();
  await settled();
}

test('what is chosen is asked for as a whole, and what is so is shown', async () => {
  const { bridge } = await open();
  bridge.on('prefer', (asked) => { bridge.change({ preferences: asked }); });
  expect(box(/Tell me of answers/).checked).toBe(true);
  expect(box(/Open when I sign in/).checked).toBe(false);
  await choose(box(/Open when I sign in/));
  expect(bridge.all('prefer')).toEqual([{ notifies: true, stays_in_tray: true, opens_at_login: true, has_shortcut: false, looks_for_updates: false }]);
  expect(box(/Open when I sign in/).checked).toBe(true);
});

test('what cannot be is as it was, and says why', async () => {
  const { bridge, application } = await open();
  bridge.on('prefer', () => { throw new Refusal('Ctrl+Alt+H cannot be had.', null, null, 0, false); });
  await choose(box(/a key that works everywhere/));
  expect(box(/a key that works everywhere/).checked).toBe(false);
  expect(application.remarks.map((remark) => remark.text)).toEqual(['Ctrl+Alt+H cannot be had.']);
});

test('it says what this desktop does not have', async () => {
  await open();
  expect(text()).toContain('It is Ctrl+Alt+H');
  expect(text()).not.toContain('no tray');
  leave();
  await open({ means: { has_tray: false, shortcut: null, can_look_for_updates: false } });
  expect(text()).toContain('or quits. There is no tray on this desktop just now');
  expect(text()).toContain('This desktop gives no program such a key.');
});

test('updates are looked for where somebody has said where, and only if that is wanted', async () => {
  await open();
  expect(text()).toContain('Hermes does not look for them, and asks nobody.');
  expect(text()).not.toContain('Look for updates');
  leave();
  const { bridge } = await open({ means: { has_tray: true, shortcut: null, can_look_for_updates: true } });
  bridge.on('prefer', (asked) => { bridge.change({ preferences: asked }); });
  expect(text()).not.toContain('asks nobody');
  expect(box(/Look for updates/).checked).toBe(false);
  await choose(box(/Look for updates/));
  expect(bridge.all('prefer')).toEqual([{ notifies: true, stays_in_tray: true, opens_at_login: false, has_shortcut: false, looks_for_updates: true }]);
  expect(box(/Look for updates/).checked).toBe(true);
  expect(bridge.all('checkUpdates')).toEqual([]);
});
