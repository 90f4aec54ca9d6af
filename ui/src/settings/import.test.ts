import { afterEach, expect, test, vi } from 'vitest';

import { Refusal } from '../transport/transport';
import Conversations from './Conversations.svelte';
import { Fake, lost } from './fake';
import { all, get, has, leave, press, settled, show, text } from './shown';

const POST = 'POST /api/sessions/import';

afterEach(leave);

const talk = (title: string) => ({ title, messages: [{ role: 'user', content: `About ${title}` }, { role: 'assistant', content: 'Yes' }] });

/** Chooses a file of these. */
async function choose(content: string, size?: number) {
  const input = document.querySelector<HTMLInputElement>('input[type=file]');
  const file = new File([content], 'conversations.json');
  Object.defineProperty(file, 'text', { value: () => Promise.resolve(content) });
  if (size !== undefined) Object.defineProperty(file, 'size', { value: size });
  Object.defineProperty(input, 'files', { value: [file], configurable: true });
  input?.dispatchEvent(new Event('change', { bubbles: true }));
  await settled();
  await settled();
}

async function at(gateway: Fake) {
  const onImported = vi.fn();
  await show(Conversations, { transport: gateway, onImported });
  return onImported;
}

test('nothing is sent before somebody has seen what is in the file and says so', async () => {
  const gateway = new Fake().on(POST, { id: 'a', known: false }, { id: 'b', known: true });
  const onImported = await at(gateway);
  await choose(JSON.stringify({ conversations: [talk('Geese'), talk('Ducks'), { title: 'Odd', messages: [7] }] }));
  expect(text()).toContain('The file holds 2 conversations with 4 messages that can be imported.');
  expect(text()).toContain('1 conversation of a shape that this page does not know: “Odd”');
  expect(gateway.count(POST)).toBe(0);
  await press('Cancel');
  expect(has('button', 'Choose a file')).toBe(true);
  await choose(JSON.stringify({ conversations: [talk('Geese'), talk('Ducks')] }));
  await press('Import 2 conversations');
  await settled();
  expect(gateway.count(POST)).toBe(2);
  expect(text()).toContain('1 conversation imported; 1 was here already.');
  expect(onImported).toHaveBeenCalledOnce();
});

test('what failed is named with the reason, and can be tried again', async () => {
  const full = new Refusal('The disk is full.', null, 'Free some space.', 503, true);
  const gateway = new Fake().on(POST, { id: 'a', known: false }, full, { id: 'b', known: false });
  await at(gateway);
  await choose(JSON.stringify([talk('Geese'), talk('Ducks')]));
  await press('Import 2 conversations');
  await settled();
  expect(all('alert')[0]?.textContent).toContain('1 of 2 imported; these were not: “Ducks”.');
  expect(all('alert')[0]?.textContent).toContain('The disk is full. Free some space.');
  await press('Try these again');
  await settled();
  expect(text()).toContain('1 conversation imported.');
  expect(gateway.count(POST)).toBe(3);
});

test('it stops where somebody says so, or where nobody answers', async () => {
  let answer: (imported: unknown) => void = () => undefined;
  const slow = () => new Promise((resolve) => { answer = resolve; });
  const gateway = new Fake().on(POST, slow);
  await at(gateway);
  const many = Array.from({ length: 30 }, (_, at) => talk(`Bird ${at}`));
  await choose(JSON.stringify(many));
  await press('Import 30 conversations');
  expect(get('button', 'Stop')).toBeTruthy();
  expect(text()).toContain('Importing: 0 of 30');
  await press('Stop');
  gateway.on(POST, { id: 'x', known: false });
  answer({ id: 'a', known: false });
  await settled();
  expect(gateway.count(POST)).toBe(4);
  leave();
  const away = new Fake().on(POST, lost());
  await at(away);
  await choose(JSON.stringify(many));
  await press('Import 30 conversations');
  await settled();
  expect(text()).toContain('0 of 30 imported; these were not: “Bird 0”, “Bird 1”, “Bird 2”, and 27 more.');
  expect(away.count(POST)).toBeLessThanOrEqual(4);
});

test('a file that is none of these is told as what it is', async () => {
  const gateway = new Fake();
  await at(gateway);
  await choose('<html>');
  expect(all('alert')[0]?.textContent).toContain('The file is no JSON.');
  await choose('{"users":[]}');
  expect(all('alert')[0]?.textContent).toContain('neither an export of this page nor');
  await choose('[]', 60_000_000);
  expect(all('alert')[0]?.textContent).toContain('larger than 50 MB');
  await choose('{"conversations":[]}');
  expect(text()).toContain('The file holds no conversation that can be imported.');
  expect(has('button', 'Choose another file')).toBe(true);
});
