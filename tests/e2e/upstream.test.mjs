// One `auth.json`, two programs: ours and upstream's 0.19 (PyPI `hermes-agent`).
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { Browser } from './rig/browser.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { CLIENT_ID, Provider } from './rig/provider.mjs';
import { anthropicAt, spotifyAt, xaiAt } from './rig/providers-toml.mjs';
import { Rig } from './rig/rig.mjs';
import { withoutUpstream } from './rig/settings.mjs';
import { signIn } from './rig/sign-in.mjs';
import { Upstream } from './rig/upstream.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
});

const CLIENTS = { local: CLIENT_ID, 'xai-oauth': 'hermes-e2e-xai', spotify: 'hermes-e2e-spotify' };

test('what ours wrote, upstream reads and rewrites, and ours still renews all of it', { skip: withoutUpstream }, async () => {
  const hermes = await Hermes.home(rig, 'ours');
  const upstream = new Upstream(rig, hermes.home);
  const metadata = await provider.metadata();
  await hermes.writeProviders(xaiAt(metadata) + spotifyAt(metadata));
  await signIn(hermes, provider, browser, 'xai-oauth', { options: [] });
  await signIn(hermes, provider, browser, 'spotify', { options: [] });
  await signIn(hermes, provider, browser, 'local');
  const before = {};
  for (const name of Object.keys(CLIENTS)) before[name] = await hermes.token(name);

  const { stdout: listed } = await upstream.ok('auth', 'list');
  assert.match(listed, /^xai-oauth \(1 credentials\):$/m);
  assert.match((await upstream.ok('auth', 'status', 'spotify')).stdout, /^spotify: logged in$/m);

  // Three commands that write the file: a key, and the marks of two pools, as after a 429.
  await upstream.ok('auth', 'add', 'deepseek', '--type', 'api-key', '--api-key', 'sk-upstream-wrote-this');
  await markExhausted(hermes, 'xai-oauth', 'local');
  for (const name of ['xai-oauth', 'local']) {
    const { stdout } = await upstream.ok('auth', 'reset', name);
    assert.match(stdout, /^Reset status on 1 /m);
  }

  for (const [name, client] of Object.entries(CLIENTS)) {
    assert.equal(await hermes.token(name), before[name], `${name}: upstream kept the token`);
    await hermes.ok('auth', 'refresh', name);
    const renewed = await hermes.token(name);
    assert.notEqual(renewed, before[name], `${name}: renewed`);
    assert.equal(await provider.active(renewed, client), true, `${name}: the new token works`);
  }
  assert.equal((await hermes.credential('deepseek')).access_token, 'sk-upstream-wrote-this');
  const { stdout: after } = await upstream.ok('auth', 'list');
  assert.match(after, /^xai-oauth \(1 credentials\):$/m);
  assert.match(after, /^deepseek \(1 credentials\):$/m);
});

test('what upstream wrote, ours reads and renews in every place', { skip: withoutUpstream }, async () => {
  // Tokens that the provider knows, in the form of an upstream sign-in of version 0.16.
  const donor = await Hermes.home(rig, 'donor');
  const metadata = await provider.metadata();
  await donor.writeProviders(xaiAt(metadata));
  await signIn(donor, provider, browser, 'xai-oauth', { options: [] });
  const tokens = await donor.credential('xai-oauth');

  const hermes = await Hermes.home(rig, 'theirs');
  const upstream = new Upstream(rig, hermes.home);
  await hermes.writeProviders(xaiAt(metadata));
  await writeFile(`${hermes.home}/auth.json`, JSON.stringify(fileOf016(tokens, metadata)), { mode: 0o600 });
  await upstream.ok('auth', 'add', 'openrouter', '--type', 'api-key', '--api-key', 'sk-or-upstream-wrote');
  await upstream.ok('auth', 'list'); // 0.19 makes a pool entry of the sign-in
  const [seeded] = (await hermes.file()).credential_pool['xai-oauth'];
  assert.equal(seeded.source, 'device_code');

  const { stdout: listed } = await hermes.ok('auth', 'list', '--json');
  assert.ok(listed.includes('openrouter') && listed.includes('xai-oauth'), listed);
  assert.ok(!listed.includes(tokens.access_token) && !listed.includes('sk-or-upstream-wrote'), 'no secret is listed');
  assert.equal(await hermes.token('openrouter'), 'sk-or-upstream-wrote');
  assert.equal(await hermes.token('xai-oauth'), tokens.access_token);
  await hermes.ok('auth', 'refresh', 'xai-oauth');
  const renewed = await hermes.token('xai-oauth');
  assert.notEqual(renewed, tokens.access_token);
  assert.equal(await provider.active(renewed, CLIENTS['xai-oauth']), true);

  const file = await hermes.file();
  assert.equal(file.providers['xai-oauth'].tokens.access_token, renewed, 'the sign-in state');
  assert.equal(file.credential_pool['xai-oauth'][0].access_token, renewed, 'and its mirror in the pool');
  assert.equal(
    file.credential_pool['xai-oauth'][0].refresh_token,
    file.providers['xai-oauth'].tokens.refresh_token,
  );
  assert.match((await upstream.ok('auth', 'list')).stdout, /^xai-oauth \(1 credentials\):$/m);
});

test('an imported login outlives what upstream writes, and still renews', { skip: withoutUpstream }, async () => {
  // What Claude Code would keep: a login of its own registration, by the page that shows the code.
  const donor = await Hermes.home(rig, 'claude-code');
  const table = anthropicAt(await provider.metadata());
  await donor.writeProviders(table);
  await pasteShown(donor);
  const tokens = await donor.credential('anthropic');
  const store = rig.path('credentials.json');
  const { access_token: accessToken, refresh_token: refreshToken } = tokens;
  await writeFile(store, JSON.stringify({ claudeAiOauth: { accessToken, refreshToken, expiresAt: Date.now() + 3_600_000 } }));

  const hermes = await Hermes.home(rig, 'importer');
  const upstream = new Upstream(rig, hermes.home);
  await hermes.writeProviders(table);
  await hermes.ok('auth', 'import', 'claude', '--from', store, '--yes');
  assert.equal((await hermes.credential('anthropic')).source, 'manual:imported');
  assert.match((await upstream.ok('auth', 'list')).stdout, /^anthropic \(1 credentials\):$/m);
  await upstream.ok('auth', 'add', 'deepseek', '--type', 'api-key', '--api-key', 'sk-upstream-wrote-this');
  await markExhausted(hermes, 'anthropic');
  assert.match((await upstream.ok('auth', 'reset', 'anthropic')).stdout, /^Reset status on 1 /m);

  const kept = await hermes.credential('anthropic');
  assert.deepEqual([kept.source, kept.access_token, kept.refresh_token], ['manual:imported', accessToken, refreshToken]);
  assert.equal(await hermes.token('anthropic'), accessToken);
  await hermes.ok('auth', 'refresh', 'anthropic');
  const renewed = await hermes.token('anthropic');
  assert.notEqual(renewed, accessToken);
  assert.equal((await provider.userinfo(renewed)).status, 200, 'the new token works');
  assert.equal((await hermes.credential('deepseek')).access_token, 'sk-upstream-wrote-this');
  assert.match((await upstream.ok('auth', 'list')).stdout, /^anthropic \(1 credentials\):$/m);
});

/** Signs in to Anthropic: what its page shows is typed. */
async function pasteShown(hermes) {
  const adding = hermes.start('auth', 'add', 'anthropic');
  const asks = await asked(adding);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.redirect });
  adding.write(`${await visit.shownCode()}\n`);
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  await visit.close();
}

/** Marks the credentials as a program does that was told to wait, so that upstream has something to rewrite. */
async function markExhausted(hermes, ...names) {
  const file = await hermes.file();
  for (const name of names) {
    Object.assign(file.credential_pool[name][0], {
      last_status: 'exhausted',
      last_status_at: Date.now() / 1000,
      last_error_code: 429,
    });
  }
  await writeFile(`${hermes.home}/auth.json`, JSON.stringify(file, null, 2), { mode: 0o600 });
}

function fileOf016(tokens, metadata) {
  const now = new Date().toISOString();
  return {
    version: 1,
    providers: {
      'xai-oauth': {
        tokens: {
          access_token: tokens.access_token,
          refresh_token: tokens.refresh_token,
          expires_in: 3600,
          token_type: 'Bearer',
        },
        last_refresh: now.replace('Z', '000Z'),
        auth_mode: 'oauth_pkce',
        discovery: {
          authorization_endpoint: metadata.authorization_endpoint,
          token_endpoint: metadata.token_endpoint,
        },
        redirect_uri: 'http://127.0.0.1:56121/callback',
      },
    },
    active_provider: 'xai-oauth',
    credential_pool: {},
    updated_at: now.replace('Z', '000+00:00'),
  };
}
