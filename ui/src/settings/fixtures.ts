// What a gateway answers, for tests and for the gallery.

import type { MeAnswer, PasskeyRow, SessionRow, StrangerRow } from '../protocol/account';
import type { AccountCredential, AccountProvider, AccountStart } from '../protocol/accounts';
import type { Status } from '../protocol/sign-in';

/** The moment at which it is now, in seconds since 1970: 22 November 2026, noon. */
export const NOW = 1_795_348_800;

const OUT: AccountProvider['status'] = {
  logged_in: false,
  source: null,
  source_label: null,
  token_preview: null,
  expires_at: null,
  has_refresh_token: false,
};

export function provider(id: string, more: Partial<AccountProvider> = {}): AccountProvider {
  return {
    id,
    name: id,
    flow: 'device_code',
    cli_command: `hermes auth add ${id}`,
    terms: null,
    docs_url: '',
    disconnectable: more.status?.logged_in ?? false,
    disconnect_hint: null,
    disconnect_command: `hermes auth logout ${id}`,
    status: OUT,
    credentials: [],
    ...more,
  };
}

export function credential(id: string, more: Partial<AccountCredential> = {}): AccountCredential {
  return {
    id,
    label: id,
    type: 'oauth',
    source: 'manual:device_code',
    source_label: 'a sign-in',
    state: 'ready',
    reason: null,
    message: null,
    retry_at: null,
    current: false,
    expires_at: null,
    renews: true,
    disconnectable: true,
    disconnect_hint: null,
    disconnect_command: `hermes auth remove nous ${id}`,
    ...more,
  };
}

/** One that is asked again after so many milliseconds. */
export function resting(id: string, milliseconds: number, more: Partial<AccountCredential> = {}): AccountCredential {
  const retry_at = new Date(Date.now() + milliseconds).toISOString();
  return credential(id, { state: 'cooling_down', reason: '429', retry_at, ...more });
}

export function account(label: string, more: Partial<AccountProvider['status']> = {}): AccountProvider['status'] {
  return { ...OUT, logged_in: true, source: 'oauth', source_label: label, has_refresh_token: true, ...more };
}

export const typed: AccountStart = {
  flow: 'device_code',
  session_id: 'ID1',
  user_code: 'WDJB-MJHT',
  verification_url: 'https://auth.example/codex/device?user_code=WDJB-MJHT',
  expires_in: 900,
  poll_interval: 5,
};

export const pasted: AccountStart = {
  flow: 'pkce',
  session_id: 'ID2',
  auth_url:
    'https://accounts.example/authorize?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A56121%2Fcallback&state=xyz',
  expires_in: 900,
};

export function polled(status: string, error_message: string | null = null) {
  return { session_id: 'ID1', status, error_message, expires_at: NOW + 900 };
}

export function session(id: string, more: Partial<SessionRow> = {}): SessionRow {
  return {
    id,
    kind: 'browser',
    name: null,
    provider: 'password',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
    address: '192.0.2.14',
    created_at: NOW - 86_400,
    last_seen_at: NOW - 120,
    expires_at: NOW + 2_592_000,
    open_sockets: 0,
    current: false,
    ...more,
  };
}

export function passkey(id: string, more: Partial<PasskeyRow> = {}): PasskeyRow {
  return { id, name: null, created_at: NOW - 3 * 86_400, last_used_at: null, ...more };
}

export function stranger(subject: string, more: Partial<StrangerRow> = {}): StrangerRow {
  return {
    identity: `https://sso.example#${subject}`,
    provider: 'Example SSO',
    name: null,
    email: null,
    address: '198.51.100.7',
    asked_at: NOW - 600,
    ...more,
  };
}

export const me: MeAnswer = {
  user_id: 'owner',
  email: 'ada@example.org',
  display_name: 'Ada',
  org_id: '',
  provider: 'password',
  expires_at: NOW + 3600,
};

export function status(more: Partial<Status> = {}): Status {
  return {
    version: '0.4.0',
    release_date: '2026.11.20',
    config_version: 0,
    latest_config_version: 0,
    can_update_hermes: false,
    gateway_running: false,
    gateway_state: null,
    gateway_platforms: {},
    gateway_exit_reason: null,
    gateway_updated_at: null,
    active_agents: 0,
    gateway_busy: false,
    gateway_drainable: false,
    restart_drain_timeout: 0,
    active_sessions: 0,
    auth_required: true,
    auth_providers: ['password'],
    nous_session_valid: 'unknown',
    profiles: ['default'],
    gateway_mode: 'none',
    hermes_home: '',
    config_path: '',
    env_path: '',
    gateway_pid: null,
    gateway_health_url: null,
    auth_flows: ['password', 'redirect', 'native_loopback'],
    native_loopback_auth: true,
    ...more,
  };
}
