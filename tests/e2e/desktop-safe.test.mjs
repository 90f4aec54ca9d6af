// What the desktop does where something is wrong: with an address that leads elsewhere, a certificate that nobody knows,
// no network, and a file that is damaged.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { before, test } from 'node:test';
import { goes, signsIn } from './rig/desktop-ways.mjs';
import { Desktop } from './rig/desktop.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { certificateFor } from './rig/tls.mjs';
import { field } from './rig/webdriver.mjs';

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

const ADDRESS = field('Address of the gateway');

/** A server of this kind that answers like this, until the tests end. */
async function listens(server) {
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  rig.onClose(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

test('dt7 an address that leads elsewhere is not followed, and an unknown certificate is final', async () => {
  const asked = [];
  const elsewhere = await listens(createServer(({ url, headers }, answer) => {
    asked.push([url, headers]);
    answer.end('{}');
  }));
  const seen = [];
  const leads = await listens(createServer(({ url, headers }, answer) => {
    seen.push(headers);
    answer.writeHead(302, { location: `http://127.0.0.1:${elsewhere}${url}` }).end();
  }));
  const { key, cert } = await certificateFor(rig, '127.0.0.1');
  const [keyText, certText] = await Promise.all([readFile(key), readFile(cert)]);
  const served = [];
  const unknown = await listens(createTlsServer({ key: keyText, cert: certText }, ({ url }, answer) => {
    served.push(url);
    answer.end('{}');
  }));
  const desktop = await Desktop.start(rig, 'misled');
  const { window } = desktop;
  await window.click("//button[contains(., 'Connect to an existing gateway')]");
  await window.type(ADDRESS, `http://127.0.0.1:${leads}`);
  await window.shows(/does not answer as a gateway does/);
  await desktop.picture('leads-elsewhere');
  assert.deepEqual(asked, [], 'nobody went there');
  assert.ok(seen.length > 0);
  for (const headers of seen) {
    for (const name of ['cookie', 'authorization', 'x-hermes-session-token']) assert.equal(headers[name], undefined, name);
  }
  await window.replace(ADDRESS, `https://127.0.0.1:${unknown}`);
  await window.shows(/certificate/i);
  await desktop.picture('unknown-certificate');
  assert.deepEqual(served, [], 'nothing is said to a machine that nobody knows');
  assert.equal(await window.has("//button[contains(., 'Sign in')]"), false);
  assert.equal(await window.has("//button[contains(., 'anyway')]"), false);
  await desktop.end();
});

test('offline and with a damaged list the version, the logs and the other gateways are a click away', async () => {
  const gateway = await Gateway.start(rig, 'away', { owner: OWNER, config: model.settings });
  const desktop = await Desktop.start(rig, 'walk');
  await signsIn(desktop, gateway);
  await desktop.end();
  await gateway.process.stop();

  await desktop.begin();
  const offline = desktop.window;
  await offline.shows(/Trying again in/);
  assert.doesNotMatch(await offline.text(), /Sign in again/, 'nobody has said that it is over');
  await goes(desktop, 'About Hermes');
  await offline.shows(/Version\s+\d+\.\d+\.\d+/);
  await offline.shows(/What has happened is written to/);
  await goes(desktop, 'Gateways');
  await offline.find("//button[contains(., 'Use Hermes on this computer')]");
  await desktop.end();

  const list = `${desktop.home}/gateways.json`;
  const whole = await readFile(list, 'utf8');
  await writeFile(list, whole.slice(0, 40));
  await desktop.begin();
  const damaged = desktop.window;
  await damaged.shows(/was damaged/);
  await desktop.picture('damaged-list');
  await damaged.shows(/Where does your agent run/);
  const files = await readdir(desktop.home);
  const kept = files.filter((name) => name.startsWith('gateways.json.'));
  assert.equal(kept.length, 1, files.join(' '));
  assert.equal(await readFile(`${desktop.home}/${kept[0]}`, 'utf8'), whole.slice(0, 40), 'what is left of it is kept');
  await damaged.click("//*[@role='status']//button");
  await damaged.click("//button[contains(., 'Connect to an existing gateway')]");
  await damaged.find(ADDRESS);
  await desktop.end();
});

test('with a keychain what signs in is there and in no file, and the next start has it from there', async () => {
  const gateway = await Gateway.start(rig, 'in-keychain', { owner: OWNER, config: model.settings });
  const desktop = await Desktop.start(rig, 'keychain', { variables: { HERMES_KEYCHAIN: 'on' }, before: (desktop) => desktop.hasKeychain() });
  await signsIn(desktop, gateway);
  for (const name of await readdir(desktop.home, { recursive: true })) {
    const kept = await readFile(`${desktop.home}/${name}`, 'utf8').catch(() => '');
    assert.ok(!kept.includes('hermes_session'), `${name} has what signs in`);
  }
  await goes(desktop, 'About Hermes');
  await desktop.window.shows(/In the keychain of this computer/);
  assert.doesNotMatch(await desktop.window.text(), /gateways\.secrets\.json/, 'no file has any');
  await desktop.picture('keychain');
  await desktop.end();
  await desktop.begin();
  await desktop.window.shows(/Live/);
  await desktop.end();
});

test('nothing is left behind', async () => {
  await rig.close();
});
