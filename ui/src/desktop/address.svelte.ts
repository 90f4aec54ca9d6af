// An address as it is typed, and what is known of it. Nothing is offered for an address before it has been asked, and
// what was found for one address is gone the moment that another one stands there.

import type { AddressLook } from '../protocol/bridge-sign-in';
import type { Refusal } from '../transport/transport';
import { refusalOf, type Bridge } from './bridge';

/** How long somebody pauses before what they typed is asked, in milliseconds. */
export const PAUSE = 400;

export type Found =
  | { name: 'empty' }
  | { name: 'typing' }
  | { name: 'asking' }
  | { name: 'answer'; look: AddressLook }
  | { name: 'problem'; problem: Refusal };

export class Address {
  /** As it was typed. */
  text = $state('');
  /** What is known of it. */
  found: Found = $state.raw({ name: 'empty' });

  readonly #bridge: Pick<Bridge, 'look'>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Which question is the newest: the answers to those before it are for another address. */
  #question = 0;

  constructor(bridge: Pick<Bridge, 'look'>) {
    this.#bridge = bridge;
  }

  /** Somebody types. Spaces around an address are no other address. */
  type(text: string): void {
    const before = this.text.trim();
    this.text = text;
    if (text.trim() === before) return;
    this.#drop();
    if (text.trim() === '') {
      this.found = { name: 'empty' };
      return;
    }
    this.found = { name: 'typing' };
    this.#timer = setTimeout(() => void this.ask(), PAUSE);
  }

  /** Asks at once what is there. */
  async ask(): Promise<void> {
    this.#drop();
    const text = this.text.trim();
    if (text === '') return;
    const question = this.#question;
    this.found = { name: 'asking' };
    const found = await this.#bridge.look({ text }).then(
      (look): Found => ({ name: 'answer', look }),
      (thrown: unknown): Found => ({ name: 'problem', problem: refusalOf(thrown) }),
    );
    if (question === this.#question) this.found = found;
  }

  /** Nobody types here any more. */
  end(): void {
    this.#drop();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#question += 1;
  }
}
