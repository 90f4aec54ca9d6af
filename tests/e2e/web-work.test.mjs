// What agents do and ask, as the gallery of the page shows it: tools in every state, approvals, questions, passwords,
// in light, in dark, on a phone and at 320 pixels. No gateway of ours has tools yet, so what an agent does in a real
// conversation is put between the frames of its socket.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { before, test } from 'node:test';
import { between } from './rig/between.mjs';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { fits, LOOKS, picture } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { repositoryFile } from './rig/settings.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SITE = repositoryFile('ui/dist/gallery');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

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
  [browser, axe] = await Promise.all([Browser.start(rig), readFile(AXE, 'utf8')]);
});

async function look(page, name) {
  await picture(page, name);
  await fits(page, name);
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

test('a person is asked wherever they are in the page, and the answer goes on', async () => {
  const model = await ModelServer.start(rig);
  const gateway = await Gateway.start(rig, 'work', { owner: OWNER, config: model.settings });
  const visit = await browser.visit(LOOKS.narrow);
  const seen = await visit.watch(gateway.origin);
  const { page } = visit;
  const wire = await between(page);
  await page.goto(gateway.origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  const message = page.getByRole('textbox', { name: 'Message' });
  const asked = model.asked();
  await message.fill('Remove last month’s backups.');
  await page.getByRole('button', { name: 'Send' }).click();
  const answer = await asked;
  await answer.put('I look what is there.');
  await page.getByRole('log').getByText('I look what is there.').waitFor();
  await message.fill('And what I was wri');
  wire.tell('tool.start', { tool_id: 't1', name: 'shell', context: 'rm -rf /srv/backup/2026-10' });
  wire.tell('approval.request', { command: 'rm -rf /srv/backup/2026-10', description: 'It deletes.', choices: ['once', 'session', 'always', 'deny'] });

  const card = page.getByRole('region', { name: 'The agent wants to run this' });
  await card.waitFor();
  assert.equal(await message.evaluate((field) => field === document.activeElement), true, 'it takes no focus');
  assert.match(await page.title(), /^\(1\) /);
  await look(page, 'narrow-asked');

  await page.goto(`${gateway.origin}/#/settings/appearance`);
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await page.getByRole('link', { name: '1 thing waits for you' }).click();
  await page.getByRole('heading', { name: 'Waiting for you' }).waitFor();
  await card.getByText('rm -rf /srv/backup/2026-10').waitFor();
  // Nothing is allowed by a click that is meant for what stood there before.
  await page.waitForFunction((since) => performance.now() - since > 600, await page.evaluate(() => performance.now()));
  await card.getByRole('button', { name: 'Allow once' }).click();
  await card.getByText('Allowed.').waitFor();
  assert.deepEqual(wire.asked('approval.respond'), { session_id: wire.asked('prompt.submit').session_id, choice: 'once' });
  wire.tell('tool.complete', { tool_id: 't1', name: 'shell', args: { command: 'rm -rf /srv/backup/2026-10' }, duration_s: 1.2, result: { output: 'gone' } });

  await page.getByRole('main').getByRole('link').click();
  await message.waitFor();
  assert.equal(await message.inputValue(), 'And what I was wri');
  await answer.put(' It is gone.');
  await answer.end();
  await page.getByRole('log').getByText('It is gone.').waitFor();
  assert.doesNotMatch(await page.title(), /^\(/);
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});
