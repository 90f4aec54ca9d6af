// Prompts that wait for the end of a turn, in Chromium: they are changed, taken back, sent now, and asked in order; in one
// window and in two.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Line } from './rig/line.mjs';
import { lookAround } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { reconnects } from './rig/reconnects.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

const message = (page) => page.getByRole('textbox', { name: 'Message' });
const log = (page) => page.getByRole('log');
const waiting = (page, text) => log(page).locator('article').filter({ hasText: text });

const listed = (page, name) => page.getByRole('navigation').getByRole('link', { name });

/** The owner in a browser of their own, at this address of the gateway. */
async function signedIn(origin) {
  const visit = await browser.visit();
  const seen = await visit.watch(origin);
  const { page } = visit;
  await page.goto(origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  return { visit, page, seen };
}

/** The owner of a new gateway, whose first prompt is being answered. */
async function answering(name) {
  const gateway = await Gateway.start(rig, name, { owner: OWNER, config: model.settings });
  return { gateway, ...(await begun(gateway.origin)) };
}

/** The owner, whose first prompt is being answered, at this address. */
async function begun(origin) {
  const { visit, page, seen } = await signedIn(origin);
  const asked = model.asked();
  await send(page, 'How many geese?');
  const answer = await asked;
  await answer.put('I count.');
  await log(page).getByText('I count.').waitFor();
  return { visit, page, seen, answer };
}

async function send(page, text) {
  await message(page).fill(text);
  await message(page).press('Enter');
}

async function queue(page, text) {
  await send(page, text);
  await waiting(page, text).getByText('Asked after the answer that is being written').waitFor();
}

test('what waits is edited and taken back, and the rest is asked in order', async () => {
  const { visit, page, seen, answer } = await answering('queue');
  for (const text of ['And ducks?', 'And swans?', 'And herons?', 'And cranes?']) await queue(page, text);
  await lookAround(page, 'queue');
  await waiting(page, 'And swans?').getByRole('button', { name: 'Delete' }).click();
  await waiting(page, 'And swans?').waitFor({ state: 'detached' });
  await waiting(page, 'And herons?').getByRole('button', { name: 'Edit' }).click();
  await waiting(page, 'And herons?').waitFor({ state: 'detached' });
  assert.equal(await message(page).inputValue(), 'And herons?');
  assert.equal(await message(page).evaluate((field) => field === document.activeElement), true, 'the focus is where it is written');
  await queue(page, 'And white herons?');
  // Who opens the conversation now sees what waits.
  const second = await visit.context.newPage();
  await second.goto(page.url());
  await waiting(second, 'And white herons?').waitFor();
  const next = model.asked();
  await answer.end();
  const asked = await next;
  assert.equal(asked.prompt, 'And ducks?\n\nAnd cranes?\n\nAnd white herons?');
  await asked.put('Some.');
  await asked.end();
  for (const tab of [page, second]) await log(tab).getByText('Some.').waitFor();
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

test('what is sent now ends the answer, which keeps what it had', async () => {
  const { visit, page, seen } = await answering('now');
  await queue(page, 'Only the white ones.');
  const next = model.asked();
  await waiting(page, 'Only the white ones.').getByRole('button', { name: 'Send now' }).click();
  const asked = await next;
  assert.equal(asked.prompt, 'Only the white ones.');
  await asked.put('Three.');
  await asked.end({ prompt_tokens: 1234, completion_tokens: 5, total_tokens: 1239 });
  await log(page).getByText('Three.').waitFor();
  await log(page).getByText('I count.').waitFor();
  await log(page).getByText('Stopped').first().waitFor();
  await waiting(page, 'Three.').getByText('1,234 tokens in, 5 out').waitFor({ state: 'attached' });
  assert.deepEqual(seen.complaints, []);
  await visit.close();
});

test('a second window sees what waits as it changes, and what it takes back is asked by nobody', async () => {
  const gateway = await Gateway.start(rig, 'windows', { owner: OWNER, config: model.settings });
  const line = await Line.to(rig, gateway.port);
  const before = model.count;
  const { visit, page, seen, answer } = await begun(line.origin);
  await queue(page, 'And ducks?');
  const other = await signedIn(gateway.origin);
  await other.page.goto(`${gateway.origin}/${new URL(page.url()).hash}`);
  await waiting(other.page, 'And ducks?').waitFor();
  for (const text of ['And swans?', 'And herons?']) {
    await queue(page, text);
    await waiting(other.page, text).getByText('Asked after the answer that is being written').waitFor();
  }
  await waiting(other.page, 'And swans?').getByRole('button', { name: 'Edit' }).click();
  await waiting(page, 'And swans?').waitFor({ state: 'detached' });
  assert.equal(await message(other.page).inputValue(), 'And swans?');
  assert.equal(await message(page).inputValue(), '', 'whoever took it back has it');
  // The same while the first window is away, which then knows no better than to send it once more.
  line.cut();
  await page.getByText(/Trying again in/).waitFor();
  await waiting(other.page, 'And ducks?').getByRole('button', { name: 'Delete' }).click();
  await waiting(other.page, 'And ducks?').waitFor({ state: 'detached' });
  assert.equal(await waiting(page, 'And ducks?').count(), 1, 'nobody has told it yet');
  line.mend();
  await reconnects(page);
  await waiting(page, 'And ducks?').waitFor({ state: 'detached' });
  await waiting(page, 'And herons?').getByText('Asked after the answer that is being written').waitFor();
  const next = model.asked();
  await answer.end();
  const herons = await next;
  assert.equal(herons.prompt, 'And herons?');
  await herons.put('Some.');
  await herons.end();
  for (const one of [page, other.page]) {
    await log(one).getByText('Some.').waitFor();
    assert.equal(await log(one).locator('article').count(), 2);
  }
  // What is asked now is the next that the model hears.
  const last = model.asked();
  await send(page, 'Thank you.');
  const thanks = await last;
  assert.deepEqual(thanks.told.filter((text) => /ducks|swans/.test(text)), []);
  await thanks.end();
  assert.equal(model.count - before, 3);
  const caused = /ERR_(CONNECTION|EMPTY|SOCKET)|WebSocket connection/;
  assert.deepEqual([...seen.complaints, ...other.seen.complaints].filter((text) => !caused.test(text)), []);
  await Promise.all([visit.close(), other.visit.close()]);
});

test('a page that was closed and comes back does not ask what was taken back meanwhile', async () => {
  const { gateway, visit, page, answer } = await answering('reload');
  const before = model.count;
  await queue(page, 'And ducks?');
  const other = await signedIn(gateway.origin);
  const { hash } = new URL(page.url());
  await other.page.goto(`${gateway.origin}/${hash}`);
  await waiting(other.page, 'And ducks?').waitFor();
  await page.goto('about:blank');
  await waiting(other.page, 'And ducks?').getByRole('button', { name: 'Delete' }).click();
  await waiting(other.page, 'And ducks?').waitFor({ state: 'detached' });
  await page.goto(`${gateway.origin}/${hash}`);
  await log(page).getByText('I count.').waitFor();
  await waiting(page, 'And ducks?').waitFor({ state: 'detached' });
  const last = model.asked();
  await send(page, 'And swans?');
  await waiting(page, 'And swans?').getByText('Asked after the answer that is being written').waitFor();
  await answer.end();
  const swans = await last;
  assert.deepEqual([swans.prompt, model.count - before], ['And swans?', 1]);
  await swans.end();
  await Promise.all([visit.close(), other.visit.close()]);
});

test('what is stopped while its window is away is asked by nobody, and comes back to that window', async () => {
  const gateway = await Gateway.start(rig, 'away', { owner: OWNER, config: model.settings });
  const line = await Line.to(rig, gateway.port);
  const { visit, page } = await begun(line.origin);
  const before = model.count;
  await queue(page, 'And ducks?');
  const other = await signedIn(gateway.origin);
  await other.page.goto(`${gateway.origin}/${new URL(page.url()).hash}`);
  await waiting(other.page, 'And ducks?').waitFor();
  line.cut();
  await page.getByText(/Trying again in/).waitFor();
  await other.page.getByRole('button', { name: 'Stop', exact: true }).click();
  await waiting(other.page, 'And ducks?').waitFor({ state: 'detached' });
  assert.equal(await waiting(page, 'And ducks?').count(), 1, 'nobody has told it yet');
  line.mend();
  await reconnects(page);
  await page.getByText('The turn before it was stopped, so it was not asked.').waitFor();
  await page.getByRole('button', { name: 'Put back' }).click();
  assert.equal(await message(page).inputValue(), 'And ducks?');
  // What the model hears next is what somebody says now.
  const asked = model.asked();
  await message(page).fill('And swans?');
  await message(page).press('Enter');
  const swans = await asked;
  assert.deepEqual([swans.prompt, model.count - before], ['And swans?', 1]);
  await swans.end();
  await Promise.all([visit.close(), other.visit.close()]);
});

test('a window in which nobody does anything lists what begins and changes in another one', async () => {
  const gateway = await Gateway.start(rig, 'idle', { owner: OWNER, config: model.settings });
  const idle = await signedIn(gateway.origin);
  await idle.page.getByText('No conversations yet').waitFor();
  const { visit, page, answer } = await begun(gateway.origin);
  await listed(idle.page, /How many geese\?/).getByText('answering').waitFor();
  await answer.end();
  await listed(idle.page, /How many geese\?/).getByText('answering').waitFor({ state: 'detached' });
  const [id] = new URL(page.url()).hash.split('/').slice(-1);
  const change = (method, body) =>
    page.evaluate(
      async ([path, method, body]) => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })).status;
      },
      [`/api/sessions/${id}`, method, body],
    );
  assert.equal(await change('PATCH', { title: 'Birds' }), 200);
  await listed(idle.page, /Birds/).waitFor();
  assert.equal(await change('DELETE'), 200);
  await listed(idle.page, /Birds/).waitFor({ state: 'detached' });
  await Promise.all([visit.close(), idle.visit.close()]);
});

test('a new conversation is in the list while its first answer is written, in every window', async () => {
  const gateway = await Gateway.start(rig, 'first', { owner: OWNER, config: model.settings });
  const { visit, page, seen } = await signedIn(gateway.origin);
  await page.getByText('No conversations yet').waitFor();
  // The list as it was: what was asked in this window, the window knows.
  await page.route('**/api/sessions?*', (route) => route.fulfill({ json: { sessions: [], total: 0, limit: 50, offset: 0 } }));
  const asked = model.asked();
  await send(page, 'How many geese?');
  const answer = await asked;
  await answer.put('I count.');
  await listed(page, /How many geese\?/).getByText('answering').waitFor();
  assert.equal(await page.getByText('No conversations yet').count(), 0);
  await page.unroute('**/api/sessions?*');
  const other = await signedIn(gateway.origin);
  await listed(other.page, /How many geese\?/).click();
  await log(other.page).getByText('I count.').waitFor();
  await answer.end();
  for (const one of [page, other.page]) await listed(one, /How many geese\?/).getByText('answering').waitFor({ state: 'detached' });
  assert.deepEqual([...seen.complaints, ...other.seen.complaints], []);
  await Promise.all([visit.close(), other.visit.close()]);
});
