// Why something was not done, in what a page shows of it.

import { Refusal } from '../transport/transport';

/** A sentence, its code for the guide, and what to do next. */
export interface Reason {
  message: string;
  code: string;
  hint: string;
}

export function reasonOf(error: unknown): Reason {
  if (error instanceof Refusal) return { message: error.message, code: error.code ?? '', hint: error.hint ?? '' };
  return { message: error instanceof Error ? error.message : String(error), code: '', hint: '' };
}
