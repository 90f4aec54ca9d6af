import { eventOf } from '../transport/calls';
import type { GatewayEvent, Transport } from '../transport/transport';

/** How many of the last events are asked for where something waits that was asked before. */
const RECENT = 200;

/** Which event of a conversation was told last, so that after a break none is left out and none told twice. */
export class Caught {
  /** Whether the gateway leaves numbers out, so that a hole means nothing. */
  #sparse = false;

  constructor(
    /** The epoch of the numbers: in another one they mean other events. */
    readonly epoch: string,
    /** The number of the last event that was told; null if nobody has said where the numbers are. */
    public seq: number | null,
  ) {}

  /** Whether the event was told already. */
  isKnown({ seq }: GatewayEvent): boolean {
    return seq !== undefined && this.seq !== null && seq <= this.seq;
  }

  /** Whether something is missing between what was told last and this event. */
  misses({ seq }: GatewayEvent): boolean {
    return !this.#sparse && seq !== undefined && this.seq !== null && seq > this.seq + 1;
  }

  /** The event is told. */
  told({ seq }: GatewayEvent): void {
    if (seq !== undefined) this.seq = seq;
  }

  /** What is missing is not to be had: the gateway leaves numbers out. */
  hasHoles(): void {
    this.#sparse = true;
  }

  /**
   * The part of what was missed that is new, as far as it follows what was told; null if something is missing in
   * between, or if the numbers mean other events.
   */
  follows(epoch: string, missed: readonly GatewayEvent[]): GatewayEvent[] | null {
    if (epoch !== this.epoch) return null;
    const fresh = [];
    let last = this.seq;
    for (const event of missed) {
      if (event.seq === undefined) return null;
      if (last !== null && event.seq <= last) continue;
      if (last !== null && event.seq > last + 1 && !this.#sparse) return null;
      last = event.seq;
      fresh.push(event);
    }
    return fresh;
  }
}

/** The last events of a conversation, up to this one, as far as the gateway still has them. */
export async function latest(transport: Transport, conversation: string, epoch: string | null, seq: number): Promise<GatewayEvent[]> {
  const last: GatewayEvent[] = [];
  let from: number | undefined = Math.max(0, seq - RECENT);
  while (from !== undefined) {
    const after: number = from;
    const since = await transport.call('session.events.since', { session_id: conversation, last_seen: after }).catch(() => null);
    const read = since?.epoch === epoch ? since.events.map(eventOf).filter((event) => event !== null) : [];
    const before = read.filter((event) => event.seq !== undefined && event.seq > after && event.seq <= seq);
    last.push(...before);
    from = since?.truncated ? before.at(-1)?.seq : undefined;
  }
  return last;
}
