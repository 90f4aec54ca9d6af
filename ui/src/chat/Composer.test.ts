import { flushSync, mount, unmount, type ComponentProps } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { MOST_BYTES } from '../conversation/images';
import { turn } from '../gallery/fake.svelte';
import { Refusal } from '../transport/transport';
import Composer from './Composer.svelte';
import type { Attaching } from './pictures.svelte';

type Props = ComponentProps<typeof Composer>;

/** What a picture is, its bytes say. */
const picture = (name: string) => new File([Uint8Array.from('\x89PNG\r\n\x1a\n', (letter) => letter.charCodeAt(0))], name);

let page: Record<string, unknown> | null = null;
const said = vi.fn<Props['say']>();
const drafts = vi.fn<Props['onDraft']>();
const stop = vi.fn<Props['stop']>();

beforeEach(() => {
  vi.resetAllMocks();
  said.mockResolvedValue();
  stop.mockResolvedValue();
  // jsdom lays nothing out and keeps no files.
  vi.stubGlobal('CSS', { supports: () => true });
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => undefined;
});

afterEach(async () => {
  if (page) await unmount(page);
  document.body.replaceChildren();
});

function show(of: Partial<Props> = {}) {
  const props = { draft: '', onDraft: drafts, running: false, say: said, stop, sending: 'enter' as const, ...of };
  page = mount(Composer, { target: document.body, props });
  flushSync();
}

const field = () => document.querySelector('textarea') as HTMLTextAreaElement;
const button = (name: string) => [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === name);

function type(text: string) {
  field().value = text;
  field().dispatchEvent(new InputEvent('input', { bubbles: true }));
  flushSync();
}

function press(of: KeyboardEventInit) {
  field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...of }));
  flushSync();
}

test('what was written anew before comes into the field, and each change is told beside the draft', () => {
  const anew = vi.fn();
  show({ draft: 'a draft', editing: turn({ key: 'a', ordinal: 2, prompt: 'Why?' }), anew: 'Why not', onAnew: anew });
  expect(field().value).toBe('Why not');
  type('Why not?');
  expect(anew).toHaveBeenLastCalledWith('Why not?');
  expect(drafts).not.toHaveBeenCalled();
});

test('a file may be dropped anywhere, and what is no file is left alone', async () => {
  const attach = vi.fn<Attaching['attach']>().mockResolvedValue({ path: 'p', name: 'n' });
  show({ attaching: { attach, detach: () => undefined }, blind: 'small-model' });
  const drag = (kind: string, types: string[], files: File[]) => {
    const event = new Event(kind, { bubbles: true, cancelable: true });
    Object.assign(event, { dataTransfer: { types, files } });
    document.body.dispatchEvent(event);
    flushSync();
    return event.defaultPrevented;
  };
  expect(drag('dragover', ['text/plain'], [])).toBe(false);
  expect(drag('drop', ['text/plain'], [])).toBe(false);
  expect(document.body.textContent).not.toContain('small-model');
  expect(drag('dragover', ['Files'], [])).toBe(true);
  expect(field().placeholder).toBe('Drop pictures to attach them');
  expect(drag('drop', ['Files'], [picture('goose.png')])).toBe(true);
  await vi.waitFor(() => { expect(attach).toHaveBeenCalledOnce(); });
  expect(document.querySelector('[role=status]')?.textContent).toContain('small-model reads no pictures');
});

test('what came back goes to the drafts when the page goes away', async () => {
  const left = vi.fn();
  said.mockRejectedValue(new Refusal('No.', 'agent.no', null, 4002, false));
  show({ onLeft: left });
  for (const text of ['one', 'two']) {
    type(text);
    press({});
    await vi.waitFor(() => { expect(document.body.textContent).toContain(text); });
  }
  expect(left).not.toHaveBeenCalled();
  dispatchEvent(new PageTransitionEvent('pagehide'));
  flushSync();
  expect(left.mock.calls).toEqual([['one'], ['two']]);
  expect(document.body.textContent).not.toContain('two');
  if (page) await unmount(page);
  page = null;
  expect(left).toHaveBeenCalledTimes(2);
});

test('Enter sends what was written, and the field and its draft are empty', () => {
  show({ draft: 'Wh' });
  expect(field().value).toBe('Wh');
  type('Why?');
  expect(drafts).toHaveBeenLastCalledWith('Why?');
  press({});
  expect(said).toHaveBeenCalledExactlyOnceWith({ text: 'Why?', images: [] });
  expect(field().value).toBe('');
  expect(drafts).toHaveBeenLastCalledWith('');
});

test('Enter while a word is composed sends nothing, nor does an empty field', () => {
  show();
  press({});
  type('なぜ');
  press({ isComposing: true });
  press({ ['keyCode' as string]: 229 });
  expect(said).not.toHaveBeenCalled();
  expect(field().value).toBe('なぜ');
});

test('what the gateway does not want is there with its reason, and can be sent again or written on', async () => {
  said.mockRejectedValue(new Refusal('It is full.', 'conversations.attachments_full', 'hermes guide', 4016, false));
  show();
  type('Why?');
  press({});
  type('Something else');
  await vi.waitFor(() => { expect(document.body.textContent).toContain('It is full.'); });
  expect(document.body.textContent).toContain('conversations.attachments_full');
  expect(field().value).toBe('Something else');
  button('Retry')?.click();
  await vi.waitFor(() => { expect(said).toHaveBeenCalledTimes(2); });
  await vi.waitFor(() => { expect(button('Put back')).toBeDefined(); });
  button('Put back')?.click();
  flushSync();
  expect(field().value).toBe('Something else\n\nWhy?');
  expect(button('Put back')).toBeUndefined();
});

test('while a turn runs there is Stop, and what is sent is queued', async () => {
  show({ running: true });
  expect(button('Send')).toBeUndefined();
  type('Then?');
  button('Queue')?.click();
  flushSync();
  expect(said).toHaveBeenCalledExactlyOnceWith({ text: 'Then?', images: [], busy: 'queue' });
  stop.mockRejectedValue(new Error('no connection'));
  button('Stop')?.click();
  flushSync();
  expect(button('Stopping')?.disabled).toBe(true);
  await vi.waitFor(() => { expect(document.body.textContent).toContain('Not stopped. No connection.'); });
  expect(button('Stop')?.disabled).toBe(false);
});

test('a prompt that is written anew replaces the old one, and the draft waits meanwhile', () => {
  const edited = vi.fn();
  show({ draft: 'half a tho', editing: turn({ key: 'a', ordinal: 2, prompt: 'Why?', images: ['p'] }), replaces: 3, onEdited: edited });
  expect(field().value).toBe('Why?');
  expect(document.body.textContent).toContain('the old one keeps its 3 turns');
  type('Why not?');
  expect(drafts).not.toHaveBeenCalled();
  press({});
  expect(said).toHaveBeenCalledExactlyOnceWith({ text: 'Why not?', images: ['p'], replacing: 2 });
  expect(edited).toHaveBeenCalledOnce();
});

function paste(...files: File[]) {
  const event = new Event('paste', { bubbles: true, cancelable: true });
  Object.defineProperty(event, 'clipboardData', { value: { files } });
  field().dispatchEvent(event);
  flushSync();
}

test('a pasted picture goes with the prompt once it has arrived, and nothing is sent before', async () => {
  let arrive: (picture: { path: string; name: string }) => void = () => undefined;
  const attach = vi.fn(() => new Promise<{ path: string; name: string }>((done) => { arrive = done; }));
  show({ attaching: { attach, detach: vi.fn() } });
  paste(picture('disk.png'));
  type('What is it?');
  press({});
  expect(said).not.toHaveBeenCalled();
  expect(document.body.textContent).toContain('Uploading');
  await vi.waitFor(() => { expect(attach).toHaveBeenCalled(); });
  arrive({ path: 'image-1', name: 'disk.png' });
  await vi.waitFor(() => { expect(document.body.textContent).toContain('Attached'); });
  press({});
  expect(said).toHaveBeenCalledExactlyOnceWith({ text: 'What is it?', images: ['image-1'] });
});

test('what cannot be attached is said with the limit, before anything is sent', async () => {
  const attach = vi.fn();
  show({ attaching: { attach, detach: vi.fn() } });
  const large = picture('large.png');
  Object.defineProperty(large, 'size', { value: MOST_BYTES + 1 });
  paste(new File(['x'], 'a.svg', { type: 'image/svg+xml' }), large);
  const text = () => document.querySelector('[role=alert]')?.textContent ?? '';
  await vi.waitFor(() => { expect(text()).toContain('a.svg is no PNG'); });
  await vi.waitFor(() => { expect(text()).toContain('12 MB'); });
  expect(attach).not.toHaveBeenCalled();
  expect(document.querySelector('img')).toBeNull();
});

test('a picture that is cancelled is not attached, and one that came too late is detached', async () => {
  let arrive: (picture: { path: string; name: string }) => void = () => undefined;
  const detach = vi.fn();
  const attach = vi.fn<Attaching['attach']>(() => new Promise((done) => { arrive = done; }));
  show({ attaching: { attach, detach } });
  paste(picture('disk.png'));
  await vi.waitFor(() => { expect(attach).toHaveBeenCalled(); });
  document.querySelector<HTMLButtonElement>('[aria-label="Cancel disk.png"]')?.click();
  flushSync();
  expect(attach.mock.calls[0]?.[1].signal?.aborted).toBe(true);
  expect(document.querySelector('img')).toBeNull();
  arrive({ path: 'image-1', name: 'disk.png' });
  await vi.waitFor(() => { expect(detach).toHaveBeenCalledExactlyOnceWith('image-1'); });
});
