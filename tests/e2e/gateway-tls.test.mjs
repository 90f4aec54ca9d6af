// A gateway with a certificate of its own and nothing before it, as Chromium, curl and openssl meet it.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { PageSocket, SESSION_ENDED, cookies, signInByPassword } from './rig/gateway-pages.mjs';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { freePort } from './rig/ports.mjs';
import { NAME } from './rig/proxies.mjs';
import { Rig } from './rig/rig.mjs';
import { certificateFor } from './rig/tls.mjs';

const rig = await Rig.open();
let tls, other, browser;
before(async () => {
  tls = await certificateFor(rig, '127.0.0.1', [NAME]);
  // The next one is made in the same place: what it replaces is kept.
  const kept = { cert: `${tls.cert}.kept`, key: `${tls.key}.kept`, ca: `${tls.ca}.kept` };
  await Promise.all(Object.keys(kept).map((name) => copyFile(tls[name], kept[name])));
  other = await certificateFor(rig, '127.0.0.1', [NAME]);
  tls = { ...tls, ...kept };
  browser = await Browser.start(rig, { spki: tls.spki, names: [NAME] });
});

/** A gateway with these files, and the address that people type. */
async function gateway(name, { cert, key } = tls) {
  const port = await freePort();
  const address = `https://${NAME}:${port}`;
  const args = ['--tls-cert', cert, '--tls-key', key, '--public-url', address];
  return { gateway: await Gateway.start(rig, name, { owner: OWNER, args, port }), address, port };
}

/** What a program says on either stream, whatever its exit status is. */
async function said(program, ...args) {
  const child = rig.start(program, args);
  child.closeInput();
  return (await child.end()).said;
}

const curl = (port, url, ca) =>
  said('/usr/bin/curl', '-sS', '-i', '--cacert', ca, '--resolve', `${NAME}:${port}:127.0.0.1`, url);

test('sc2 wb5 a person signs in, with a socket, and signs out of both', async () => {
  const { address } = await gateway('tls-browser');
  const { page, context } = await browser.visit();
  await page.goto(`${address}/account`);
  await signInByPassword(page, OWNER);
  await page.getByRole('heading', { name: OWNER.name }).waitFor();
  const held = await cookies(context);
  assert.deepEqual(Object.keys(held).sort(), ['__Host-hermes_session_at', '__Host-hermes_session_rt']);
  for (const { secure, httpOnly } of Object.values(held)) assert.deepEqual([secure, httpOnly], [true, true]);
  const tab = await context.newPage();
  await tab.goto(`${address}/account`);
  const socket = await PageSocket.open(tab);
  assert.equal(socket.first.params.type, 'gateway.ready');
  await page.getByRole('button', { name: 'Sign out' }).click();
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
});

test('curl is served by https, and told so by http; old TLS is refused', async () => {
  const { address, port } = await gateway('tls-curl');
  const status = await curl(port, `${address}/api/status`, tls.ca);
  assert.match(status, /^HTTP\/1\.1 200 /);
  assert.match(status, /strict-transport-security: max-age=31536000/);
  assert.match(status, /"auth_required":true/);
  const plain = await curl(port, `http://${NAME}:${port}/api/status`, tls.ca);
  assert.match(plain, /^HTTP\/1\.1 400 /);
  assert.match(plain, /begin the address with https:\/\//);

  const shake = (...args) => said('/usr/bin/openssl', 's_client', '-connect', `127.0.0.1:${port}`, ...args);
  assert.match(await shake('-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'), /no peer certificate available[^]*SSL alert number (40|70)/);
  for (const version of ['-tls1_2', '-tls1_3']) {
    const shaken = await shake(version, '-alpn', 'h2,http/1.1', '-CAfile', tls.ca);
    assert.match(shaken, /ALPN protocol: http\/1\.1/);
    assert.match(shaken, /Verify return code: 0 \(ok\)/);
  }
});

test('a renewed certificate is shown by a reload, and half of one is not', async () => {
  const folder = await rig.folder('tls-renewed');
  const files = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
  await Promise.all(Object.keys(files).map((name) => copyFile(tls[name], files[name])));
  const { gateway: running, address, port } = await gateway('tls-renewed-home', files);
  const { hermes } = running;

  await copyFile(other.cert, files.cert);
  const half = await hermes.run('reload');
  assert.equal(half.code, 1, half.said);
  assert.match(half.said, /gateway\.tls_unusable/);
  assert.match(await curl(port, `${address}/healthz`, tls.ca), /^HTTP\/1\.1 200 /);

  await copyFile(other.key, files.key);
  await hermes.ok('reload');
  assert.match(await curl(port, `${address}/healthz`, other.ca), /^HTTP\/1\.1 200 /);
  assert.match(await curl(port, `${address}/healthz`, tls.ca), /^curl: \(60\)/);
  assert.equal((await hermes.ok('health')).stdout, 'ready\n');
});
