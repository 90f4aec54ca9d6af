// A page whose gateway can be reached again.
import { until } from './wait.mjs';

/**
 * Presses what has it try at once, until nothing is said of the connection any more, or what is `said` matches. The page
 * tries by itself too, so that what was there to be pressed a moment ago may be gone.
 */
export async function reconnects(page, said = null) {
  const words = said && [said.source, said.flags];
  await until(15_000, () => page.evaluate(isOver, words), said ? `the bar to say ${said}` : 'the bar to have nothing to say');
}

/** Whether it is as wanted; if not, it is tried. It runs in the page. */
function isOver(words) {
  const bar = document.querySelector('[role=status] > .banner');
  const is = words ? new RegExp(...words).test(bar?.textContent ?? '') : bar === null;
  if (!is) bar?.querySelector('button')?.click();
  return is;
}
