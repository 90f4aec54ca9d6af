// Conversations out of a file, in Chromium: what the page has exported, and what ChatGPT exports.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { LOOKS, look } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

/** The owner of a new gateway. */
async function owned(name, options) {
  const gateway = await Gateway.start(rig, name, { owner: OWNER, config: model.settings });
  const visit = await browser.visit(options);
  const seen = await visit.watch(gateway.origin);
  await visit.page.goto(gateway.origin);
  await signInByPassword(visit.page, OWNER);
  await webApp(visit.page);
  return { gateway, visit, page: visit.page, seen };
}

const side = (page) => page.getByRole('navigation', { name: 'Conversations', exact: true });
const log = (page) => page.getByRole('log');

/** Asks in a new conversation, and has it answered. */
async function ask(page, prompt, words) {
  await page.getByRole('link', { name: 'New conversation' }).click();
  await send(page, prompt, words);
  await side(page).getByRole('link', { name: prompt }).waitFor();
}

async function send(page, prompt, words) {
  const next = model.asked();
  await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
  const answer = await next;
  await answer.put(words);
  await answer.end();
  await log(page).getByText(words).waitFor();
}

/** Chooses a file where one is imported from. */
async function choose(page, path) {
  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /^Choose/ }).click();
  await (await chosen).setFiles(path);
}

async function does(page, title, what) {
  await side(page).getByRole('button', { name: `What can be done with “${title}”` }).click();
  await page.getByRole('menuitem', { name: what, exact: true }).click();
}

test('what was exported and deleted is imported, found and goes on, and is not there twice', async () => {
  const { gateway, visit, page, seen } = await owned('back');
  await ask(page, 'How do geese fly', 'In a skein.');
  const download = page.waitForEvent('download');
  await does(page, 'How do geese fly', 'Export as JSON');
  const path = rig.path('geese.json');
  await writeFile(path, await readFile(await (await download).path()));
  await does(page, 'How do geese fly', 'Delete');
  await page.goto(`${gateway.origin}/account`);
  await page.goto(gateway.origin);
  await webApp(page);
  await side(page).getByText('No conversations yet.').waitFor();
  await side(page).getByRole('link', { name: 'Import conversations' }).click();
  await choose(page, path);
  await page.getByText('The file holds 1 conversation with 2 messages that can be imported.').waitFor();
  await side(page).getByText('No conversations yet.').waitFor();
  await page.getByRole('button', { name: 'Import 1 conversation' }).click();
  await page.getByText('1 conversation imported.').waitFor();
  await choose(page, path);
  await page.getByRole('button', { name: 'Import 1 conversation' }).click();
  await page.getByText('1 conversation was here already.').waitFor();
  assert.equal(await side(page).locator('li .title').count(), 1);
  await page.getByRole('searchbox').fill('skein');
  await side(page).getByText('skein').click();
  await log(page).getByText('In a skein.').waitFor();
  await page.getByRole('searchbox').fill('');
  await send(page, 'And swans', 'Alone or in pairs.');
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

/** A conversation as ChatGPT exports it, whose first answer has another version. */
function chatGpt(title, prompt, answer, more = {}) {
  const message = (id, parent, role, parts) => ({ id, parent, children: [], message: { id, author: { role }, create_time: 1_700_000_000, content: { content_type: 'text', parts }, recipient: 'all' } });
  const mapping = {
    root: { id: 'root', parent: null, children: ['p'], message: null },
    p: message('p', 'root', 'user', [prompt]),
    no: message('no', 'p', 'assistant', ['Another version']),
    yes: message('yes', 'p', 'assistant', [answer]),
    ...more,
  };
  return { title, create_time: 1_700_000_000, update_time: 1_700_000_100, mapping, current_node: 'yes' };
}

for (const [name, options] of Object.entries(LOOKS)) {
  test(`two conversations of ChatGPT in ${name}`, async () => {
    const { gateway, visit, page, seen } = await owned(`chatgpt-${name}`, options);
    const path = rig.path(`${name}-conversations.json`);
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await writeFile(path, JSON.stringify([chatGpt('Of lamps', 'Why lamps?', '**Light**'), chatGpt(hostile, hostile, hostile), { title: 'Odd', mapping: {} }]));
    await page.goto(`${gateway.origin}/#/settings/conversations`);
    await page.getByRole('button', { name: 'Choose a file' }).waitFor();
    await look(page, `${name}-import`);
    await choose(page, path);
    await page.getByText('The file holds 2 conversations with 4 messages that can be imported.').waitFor();
    await page.getByText('1 conversation of a shape that this page does not know: “Odd”').waitFor();
    await look(page, `${name}-import-found`);
    await page.getByRole('button', { name: 'Import 2 conversations' }).click();
    await page.getByText('2 conversations imported.').waitFor();
    await look(page, `${name}-import-done`);
    const rows = await page.evaluate(async () => (await (await fetch('/api/sessions')).json()).sessions);
    const lamps = rows.find(({ title }) => title === 'Of lamps');
    assert.equal(lamps.started_at, 1_700_000_000);
    await page.goto(`${gateway.origin}/#/c/${lamps.id}`);
    await log(page).locator('strong', { hasText: 'Light' }).waitFor();
    assert.equal(await log(page).getByText('Another version').count(), 0);
    await page.goto(`${gateway.origin}/#/c/${rows.find(({ title }) => title !== 'Of lamps').id}`);
    await log(page).getByText('onerror').first().waitFor();
    assert.equal(await log(page).locator('img, script').count(), 0);
    assert.ok(!['1', '2'].includes(await page.title()));
    assert.deepEqual(seen.complaints, []);
    await visit.close();
  });
}
