// Text of programs as it really is: what cannot be seen, or changes in which order the rest is read, is written out.

/** What the first characters of a long text are. */
export const FIRST = 20_000;

/** The picture that Unicode has for each control character. */
const PICTURES = 0x2400;

/**
 * Control characters but tab and new line, those that turn the direction of text, those without width, spaces that
 * are no space, and those that hide text in text. A lone half of a pair belongs to them.
 */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|\p{Cs}|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** Parts of a picture such as a family or a red heart, which are seen in it. */
const IN_PICTURE = /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier})(?:\ufe0f\u200d?|\u200d)(?=\p{Extended_Pictographic}|[^\u200d\ufe0f]|$)/gu;

/** The text with everything in it to be seen. */
export function visible(text: string): string {
  const pictures = new Set<number>();
  for (const { index, 0: part } of text.matchAll(IN_PICTURE)) for (let at = 0; at < part.length; at += 1) pictures.add(index + at);
  return text.replace(UNSEEN, (character, at: number) => (pictures.has(at) ? character : written(character)));
}

/** Whether something in it would not have been seen. */
export function hides(text: string): boolean {
  return visible(text) !== text;
}

/** The first so many characters; half of a pair is not one. */
export function first(text: string, most = FIRST): string {
  if (text.length <= most) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(most - 1));
  return text.slice(0, isHalf ? most - 1 : most);
}

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(PICTURES + code);
  if (code === 0x7f) return '\u2421';
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}
