// Sentences of the gateway name what is typed, and names of files and models, between backticks.

/** A piece of a sentence. */
export interface Piece {
  text: string;
  /** It stood between backticks. */
  isCode: boolean;
}

/** The pieces of a sentence; one whose backticks come in no pairs stays as it is. */
export function pieces(text: string): Piece[] {
  const parts = text.split('`');
  if (parts.length % 2 === 0) return [{ text, isCode: false }];
  return parts.map((part, at) => ({ text: part, isCode: at % 2 === 1 })).filter((piece) => piece.text !== '');
}
