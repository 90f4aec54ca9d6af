// Prompts that the gateway did not want: they are kept until somebody sends them again or lets go of them.

import type { Prompt } from '../conversation/types';
import { Pictures, type Picture } from './pictures.svelte';
import { reasonOf, type Reason } from './reason';

/** A prompt that came back. */
export interface Returned {
  key: number;
  prompt: Prompt;
  pictures: Picture[];
  reason: Reason;
}

export class Returns {
  returned = $state.raw<Returned[]>([]);
  #last = 0;

  constructor(private readonly say: (prompt: Prompt) => Promise<void>) {}

  /** Sends a prompt, and keeps it with its reason if the gateway does not want it. */
  async send(prompt: Prompt, pictures: Picture[]) {
    try {
      await this.say(prompt);
      Pictures.release(pictures);
    } catch (error) {
      const back = { key: (this.#last += 1), prompt, pictures, reason: reasonOf(error) };
      this.returned = [...this.returned, back];
    }
  }

  /** Sends once more what came back. */
  async again({ key, prompt, pictures }: Returned) {
    this.drop(key);
    await this.send(prompt, pictures);
  }

  /** Lets go of a prompt that came back. */
  drop(key: number) {
    this.returned = this.returned.filter((one) => one.key !== key);
  }
}
