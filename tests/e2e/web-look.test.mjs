// Every page of the web app, in light, in dark and on a phone: nothing that keeps somebody out who sees, hears or
// moves differently, nothing that is wider than the screen, and a picture to look at.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Line } from './rig/line.mjs';
import { LOOKS, look } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { reconnects } from './rig/reconnects.mjs';
import { Rig } from './rig/rig.mjs';

const SECTIONS = ['providers', 'sessions', 'passkeys', 'conversations', 'gateway', 'appearance'];
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

const rig = await Rig.open();
let browser, model, gateway;
before(async () => {
  [browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)]);
  gateway = await Gateway.start(rig, 'look', { owner: OWNER, config: model.settings });
});

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

for (const [name, options] of Object.entries(LOOKS)) {
  test(`what is otherwise than usual in ${name}`, async () => {
    const own = await Gateway.start(rig, `odd-${name}`, { owner: OWNER, config: model.settings });
    const line = await Line.to(rig, own.port);
    const visit = await browser.visit(options);
    const { page, context } = visit;
    const odd = (what) => look(page, `${name}-odd-${what}`);
    const bar = (text) => page.getByRole('status').getByText(text).waitFor();
    const drawer = page.getByRole('button', { name: 'Show conversations' });
    await page.goto(line.origin);
    await odd('sign-in');
    await signInByPassword(page, OWNER);
    await webApp(page);

    if (await drawer.isVisible()) await drawer.click();
    await page.getByText('No conversations yet').waitFor();
    await page.getByRole('button', { name: 'Show archived' }).click();
    await page.getByText('Nothing is in the archive').waitFor();
    await odd('nothing-yet');
    await page.getByRole('searchbox').fill('geese');
    await page.getByText('Nothing is found').waitFor();
    await odd('nothing-found');

    await page.goto(`${line.origin}/#/c/nowhere`);
    await page.reload();
    await page.getByText('There is no such conversation').waitFor();
    await odd('missing');

    await page.goto(`${line.origin}/#/`);
    const asked = model.asked();
    await page.getByRole('textbox', { name: 'Message' }).fill('How many geese?');
    await page.getByRole('button', { name: 'Send' }).click();
    const answer = await asked;
    await answer.put('There are three geese, and a');
    await answer.fail('The model has lost its thread.');
    await page.getByRole('button', { name: 'Retry', exact: true }).waitFor();
    await odd('failed');

    line.cut();
    await bar(/Trying again|Connecting again/);
    await odd('reconnecting');
    await page.getByRole('textbox', { name: 'Message' }).fill('And ducks?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Is sent as soon as').waitFor();
    await odd('waits');
    await context.setOffline(true);
    await bar(/offline/);
    await odd('offline');
    const next = model.asked();
    line.mend();
    await context.setOffline(false);
    const ducks = await next;
    await ducks.put('None.');
    await ducks.end();
    await page.getByRole('log').getByText('None.').waitFor();

    own.process.signal('SIGTERM');
    await bar(/restarting/);
    await odd('restarting');
    await own.again();
    await reconnects(page);

    await page.route('**/api/auth/ws-ticket', (route) => route.fulfill({ status: 403, json: { detail: 'Forbidden' } }));
    line.cut();
    line.mend();
    await reconnects(page, /does not allow this address/);
    await odd('not-allowed');
    await page.unroute('**/api/auth/ws-ticket');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('status').getByText(/does not allow/).waitFor({ state: 'detached' });

    const other = await context.newPage();
    await other.goto(`${line.origin}/account`);
    await look(other, `${name}-odd-account`);
    await other.goto(`${line.origin}/nothing`);
    await look(other, `${name}-odd-not-found`);
    await other.goto(`${line.origin}/account`);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await bar(/signed out/);
    await odd('signed-out');
    await visit.close();
  });
}
