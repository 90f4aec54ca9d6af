// How fast the web app is: what it needs to be there, and from a key to what it paints in a long conversation while
// an answer is being written. Not a test, since it depends on the machine:
// `HERMES_E2E_BINARY=$PWD/../../target/release/hermes node speed.mjs`.
import { readFile } from 'node:fs/promises';
import { Browser } from './rig/browser.mjs';
import { Client } from './rig/client.mjs';
import { webApp } from './rig/gateway-pages.mjs';
import { Gateway } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';

const VISITS = 9;
const TURNS = 1000;
const KEYS = 300;
const ANSWER = 'A line of an answer with **some** Markdown, a `name`, and\n\n```js\nconst more = 1;\n```\n';

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const at = (numbers, part) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];
const told = (numbers) => `median ${at(numbers, 0.5).toFixed(0)}, 95 % ${at(numbers, 0.95).toFixed(0)}, longest ${Math.max(...numbers).toFixed(0)} ms`;

const rig = await Rig.open();
const [browser, model] = await Promise.all([Browser.start(rig), ModelServer.start(rig)]);
const gateway = await Gateway.start(rig, 'speed', { config: model.settings });
const visit = await browser.visit({ viewport: { width: 1280, height: 800 } });
const { page, context } = visit;
const { stdout: link } = await gateway.hermes.ok('link', '--port', String(gateway.port));
await page.goto(link.trim());
await webApp(page);

/** Paint, and a field to write in, from the beginning of the navigation; the browser's own cache is empty or not. */
async function loads(isCached) {
  const session = await context.newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: !isCached });
  const [paints, fields] = [[], []];
  for (let visits = 0; visits < VISITS; visits += 1) {
    await page.goto('about:blank');
    await page.goto(gateway.origin, { waitUntil: 'commit' });
    fields.push(await page.evaluate(() => new Promise((there) => {
      const look = () => (document.querySelector('main textarea') ? there(performance.now()) : requestAnimationFrame(look));
      look();
    })));
    paints.push(await page.evaluate(() => new Promise((painted) => {
      const look = (list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => painted(startTime));
      new PerformanceObserver(look).observe({ type: 'paint', buffered: true });
    })));
  }
  await session.detach();
  console.log(`${isCached ? 'again' : 'first visit'}: painted ${told(paints)}; can be written in ${told(fields)}`);
}

/** A conversation of so many turns, which another client has had. */
async function long() {
  const client = await Client.open(gateway, (await readFile(`${gateway.hermes.home}/gateway.token`, 'utf8')).trim());
  const { session_id: id } = await client.call('session.create', { source: 'speed' });
  for (let turn = 0; turn < TURNS; turn += 1) {
    const done = client.event((event) => event.type === 'message.complete', 'an answer');
    const [said] = await Promise.all([model.asked(), client.call('prompt.submit', { session_id: id, text: `Prompt ${turn}` })]);
    await said.put(ANSWER);
    await said.end();
    await done;
  }
  return id;
}

await loads(false);
await loads(true);
const id = await long();
await page.goto(`${gateway.origin}/#/c/${id}`);
await page.getByText(`Prompt ${TURNS - 1}`).waitFor();
const asked = model.asked();
const field = page.getByRole('textbox', { name: 'Message' });
await field.fill('And now write');
await field.press('Enter');
const answer = await asked;
const writing = answer.talk(15);
await page.evaluate(() => {
  window.keys = [];
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === 'keydown') window.keys.push(duration);
  }).observe({ type: 'event', durationThreshold: 0 });
});
for (let key = 0; key < KEYS; key += 1) await page.keyboard.press('abcdefgh '[key % 9], { delay: 20 });
const keys = await page.evaluate(() => window.keys);
// What was painted within a frame, browsers do not tell.
const quick = KEYS - keys.length;
console.log(`${TURNS * 2} messages, an answer of 66 words a second: ${quick} of ${KEYS} keys painted within 16 ms, the others ${told(keys)}`);
await page.getByRole('button', { name: 'Stop' }).click();
await writing;
await rig.close();
