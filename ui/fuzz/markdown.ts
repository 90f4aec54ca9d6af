// Hostile texts in a real browser, under the policy of the gateway: tests/e2e/web-markdown.test.mjs asks for them.

import { flushSync, mount, unmount } from 'svelte';

import '../tokens.css';
import '../base.css';
import Markdown from '../src/markdown/Markdown.svelte';
import { hostile } from '../src/markdown/hostile';
import { wrong } from '../src/markdown/judge';

/** How many texts are in the page at once. */
const BATCH = 100;

interface Outcome {
  shown: number;
  /** What was found, by its seed; the first ones of them. */
  faults: string[];
}

let pwned = 0;
let violations = 0;
Object.assign(window, { pwned: () => (pwned += 1), run });
document.addEventListener('securitypolicyviolation', () => (violations += 1));

async function run(seed: number, count: number): Promise<Outcome> {
  const outcome: Outcome = { shown: 0, faults: [] };
  for (let at = seed; at < seed + count; at += BATCH) await batch(at, Math.min(BATCH, seed + count - at), outcome);
  return outcome;
}

/** Shows each text cut somewhere, every other one as if more were to come; the colours of code come a little later. */
async function batch(seed: number, count: number, outcome: Outcome) {
  const pages = Array.from({ length: count }, (_, index) => {
    const target = document.createElement('div');
    const props = { source: hostile(seed + index).cut, open: index % 2 === 0 };
    return { target, shown: mount(Markdown, { target, props }) };
  });
  flushSync();
  // Whatever loads or runs does so unseen as well; to lay all of them out takes longer than the rest.
  document.body.hidden = seed % (10 * BATCH) !== 1;
  document.body.replaceChildren(...pages.map(({ target }) => target));
  await new Promise((done) => setTimeout(done));
  for (const [index, { target, shown }] of pages.entries()) {
    const fault = wrong(target);
    if (fault !== null && outcome.faults.length < 20) outcome.faults.push(`seed ${seed + index}: ${fault}`);
    void unmount(shown);
  }
  if (pwned + violations > 0 && outcome.faults.length < 20) {
    outcome.faults.push(`seeds from ${seed}: ${pwned} scripts ran, ${violations} breaks of the policy`);
    pwned = violations = 0;
  }
  outcome.shown += count;
}
