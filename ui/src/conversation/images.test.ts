import { expect, test } from 'vitest';

import { FakeTransport } from '../transport/fake';
import { cut } from '../transport/refusals';
import { Refusal } from '../transport/transport';
import { MOST_BYTES, attach, trouble } from './images';

const PNG = '\x89PNG\r\n\x1a\n';
const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const file = (text: string, name = 'a.png', type = 'image/png') => new File([bytes(text)], name, { type });

test('what a picture is its bytes say, and not its name', async () => {
  for (const head of [PNG, '\xff\xd8\xff\xe0', 'GIF87a', 'GIF89a', 'RIFF\0\0\0\0WEBP']) {
    expect(await trouble(file(head, 'a.txt', 'text/plain'))).toBeNull();
  }
  for (const [other, text] of [
    [file('<svg/>'), 'a.png is no PNG, JPEG, GIF or WebP image.'],
    [file('', 'b'), 'b is empty.'],
  ] as const) {
    expect((await trouble(other))?.message).toBe(text);
  }
  const large = Object.defineProperty(file(PNG), 'size', { value: MOST_BYTES + 1 });
  expect((await trouble(large))?.message).toBe('a.png is larger than 12 MB, the most that a picture may have.');
});

const made = () => Promise.resolve('c1');
const image = { path: 'i1', bytes: 8, name: 'a.png', width: 3, height: 2, token_estimate: 1 };
const there = { path: 'i1', name: 'a.png', width: 3, height: 2, tokens: 1 };

/** The next call, once it is there. */
async function next(transport: FakeTransport, method: 'image.upload' | 'image.attach_bytes' | 'image.detach') {
  await expect.poll(() => transport.calls.length).toBe(1);
  return transport.take(method);
}

test('a picture goes in parts, and says how far it is', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const shares: number[] = [];
  const large = file(PNG + 'x'.repeat(300_000));
  const attaching = attach(transport, made, large, { sent: (share) => shares.push(share) });
  const first = await next(transport, 'image.upload');
  expect(first.params).toMatchObject({ session_id: 'c1', bytes: 300_008, offset: 0, filename: 'a.png' });
  first.answer({ offset: 262_144, image: null });
  const second = await next(transport, 'image.upload');
  const { upload_id } = first.params as { upload_id: string };
  expect(second.params).toMatchObject({ upload_id, offset: 262_144, content_base64: btoa('x'.repeat(300_008 - 262_144)) });
  second.answer({ offset: 300_008, image });
  expect(await attaching).toEqual(there);
  expect(shares).toEqual([262_144 / 300_008]);
});

test('where the line breaks it goes on from what the gateway has, which may have lost it', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const attaching = attach(transport, made, file(PNG));
  (await next(transport, 'image.upload')).answer({ offset: 4, image: null });
  const lost = await next(transport, 'image.upload');
  expect(lost.params).toMatchObject({ offset: 4 });
  transport.break();
  lost.refuse(cut());
  transport.connect();
  // The gateway was started anew.
  (await next(transport, 'image.upload')).answer({ offset: 0, image: null });
  const again = await next(transport, 'image.upload');
  expect(again.params).toMatchObject({ offset: 0, content_base64: 'iVBORw0KGgo=' });
  again.answer({ offset: 8, image });
  expect(await attaching).toEqual(there);
});

test('a line that breaks at the same place again and again is not tried for ever', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const attaching = attach(transport, made, file(PNG));
  attaching.catch(() => undefined);
  for (let breaks = 0; breaks <= 5; breaks += 1) {
    await expect.poll(() => transport.calls.length).toBe(1);
    transport.break();
    transport.connect();
  }
  await expect(attaching).rejects.toMatchObject({ code: 'connect.unreachable' });
});

test('a gateway that knows of no parts gets it as a whole, for the prompt that names it alone', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const attaching = attach(transport, made, file(PNG));
  (await next(transport, 'image.upload')).refuse(new Refusal('No such method.', null, null, -32601, false));
  const whole = await next(transport, 'image.attach_bytes');
  expect(whole.params).toEqual({ session_id: 'c1', content_base64: 'iVBORw0KGgo=', filename: 'a.png' });
  whole.answer({ attached: true, ...image });
  const detach = await next(transport, 'image.detach');
  expect(detach.params).toEqual({ session_id: 'c1', path: 'i1' });
  detach.answer({ detached: true, count: 0 });
  expect(await attaching).toEqual(there);
});

test('what nobody wants any more is not sent any further', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const giveUp = new AbortController();
  const attaching = attach(transport, made, file(PNG), { signal: giveUp.signal });
  const part = await next(transport, 'image.upload');
  giveUp.abort();
  await expect(attaching).rejects.toMatchObject({ message: 'Cancelled.' });
  part.answer({ offset: 4, image: null });
  expect(transport.calls).toEqual([]);
});

test('what the gateway does not take is said', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const attaching = attach(transport, made, file(PNG));
  (await next(transport, 'image.upload')).refuse(new Refusal('It is full.', 'conversations.attachments_full', null, 4016, false));
  await expect(attaching).rejects.toMatchObject({ code: 'conversations.attachments_full' });
});
