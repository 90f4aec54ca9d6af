// Pictures that go with a prompt: what can be said before one is sent, and how it is sent.

import { ERRORS } from '../protocol/constants';
import type { UploadedImage } from '../protocol/onward';
import { cancelled, isOffline, toRefusal } from '../transport/refusals';
import { Refusal, type Transport } from '../transport/transport';
import { words } from '../words/words';
import { randomName } from './names';

/** The most bytes of a picture: the gateway takes so much in one call, in base64. */
export const MOST_BYTES = 11 * 1024 * 1024;

/** The most pictures of a prompt. */
export const MOST_IMAGES = 16;

/** How many bytes go at once. */
const PART = 256 * 1024;

/** How often the connection may break before another part has gone. */
const MOST_BREAKS = 5;

/** What a file dialog offers. */
export const ACCEPTED = 'image/png,image/jpeg,image/gif,image/webp';

/** A picture that the gateway has. */
export interface Image {
  /** What a prompt names it by. */
  path: string;
  name: string;
  width: number;
  height: number;
  /** About how many tokens a model counts for it. */
  tokens: number;
}

/** What goes on while a picture is sent. */
export interface Sending {
  signal?: AbortSignal;
  /** Told how much of it has left, from 0 to 1. */
  sent?: (share: number) => void;
}

/** Why a file cannot be sent, as far as that is known before; null if it can. */
export async function trouble(file: File): Promise<Refusal | null> {
  const say = words.connection.images;
  const no = (text: string) => new Refusal(text, null, null, 0, false);
  if (file.size === 0) return no(say.empty(file.name));
  if (file.size > MOST_BYTES) return no(say.tooLarge(file.name, MOST_BYTES));
  try {
    const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
    return isImage(head) ? null : no(say.notAnImage(file.name));
  } catch {
    return no(say.unreadable(file.name));
  }
}

/**
 * Sends a picture into a conversation, for a prompt that will name it. It goes in parts, so that nothing else waits
 * for it, and where the connection breaks it goes on with the next one from where it was.
 */
export async function attach(
  transport: Transport,
  conversation: () => Promise<string>,
  file: File,
  sending: Sending = {},
): Promise<Image> {
  const why = await trouble(file);
  if (why) throw why;
  const { signal, sent } = sending;
  const upload = { upload_id: randomName(), bytes: file.size, filename: file.name };
  let [offset, breaks] = [0, 0];
  for (;;) {
    try {
      await unless(signal, isLive(transport));
      const session_id = await unless(signal, conversation());
      const content_base64 = await unless(signal, base64(file, file.slice(offset, offset + PART)));
      const here = await unless(signal, transport.call('image.upload', { ...upload, session_id, offset, content_base64 }));
      if (here.image !== null) return ofGateway(here.image);
      if (here.offset > offset) breaks = 0;
      offset = here.offset;
      sent?.(offset / file.size);
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.status === ERRORS.METHOD_NOT_FOUND) return await attachWhole(transport, await conversation(), file, sending);
      breaks += 1;
      // A line that breaks at the same place again and again does not get better by itself.
      if (!isOffline(refusal) || breaks > MOST_BREAKS) throw refusal;
    }
  }
}

/** The same at a gateway that takes a picture as a whole alone, such as upstream's. */
async function attachWhole(transport: Transport, conversation: string, file: File, { signal, sent }: Sending): Promise<Image> {
  const params = { session_id: conversation, content_base64: await unless(signal, base64(file, file)), filename: file.name };
  const attaching = transport
    .call('image.attach_bytes', params, sent && { sent })
    // It would go with the next prompt of this socket, whichever that is; ours are named by their prompt.
    .then(async (attached) => {
      await transport.call('image.detach', { session_id: conversation, path: attached.path });
      return attached;
    });
  return ofGateway(await unless(signal, attaching));
}

function ofGateway({ path, name, width, height, token_estimate: tokens }: UploadedImage): Image {
  return { path, name, width, height, tokens };
}

/** Done when there is a connection. */
function isLive(transport: Transport): Promise<void> {
  return new Promise((done) => {
    const end = transport.watch(({ name }) => {
      if (name !== 'live') return;
      done();
      // It may be told before there is anything to end.
      queueMicrotask(() => { end(); });
    });
  });
}

/** What comes of it, unless nobody wants it any more before. */
function unless<T>(signal: AbortSignal | undefined, coming: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const leave = () => {
      failed(cancelled());
    };
    signal?.addEventListener('abort', leave);
    coming
      .then(done, (why: unknown) => {
        failed(toRefusal(why));
      })
      .finally(() => signal?.removeEventListener('abort', leave));
  });
}

/** A part of a file, or all of it. */
function base64(file: File, part: Blob): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = reader.result as string;
      done(url.slice(url.indexOf(',') + 1));
    };
    reader.onerror = () => {
      failed(new Refusal(words.connection.images.unreadable(file.name), null, null, 0, false));
    };
    reader.readAsDataURL(part);
  });
}

/** Whether bytes begin as those of a picture that models can be shown. */
function isImage(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head);
  const begins = ['\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a'].some((start) => text.startsWith(start));
  return begins || (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP');
}
