import type { Found, SearchAnswer } from '../protocol/messages';
import { toRefusal } from '../transport/refusals';
import type { Refusal, Transport } from '../transport/transport';

/** How long somebody pauses before what they look for is asked, in milliseconds. */
export const PAUSE = 250;

/** How many conversations are found at most. */
const MOST = 30;

/** A part of what stands around a hit. */
export interface Part {
  text: string;
  /** Whether it is what was looked for. */
  isHit: boolean;
}

/** A conversation in which something was found. */
export interface Place {
  id: string;
  by: Found['role'];
  /** When the conversation began, in Unix seconds. */
  begun: number;
  parts: Part[];
}

/** What is looked for in all conversations, and where it was found. */
export class Search {
  query = $state('');
  places: readonly Place[] = $state.raw([]);
  phase: 'idle' | 'looking' | 'there' | 'failed' = $state('idle');
  problem: Refusal | null = $state.raw(null);

  readonly #transport: Transport;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Looks for something else. What was found stays until it is known where this is. */
  look(query: string): void {
    this.query = query;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (query.trim() === '') {
      this.places = [];
      this.phase = 'idle';
      return;
    }
    this.phase = 'looking';
    this.#timer = setTimeout(() => {
      void this.again();
    }, PAUSE);
  }

  /** Asks at once. */
  async again(): Promise<void> {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.phase = 'looking';
    const path = `/api/sessions/search?q=${encodeURIComponent(this.query.trim())}&limit=${MOST}`;
    try {
      const answer = await this.#transport.ask<SearchAnswer>({ verb: 'GET', path, signal: asking.signal });
      if (asking.signal.aborted) return;
      this.places = answer.results.map(placeOf);
      this.problem = null;
      this.phase = 'there';
    } catch (why) {
      if (asking.signal.aborted) return;
      this.problem = toRefusal(why);
      this.phase = 'failed';
    }
  }
}

function placeOf({ session_id, role, session_started, snippet }: Found): Place {
  return { id: session_id, by: role, begun: session_started, parts: partsOf(snippet) };
}

/** What stands around a hit, and the hit: the gateway writes it as `>>>hit<<<`. */
export function partsOf(snippet: string): Part[] {
  const parts: Part[] = [];
  let rest = snippet;
  for (let from = rest.indexOf('>>>'); from >= 0; from = rest.indexOf('>>>')) {
    const to = rest.indexOf('<<<', from + 3);
    if (to < 0) break;
    if (from > 0) parts.push({ text: rest.slice(0, from), isHit: false });
    if (to > from + 3) parts.push({ text: rest.slice(from + 3, to), isHit: true });
    rest = rest.slice(to + 3);
  }
  if (rest !== '') parts.push({ text: rest, isHit: false });
  return parts;
}
