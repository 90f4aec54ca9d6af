import { expect, test } from 'vitest';

import { FakeTransport } from '../transport/fake';
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

test('a picture is sent, and goes with the prompt that names it alone', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const shares: number[] = [];
  const attaching = attach(transport, 'c1', file(PNG), { sent: (share) => shares.push(share) });
  await expect.poll(() => transport.calls.length).toBe(1);
  const call = transport.take('image.attach_bytes');
  expect(call.params).toEqual({ session_id: 'c1', content_base64: 'iVBORw0KGgo=', filename: 'a.png' });
  call.calling?.sent?.(0.5);
  call.answer({ attached: true, path: 'i1', name: 'a.png', width: 3, height: 2, token_estimate: 1 });
  await expect.poll(() => transport.calls.length).toBe(1);
  const detach = transport.take('image.detach');
  expect(detach.params).toEqual({ session_id: 'c1', path: 'i1' });
  detach.answer({ detached: true, count: 0 });
  expect(await attaching).toEqual({ path: 'i1', name: 'a.png', width: 3, height: 2, tokens: 1 });
  expect(shares).toEqual([0.5, 1]);
});

test('what nobody wants any more goes with no prompt', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const giveUp = new AbortController();
  const attaching = attach(transport, 'c1', file(PNG), { signal: giveUp.signal });
  await expect.poll(() => transport.calls.length).toBe(1);
  giveUp.abort();
  await expect(attaching).rejects.toMatchObject({ message: 'Cancelled.' });
  transport.take('image.attach_bytes').answer({ path: 'i1' });
  await expect.poll(() => transport.calls.length).toBe(1);
  expect(transport.take('image.detach').params).toEqual({ session_id: 'c1', path: 'i1' });
});

test('a broken connection says so', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const attaching = attach(transport, 'c1', file(PNG));
  await expect.poll(() => transport.calls.length).toBe(1);
  transport.break();
  await expect(attaching).rejects.toMatchObject({ code: 'connect.unreachable', retryable: true });
});
