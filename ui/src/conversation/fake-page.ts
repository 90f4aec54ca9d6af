// A page on a gateway, for tests.

import type { Refusal } from '../transport/transport';
import type { FakeGateway } from './fake-gateway';
import { Follow } from './follow.svelte';
import { Outbox } from './outbox';
import type { Prompt, Turn } from './types';

/** A page on a gateway. */
export class Page {
  returned: [string | null, string, string][] = [];
  refused: string[] = [];
  taken: string[] = [];
  readonly outbox: Outbox;
  follow: Follow;

  constructor(
    readonly gateway: FakeGateway,
    id: string | null = null,
  ) {
    this.outbox = new Outbox(gateway, (conversation, prompt, why) => {
      this.returned.push([conversation, prompt.text, why.message]);
    });
    this.follow = new Follow(gateway, this.outbox, id);
  }

  say(text: string, more: Partial<Prompt> = {}): void {
    this.follow.say({ text, images: [], ...more }).then(
      () => this.taken.push(text),
      (why: unknown) => this.refused.push(`${text}: ${(why as Refusal).message}`),
    );
  }

  /** The page is gone, as when it is loaded again. */
  unload(): void {
    this.follow.end();
    this.outbox.end();
  }

  get shown(): string[] {
    return this.follow.turns.map(brief);
  }
}

/** A turn in one line. */
export function brief({ ordinal, prompt, answer, status }: Turn): string {
  return `${ordinal ?? '-'} ${prompt.replaceAll('\n', '/')} > ${answer}(${status})`;
}
