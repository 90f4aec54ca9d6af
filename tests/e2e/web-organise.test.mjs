// The list of conversations in Chromium: what is pinned, and what is done with several at once.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { look } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

/** The owner of a new gateway, who has asked these, one after the other. */
async function asked(name, prompts) {
  const gateway = await Gateway.start(rig, name, { owner: OWNER, config: model.settings });
  const visit = await browser.visit();
  const seen = await visit.watch(gateway.origin);
  const { page } = visit;
  await page.goto(gateway.origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  for (const prompt of prompts) {
    await page.getByRole('link', { name: 'New conversation' }).click();
    const next = model.asked();
    await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
    await page.getByRole('textbox', { name: 'Message' }).press('Enter');
    const answer = await next;
    await answer.say(1);
    await answer.end();
    await link(page, prompt).waitFor();
  }
  return { gateway, visit, page, seen };
}

const side = (page) => page.getByRole('navigation', { name: 'Conversations' });
const link = (page, title) => side(page).getByRole('link', { name: title });

/** The headings of the list and the titles below them, from above. */
function listed(page) {
  return side(page).locator('h3, li .title').allTextContents();
}

/** Waits until the list is this. */
async function shows(page, expected) {
  const text = expected.join('\n');
  await page.waitForFunction(
    (wanted) => Array.from(document.querySelectorAll('nav h3, nav li .title'), (one) => one.textContent).join('\n') === wanted,
    text,
  ).catch(async (why) => {
    assert.deepEqual(await listed(page), expected, String(why));
  });
}

/** Does something by the menu of a conversation. */
async function does(page, title, what) {
  await side(page).getByRole('button', { name: `What can be done with “${title}”` }).click();
  await page.getByRole('menuitem', { name: what, exact: true }).click();
}

test('what is pinned stays first over a reload and in a second tab, until it is pinned no more', async () => {
  const { visit, page, seen } = await asked('pinned', ['Geese', 'Ducks', 'Swans']);
  await shows(page, ['Today', 'Swans', 'Ducks', 'Geese']);
  await does(page, 'Geese', 'Pin');
  const pinned = ['Pinned', 'Geese', 'Today', 'Swans', 'Ducks'];
  await shows(page, pinned);
  await page.reload();
  await shows(page, pinned);
  const second = await visit.context.newPage();
  await second.goto(page.url());
  await shows(second, pinned);
  // Put away it stands with the others; back again, above them.
  await does(second, 'Geese', 'Archive');
  await shows(second, ['Today', 'Swans', 'Ducks']);
  await side(second).getByRole('button', { name: 'Show archived' }).click();
  await does(second, 'Geese', 'Take out of the archive');
  await shows(second, [...pinned, 'Archived']);
  await does(second, 'Geese', 'Unpin');
  await shows(second, ['Today', 'Swans', 'Ducks', 'Geese', 'Archived']);
  await page.reload();
  await shows(page, ['Today', 'Swans', 'Ducks', 'Geese']);
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

test('three are selected with keys, exported as one file, and deleted until somebody wants them back', async () => {
  const { visit, page, seen, gateway } = await asked('several', ['Geese', 'Ducks', 'Swans', 'Herons']);
  const box = (title) => side(page).getByRole('checkbox', { name: title });
  await side(page).getByRole('button', { name: 'Select' }).click();
  await box('Swans').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+Space');
  await side(page).getByText('3 selected').waitFor();
  assert.equal(await box('Herons').isChecked(), false);
  await look(page, 'several');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await look(page, 'several-narrow');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1280, height: 720 });
  const download = page.waitForEvent('download');
  await side(page).getByRole('button', { name: 'Export as JSON' }).click();
  const { conversations } = JSON.parse(await readFile(await (await download).path(), 'utf8'));
  assert.deepEqual(conversations.map(({ messages }) => messages.map(({ content }) => content)), [['Swans', 'w0 '], ['Ducks', 'w0 '], ['Geese', 'w0 ']]);
  await side(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await side(page).getByText('3 conversations are deleted.').waitFor();
  await shows(page, ['Today', 'Herons']);
  await side(page).getByRole('button', { name: 'Undo' }).click();
  await shows(page, ['Today', 'Herons', 'Swans', 'Ducks', 'Geese']);
  // Whoever leaves the page has no more time to want them back.
  await side(page).getByRole('button', { name: 'Select' }).click();
  for (const title of ['Geese', 'Ducks', 'Swans']) await box(title).check();
  await side(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await page.goto(`${gateway.origin}/account`);
  await page.goto(gateway.origin);
  await webApp(page);
  await shows(page, ['Today', 'Herons']);
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});
