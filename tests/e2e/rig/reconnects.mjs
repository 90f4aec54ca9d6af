// A page whose gateway can be reached again.
import { until } from './wait.mjs';

const TRIES = `(() => {
  const bar = document.querySelector('[role=status] > .banner');
  bar?.querySelector('button')?.click();
  return bar === null;
})()`;

/**
 * Presses what has it try at once, until nothing is said of the connection any more. The page tries by itself too, so
 * that what was there to be pressed a moment ago may be gone.
 */
export async function reconnects(page) {
  await until(15_000, () => page.evaluate(TRIES), 'the bar to have nothing to say');
}
