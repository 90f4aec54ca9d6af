// Frames of WebSockets (RFC 6455 section 5.2), as far as a client of a gateway needs them.
import { randomBytes } from 'node:crypto';

export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The headers with which a client asks for a WebSocket. */
export function upgrade() {
  return {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
}

/** The first frame of a server, as soon as all of it is there, and what comes after it. */
export function firstFrame(bytes) {
  if (bytes.length < 2) return undefined;
  let [length, start] = [bytes[1] & 0x7f, 2];
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    [length, start] = [bytes.readUInt16BE(2), 4];
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    [length, start] = [Number(bytes.readBigUInt64BE(2)), 10];
  }
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return { kind: bytes[0] & 0x0f, isWhole: bytes[0] >= 0x80, payload, rest: bytes.subarray(start + length) };
}

/** What a close frame says. */
export function goodbye(payload) {
  return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
}

/** A frame of a client, which is masked. */
export function clientFrame(kind, payload) {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  masked.forEach((byte, at) => (masked[at] = byte ^ mask[at % 4]));
  return Buffer.concat([head(kind, masked.length), mask, masked]);
}

function head(kind, length) {
  const first = 0x80 | kind;
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  const long = Buffer.from([first, 0xfe, 0, 0]);
  long.writeUInt16BE(length, 2);
  return long;
}
