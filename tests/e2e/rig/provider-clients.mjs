// The clients that the provider knows: public, native, with PKCE, any port on the loopback address.
import { SHOWN } from './shown-code.mjs';

const native = (client_id, path) => ({
  client_id,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  introspection_endpoint_auth_method: 'none',
  redirect_uris: [`http://127.0.0.1${path}`],
  grant_types: [
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
  response_types: ['code'],
});

/** Anthropic's: a page of the provider's own shows the code. */
const shown = (client_id, redirect_uri) => ({ ...native(client_id, ''), redirect_uris: [redirect_uri] });

/** The registration of Claude Code, which an imported login of it was issued to. */
const CLAUDE_CODE = '9d1c250a-e61b-44d9-88ed-5944d1962f5e';

export const clientsOf = (issuer) => [
  native('hermes', '/callback'), // the one of the guide
  native('hermes-e2e', '/callback'),
  native('hermes-e2e-xai', '/callback'),
  native('hermes-e2e-spotify', '/spotify/callback'),
  shown(CLAUDE_CODE, `${issuer}${SHOWN}`),
];

/** Who gets a refresh token only by OpenID's rules. xAI, Spotify and Anthropic give one unasked, as many servers do. */
const BY_THE_RULES = ['hermes', 'hermes-e2e'];

export async function issueRefreshToken(_ctx, client, code) {
  return !BY_THE_RULES.includes(client.clientId) || code.scopes.has('offline_access');
}
