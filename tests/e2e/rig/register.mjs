// Clients that a server takes in while it runs (RFC 7591).
import { call } from './call.mjs';

/** Registers a public client for the code flow with these redirect URIs. Answers with its id. */
export async function register(metadata, redirectUris, rest = {}) {
  const answer = await call(metadata.registration_endpoint, {
    json: {
      client_name: 'Hermes end-to-end tests',
      redirect_uris: redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...rest,
    },
  });
  if (answer.status !== 201) throw new Error(`${metadata.issuer} did not register the client: ${answer.text}`);
  return answer.json.client_id;
}
