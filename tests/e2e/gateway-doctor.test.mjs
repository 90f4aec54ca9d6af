// `hermes doctor --url` against Debian's nginx, Caddy and HAProxy, each with the lines of the guide, and each broken
// on purpose: what is found has to name the line that was changed.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Gateway, OWNER } from './rig/gateway.mjs';
import { freePort } from './rig/ports.mjs';
import { proxies } from './rig/proxies.mjs';
import { Rig } from './rig/rig.mjs';
import { certificateFor } from './rig/tls.mjs';

const rig = await Rig.open();
let tls;
before(async () => {
  tls = await certificateFor(rig, '127.0.0.1', []);
});

const TRUSTED = { HERMES_GATEWAY_PROXY_TRUSTED_PROXIES: '127.0.0.1' };

/**
 * What doctor finds of a gateway behind a proxy with these changes: exit status, and the findings that are not fine.
 * Its own clock may be `ahead` by some time.
 */
async function doctor(kind, { prefix = '', changed = [], isPublic = true, nobody = false, idle, ahead } = {}) {
  const port = await freePort();
  const address = `https://127.0.0.1:${port}${prefix}`;
  const config = isPublic ? `[gateway.proxy]\npublic_url = "${address}"\n` : undefined;
  const gateway = await Gateway.start(rig, `gateway-${port}`, { owner: OWNER, variables: TRUSTED, config });
  const backend = nobody ? await freePort() : gateway.port;
  // An address in place of a name: nobody here could look one up.
  await proxies[kind]({ rig, tls, backend, port, prefixed: prefix !== '', changed, name: '127.0.0.1' });
  const env = { ...gateway.hermes.environment(), HERMES_CA_BUNDLE: tls.ca };
  const [program, all] = gateway.hermes.command(['doctor', '--url', address, '--json', ...(idle ? ['--idle', idle] : [])]);
  const [first, ...rest] = [...(ahead ? ['env', 'FAKETIME_DONT_FAKE_MONOTONIC=1', 'faketime', '-f', ahead] : []), program, ...all];
  const ended = await rig.start(first, rest, { env }).end();
  const { findings } = JSON.parse(ended.stdout);
  return { gateway, status: ended.code, findings, wrong: findings.filter(({ weight }) => weight !== 'fine') };
}

/** Asserts that there is one finding with this subject, whose evidence and next step hold these words. */
function names({ status, wrong }, subject, evidence, line) {
  const found = wrong.filter((finding) => finding.subject === subject);
  assert.equal(found.length, 1, JSON.stringify(wrong, null, 1));
  assert.ok(found[0].evidence.includes(evidence), found[0].evidence);
  assert.ok(found[0].next.includes(line), found[0].next);
  const isBroken = wrong.some(({ weight }) => weight === 'broken');
  assert.equal(status, isBroken ? 1 : 0);
}

for (const kind of Object.keys(proxies)) {
  for (const prefix of ['', '/hermes']) {
    test(`${kind} at ${prefix || 'the root'}: nothing is wrong with the lines of the guide`, async () => {
      const seen = await doctor(kind, { prefix });
      assert.deepEqual(seen.wrong, []);
      assert.equal(seen.status, 0);
      const subjects = new Set(seen.findings.map(({ subject }) => subject));
      for (const subject of ['name', 'port', 'tls', 'clock', 'gateway', 'scheme', 'socket']) {
        assert.ok(subjects.has(subject), subject);
      }
      assert.equal(subjects.has('path'), prefix !== '');
    });
  }
}

/** The text of the guide to be changed, what it becomes, and the line that is to be named. */
const BROKEN = {
  nginx: {
    upgrade: [
      ['        proxy_set_header Upgrade $http_upgrade;\n', ''],
      'proxy_set_header Upgrade $http_upgrade;',
    ],
    host: [['Host $http_host', 'Host gateway.internal'], 'proxy_set_header Host $http_host;'],
    prefix: [['proxy_pass http://127.0.0.1:9119/;', 'proxy_pass http://127.0.0.1:9119;'], 'proxy_pass http://127.0.0.1:9119/;'],
    scheme: [['        proxy_set_header X-Forwarded-Proto $scheme;\n', ''], 'proxy_set_header X-Forwarded-Proto $scheme;'],
    backend: 'proxy_pass http://127.0.0.1:9119;',
  },
  caddy: {
    upgrade: [['header_up -Forwarded', 'header_up -Upgrade'], 'no `header_up -Upgrade`'],
    host: [['header_up -Forwarded', 'header_up Host gateway.internal'], 'no `header_up Host`'],
    prefix: [['handle_path /hermes/*', 'handle /hermes/*'], '`handle_path /hermes/*`'],
    scheme: [['header_up -Forwarded', 'header_up -X-Forwarded-Proto'], '`-X-Forwarded-Proto`'],
    backend: 'reverse_proxy 127.0.0.1:9119',
  },
  haproxy: {
    upgrade: [
      ['http-request del-header Forwarded', 'http-request del-header Upgrade'],
      'no `http-request del-header Upgrade`',
    ],
    host: [
      ['http-request del-header Forwarded', 'http-request set-header Host gateway.internal'],
      'no `http-request set-header Host`',
    ],
    prefix: [
      ['    http-request replace-path /hermes(/.*) \\1\n', ''],
      'http-request replace-path /hermes(/.*) \\1',
    ],
    scheme: [
      ['    http-request set-header X-Forwarded-Proto https\n', ''],
      'http-request set-header X-Forwarded-Proto https',
    ],
    backend: 'server hermes 127.0.0.1:9119',
  },
};

for (const [kind, broken] of Object.entries(BROKEN)) {
  test(`${kind} without Upgrade: the line is named`, async () => {
    const [change, line] = broken.upgrade;
    names(await doctor(kind, { changed: [change] }), 'socket', 'does not get through', line);
  });

  test(`${kind} with another Host: the line is named`, async () => {
    const [change, line] = broken.host;
    names(await doctor(kind, { changed: [change] }), 'host', '`gateway.internal`', line);
  });

  test(`${kind} that keeps the path in front: the line is named`, async () => {
    const [change, line] = broken.prefix;
    names(await doctor(kind, { prefix: '/hermes', changed: [change] }), 'path', '`/hermes`', line);
  });

  test(`${kind} that does not say https: the line is named, and what else helps`, async () => {
    const [change, line] = broken.scheme;
    const seen = await doctor(kind, { changed: [change], isPublic: false });
    names(seen, 'scheme', 'for http', line);
    names(seen, 'socket', '4403 `origin not allowed`', line);
    names(seen, 'scheme', 'for http', 'gateway.proxy.trusted_proxies');
  });

  test(`${kind} before nobody: the line is named`, async () => {
    names(await doctor(kind, { nobody: true }), 'gateway', 'nobody answers behind the proxy', broken.backend);
  });

  test(`${kind} below a path that the gateway does not know: its own setting is named`, async () => {
    const seen = await doctor(kind, { prefix: '/hermes', isPublic: false });
    names(seen, 'path', '`/login`, which is not below `/hermes`', 'public_url = "https://127.0.0.1:');
  });
}

const SHORT = {
  caddy: ['header_up -Forwarded', 'header_up -Forwarded\n\t\ttransport http {\n\t\t\tread_timeout 2s\n\t\t}', 'no `read_timeout`'],
  nginx: ['proxy_read_timeout 1h;', 'proxy_read_timeout 2s;', '`proxy_read_timeout 1h;`'],
  haproxy: ['timeout tunnel 1h', 'timeout tunnel 2s', '`timeout tunnel 1h`'],
};

for (const [kind, [good, short, line]] of Object.entries(SHORT)) {
  test(`${kind} that cuts a silent socket: the line is named, and nobody stays signed in`, async () => {
    const seen = await doctor(kind, { changed: [[good, short]], idle: '15' });
    names(seen, 'idle', 'it was cut', line);
    const { gateway } = seen;
    const sessions = await gateway.hermes.ok('sessions', 'list', '--json');
    assert.deepEqual(JSON.parse(sessions.stdout).sessions, []);
    const lines = (await gateway.audit()).filter(({ provider }) => provider === 'doctor');
    const events = lines.map(({ event }) => event);
    assert.deepEqual([events[0], events.at(-1)], ['login_success', 'logout']);
  });
}

test('a socket that is left alone is held', async () => {
  const seen = await doctor('nginx', { idle: '3' });
  assert.deepEqual(seen.wrong, []);
  assert.match(seen.findings.at(-1).evidence, /a socket is held for 3 s/);
});

test('nobody is signed in at an address that the settings do not name', async () => {
  const seen = await doctor('nginx', { isPublic: false, idle: '3' });
  names(seen, 'idle', 'nothing is signed in there', 'public_url = "https://127.0.0.1:');
  const audited = await seen.gateway.audit();
  assert.deepEqual(audited.filter(({ provider }) => provider === 'doctor'), []);
});

test('a clock that is wrong is told, and by how much', async () => {
  const seen = await doctor('nginx', { ahead: '+10m' });
  names(seen, 'clock', ' behind the one here', 'timedatectl set-ntp true');
  assert.match(seen.wrong[0].evidence, /^the clock there is (59\d|60\d) s /);
  assert.equal(seen.wrong.length, 1);
});

test('nginx that takes small bodies alone: the line is named', async () => {
  const small = ['proxy_buffering off;', 'proxy_buffering off;\n        client_max_body_size 100k;'];
  names(await doctor('nginx', { changed: [small] }), 'body', '512 KiB', 'client_max_body_size');
});
