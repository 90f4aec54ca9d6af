// Every state of the pages of settings that is worth a look, by its name after the # of the address.

import { mount } from 'svelte';

import '../../tokens.css';
import '../../base.css';
import '../../faces/faces.css';
import { Refusal } from '../transport/transport';
import { Fake, lost } from './fake';
import { account, credential, me, pasted, passkey, polled, provider, resting, session, status, stranger, typed } from './fixtures';
import { keep } from './kept';
import { SECTIONS, type Section } from './sections';
import Settings from './Settings.svelte';

const now = Math.floor(Date.now() / 1000);
const never = new Promise(() => undefined);

const PROVIDERS = [
  provider('xai-oauth', { name: 'xAI Grok OAuth (SuperGrok / Premium+)', flow: 'pkce', docs_url: 'https://x.example/docs', status: account('ada@example.org') }),
  provider('openai-codex', { name: 'OpenAI Codex' }),
  provider('anthropic', {
    name: 'Anthropic',
    flow: 'pkce',
    terms: 'Anthropic bills plan use by other programs than its own as extra usage, and may refuse it; an API key (`--type api-key`) has no such limit',
  }),
  provider('spotify', { name: 'Spotify', flow: 'external', docs_url: 'https://s.example/docs' }),
  provider('nous', {
    name: 'Nous Portal',
    status: account('a-very-long-address-that-somebody-has@department.of.something.example.org', {
      has_refresh_token: false,
      expires_at: new Date((now + 7200) * 1000).toISOString(),
    }),
  }),
];

const LONG = 'a-very-long-address-that-somebody-has@department.of.something.example.org';

/** The credentials of one provider in every state that there is. */
const POOL = [
  resting('a1b2c3', 241_000, { label: 'ada@example.org', message: 'Rate limit reached for requests' }),
  credential('b2c3d4', { label: LONG, current: true }),
  credential('c3d4e5', { label: 'ben@example.org', state: 'dead', reason: 'invalid_grant', message: 'Refresh token revoked' }),
  credential('d4e5f6', { label: 'work', type: 'api_key', source_label: 'a key that was typed in', renews: false }),
  resting('e5f6a7', 7_500_000, { label: 'spent', type: 'api_key', source_label: 'a key that was typed in', reason: '402', renews: false }),
  credential('env:ANTHROPIC_API_KEY', {
    label: 'ANTHROPIC_API_KEY',
    type: 'api_key',
    source_label: 'the variable ANTHROPIC_API_KEY',
    state: 'missing',
    renews: false,
    disconnectable: false,
    disconnect_hint: 'a variable of the host holds its key',
    disconnect_command: 'hermes auth remove anthropic env:ANTHROPIC_API_KEY',
  }),
];
const IN_A_POOL = provider('anthropic', { name: 'Anthropic', flow: 'pkce', status: account(LONG), credentials: POOL });

const SESSIONS = [
  session('s1', { current: true, open_sockets: 1, created_at: now - 60, last_seen_at: now, expires_at: now + 2_592_000 }),
  session('s2', { kind: 'app', name: 'Hermes Desktop on moss', user_agent: 'Hermes/0.4.0', open_sockets: 2, last_seen_at: now - 120, expires_at: now + 2_592_000 }),
  session('s3', { user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1', last_seen_at: now - 400_000, expires_at: now + 86_400 }),
];

const PASSKEYS = [
  passkey('p1', { name: 'This laptop', created_at: now - 8_640_000, last_used_at: now - 3700 }),
  passkey('p2', { created_at: now - 600 }),
];

const waits = (code: string | null, page: string) => {
  const id = code === null ? 'anthropic' : 'openai-codex';
  keep({ provider: id, session: 'ID1', page, code, interval: 5000, until: Date.now() + 581_000 });
};

/** A gateway as it is when all is well. */
function well(): Fake {
  const gateway = new Fake();
  for (const { id } of PROVIDERS) {
    gateway.on(`GET /api/providers/oauth/${id}/poll/ID1`, polled('pending'));
    gateway.on(`POST /api/providers/oauth/${id}/start`, id === 'anthropic' || id === 'xai-oauth' ? pasted : typed);
    gateway.on(`DELETE /api/providers/oauth/${id}`, { ok: true, provider: id, message: `tokens of \`${id}\` may still be alive at the provider` });
  }
  return gateway
    .on('GET /api/providers/oauth', { providers: PROVIDERS })
    .on('DELETE /api/providers/oauth/sessions/ID1', { ok: true })
    .on('GET /api/status', status())
    .on('GET /api/auth/me', me)
    .on('GET /api/auth/sessions', { sessions: SESSIONS })
    .on('GET /api/auth/passkeys', { passkeys: PASSKEYS })
    .on('GET /api/users/strangers', { strangers: [] });
}

const CORRUPT = new Refusal('the credential file is not valid; it was left as it is', 'store.corrupt', 'hermes doctor', 400, false);

/** What is otherwise than well, and which page shows it. */
const SCENES: Record<string, (gateway: Fake) => Section> = {
  providers: () => 'providers',
  'providers-device': () => (waits('WDJB-MJHT', 'https://auth.openai.example/codex/device'), 'providers'),
  'providers-paste': () => (waits(null, 'https://claude.example/oauth/authorize?code=true&client_id=9d1c&redirect_uri=http%3A%2F%2F127.0.0.1%3A56121%2Fcallback'), 'providers'),
  'providers-wrong': (gateway) => {
    gateway.on('POST /api/providers/oauth/anthropic/submit', {
      ok: false,
      status: 'error',
      message: 'it is another address; the one of this sign-in starts with `http://127.0.0.1:56121/callback`',
    });
    waits(null, 'https://claude.example/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A56121%2Fcallback');
    return 'providers';
  },
  'providers-lost': (gateway) => {
    gateway.on('GET /api/providers/oauth/openai-codex/poll/ID1', polled('pending'), lost());
    waits('WDJB-MJHT', 'https://auth.openai.example/codex/device');
    return 'providers';
  },
  'providers-denied': (gateway) => {
    gateway.on('GET /api/providers/oauth/openai-codex/poll/ID1', polled('denied', 'OpenAI Codex said no: access_denied'));
    waits('WDJB-MJHT', 'https://auth.openai.example/codex/device');
    return 'providers';
  },
  'providers-error': (gateway) => {
    gateway.on('GET /api/providers/oauth/openai-codex/poll/ID1', polled('error', 'the provider failed; stored credentials are unchanged'));
    waits('WDJB-MJHT', 'https://auth.openai.example/codex/device');
    return 'providers';
  },
  'providers-pool': (gateway) => {
    const others = PROVIDERS.filter(({ id }) => id !== 'anthropic');
    gateway.on('GET /api/providers/oauth', { providers: [IN_A_POOL, ...others] });
    for (const { id } of POOL) {
      const path = `/api/providers/oauth/anthropic/${encodeURIComponent(id)}`;
      gateway.on(`DELETE ${path}`, { ok: true, provider: 'anthropic', message: '`anthropic` cannot revoke tokens' });
      gateway.on(`POST ${path}/reset`, { ok: true, provider: 'anthropic', reset: true });
    }
    return 'providers';
  },
  'providers-resting': (gateway) => {
    const alone = provider('nous', { name: 'Nous Portal', status: account('ada@example.org'), credentials: POOL.slice(0, 1) });
    gateway.on('GET /api/providers/oauth', { providers: [alone] });
    return 'providers';
  },
  'providers-broken': (gateway) => (gateway.on('GET /api/providers/oauth', CORRUPT), 'providers'),
  'providers-none': (gateway) => (gateway.on('GET /api/providers/oauth', { providers: [] }), 'providers'),
  'providers-asking': (gateway) => (gateway.on('GET /api/providers/oauth', never), 'providers'),
  'providers-member': (gateway) => (gateway.on('GET /api/providers/oauth', new Refusal('Forbidden', null, null, 403, false)), 'providers'),
  sessions: () => 'sessions',
  'sessions-strangers': (gateway) => {
    const strangers = [
      stranger('248289761001', { email: 'ben@example.org', name: 'Ben', asked_at: now - 300 }),
      stranger('a-subject-without-an-address', { asked_at: now - 90_000 }),
    ];
    gateway.on('GET /api/users/strangers', { strangers });
    return 'sessions';
  },
  'sessions-local': (gateway) => (gateway.on('GET /api/status', status({ auth_required: false, auth_flows: ['token'] })), 'sessions'),
  'sessions-lost': (gateway) => (gateway.on('GET /api/auth/sessions', lost()), 'sessions'),
  passkeys: () => 'passkeys',
  'passkeys-none': (gateway) => (gateway.on('GET /api/auth/passkeys', { passkeys: [] }), 'passkeys'),
  'passkeys-old': (gateway) => {
    gateway.on('GET /api/auth/sessions', { sessions: [session('s1', { current: true, created_at: now - 9000, last_seen_at: now })] });
    gateway.on('GET /api/auth/me', { ...me, provider: 'passkey' });
    return 'passkeys';
  },
  'passkeys-add': (gateway) => (gateway.on('GET /api/auth/me', { ...me, provider: 'passkey' }), 'passkeys'),
  conversations: () => 'conversations',
  gateway: () => 'gateway',
  'gateway-waiting': (gateway) => (gateway.stand({ name: 'waiting', until: 0, trouble: { kind: 'network' } }), 'gateway'),
  'gateway-local': (gateway) => (gateway.on('GET /api/status', status({ auth_required: false, auth_flows: ['token'] })), 'gateway'),
  appearance: () => 'appearance',
};

const name = location.hash.slice(1);
const gateway = well();
sessionStorage.clear();
const scene = SCENES[name];
if (scene) {
  const main = document.createElement('main');
  document.body.append(main);
  const section = scene(gateway);
  // The other pages are a click away, as they are.
  const href = (it: Section) => `?${SECTIONS.indexOf(it)}#${it}`;
  mount(Settings, { target: main, props: { transport: gateway, section, href, address: 'agent.example.org/hermes' } });
} else {
  const list = document.createElement('ul');
  for (const it of Object.keys(SCENES)) {
    const link = document.createElement('a');
    link.href = `?${it}#${it}`;
    link.textContent = it;
    const item = document.createElement('li');
    item.append(link);
    list.append(item);
  }
  document.body.append(list);
}
