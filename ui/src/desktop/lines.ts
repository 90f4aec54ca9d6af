import type { GatewayRow } from '../protocol/bridge';
import type { Bridge } from './bridge';
import { DesktopTransport, type Leads } from './transport';

/** What the page has of a gateway, whether it is shown or not. */
interface Held {
  transport: DesktopTransport;
  /** Where in its page it was left; null is where a page begins. */
  place: string | null;
}

/** The gateways as the page reaches them. */
export class Lines {
  readonly #bridge: Bridge;
  readonly #leads: Leads;
  readonly #held = new Map<string, Held>();

  constructor(bridge: Bridge, leads: Leads) {
    this.#bridge = bridge;
    this.#leads = leads;
  }

  to(gateway: string): DesktopTransport {
    return this.#of(gateway).transport;
  }

  /** How each of them stands now. What is no gateway of the list any more is forgotten. */
  stand(rows: readonly GatewayRow[]): void {
    for (const { id, state } of rows) this.to(id).stands(state);
    for (const gateway of this.#held.keys()) if (!rows.some(({ id }) => id === gateway)) this.#held.delete(gateway);
  }

  place(gateway: string): string | null {
    return this.#of(gateway).place;
  }

  leaveAt(gateway: string, place: string | null): void {
    this.#of(gateway).place = place;
  }

  #of(gateway: string): Held {
    const known = this.#held.get(gateway);
    if (known) return known;
    const made = { transport: new DesktopTransport(this.#bridge, gateway, this.#leads), place: null };
    this.#held.set(gateway, made);
    return made;
  }
}
