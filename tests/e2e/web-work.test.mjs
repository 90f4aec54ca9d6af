// What agents do and ask, as the gallery of the page shows it: tools in every state, approvals, questions, passwords,
// in light, in dark, on a phone and at 320 pixels. No gateway of ours has tools yet, so no model can ask for them here.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Rig } from './rig/rig.mjs';
import { repositoryFile } from './rig/settings.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SITE = repositoryFile('ui/dist/gallery');
const PICTURES = process.env.HERMES_E2E_PICTURES ?? repositoryFile('target/e2e/web/');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };
const LOOKS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  narrow: { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' },
};

const rig = await Rig.open();
let browser;
let origin;
let axe;

before(async () => {
  await rig.run('npm', ['run', 'build:gallery', '--silent'], { cwd: repositoryFile('ui'), ms: 120_000 });
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/favicon.ico') return response.writeHead(204).end();
    const body = await readFile(join(SITE, pathname)).catch(() => null);
    if (body === null) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(pathname)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  rig.onClose(() => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }));
  origin = `http://127.0.0.1:${server.address().port}`;
  [browser, axe] = await Promise.all([Browser.start(rig), readFile(AXE, 'utf8'), mkdir(PICTURES, { recursive: true })]);
});

async function look(page, name) {
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(width <= 0, `${name} is ${width} pixels too wide`);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    // The gallery is no page of its own, and has neither title nor landmarks.
    const { violations } = await window.axe.run({ rules: {} });
    return violations.filter(({ tags }) => !tags.includes('best-practice')).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
  assert.deepEqual(found, [], name);
}

for (const [name, options] of Object.entries(LOOKS)) {
  test(`what an agent does and asks in ${name}`, async () => {
    const visit = await browser.visit(options);
    const { page } = visit;
    await page.goto(`${origin}/gallery.html#asks`);
    const cards = page.getByRole('region', { name: 'What the agent waits for' });
    await cards.getByRole('button', { name: 'Allow once' }).first().waitFor();
    await look(page, `${name}-asks`);
    // With everything that waits there is still room to write.
    await page.getByRole('textbox', { name: 'Message' }).click();
    assert.ok(await page.getByRole('textbox', { name: 'Message' }).evaluate((field) => field.getBoundingClientRect().bottom <= innerHeight));

    const log = page.getByRole('log');
    const step = log.locator('details.step').nth(1);
    await step.locator('summary').focus();
    await page.keyboard.press('Enter');
    await step.getByText('sent 84.2 GB').waitFor();
    assert.equal(await log.getByText('‹U+202E›').count(), 1, 'what turns text around is written out');
    await step.scrollIntoViewIfNeeded();
    await look(page, `${name}-steps`);

    await page.goto(`${origin}/gallery.html`);
    await page.reload();
    await page.getByText('What else happened').click();
    await page.getByText('The agent did something that this page does not know, 2 times: moa.reference').waitFor();
    await page.getByText('write_file').evaluate((step) => { step.scrollIntoView({ block: 'center' }); });
    await look(page, `${name}-work`);

    await page.goto(`${origin}/gallery.html#waiting`);
    await page.reload();
    await page.getByRole('heading', { name: 'Waiting for you' }).waitFor();
    await look(page, `${name}-waiting`);
    await page.getByText('Goes to', { exact: true }).scrollIntoViewIfNeeded();
    await look(page, `${name}-waiting-below`);
    await visit.close();
  });
}
