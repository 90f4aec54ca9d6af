import { afterEach, beforeAll, expect, test } from 'vitest';

import type { ShareRow } from '../protocol/shares';
import { Fake } from '../settings/fake';
import { all, get, has, leave, press, settled, show, text } from '../settings/shown';
import { Refusal } from '../transport/transport';
import Share from './Share.svelte';
import { shareable } from './shareable';
import Shared from './Shared.svelte';

const LIST = 'GET /api/shares';
const MAKE = 'POST /api/sessions/c1/shares';
const MESSAGES = 'GET /api/sessions/c1/messages?limit=500&offset=0';

beforeAll(() => {
  // jsdom has no dialogs.
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) { this.open = true; };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) { this.open = false; this.dispatchEvent(new Event('close')); };
});
afterEach(leave);

const message = (id: number, role: 'user' | 'assistant', content: string) => ({
  id, session_id: 'c1', role, content, timestamp: 1_700_000_000 + id, reasoning: null,
  tool_call_id: null, tool_calls: null, tool_name: null, finish_reason: null,
});
const SAID = [message(1, 'user', 'How do geese fly?'), message(2, 'assistant', 'So'), message(3, 'user', 'And\nswans?'), message(4, 'assistant', '')];
const row = (id: string, more: Partial<ShareRow> = {}): ShareRow => ({
  id, session_id: 'c1', title: 'Geese', made_at: 1_700_000_000, ends_at: 1_700_604_800, opened: 0, ...more,
});

async function dialog(gateway: Fake) {
  let closed = 0;
  await show(Share, { transport: gateway, id: 'c1', title: 'Geese', onClose: () => { closed += 1; } });
  await settled();
  return () => closed;
}

test('what is being answered is not shared', () => {
  const of = (messages: typeof SAID) => shareable({ id: 'c1', title: '', messages });
  expect(of(SAID)).toEqual({ prompts: 2, last: 'And swans?' });
  expect(of(SAID.slice(0, 3))).toEqual({ prompts: 1, last: 'How do geese fly?' });
  expect(of([])).toEqual({ prompts: 0, last: '' });
  expect(of([message(1, 'user', 'x'.repeat(200)), message(2, 'assistant', 'y')]).last).toBe(`${'x'.repeat(80)}…`);
});

test('it says what is shared before the link is made, shows the link once, and revokes', async () => {
  const gateway = new Fake().on(MESSAGES, { messages: SAID }).on(MAKE, { url: 'https://gw.test/s/secret', share: row('s2') });
  gateway.on(LIST, { enabled: true, shares: [row('s0', { session_id: 'other' })] }, { enabled: true, shares: [row('s2', { opened: 2 })] }, { enabled: true, shares: [] });
  gateway.on('DELETE /api/shares/s2', { ok: true });
  const closed = await dialog(gateway);
  expect(text()).toContain('the title, “Geese”');
  expect(text()).toContain('2 prompts with the answers, up to “And swans?”');
  expect(text()).toContain('or who you are');
  expect(text()).not.toContain('Links to this conversation');
  expect(gateway.count(MAKE)).toBe(0);
  document.querySelector<HTMLInputElement>('input[value="30"]')?.click();
  document.querySelector<HTMLInputElement>('input[type=checkbox]')?.click();
  await settled();
  expect(text()).not.toContain('or who you are');
  expect(text()).toContain('your name');
  await press('Make the link');
  expect(gateway.body(MAKE)).toEqual({ prompts: 2, with_name: true, days: 30 });
  expect(document.querySelector<HTMLInputElement>('input[readonly]')?.value).toBe('https://gw.test/s/secret');
  expect(text()).toContain('opened 2 times');
  await press('Revoke the link to “Geese” made on Nov 14, 2023');
  expect(gateway.count('DELETE /api/shares/s2')).toBe(1);
  expect(text()).not.toContain('opened 2 times');
  await press('Close');
  expect(closed()).toBe(1);
});

test('a link lasts seven days unless somebody wants another end, and a refusal says why', async () => {
  const off = new Refusal('This gateway shares no conversations', null, '`gateway.sharing.enabled` turns it on', 403, false);
  const gateway = new Fake().on(MESSAGES, { messages: SAID }).on(MAKE, off).on(LIST, { enabled: true, shares: [] });
  await dialog(gateway);
  await press('Make the link');
  expect(gateway.body(MAKE)).toEqual({ prompts: 2, with_name: false, days: 7 });
  expect(all('alert')[0]?.textContent).toContain('This gateway shares no conversations.');
  document.querySelector<HTMLInputElement>('input[value="0"]')?.click();
  await press('Make the link');
  expect(gateway.body(MAKE)).toEqual({ prompts: 2, with_name: false });
  leave();
  const empty = new Fake().on(MESSAGES, { messages: [] }).on(LIST, { enabled: true, shares: [] });
  await dialog(empty);
  expect(text()).toContain('Nothing has been answered yet');
  expect(has('button', 'Make the link')).toBe(false);
});

test('all that is shared is listed and revoked, one or all', async () => {
  const gateway = new Fake().on(LIST, { enabled: true, shares: [row('s1'), row('s2', { ends_at: null, opened: 1, title: '<b>' })] }, { enabled: true, shares: [] });
  gateway.on('DELETE /api/shares', { revoked: 2 });
  await show(Shared, { transport: gateway });
  expect(get('link', '<b>').getAttribute('href')).toBe('#/c/c1');
  expect(text()).toContain('until you revoke it · opened 1 time');
  expect(text()).toContain('never opened');
  await press('Revoke all 2');
  expect(gateway.count('DELETE /api/shares')).toBe(0);
  await press('Revoke');
  expect(gateway.count('DELETE /api/shares')).toBe(1);
  expect(text()).toContain('2 links are revoked.');
  expect(text()).toContain('You have shared nothing.');
});

test('where nobody shares nothing is said of it, but links of before can be revoked', async () => {
  for (const gateway of [new Fake(), new Fake().on(LIST, { enabled: false, shares: [] })]) {
    await show(Shared, { transport: gateway });
    expect(text()).toBe('');
  }
  await show(Shared, { transport: new Fake().on(LIST, { enabled: false, shares: [row('s1')] }) });
  expect(text()).toContain('Sharing is off at this gateway');
  expect(all('button')).toHaveLength(1);
});
