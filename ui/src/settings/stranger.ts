// Who somebody is at their provider, as the one word that the gateway has for it.

/** Issuer and subject of the word `ISSUER#SUBJECT`, whose parts are encoded as those of an address. */
export function identity(word: string): { issuer: string; subject: string } {
  const hash = word.indexOf('#');
  if (hash === -1) return { issuer: '', subject: word };
  return { issuer: decoded(word.slice(0, hash)), subject: decoded(word.slice(hash + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
