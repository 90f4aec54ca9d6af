// The gateway behind Debian's nginx, Caddy and HAProxy, with TLS, at the root and below a path. The
// proxies are configured by the lines of the guide.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Gateway, Outside } from './rig/gateway.mjs';
import { NAME, freePort, proxies } from './rig/proxies.mjs';
import { Rig } from './rig/rig.mjs';
import { certificateFor } from './rig/tls.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let tls, ca;
before(async () => {
  tls = await certificateFor(rig, '127.0.0.1', [NAME]);
  ca = await readFile(tls.ca);
});

/** An owner by the environment, whose way in is not asked for here. */
const OWNER = {
  HERMES_GATEWAY_BASIC_USERNAME: 'ada',
  HERMES_GATEWAY_BASIC_PASSWORD: 'a password that nobody uses',
};
const TRUSTED = { HERMES_GATEWAY_PROXY_TRUSTED_PROXIES: '127.0.0.1' };

/** A gateway and a proxy before it. */
async function behind(kind, { prefix = '', variables = { ...OWNER, ...TRUSTED }, isPublic = true } = {}) {
  const port = await freePort();
  const outside = new Outside({ name: NAME, port, ca });
  const args = isPublic ? ['--public-url', `${outside.origin}${prefix}`] : [];
  const gateway = await Gateway.start(rig, `gateway-${port}`, variables, args);
  await proxies[kind]({ rig, tls, backend: gateway.port, port, prefixed: prefix !== '' });
  return { gateway, outside };
}

/** The value of a cookie that an answer sets, and its attributes. */
function cookie(answer, name) {
  const line = (answer.headers['set-cookie'] ?? []).find((text) => text.startsWith(`${name}=`));
  assert.ok(line, `${name} in ${JSON.stringify(answer.headers['set-cookie'])}`);
  const [value, ...attributes] = line.slice(name.length + 1).split('; ');
  return { value, attributes };
}

for (const kind of Object.keys(proxies)) {
  for (const prefix of ['', '/hermes']) {
    test(`${kind} at ${prefix || 'the root'}: pages, cookies, a socket, and nothing for others`, async () => {
      const { gateway, outside } = await behind(kind, { prefix });
      const [long, short] = ['hermes_session_rt', 'hermes_session_at'].map(
        (name) => (prefix ? '__Secure-' : '__Host-') + name,
      );
      const path = prefix || '/';

      const status = await outside.ask(`${prefix}/api/status`);
      assert.equal(status.status, 200, status.body);
      assert.equal(JSON.parse(status.body).auth_required, true);
      assert.match(status.headers['strict-transport-security'], /max-age/);

      const page = await outside.ask(`${prefix}/`);
      assert.equal(page.status, 302);
      assert.match(page.headers.location, new RegExp(`^${prefix}/login(\\?|$)`));
      const nobody = await outside.ask(`${prefix}/api/auth/me`);
      assert.equal(nobody.status, 401);
      assert.equal(JSON.parse(nobody.body).login_url, `${prefix}/login`);

      // The long-lived value alone: the browser gets a short-lived one that no other site can plant.
      const session = await gateway.session(rig);
      const me = await outside.ask(`${prefix}/api/auth/me`, { headers: { cookie: `${long}=${session}` } });
      assert.equal(me.status, 200, me.body);
      const renewed = cookie(me, short);
      for (const attribute of ['Secure', 'HttpOnly', `Path=${path}`]) {
        assert.ok(renewed.attributes.includes(attribute), `${attribute} of ${renewed.attributes}`);
      }
      const signedIn = { cookie: `${short}=${renewed.value}; ${long}=${session}` };
      const changes = { ...signedIn, origin: outside.origin, 'content-type': 'application/json' };

      const minted = await outside.ask(`${prefix}/api/auth/ws-ticket`, { method: 'POST', headers: changes });
      assert.equal(minted.status, 200, minted.body);
      const { ticket } = JSON.parse(minted.body);
      const ws = `${prefix}/api/ws?ticket=${ticket}`;
      const foreign = await outside.socket(ws, { origin: 'https://evil.example' });
      assert.deepEqual(foreign, { code: 4403, reason: 'origin not allowed' });
      const ready = await outside.socket(ws, { origin: outside.origin });
      assert.match(ready.text ?? JSON.stringify(ready), /gateway\.ready/);
      const again = await outside.socket(ws, { origin: outside.origin });
      assert.deepEqual(again, { code: 4401, reason: 'ticket unknown, used or expired' });

      const out = await outside.ask(`${prefix}/auth/logout`, { method: 'POST', headers: changes });
      assert.ok(out.status < 400, out.body);
      for (const name of [short, long]) {
        const { attributes } = cookie(out, name);
        for (const attribute of ['Max-Age=0', 'Secure', `Path=${path}`]) {
          assert.ok(attributes.includes(attribute), `${name}: ${attribute} of ${attributes}`);
        }
      }
      const after = await outside.ask(`${prefix}/api/auth/me`, { headers: signedIn });
      assert.equal(after.status, 401, 'the session is over');
    });
  }

  test(`px1 ${kind}: what a client forges about itself is not believed`, async () => {
    const forged = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    for (const [variables, expected] of [
      [{ ...OWNER, ...TRUSTED }, '127.0.0.5'],
      [OWNER, '127.0.0.1'],
    ]) {
      const { gateway, outside } = await behind(kind, { variables });
      outside.from = '127.0.0.5';
      const refused = await outside.ask('/api/auth/me', { headers: forged });
      assert.equal(refused.status, 401);
      const [line] = await until(5_000, () => written(gateway), 'the audit log to have a line');
      assert.equal(line.ip, expected);
    }
  });
}

async function written(gateway) {
  const lines = await gateway.audit();
  return lines.length > 0 && lines;
}

for (const kind of ['nginx', 'haproxy']) {
  test(`px4 ${kind}: a Host that is not the gateway's is refused with the key to set`, async () => {
    const { outside } = await behind(kind);
    const refused = await outside.ask('/api/status', { headers: { host: 'evil.example' } });
    assert.equal(refused.status, 400);
    assert.match(refused.body, /allowed_hosts/);
  });
}

test('a gateway without sign-in serves nobody through a proxy', async () => {
  const variables = { HERMES_GATEWAY_PROXY_ALLOWED_HOSTS: NAME };
  const { gateway, outside } = await behind('nginx', { variables, isPublic: false });
  const refused = await outside.ask('/api/status');
  assert.equal(refused.status, 403);
  assert.match(refused.body, /gateway\.proxy\.public_url/);
  const socket = await outside.socket('/api/ws?token=whatever');
  assert.deepEqual(socket, { code: 4403, reason: 'forwarded request in token mode' });
  await gateway.process.says(/socket refused .*forwarded request in token mode/);
});
