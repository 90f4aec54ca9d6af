// Links to conversations, in Chromium: off unless the settings say otherwise, read by somebody who is nobody here, and
// gone once they are revoked.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { LOOKS, look } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> [x](javascript:alert(1)) **bold**';
const SHARING = '[gateway.sharing]\nenabled = true\n';

const rig = await Rig.open();
let browser, model;
before(async () => ([browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)])));

/** The owner of a new gateway with these settings besides. */
async function owned(name, settings, options) {
  const gateway = await Gateway.start(rig, name, { owner: OWNER, config: `${model.settings}${settings}` });
  const visit = await browser.visit(options);
  const seen = await visit.watch(gateway.origin);
  await visit.page.goto(gateway.origin);
  await signInByPassword(visit.page, OWNER);
  await webApp(visit.page);
  return { gateway, visit, page: visit.page, seen };
}

const side = (page) => page.getByRole('navigation', { name: 'Conversations', exact: true });

async function ask(page, prompt, words) {
  const next = model.asked();
  await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
  await page.getByRole('button', { name: 'Send' }).click();
  const answer = await next;
  await answer.put(words);
  await answer.end();
  await page.getByRole('button', { name: 'Send' }).waitFor();
}

/** Opens the menu of the conversation, on a phone behind the list. */
async function menu(page, title) {
  const opener = page.getByRole('button', { name: 'Show conversations' });
  if (await opener.isVisible()) await opener.click();
  await side(page).getByRole('button', { name: `What can be done with “${title}”` }).click();
}

test('where nobody has turned it on nothing is shown of it, and the routes refuse', async () => {
  const { visit, page, gateway, seen } = await owned('off', '');
  await ask(page, 'Geese', 'In a skein.');
  await menu(page, 'Geese');
  await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'Share…' }).count(), 0);
  await page.keyboard.press('Escape');
  const [status, listed] = await page.evaluate(async () => {
    const { sessions } = await (await fetch('/api/sessions')).json();
    const body = JSON.stringify({ prompts: 1 });
    const headers = { 'content-type': 'application/json' };
    const made = await fetch(`/api/sessions/${sessions[0].id}/shares`, { method: 'POST', headers, body });
    return [made.status, await (await fetch('/api/shares')).json()];
  });
  assert.deepEqual([status, listed], [403, { enabled: false, shares: [] }]);
  await page.goto(`${gateway.origin}/#/settings/conversations`);
  await page.getByRole('heading', { name: 'Import' }).waitFor();
  assert.equal(await page.getByText('Shared conversations').count(), 0);
  assert.equal((await fetch(`${gateway.origin}/s/${'x'.repeat(43)}`)).status, 404);
  assert.deepEqual(seen.complaints.filter((text) => !/403/.test(text)), []);
  await visit.close();
});

for (const [name, options] of Object.entries(LOOKS)) {
  test(`a link is made, read by somebody else and revoked, in ${name}`, async () => {
    const { visit, page, gateway, seen } = await owned(`on-${name}`, SHARING, options);
    await ask(page, 'Geese', HOSTILE);
    await menu(page, 'Geese');
    await page.getByRole('menuitem', { name: 'Share…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Share “Geese”' });
    await dialog.getByText('the prompt “Geese” and its answer').waitFor();
    await look(page, `${name}-share`);
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = await dialog.getByRole('textbox', { name: 'Link' }).inputValue();
    assert.match(link, /\/s\/[\w-]{43}$/);
    await dialog.getByText('never opened').waitFor();
    await look(page, `${name}-share-made`);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.goto(`${gateway.origin}/#/settings/conversations`);
    await page.goto(`${gateway.origin}/`);
    await webApp(page);

    // Somebody who is nobody here reads it, without what was said later.
    const other = await browser.visit(options);
    const watched = await other.watch(gateway.origin);
    const opened = await other.page.goto(link);
    assert.equal(opened.status(), 200);
    const headers = opened.headers();
    assert.match(headers['x-robots-tag'], /noindex/);
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.doesNotMatch(headers['content-security-policy'], /script/);
    await other.page.getByRole('heading', { name: 'Geese' }).waitFor();
    await other.page.getByText(HOSTILE).waitFor();
    assert.equal(await other.page.locator('script, a, main img[src="x"], strong').count(), 0);
    assert.match(await other.page.title(), /^Geese/);
    assert.deepEqual(await other.context.cookies(), []);
    await look(other.page, `${name}-shared`);

    await page.goto(`${gateway.origin}/#/settings/conversations`);
    await page.getByRole('heading', { name: 'Shared conversations' }).waitFor();
    await page.getByText('opened 1 time').waitFor();
    await look(page, `${name}-shared-list`);
    await page.getByRole('link', { name: 'Geese' }).last().click();
    await ask(page, 'And swans', 'Alone.');
    await other.page.reload();
    await other.page.getByRole('heading', { name: 'Geese' }).waitFor();
    assert.equal(await other.page.getByText('swans').count(), 0);

    await page.goto(`${gateway.origin}/#/settings/conversations`);
    await page.getByRole('button', { name: /^Revoke the link to “Geese”/ }).click();
    await page.getByText('1 link is revoked.').waitFor();
    assert.deepEqual(seen.complaints, []);
    assert.deepEqual(watched.complaints, []);
    const gone = await other.page.reload();
    assert.equal(gone.status(), 404);
    await other.page.getByRole('heading', { name: 'There is nothing under this link' }).waitFor();
    await look(other.page, `${name}-shared-gone`);
    await Promise.all([visit.close(), other.close()]);
  });
}
