// Makes README's pictures of the page that a sign-in ends on, and of the web app, in light and dark. Not a test; run
// it when one has changed: `HERMES_E2E_BINARY=$PWD/../../target/debug/hermes node pictures.mjs`.
import { fileURLToPath } from 'node:url';
import { Browser } from './rig/browser.mjs';
import { signInByPassword, webApp } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Provider } from './rig/provider.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { hermesBinary } from './rig/settings.mjs';
import { ANSWER, EARLIER, PROMPT } from './rig/story.mjs';

const rig = await Rig.open();
const [provider, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
for (const colorScheme of ['light', 'dark']) {
  const hermes = await Hermes.home(rig, colorScheme);
  await hermes.writeProviders(xaiAt(await provider.metadata()));
  // On a machine of the name that the guide uses.
  const named = ['--uts', '/bin/sh', '-c', 'hostname build7 && exec "$@"', 'sh', hermesBinary()];
  const add = ['auth', 'add', 'xai-oauth', '--flow', 'loopback', '--no-browser'];
  const adding = rig.start('/usr/bin/unshare', [...named, ...add], { env: hermes.environment() });
  const asks = await asked(adding);
  const viewport = { width: 760, height: 400 };
  const visit = await browser.visit({ colorScheme, viewport, reducedMotion: 'reduce' });
  await visit.approve(asks.url.href, { target: asks.origin });
  await visit.page.getByText('You are signed in').waitFor();
  await visit.page.screenshot({ path: fileURLToPath(new URL(`../../docs/src/images/signed-in-${colorScheme}.png`, import.meta.url)) });
  await visit.close();
  await adding.end();
}

const model = await ModelServer.start(rig);
const gateway = await Gateway.start(rig, 'web', { owner: OWNER, config: model.settings });
for (const colorScheme of ['light', 'dark']) {
  const visit = await browser.visit({ colorScheme, viewport: { width: 1180, height: 720 }, reducedMotion: 'reduce' });
  const { page } = visit;
  await page.goto(gateway.origin);
  await signInByPassword(page, OWNER);
  await webApp(page);
  const asks = async (prompt, text) => {
    const asking = model.asked();
    await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
    await page.getByRole('button', { name: 'Send' }).click();
    const answer = await asking;
    await answer.put(text);
    await answer.end();
    await page.getByRole('navigation').getByText(prompt.slice(0, 20)).first().waitFor();
  };
  for (const prompt of colorScheme === 'light' ? EARLIER : []) {
    await asks(prompt, 'It is done.');
    await page.getByRole('link', { name: 'New conversation' }).click();
    await page.getByText('Nothing was said yet').waitFor();
  }
  await asks(PROMPT, ANSWER);
  await page.getByRole('log').locator('pre span').first().waitFor();
  await page.screenshot({ path: fileURLToPath(new URL(`../../docs/src/images/web-${colorScheme}.png`, import.meta.url)) });
  await visit.close();
}
await rig.close();
