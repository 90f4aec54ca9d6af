// Makes README's and the guide's pictures of the desktop, in light and dark. Not a test; run it when the desktop has
// changed: `HERMES_E2E_BINARY=$PWD/../../target/debug/hermes HERMES_E2E_DESKTOP=$PWD/../../target/debug/hermes-desktop
// node desktop-pictures.mjs`. Port 9119, which is in the pictures, has to be free.
import { mkdir, writeFile } from 'node:fs/promises';
import { Browser } from './rig/browser.mjs';
import { Desktop } from './rig/desktop.mjs';
import { Gateway, issuer } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { repositoryFile } from './rig/settings.mjs';
import { ANSWER, EARLIER, PROMPT } from './rig/story.mjs';
import { until } from './rig/wait.mjs';
import { button, field, KEYS } from './rig/webdriver.mjs';

const PORT = 9119;
const rig = await Rig.open();
const [browser, model, company] = await Promise.all([Browser.start(rig), ModelServer.start(rig), Provider.start(rig)]);
const method = await issuer('company', company, `http://127.0.0.1:${PORT}`, 'owner_email = "ada@example.test"\ndisplay_name = "Example, Inc."');
await Gateway.start(rig, 'build7', { port: PORT, config: `${model.settings}${method}` });
const home = await rig.folder('desk');
await mkdir(`${home}/.hermes`, { mode: 0o700 });
await writeFile(`${home}/.hermes/config.toml`, model.settings);
const desktop = await Desktop.start(rig, 'desk', { home });
const { window } = desktop;

/** The window as it is now, on either ground. */
async function picture(name) {
  for (const ground of ['light', 'dark']) {
    await window.run('document.documentElement.dataset.theme = arguments[0]; document.activeElement?.blur()', ground);
    await settled();
    await writeFile(repositoryFile(`docs/src/images/desktop-${name}-${ground}.png`), await window.picture());
  }
}

/** Has colours and places be what they become; what pulses goes on. */
async function settled() {
  await window.painted();
  await window.run('for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish()');
  await window.painted();
}

async function asks(prompt, text) {
  const asking = model.asked();
  await window.type(field('Message'), prompt + KEYS.enter);
  const answer = await asking;
  await answer.put(text);
  await answer.end();
  await window.find(`//nav//a[contains(., '${prompt.slice(0, 20)}')]`);
}

/** Goes to one of the application's own pages. */
async function goes(name) {
  await window.find("//button[contains(., 'Gateway:')]");
  await window.run("document.querySelector('.switcher button').click()");
  await window.find(button(name));
  await window.run("[...document.querySelectorAll('.switcher button')].find((one) => one.textContent.trim() === arguments[0]).click()", name);
}

async function walk() {
  await window.shows(/Where does your agent run/);
  await picture('first');
  await window.click("//button[contains(., 'Connect to an existing gateway')]");
  await window.type(field('Address of the gateway'), `127.0.0.1:${PORT}`);
  await window.shows(/sign-in needed/);
  await picture('found');
  await window.click("//button[starts-with(normalize-space(.), 'Sign in')]");
  const address = await desktop.opened();
  await window.shows(/Go on in your browser/);
  const visit = await browser.visit();
  await visit.page.goto(address);
  await visit.approveHere({ login: 'ada' });
  await visit.page.getByRole('button', { name: /Allow|Sign in|Let/ }).click();
  await visit.page.getByText(/You can close this/).waitFor();
  await window.find(field('Message'));
  await goes('Gateways');
  await window.click(button('Rename'));
  await window.replace(field('New name'), 'build7');
  await window.click(button('Save'));
  await window.click("//a[contains(., 'Back to build7')] | //button[contains(., 'Back to build7')]");
  for (const prompt of EARLIER) {
    await asks(prompt, 'It is done.');
    await window.click("//a[contains(., 'New conversation')]");
    await window.shows(/Nothing was said yet/);
  }
  await asks(PROMPT, ANSWER);
  await window.find("//pre//span");
  await until(15_000, async () => !/answering/.test(await window.text()), 'the answer to be whole');
  await picture('chat');
  await goes('Gateways');
  await window.click("//button[contains(., 'Use Hermes on this computer')]");
  await window.shows(/No conversations yet/);
  await window.shows(/Live/);
  await goes('Gateways');
  await window.shows(/On this computer/);
  await window.shows(/Live[^]*Live/);
  await picture('gateways');
  await desktop.end();
}

await walk().finally(() => rig.close());
