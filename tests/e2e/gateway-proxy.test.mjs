// The gateway behind Debian's nginx, Caddy and HAProxy, with TLS, at the root and below a path. The
// proxies are configured by the lines of the guide.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { PageSocket, SESSION_ENDED, cookies, me, signInByPassword, ticket } from './rig/gateway-pages.mjs';
import { Gateway, OWNER, Outside, issuer } from './rig/gateway.mjs';
import { freePort } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { NAME, proxies } from './rig/proxies.mjs';
import { Rig } from './rig/rig.mjs';
import { certificateFor } from './rig/tls.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let tls, ca, browser;
before(async () => {
  tls = await certificateFor(rig, '127.0.0.1', [NAME]);
  [ca, browser] = await Promise.all([readFile(tls.ca), Browser.start(rig, { spki: tls.spki, names: [NAME] })]);
});

const TRUSTED = { HERMES_GATEWAY_PROXY_TRUSTED_PROXIES: '127.0.0.1' };

/** A gateway and a proxy before it. What `config` makes of the address that people type goes into `config.toml`. */
async function behind(kind, { prefix = '', owner = OWNER, variables = TRUSTED, isPublic = true, config } = {}) {
  const port = await freePort();
  const outside = new Outside({ name: NAME, port, ca });
  const address = `${outside.origin}${prefix}`;
  const args = isPublic ? ['--public-url', address] : [];
  const gateway = await Gateway.start(rig, `gateway-${port}`, { owner, variables, args, config: await config?.(address) });
  await proxies[kind]({ rig, tls, backend: gateway.port, port, prefixed: prefix !== '' });
  return { gateway, outside };
}

for (const kind of Object.keys(proxies)) {
  for (const prefix of ['', '/hermes']) {
    const place = `${kind} at ${prefix || 'the root'}`;

    test(`${place}: nobody who is not signed in gets further than the sign-in page`, async () => {
      const { outside } = await behind(kind, { prefix });
      const status = await outside.ask(`${prefix}/api/status`);
      assert.equal(status.status, 200, status.body);
      assert.equal(JSON.parse(status.body).auth_required, true);
      assert.match(status.headers['strict-transport-security'], /max-age/);
      const page = await outside.ask(`${prefix}/chat?x=1`);
      assert.equal(page.status, 302);
      assert.equal(page.headers.location, `${prefix}/login?next=%2Fchat%3Fx%3D1`);
      const nobody = await outside.ask(`${prefix}/api/auth/me`);
      assert.equal(nobody.status, 401);
      assert.equal(JSON.parse(nobody.body).login_url, `${prefix}/login`);
      const socket = await outside.socket(`${prefix}/api/ws`);
      assert.deepEqual(socket, { code: 4401, reason: 'no credential' });
    });

    test(`sc2 sc3 ${place}: signs in by password, opens a socket, and signs out of both`, async () => {
      const { outside } = await behind(kind, { prefix });
      const visit = await browser.visit();
      const seen = await visit.watch(outside.origin);
      const { page, context } = visit;
      await page.goto(`${outside.origin}${prefix}/account?from=bookmark`);
      assert.equal(new URL(page.url()).pathname, `${prefix}/login`);
      await signInByPassword(page, OWNER);
      await page.getByRole('heading', { name: OWNER.name }).waitFor();
      assert.equal(page.url(), `${outside.origin}${prefix}/account?from=bookmark`);

      const guard = prefix ? '__Secure-' : '__Host-';
      const held = await cookies(context);
      assert.deepEqual(Object.keys(held).sort(), [`${guard}hermes_session_at`, `${guard}hermes_session_rt`]);
      for (const { name, ...cookie } of Object.values(held)) {
        const { secure, httpOnly, sameSite, path, domain } = cookie;
        assert.deepEqual([secure, httpOnly, sameSite, path, domain], [true, true, 'Lax', prefix || '/', NAME], name);
      }

      // A ticket is not used up by a page of somebody else, and then by nobody twice.
      const ws = `${prefix}/api/ws?ticket=${await ticket(page, prefix)}`;
      const foreign = await outside.socket(ws, { origin: 'https://evil.example' });
      assert.deepEqual(foreign, { code: 4403, reason: 'origin not allowed' });
      const ready = await outside.socket(ws, { origin: outside.origin });
      assert.match(ready.text ?? JSON.stringify(ready), /gateway\.ready/);
      const again = await outside.socket(ws, { origin: outside.origin });
      assert.deepEqual(again, { code: 4401, reason: 'ticket unknown, used or expired' });

      const tab = await context.newPage();
      await tab.goto(`${outside.origin}${prefix}/account`);
      const socket = await PageSocket.open(tab, prefix);
      assert.equal(socket.first.params.type, 'gateway.ready');
      assert.equal((await socket.calls('setup.status')).error, undefined);

      const answered = page.waitForResponse(`${outside.origin}${prefix}/auth/logout`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await answered;
      assert.deepEqual(await socket.closed(), SESSION_ENDED);
      await page.waitForURL(`${outside.origin}${prefix}/login`);
      assert.deepEqual(await cookies(context), {});
      await context.addCookies(Object.values(held));
      assert.equal((await me(page, prefix)).status, 401, 'the old cookies open nothing');
      const foreigners = seen.requests.filter((url) => !url.startsWith(`${outside.origin}${prefix}/`));
      assert.deepEqual(foreigners, []);
      await visit.close();
    });
  }

  test(`px4 ${kind}: an identity provider on another site leads back below the path, and signs out`, async () => {
    const provider = await Provider.start(rig);
    const config = (address) => issuer('company', provider, address, 'owner_email = "ada@example.test"');
    const { outside } = await behind(kind, { prefix: '/hermes', owner: null, config });
    const address = `${outside.origin}/hermes`;
    const visit = await browser.visit();
    const { page, context } = visit;
    await page.goto(`${address}/login?next=${encodeURIComponent('/account?from=bookmark')}`);
    await page.getByRole('link', { name: 'Continue with company' }).click();
    await page.locator('input[name=login]').waitFor();
    const underWay = await cookies(context);
    assert.deepEqual(Object.keys(underWay), ['__Secure-hermes_session_pkce']);
    assert.equal(underWay['__Secure-hermes_session_pkce'].path, '/hermes');
    await visit.approveHere();
    await page.waitForURL(`${address}/account?from=bookmark`);
    assert.deepEqual(
      Object.keys(await cookies(context)).sort(),
      ['__Secure-hermes_session_at', '__Secure-hermes_session_rt'],
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('button[name=logout]').click();
    await page.waitForURL(`${address}/login`);
    assert.deepEqual(await cookies(context), {});
    await Promise.all([visit.close(), provider.stop()]);
  });

  test(`px1 ${kind}: what a client forges about itself is not believed`, async () => {
    const forged = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    for (const [variables, expected] of [
      [TRUSTED, '127.0.0.5'],
      [{}, '127.0.0.1'],
    ]) {
      const { gateway, outside } = await behind(kind, { variables });
      outside.from = '127.0.0.5';
      const refused = await outside.ask('/api/auth/me', { headers: forged });
      assert.equal(refused.status, 401);
      const lines = await until(5_000, () => refusals(gateway), 'the audit log to have the refusal');
      assert.deepEqual(lines.map(({ ip }) => ip), [expected]);
    }
  });
}

async function refusals(gateway) {
  const lines = (await gateway.audit()).filter(({ event }) => event === 'missing_credential');
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
  const { gateway, outside } = await behind('nginx', { owner: null, variables, isPublic: false });
  const refused = await outside.ask('/api/status');
  assert.equal(refused.status, 403);
  assert.match(refused.body, /gateway\.proxy\.public_url/);
  const socket = await outside.socket('/api/ws?token=whatever');
  assert.deepEqual(socket, { code: 4403, reason: 'forwarded request in token mode' });
  await gateway.process.says(/socket refused .*forwarded request in token mode/);
});
