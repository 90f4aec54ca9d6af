// A QR code as one path, a unit for each module.

import { encode } from 'uqr';

/** What is drawn: its outline, and how wide the whole is with the quiet zone that cameras need. */
export interface Drawing {
  path: string;
  size: number;
}

/** The most text that a code holds which a phone reads from a screen with ease. */
const LIMIT = 300;

/** The code of a text, if it is short enough to be read. */
export function drawing(text: string): Drawing | null {
  if (text.length === 0 || text.length > LIMIT) return null;
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const rows = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join(''));
  return { path: rows.join(''), size };
}
