/** A name that nobody else has: for prompts, and for conversations that are not made yet. */
export function randomName(): string {
  // `randomUUID` is not there where a page came over plain HTTP.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
