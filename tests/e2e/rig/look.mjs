// Looks at a page as it is now: nothing that keeps somebody out who sees, hears or moves differently, nothing that is
// wider than the screen, and a picture for people.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hermesBinary } from './settings.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RUN = 'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))';

/** Where the pictures are: beside the program that they show. */
const PICTURES = new URL('../e2e/web/', `file://${hermesBinary()}`).pathname;

export const LOOKS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  narrow: { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' },
};

/** Nothing is wider than the screen, and where parts of a page scroll by themselves, the whole of it does not. */
export async function fits(page, name) {
  const [width, height] = await page.evaluate(() => {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
    const isWhole = document.querySelector('.frame, .whole') !== null;
    return [scrollWidth - clientWidth, isWhole ? scrollHeight - clientHeight : 0];
  });
  assert.ok(width <= 0, `${name} is ${width} pixels too wide`);
  assert.ok(height <= 0, `${name} is ${height} pixels too high`);
}

let axe;

/** Keeps a picture of it under this name, for people. */
export async function picture(page, name) {
  await mkdir(PICTURES, { recursive: true });
  // Chromium draws nothing of a page behind another one, and then has no picture of it.
  await page.bringToFront();
  await page.screenshot({ path: `${PICTURES}${name}.png` });
}

/** Looks at it, and keeps the picture under this name. axe runs beside the page, whose policy lets nobody in. */
export async function look(page, name) {
  await picture(page, name);
  await fits(page, name);
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const world = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const run = (expression) =>
    session.send('Runtime.evaluate', { expression, contextId: world.executionContextId, awaitPromise: true, returnByValue: true });
  await run((axe ??= await readFile(AXE, 'utf8')));
  const { result, exceptionDetails } = await run(RUN);
  await session.detach();
  assert.equal(exceptionDetails, undefined, name);
  assert.deepEqual(result.value, [], name);
}

/** Looks at it in each size and colour, one after the other, and leaves it as it was. */
export async function lookAround(page, name) {
  const before = page.viewportSize();
  for (const [how, { viewport, colorScheme }] of Object.entries(LOOKS)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: colorScheme ?? 'light' });
    await look(page, `${name}-${how}`);
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null });
}
