import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import ChatPage from '../chat/ChatPage.svelte';
import Turn from '../chat/Turn.svelte';
import { FakeConversation, turn } from '../gallery/fake.svelte';
import { approval, ask, step } from '../gallery/work';
import { offline } from '../transport/refusals';

let page: Record<string, unknown> | null = null;
let conversation: FakeConversation;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  vi.stubGlobal('CSS', { supports: () => true });
  vi.stubGlobal('ResizeObserver', class { observe() { /* nothing is laid out here */ } disconnect() { /* as above */ } });
  conversation = new FakeConversation([turn({ key: 'a', status: 'running', answer: '' })]);
});

afterEach(async () => {
  if (page) await unmount(page);
  page = null;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function showTurn(of: Parameters<typeof turn>[0]): void {
  page = mount(Turn, { target: document.body, props: { turn: turn(of) } });
  flushSync();
}

function showPage(): void {
  const common = { draft: '', onDraft: () => undefined, sending: 'enter' as const, host: 'build7' };
  page = mount(ChatPage, { target: document.body, props: { conversation, ...common } });
  flushSync();
  vi.advanceTimersByTime(500);
}

const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => {
  const [found] = all(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
};
const button = (name: string) => all('button').find(({ textContent }) => textContent === name);
const text = () => document.body.textContent;

async function type(selector: string, value: string) {
  const field = one(selector) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await tick();
}

test('a step is a line with its name, what it is about, how it stands and how long it took', () => {
  showTurn({ key: 'a', answer: 'So.', steps: [step({ key: 's0', name: 'shell', about: 'ls -l', state: 'done', seconds: 1.25, result: 'files' })] });
  const summary = one('.step summary');
  expect(summary.textContent).toMatch(/shell\s*ls -l\s*Done\s+· 1\.3 sec/);
  expect(text()).not.toContain('files');
  one('details.step').toggleAttribute('open', true);
  one('details.step').dispatchEvent(new Event('toggle'));
  flushSync();
  expect(one('pre[aria-label="Result"]').textContent).toBe('files');
});

test('each state of a step is said in words, and no step runs when its turn is over', () => {
  const states = ['preparing', 'running', 'done', 'failed', 'unknown'] as const;
  showTurn({ key: 'a', answer: '', steps: states.map((state, at) => step({ key: `s${at}`, name: state, state })) });
  expect(all('.step .state').map(({ textContent }) => textContent.trim())).toEqual(['Being prepared', 'Running', 'Done', 'Failed', 'Not known how it ended']);
});

test('a long text is cut until somebody wants all of it, and hostile text is text', () => {
  const hostile = '<img src=x onerror=alert(1)>\u001b[2J\u202e';
  const result = `${hostile}${'x'.repeat(30_000)}END`;
  showTurn({ key: 'a', answer: '', steps: [step({ key: 's0', name: `<b>\u202e`, about: hostile, state: 'failed', error: hostile, result, args: hostile, diff: hostile, risk: hostile })] });
  one('details.step').toggleAttribute('open', true);
  one('details.step').dispatchEvent(new Event('toggle'));
  flushSync();
  expect(all('img, b, script')).toEqual([]);
  expect(text()).not.toContain('\u202e');
  expect(text()).not.toContain('\u001b');
  expect(text()).toContain('<img src=x onerror=alert(1)>␛[2J‹U+202E›');
  expect(text()).not.toContain('END');
  button(`Show all ${new Intl.NumberFormat().format(result.length)} characters`)?.click();
  flushSync();
  expect(one('pre[aria-label="Result"]').textContent.endsWith('END')).toBe(true);
});

test('what the page does not know is a line in the details of its turn', () => {
  showTurn({ key: 'a', answer: 'So.', others: [{ name: 'moa.\u202ereference', count: 1 }, { name: 'x', count: 3 }] });
  expect(text()).toContain('The agent did something that this page does not know: moa.‹U+202E›reference');
  expect(text()).toContain('does not know, 3 times: x');
});

test('an approval shows the exact command, where and why, and is said at once', () => {
  conversation.asks = [approval({ text: 'rm -rf "/srv/old"\u202e', risk: 'high', folder: '/srv' })];
  showPage();
  expect(one('pre[aria-label="Command"]').textContent).toBe('rm -rf "/srv/old"‹U+202E›');
  expect(text()).toContain('Characters that cannot be seen are written out here');
  expect(all('dl div').map(({ textContent }) => textContent)).toEqual(['Folder/srv', 'Gatewaybuild7', 'Why it asksIt deletes files.', 'Riskhigh']);
  expect(all('[role=alert]').map(({ textContent }) => textContent)).toContain('The agent wants to run this: rm -rf "/srv/old"‹U+202E›');
  expect(all('.card button').map(({ textContent }) => textContent)).toEqual(['Allow once', 'Deny', 'Allow for this conversation']);
});

test('focus is not taken, and Enter in the composer answers nothing', () => {
  showPage();
  const composer = one('textarea');
  composer.focus();
  conversation.asks = [approval({})];
  flushSync();
  expect(document.activeElement).toBe(composer);
  composer.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  flushSync();
  expect(conversation.answered).toEqual([]);
  expect(one('.card').closest('form')).toBeNull();
});

test('each way to answer says what it is, a denial with its reason', async () => {
  conversation.asks = [approval({})];
  showPage();
  button('Allow once')?.click();
  await tick();
  conversation.asks = [approval({ key: 'b' })];
  await tick();
  vi.advanceTimersByTime(500);
  button('Allow for this conversation')?.click();
  await tick();
  conversation.asks = [approval({ key: 'c' })];
  await tick();
  await type('.card form input', ' Keep October. ');
  button('Deny')?.click();
  expect(conversation.answered).toEqual([
    { kind: 'approval', choice: 'once', reason: '' },
    { kind: 'approval', choice: 'session', reason: '' },
    { kind: 'approval', choice: 'deny', reason: 'Keep October.' },
  ]);
});

test('a click that was meant for what stood there a moment ago allows nothing', async () => {
  conversation.asks = [approval({}), approval({ key: 'b' })];
  showPage();
  button('Allow once')?.click();
  await tick();
  // The next one has come to where the first one was.
  button('Allow once')?.click();
  expect(conversation.answered).toHaveLength(1);
  vi.advanceTimersByTime(500);
  button('Allow once')?.click();
  expect(conversation.answered).toHaveLength(2);
});

test('what comes at once is said at once, each of it shortly', () => {
  showPage();
  conversation.asks = [approval({ text: `rm ${'x'.repeat(1000)}` }), ask({ key: 'b', kind: 'question', text: 'Which?' })];
  flushSync();
  const said = all('[role=alert]').map(({ textContent }) => textContent).find((text) => text.includes('rm x')) ?? '';
  expect(said.length).toBeLessThan(400);
  expect(said).toMatch(/^The agent wants to run this: rm x+ The agent asks: Which\?$/);
});

test('what the gateway does not offer is not offered, and what is not certain is denied or nothing', () => {
  conversation.asks = [approval({ choices: ['once', 'deny'] }), approval({ key: 'b' }), approval({ key: 'c', conversation: 'c2', isOld: true })];
  showPage();
  const buttons = all('.card').map((card) => [...card.querySelectorAll('button')].map(({ textContent }) => textContent));
  expect(buttons).toEqual([['Allow once', 'Deny'], [], ['Deny']]);
  expect(text()).toContain('It can be answered after the one above it.');
  expect(text()).toContain('So it can only be denied here');
});

test('the time that is left is shown, and when it is over nothing is allowed', async () => {
  conversation.asks = [approval({ until: 1_061_000 })];
  showPage();
  expect(one('[role=timer]').textContent).toBe('1 min 1 sec left');
  vi.advanceTimersByTime(59_000);
  await tick();
  expect(one('[role=timer]').textContent).toBe('2 sec left');
  vi.advanceTimersByTime(2_000);
  await tick();
  expect(one('[role=timer]').textContent).toBe('Its time is over');
  expect(all('.card button').map(({ textContent }) => textContent)).toEqual(['Deny']);
});

test('a card that is over says what became of it, and gives the focus back to where somebody writes', async () => {
  conversation.asks = [approval({})];
  showPage();
  const allow = button('Allow once');
  allow?.focus();
  allow?.click();
  await tick();
  await tick();
  expect(one('.card').textContent).toContain('Allowed.');
  expect(document.activeElement).toBe(one('textarea'));
  conversation.asks = [approval({ key: 'b', state: 'over', outcome: 'elsewhere' })];
  flushSync();
  expect(one('.card [role=status]').textContent).toBe('It was answered elsewhere, or its time was over.');
  button('Close')?.focus();
  button('Close')?.click();
  await tick();
  await tick();
  expect(all('.card')).toEqual([]);
  expect(document.activeElement).toBe(one('textarea'));
});

test('an answer that does not arrive says why, and can be given again', async () => {
  conversation.asks = [ask({ kind: 'question', text: 'Which?', answers: ['this', 'that'], request: 'r1' })];
  conversation.refusal = offline();
  showPage();
  await type('.card input', 'another');
  button('Answer')?.click();
  await tick();
  await tick();
  expect(one('.card [role=alert]').textContent).toContain('Not answered');
  expect((one('.card input') as HTMLInputElement).value).toBe('another');
  conversation.refusal = null;
  button('that')?.click();
  await tick();
  expect(conversation.answered).toEqual([{ kind: 'question', text: 'another' }, { kind: 'question', text: 'that' }]);
});

test('a password is typed unseen, goes to the method, and is kept nowhere', async () => {
  const drafts: string[] = [];
  conversation.asks = [ask({ kind: 'password', request: 'r1' })];
  const common = { draft: '', onDraft: (draft: string) => drafts.push(draft), sending: 'enter' as const };
  page = mount(ChatPage, { target: document.body, props: { conversation, ...common } });
  flushSync();
  expect(one('.card input').getAttribute('type')).toBe('password');
  expect(one('.card input').getAttribute('autocomplete')).toBe('off');
  await type('.card input', 'hunter2');
  button('Answer')?.click();
  await tick();
  expect(conversation.answered).toEqual([{ kind: 'password', text: 'hunter2' }]);
  expect(drafts).toEqual([]);
  expect(new XMLSerializer().serializeToString(document.body)).not.toContain('hunter2');
  expect(JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])).not.toContain('hunter2');
  expect(all('.card input')).toEqual([]);
});

test('something that nobody has told says how to go on', () => {
  conversation.asks = [ask({ kind: 'untold' })];
  showPage();
  expect(text()).toContain('the gateway does not say what');
  expect(all('.card button')).toEqual([]);
});
