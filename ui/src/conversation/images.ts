// Pictures that go with a prompt: what can be said before one is sent, and how it is sent.

import { cancelled, toRefusal } from '../transport/refusals';
import { Refusal, type Transport } from '../transport/transport';
import { words } from '../words/words';

/** The most bytes of a picture: the gateway takes so much in one call, in base64. */
export const MOST_BYTES = 11 * 1024 * 1024;

/** The most pictures of a prompt. */
export const MOST_IMAGES = 16;

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

/** Sends a picture into a conversation, for a prompt that will name it. */
export async function attach(
  transport: Transport,
  conversation: string,
  file: File,
  { signal, sent }: Sending = {},
): Promise<Image> {
  const why = await trouble(file);
  if (why) throw why;
  const content = await base64(file).catch(() => {
    throw new Refusal(words.connection.images.unreadable(file.name), null, null, 0, false);
  });
  if (signal?.aborted) throw cancelled();
  const params = { session_id: conversation, content_base64: content, filename: file.name };
  const attaching = transport
    .call('image.attach_bytes', params, sent && { sent })
    // It would go with the next prompt of this socket, whichever that is; ours are named by their prompt.
    .then(async (attached) => {
      await transport.call('image.detach', { session_id: conversation, path: attached.path });
      return attached;
    });
  const attached = await unless(signal, attaching);
  sent?.(1);
  const { path, name, width, height, token_estimate: tokens } = attached;
  return { path, name, width, height, tokens };
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

function base64(file: File): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = reader.result as string;
      done(url.slice(url.indexOf(',') + 1));
    };
    reader.onerror = () => {
      failed(reader.error ?? new Error('unreadable'));
    };
    reader.readAsDataURL(file);
  });
}

/** Whether bytes begin as those of a picture that models can be shown. */
function isImage(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head);
  const begins = ['\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a'].some((start) => text.startsWith(start));
  return begins || (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP');
}
