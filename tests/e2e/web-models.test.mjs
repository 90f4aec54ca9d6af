// The list of models in Chromium: what it says of each before somebody chooses, and why others are not to be had.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { LOOKS, look } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';

const LISTED = [
  { id: 'a-model', context_length: 200_000, pricing: { prompt: '0.000003', completion: '0.000015' } },
  { id: 'small-model', context_length: 8192, pricing: { prompt: '0', completion: '0' }, architecture: { input_modalities: ['text'] } },
  { id: 'odd-model', pricing: { prompt: '-1', completion: '-1' } },
];

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

const option = (page, name) => page.getByRole('option').filter({ has: page.getByText(name, { exact: true }) });
const picker = (page) => page.locator('main form').getByRole('button', { name: /model/i }).last();

for (const name of ['light', 'narrow']) {
  test(`what a model costs and how much fits into it is said where its list says it, in ${name}`, async () => {
    model.listed = LISTED;
    const gateway = await Gateway.start(rig, name, { owner: OWNER, config: model.settings });
    const visit = await browser.visit(LOOKS[name]);
    const seen = await visit.watch(gateway.origin);
    const { page } = visit;
    await page.goto(gateway.origin);
    await signInByPassword(page, OWNER);
    await webApp(page);
    await picker(page).click();
    await option(page, 'small-model').waitFor();
    const said = async (which) => (await option(page, which).locator('.detail').allInnerTexts()).join();
    assert.equal(await said('a-model'), '200K context · $3 in / $15 out per million');
    assert.equal(await said('small-model'), '8.2K context · free');
    assert.equal(await said('odd-model'), '');
    await look(page, `${name}-models`);

    // A key is given to the host alone: the reason stands there, and the list stays.
    const keyed = option(page, 'DeepSeek');
    assert.equal(await keyed.getAttribute('aria-disabled'), 'true');
    assert.match(await keyed.innerText(), /Needs an API key\s+nobody is signed in to DeepSeek: hermes auth add deepseek/);
    await keyed.click({ force: true });
    await page.getByRole('combobox').fill('small');
    await page.keyboard.press('Enter');
    await picker(page).getByText('small-model').waitFor();

    // What it does not read is said as soon as something is dropped, wherever that is.
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from('\x89PNG\r\n\x1a\n', (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], 'goose.png', { type: 'image/png' }));
      return data;
    });
    await page.locator('h1').dispatchEvent('drop', { dataTransfer: dropped });
    await page.getByText('small-model reads no pictures, as its provider says.').waitFor();
    await look(page, `${name}-blind`);
    await page.getByRole('button', { name: /goose\.png/ }).click();

    await picker(page).click();
    await page.getByRole('combobox').fill('sign in to xai');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Accounts of the host' }).waitFor();
    assert.deepEqual(seen.complaints, []);
    await visit.close();
  });
}
