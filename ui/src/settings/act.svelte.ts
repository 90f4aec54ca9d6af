// Something that a person does and the gateway has to agree to: what they see while it is done, and why it was not.

import { problem, type Problem } from './problem';

export class Act {
  /** It is being done. */
  busy = $state(false);
  /** Why it was not. */
  problem: Problem | null = $state.raw(null);

  /** Does it, once at a time: whether it was done. `told` may have better words for a failure. */
  async run(work: () => Promise<void>, told: (error: unknown) => Problem | null = problem): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = told(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
