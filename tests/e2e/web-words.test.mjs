// The page in a language that nobody speaks, which ui/src/words makes of every text of the catalogue: what is still
// in English is in no catalogue, and what is cut off would be in a language with longer words. Once from left to
// right and once from right to left.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { between } from './rig/between.mjs';
import { Browser } from './rig/browser.mjs';
import { signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Hermes } from './rig/hermes.mjs';
import { Line } from './rig/line.mjs';
import { LOOKS, fits, picture } from './rig/look.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Provider } from './rig/provider.mjs';
import { anthropicAt, xaiAt } from './rig/providers-toml.mjs';
import { like, pseudoFront, pseudoPage, speaks } from './rig/pseudo.mjs';
import { reconnects } from './rig/reconnects.mjs';
import { Rig } from './rig/rig.mjs';

/** What is in no catalogue, since it was written by models, people and gateways, or is typed into a shell. */
const OTHERS = {
  within: [
    'code, output, .language', // commands, codes of sign-ins, the language of a piece of code
    '.step .about, .step pre', // what a tool was given, and what came of it
    '.device a', // where a code is entered
    '.detail, [aria-disabled] .name', // why a provider cannot be asked, and its name
    'bdi', // names of providers and people, and what providers want to be said
    '.me > span', // who is signed in
    '.failure > [dir=auto], .failure .mono', // why the gateway could not do something, and the next command
  ].join(),
  texts: [
    ...['How many geese?', 'And ducks?', 'And swans?'], // what was asked, and the titles of conversations
    ...['There are', 'three', 'ls geese', 'geese', 'place', 'canal', 'counted'], // what was answered
    ...['shell', 'It reads.'], // what the agent did, and wanted to
    ...['xAI Grok OAuth (SuperGrok / Premium+)', 'Anthropic'], // before what is read aloud of a provider
    ...['a-model', 'custom', 'http://'], // the model, and whose it is
    'Hermes',
  ],
};

const SECTIONS = ['providers', 'sessions', 'passkeys', 'gateway', 'appearance'];
const ANSWER = 'There are **three** geese.\n\n| place | geese |\n|---|---|\n| canal | 3 |\n\n```sh\nls geese\n```\n\n- [x] counted\n';

const rig = await Rig.open();
let browser, model, provider, site;
before(async () => {
  [browser, model, provider, site] = await Promise.all([Browser.start(rig), ModelServer.start(rig), Provider.start(rig), pseudoPage(rig)]);
});

for (const direction of ['ltr', 'rtl']) {
  for (const look of ['light', 'narrow']) {
    test(`every text is in the catalogue and has room, ${direction} in ${look}`, async () => {
      const hermes = await Hermes.home(rig, `${direction}-${look}`);
      const metadata = await provider.metadata();
      await hermes.writeProviders(`${xaiAt(metadata)}\n${anthropicAt(metadata)}`);
      const gateway = await Gateway.start(rig, look, { owner: OWNER, config: model.settings, hermes });
      const line = await Line.to(rig, await pseudoFront(rig, site, gateway.port, direction));
      const visit = await browser.visit(LOOKS[look]);
      const { page, context } = visit;
      const wire = await between(page);
      await page.goto(line.origin);
      await signInByPassword(page, OWNER);
      await page.locator('main textarea').waitFor();
      const seen = async (what) => {
        const name = `words-${direction}-${look}-${what}`;
        await picture(page, name);
        await fits(page, name);
        await speaks(page, name, OTHERS);
      };
      await walk({ page, context, line, gateway, wire, seen, direction, isNarrow: look === 'narrow' });
      await visit.close();
    });
  }
}

async function walk({ page, context, line, gateway, wire, seen, direction, isNarrow }) {
  const button = (text, within = page) => within.getByRole('button', { name: like(text) });
  const side = page.locator('.drawer');
  const field = page.locator('main textarea');
  const bar = (text) => page.getByRole('status').getByText(like(text)).waitFor();
  const list = async (does) => {
    if (isNarrow) await page.locator('main .opener').click();
    await does();
    if (isNarrow) await page.locator('.scrim').click({ position: { x: direction === 'ltr' ? 310 : 10, y: 300 } });
  };
  const asks = async (prompt) => {
    const asked = model.asked();
    await field.fill(prompt);
    await page.locator('main .primary').click();
    return asked;
  };

  const goes = (hash) => page.evaluate((to) => (location.hash = to), hash);

  // Nothing was said yet.
  await seen('new');
  await list(async () => {
    await side.getByText(like('No conversations yet')).waitFor();
    await onItsSide(page, side, direction);
    await button('Show archived', side).click();
    await side.getByText(like('Nothing is in the archive')).waitFor();
    await seen('list-empty');
    await side.getByRole('searchbox').fill('ducks');
    await side.getByText(like('Nothing is found')).waitFor();
    await seen('nothing-found');
    await side.getByRole('searchbox').fill('');
  });

  // A conversation.
  const answer = await asks('How many geese?');
  await answer.put(ANSWER);
  await page.locator('main table').waitFor();
  await sendsOnItsSide(page, direction);
  await seen('answering');
  wire.tell('tool.start', { tool_id: 't1', name: 'shell', context: 'ls geese' });
  wire.tell('approval.request', { command: 'ls geese', description: 'It reads.', choices: ['once', 'session', 'deny'] });
  await button('Allow once').waitFor();
  await seen('asked');
  await goes('#/waiting');
  await button('Allow once', page.locator('main')).waitFor();
  await seen('waiting');
  await page.locator('main h2 a').click();
  await button('Deny', page.locator('main')).click();
  await page.getByText(like('Denied')).waitFor();
  await button('Close').click();
  wire.tell('tool.complete', { tool_id: 't1', name: 'shell', args: { command: 'ls geese' }, duration_s: 1.2, result: { output: 'three' } });
  await page.locator('main details.step summary').click();
  await answer.end({ prompt_tokens: 1200, completion_tokens: 340, total_tokens: 1540 });
  await page.locator('main pre span').first().waitFor();
  await page.locator('.usage summary').click();
  await seen('answered');
  await page.locator('.usage summary').click();
  await button('Find').first().click();
  await page.locator('main input[type=search]').fill('geese');
  await seen('find');
  await button('Close', page.getByRole('search')).click();
  await page.locator('.asked').hover();
  await button('Edit', page.locator('main')).click();
  await page.getByText(like('Sending makes')).waitFor();
  await seen('editing');
  await field.press('Escape');

  // What can be done with conversations.
  await list(async () => {
    await side.getByRole('listitem').hover();
    await side.locator('li .opener').click();
    await side.getByRole('menu').waitFor();
    await seen('menu');
    await side.getByRole('menuitem', { name: like('Rename') }).click();
    await side.locator('li form').waitFor();
    await seen('renaming');
    await button('Cancel', side).click();
    await button('Select', side).click();
    await side.getByRole('checkbox').check();
    await side.getByRole('toolbar').waitFor();
    await seen('selecting');
    await button('Done', side).click();
  });
  await page.keyboard.press('Control+k');
  await page.getByRole('listbox').waitFor();
  await seen('palette');
  await page.keyboard.press('Escape');
  await page.locator('main form [aria-haspopup=dialog]').click();
  await page.getByRole('option').nth(1).waitFor();
  await seen('models');
  await page.keyboard.press('Escape');
  await field.blur();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await seen('keys');
  await page.keyboard.press('Escape');

  // The other places.
  await goes('#/waiting');
  await page.locator('main').getByText(like('Nothing waits for you')).waitFor();
  await seen('nothing-waits');
  for (const section of SECTIONS) {
    await goes(`#/settings/${section}`);
    await page.locator(`.settings nav [aria-current=page][href$=${section}]`).waitFor();
    await page.getByRole('status').filter({ hasText: like('(Loading|Asking)') }).waitFor({ state: 'detached' });
    await seen(section);
  }
  await goes('#/settings/providers');
  await button('Sign in to xAI Grok OAuth').click();
  await page.locator('.settings output').waitFor();
  await seen('code');
  await button('Sign in to Anthropic').click();
  await page.locator('.settings form').waitFor();
  await seen('paste');
  for (const name of ['xAI Grok OAuth', 'Anthropic']) await button(`Cancel the sign-in to ${name}`).click();
  await page.getByText(like('The sign-in was given up')).nth(1).waitFor();
  await seen('given-up');
  await goes('#/settings/sessions');
  await button('Rename').click();
  await page.locator('.settings form').waitFor();
  await seen('naming');
  await goes('#/c/nowhere');
  await page.locator('main').getByText(like('There is no such conversation')).waitFor();
  await seen('missing');

  // What goes wrong.
  await goes('#/');
  const failing = await asks('And ducks?');
  await failing.put('There are');
  await failing.fail('The model has lost its thread.');
  await button('Retry').first().waitFor();
  await seen('failed');
  line.cut();
  await button('Try now').waitFor();
  const waiting = asks('And swans?');
  await page.getByText(like('Is sent as soon as')).waitFor();
  await seen('reconnecting');
  await context.setOffline(true);
  await bar('This device is offline');
  await seen('offline');
  line.mend();
  await context.setOffline(false);
  await (await waiting).end();
  await page.locator('main').getByText(like('The answer is empty')).waitFor();
  gateway.process.signal('SIGTERM');
  await bar('The gateway is restarting');
  await seen('restarting');
  await gateway.again();
  await reconnects(page);
  await page.route('**/api/auth/ws-ticket', (route) => route.fulfill({ status: 403, json: { detail: 'Forbidden' } }));
  line.cut();
  line.mend();
  await reconnects(page, like('The gateway does not allow'));
  await seen('not-allowed');
  await page.unroute('**/api/auth/ws-ticket');
  await button('Try now').click();
  await page.locator('.banner').waitFor({ state: 'detached' });
  const other = await context.newPage();
  await other.goto(`${line.origin}/account`);
  await other.getByRole('button', { name: 'Sign out' }).click();
  await bar('You are signed out');
  await seen('signed-out');
}

/** The list stands where a line begins. */
async function onItsSide(page, side, direction) {
  const { x, width } = await side.boundingBox();
  const screen = page.viewportSize().width;
  assert.equal(direction === 'ltr' ? x : screen - x - width, 0, 'the list is where a line begins');
}

/** What sends stands where a line ends. */
async function sendsOnItsSide(page, direction) {
  const box = await page.locator('main form .box').boundingBox();
  const button = await page.locator('main form .box > .row > .row').last().boundingBox();
  const isRight = button.x + button.width / 2 > box.x + box.width / 2;
  assert.equal(isRight, direction === 'ltr', 'what sends is where a line ends');
}
