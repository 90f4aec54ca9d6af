// Makes README's pictures of the page that a sign-in ends on, in light and dark. Not a test; run it when the
// page has changed: `HERMES_E2E_BINARY=$PWD/../../target/debug/hermes node pictures.mjs`.
import { fileURLToPath } from 'node:url';
import { Browser } from './rig/browser.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { Provider } from './rig/provider.mjs';
import { xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { hermesBinary } from './rig/settings.mjs';

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
  await visit.page.screenshot({ path: fileURLToPath(new URL(`../../docs/images/signed-in-${colorScheme}.png`, import.meta.url)) });
  await visit.close();
  await adding.end();
}
await rig.close();
