import { afterEach, expect, test } from 'vitest';

import { all, has, leave, press, settled, show, text } from '../settings/shown';
import { Refusal } from '../transport/transport';
import About from './About.svelte';
import { Application } from './application.svelte';
import { FakeBridge } from './fake-bridge';

afterEach(leave);

const NEWER = { current: '0.4.0', found: { version: '0.5.0', notes: 'https://hermes.example/news/0.5.0' } };
const NONE = { current: '0.4.0', found: null };

async function open(canAsk: boolean): Promise<FakeBridge> {
  const bridge = new FakeBridge({ means: { has_tray: true, shortcut: null, can_look_for_updates: canAsk } });
  bridge.on('about', () => ({ version: '0.4.0', home: '/home/ada/.hermes', logs: '/logs', secrets: 'keychain' as const, secrets_file: null }));
  bridge.on('openLink', () => undefined);
  const application = new Application(bridge);
  await application.attach();
  await show(About, { application });
  return bridge;
}

const says = () => all('status').map((one) => one.textContent).join(' ').trim();

test('where nobody has said where versions are listed, nobody is asked', async () => {
  const bridge = await open(false);
  expect(text()).toContain('Hermes does not look for them, and asks nobody. They come from where you got it: your package manager, or its releases.');
  expect(has('button', 'Check now')).toBe(false);
  expect(bridge.all('checkUpdates')).toEqual([]);
});

test('a newer version is found by a press, and what is new in it is opened by another', async () => {
  const bridge = await open(true);
  expect(text()).not.toContain('asks nobody');
  expect(bridge.all('checkUpdates')).toEqual([]);
  await press('Check now');
  await press('Check now');
  expect(bridge.all('checkUpdates')).toHaveLength(1);
  expect(says()).toBe('Asking');
  bridge.take('checkUpdates').answer(NEWER);
  await settled();
  expect(says()).toBe('Version 0.5.0 is there.');
  expect(bridge.all('openLink')).toEqual([]);
  await press('What is new');
  expect(bridge.all('openLink')).toEqual([{ text: 'https://hermes.example/news/0.5.0' }]);
});

test('that there is none is said, and why it could not be asked', async () => {
  const bridge = await open(true);
  await press('Check now');
  bridge.take('checkUpdates').answer(NONE);
  await settled();
  expect(says()).toBe('Up to date: nothing newer than 0.4.0 is listed.');
  expect(has('button', 'What is new')).toBe(false);
  await press('Check now');
  bridge.take('checkUpdates').refuse(new Refusal('`updates.example` did not answer within 10 s.', null, null, 0, false));
  await settled();
  expect(says()).toBe('');
  expect(all('alert')[0]?.textContent).toContain('updates.example did not answer within 10 s.');
  await press('Check now');
  bridge.take('checkUpdates').answer(NEWER);
  await settled();
  expect(all('alert')).toHaveLength(0);
  expect(has('button', 'What is new')).toBe(true);
});
