// The clients that the provider knows: public, native, with PKCE, any port on the loopback address.
const native = (client_id, ...paths) => ({
  client_id,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  introspection_endpoint_auth_method: 'none',
  redirect_uris: paths.map((path) => `http://127.0.0.1${path}`),
  grant_types: [
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
  response_types: ['code'],
});

export const clients = [
  native('hermes-e2e', '/callback'),
  native('hermes-e2e-spotify', '/spotify/callback'),
];
