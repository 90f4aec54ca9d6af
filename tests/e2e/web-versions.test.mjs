// Versions of a prompt in Chromium: edit, retry, switch, branch. Nothing that was said is lost by any of them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { lookAround } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser, model;
before(async () => {
  [browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)]);
  model.listed = ['a-model', 'other-model'].map((id) => ({ id, object: 'model' }));
});

const message = (page) => page.getByRole('textbox', { name: 'Message' });
const log = (page) => page.getByRole('log');
const prompts = (page) => log(page).locator('[data-part=prompt]').allInnerTexts();
const versions = (page) => page.getByRole('group', { name: 'Versions of the prompt' });
const previous = (page) => page.getByRole('button', { name: /^Previous version/ });
const isShown = (page, text) => log(page).getByText(text, { exact: true }).waitFor();

/** The owner in a browser of their own, at this gateway. */
async function signedIn(origin) {
  const visit = await browser.visit();
  const seen = await visit.watch(origin);
  const { page } = visit;
  await page.goto(origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  return { visit, page, seen };
}

/** Does something that has the model asked, and has it answer with this. */
async function answered(does, text) {
  const asked = model.asked();
  await does();
  const answer = await asked;
  await answer.put(text);
  await answer.end();
  return answer;
}

async function asks(page, prompt, answer) {
  await message(page).fill(prompt);
  await answered(() => message(page).press('Enter'), answer);
  await isShown(page, answer);
}

async function edits(page, turn, prompt, answer) {
  await log(page).getByRole('button', { name: 'Edit' }).nth(turn).click();
  await page.getByText('Sending makes a new version of this prompt').waitFor();
  await asks(page, prompt, answer);
}

test('a prompt that is being written anew survives a reload and another conversation, and what is given up is gone', async () => {
  const { origin } = await Gateway.start(rig, 'anew', { owner: OWNER, config: model.settings });
  const { visit, page, seen } = await signedIn(origin);
  await asks(page, 'How many geese?', 'Nine.');
  await asks(page, 'And ducks?', 'Four.');
  await message(page).fill('a draft');
  const replaces = page.getByText('Sending makes a new version of this prompt');
  await log(page).getByRole('button', { name: 'Edit' }).first().click();
  await replaces.waitFor();
  await message(page).fill('How many sw');
  await page.reload();
  await replaces.waitFor();
  assert.equal(await message(page).inputValue(), 'How many sw');
  await message(page).fill('How many swans?');
  await page.getByRole('link', { name: 'New conversation' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'New conversation' }).waitFor();
  assert.equal(await message(page).inputValue(), '');
  await page.goBack();
  await replaces.waitFor();
  assert.equal(await message(page).inputValue(), 'How many swans?');
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await message(page).inputValue(), 'a draft');
  await page.reload();
  await isShown(page, 'Four.');
  assert.equal(await message(page).inputValue(), 'a draft');
  assert.equal(await replaces.count(), 0);
  await edits(page, 0, 'How many herons?', 'One.');
  await page.reload();
  await isShown(page, 'One.');
  assert.equal(await replaces.count(), 0, 'what was sent is not written any more');
  assert.equal(await message(page).inputValue(), 'a draft');
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

test('every version of a prompt stays, with what was said after it, in every tab', async () => {
  const { origin } = await Gateway.start(rig, 'versions', { owner: OWNER, config: model.settings });
  const { visit, page, seen } = await signedIn(origin);
  await asks(page, 'How many geese?', 'Nine.');
  await asks(page, 'And ducks?', 'Four.');
  assert.equal(await versions(page).count(), 0);
  await edits(page, 0, 'How many swans?', 'Two.');
  await edits(page, 0, 'How many herons?', 'One.');
  assert.deepEqual(await prompts(page), ['How many herons?']);
  await versions(page).getByText('3/3').waitFor();

  // With keys, and the focus stays where it was.
  await previous(page).focus();
  await page.keyboard.press('Enter');
  await isShown(page, 'Two.');
  await page.keyboard.press('Alt+Shift+ArrowLeft');
  await isShown(page, 'Four.');
  assert.deepEqual(await prompts(page), ['How many geese?', 'And ducks?']);
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Previous version of the prompt, 1 of 3/);

  await page.reload();
  await isShown(page, 'Four.');
  await versions(page).getByText('1/3').waitFor();
  const second = await visit.context.newPage();
  await second.goto(page.url());
  await isShown(second, 'Four.');
  await page.getByRole('button', { name: /^Next version/ }).click();
  await isShown(second, 'Two.');
  assert.deepEqual(await prompts(second), ['How many swans?']);
  await previous(second).click();
  await isShown(page, 'Four.');

  // What is shown is what the model is told, and while it answers nothing else can be shown.
  await message(page).fill('And eggs?');
  const asked = model.asked();
  await message(page).press('Enter');
  const eggs = await asked;
  assert.deepEqual(eggs.told, ['How many geese?', 'Nine.', 'And ducks?', 'Four.', 'And eggs?']);
  await page.locator('[aria-label^="Next version"][aria-disabled=true]').waitFor();
  await eggs.put('Twelve.');
  await eggs.end();
  await isShown(page, 'Twelve.');

  await log(page).getByRole('button', { name: 'Branch from here' }).nth(1).click();
  await page.waitForURL((now) => now.hash !== new URL(second.url()).hash);
  // The address is another one a moment before the page is.
  await page.getByRole('heading', { level: 1, name: 'How many geese? #2' }).waitFor();
  await isShown(page, 'Four.');
  assert.deepEqual(await prompts(page), ['How many geese?', 'And ducks?']);
  assert.equal(await message(page).inputValue(), '');
  await asks(page, 'And feathers?', 'Many.');
  await isShown(second, 'Twelve.');
  assert.deepEqual(await prompts(second), ['How many geese?', 'And ducks?', 'And eggs?']);

  // Another model answers the first prompt again, and from then on.
  await log(page).getByRole('button', { name: 'Retry with another model' }).first().click();
  await page.getByRole('option', { name: /other-model/ }).first().waitFor();
  const retried = await answered(() => page.getByRole('option', { name: /other-model/ }).first().click(), 'Ten.');
  assert.deepEqual([retried.model, retried.told], ['other-model', ['How many geese?']]);
  await isShown(page, 'Ten.');
  await isShown(page, 'Answered by other-model');
  await previous(page).click();
  await isShown(page, 'Answered by a-model');
  await lookAround(page, 'versions');
  await isShown(page, 'Many.');
  const next = await answered(async () => {
    await message(page).fill('And now?');
    await message(page).press('Enter');
  }, 'Still.');
  assert.equal(next.model, 'other-model');
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});
