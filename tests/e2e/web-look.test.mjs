// Every page of the web app, in light, in dark and on a phone: nothing that keeps somebody out who sees, hears or
// moves differently, nothing that is wider than the screen, and a picture to look at.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { hermesBinary } from './rig/settings.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PICTURES = new URL('../e2e/web/', `file://${hermesBinary()}`).pathname;
const SECTIONS = ['providers', 'sessions', 'passkeys', 'gateway', 'appearance'];
const ANSWER = `# Moving the backups

There are **31 archives** from October, 84 GB in all. I copy them first, compare checksums, and only then remove
the originals.

| host | size | checked |
|---|---|---|
| build7 | 84.2 GB | yes |

\`\`\`sh
rsync -a --checksum /srv/backup/2026-10/ /srv/cold/2026-10/
echo "31 of 31 equal"
\`\`\`

1. Copy
2. Compare

See [the manual](https://example.com/rsync).
`;

const LOOKS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  narrow: { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' },
};

const rig = await Rig.open();
let browser, model, gateway, axe;
before(async () => {
  [browser, model, axe] = await Promise.all([Browser.start(rig), ModelServer.start(rig), readFile(AXE, 'utf8')]);
  gateway = await Gateway.start(rig, 'look', { owner: OWNER, config: model.settings });
  await mkdir(PICTURES, { recursive: true });
});

/** Looks at the page as it is now. axe runs beside the page, whose policy lets nobody in. */
async function look(page, name) {
  await page.screenshot({ path: `${PICTURES}${name}.png` });
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(width <= 0, `${name} is ${width} pixels too wide`);
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const world = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const run = (expression) =>
    session.send('Runtime.evaluate', { expression, contextId: world.executionContextId, awaitPromise: true, returnByValue: true });
  await run(axe);
  const { result, exceptionDetails } = await run('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))');
  await session.detach();
  assert.equal(exceptionDetails, undefined, name);
  assert.deepEqual(result.value, [], name);
}

for (const [name, options] of Object.entries(LOOKS)) {
  test(`every page in ${name}`, async () => {
    const visit = await browser.visit(options);
    const seen = await visit.watch(gateway.origin);
    const { page } = visit;
    await page.goto(gateway.origin);
    await signInByPassword(page, OWNER);
    await webApp(page);
    await look(page, `${name}-new`);
    const asked = model.asked();
    await page.getByRole('textbox', { name: 'Message' }).fill('Move last month’s backups to the new disk and check them.');
    await page.getByRole('button', { name: 'Send' }).click();
    const answer = await asked;
    await answer.put(ANSWER);
    await page.getByRole('log').getByRole('link', { name: 'the manual' }).waitFor();
    await look(page, `${name}-answering`);
    await answer.end();
    await page.getByRole('button', { name: 'Send' }).waitFor();
    await page.getByRole('log').locator('pre span').first().waitFor();
    await look(page, `${name}-answered`);
    for (const section of SECTIONS) {
      await page.goto(`${gateway.origin}/#/settings/${section}`);
      await page.getByRole('navigation', { name: 'Settings' }).locator('[aria-current=page]').waitFor();
      await page.getByRole('status').filter({ hasText: /^(Loading|Asking)/ }).waitFor({ state: 'detached' });
      await look(page, `${name}-${section}`);
    }
    assert.deepEqual(seen.complaints, []);
    await visit.close();
  });
}
