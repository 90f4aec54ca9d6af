// A picture that is sent over a bad line, in Chromium: it goes on from where the line broke, and with its prompt.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Line } from './rig/line.mjs';
import { look } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { reconnects } from './rig/reconnects.mjs';
import { Rig } from './rig/rig.mjs';

const MEGABYTE = 1024 * 1024;
// As much of a picture as a gateway reads: its first bytes and its size.
const HEAD = Buffer.from('89504e470d0a1a0a0000000d49484452000005dc000000010806000000', 'hex');

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

test('a picture goes on from where the line broke, and with its prompt', async () => {
  const gateway = await Gateway.start(rig, 'pictures', { owner: OWNER, config: model.settings });
  const line = await Line.to(rig, gateway.port);
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(line.origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  await page.getByText('Live').waitFor();

  const picture = Buffer.concat([HEAD, randomBytes(6 * MEGABYTE)]);
  line.cutAfter(5 * MEGABYTE);
  const before = line.sent;
  await page.locator('input[type=file]').setInputFiles({ name: 'disk.png', mimeType: 'image/png', buffer: picture });
  await page.getByRole('status').getByText(/Trying again|Connecting again/).waitFor();
  const broke = line.sent;
  assert.ok(broke - before >= 5 * MEGABYTE);
  const progress = page.getByRole('progressbar');
  const share = Number(await progress.getAttribute('value'));
  assert.ok(share > 0.3 && share < 1, `${share} of it has gone`);
  await look(page, 'picture-waits');
  line.mend();
  await reconnects(page);
  await page.getByText('Attached').waitFor();
  // In base64 the whole picture has 8 megabytes; what had arrived is not sent again.
  const again = line.sent - broke;
  assert.ok(again < 5 * MEGABYTE, `${again} bytes were sent after the break`);

  const asked = model.asked();
  await page.getByRole('textbox', { name: 'Message' }).fill('What is this?');
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
  const answer = await asked;
  const { url } = answer.told.at(-1).find(({ type }) => type === 'image_url').image_url;
  assert.ok(url === `data:image/png;base64,${picture.toString('base64')}`, 'the picture is whole');
  await answer.put('A disk.');
  await answer.end();
  await page.getByRole('log').getByText('A disk.').waitFor();
  await visit.close();
});
