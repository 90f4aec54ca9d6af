import type { Transport } from '../transport/transport';
import { Asks } from './asks.svelte';
import { Drafts } from './drafts';
import { Follow } from './follow.svelte';
import { Outbox } from './outbox';

/** What a page needs of conversations, whichever of them it shows. */
export class Desk {
  readonly drafts = new Drafts();
  readonly asks: Asks;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #unlisten: () => void;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.asks = new Asks(transport);
    // What nobody shows any more, and was not asked, is a draft again.
    this.#outbox = new Outbox(transport, (conversation, { text }) => {
      this.drafts.giveBack(conversation, text);
    });
    this.#unlisten = transport.listen((event) => {
      if (event.type === 'gateway.ready') this.drafts.belongTo(event.payload.user_id);
    });
  }

  /** Follows a conversation, or a new one; whoever does ends it. */
  follow(id: string | null): Follow {
    return new Follow(this.#transport, this.#outbox, id, this.asks);
  }

  end(): void {
    this.#unlisten();
    this.#outbox.end();
    this.asks.end();
    this.drafts.end();
  }
}
