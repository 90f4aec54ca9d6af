// What of a list a few typed letters mean.

/** Something that can be found by its name. */
export interface Named {
  name: string;
}

/**
 * Those whose names hold all the words that were typed, the best first: a name that begins with them comes
 * before one where they begin a word, and that before any other. Without a word all are there as they are.
 */
export function found<T extends Named>(all: readonly T[], typed: string): T[] {
  const words = folded(typed).split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [...all];
  const ranked = all.flatMap((one, at) => {
    const rank = rankOf(folded(one.name), words);
    return rank === null ? [] : [{ one, rank, at }];
  });
  return ranked.sort((a, b) => a.rank - b.rank || a.at - b.at).map(({ one }) => one);
}

function rankOf(name: string, words: string[]): number | null {
  let rank = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) return null;
    if (at > 0) rank += /[\p{L}\p{N}]/u.test(name.charAt(at - 1)) ? 2 : 1;
  }
  return rank;
}

/** Without what differs between ways of writing the same: case and accents. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
