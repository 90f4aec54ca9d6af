// Entries for `$HERMES_HOME/providers.toml` that point providers of the table at a server of the test.
// Ports, paths, dialect and the place where the credential is kept stay those of the table.
import { JSON_TOKEN, SHOWN } from './shown-code.mjs';

const entry = (id, clientId, metadata, extra = '') => `[provider.${id}]
issuer = "${metadata.issuer}"
hosts = ["${new URL(metadata.issuer).host}"]
client_id = "${clientId}"
${extra}
[provider.${id}.endpoints]
discovery = "${metadata.issuer}/.well-known/openid-configuration"
authorization = "${metadata.authorization_endpoint}"
token = "${metadata.token_endpoint}"
device = "${metadata.device_authorization_endpoint}"
revocation = "${metadata.revocation_endpoint}"
userinfo = "${metadata.userinfo_endpoint}"
`;

/** xAI's entry, with the client that gets refresh tokens as xAI gives them. */
export const xaiAt = (metadata, extra) => entry('xai-oauth', 'hermes-e2e-xai', metadata, extra);

/** Spotify's entry, with a scope that the server knows: it grants nothing where it knows none. */
export const spotifyAt = (metadata) =>
  entry('spotify', 'hermes-e2e-spotify', metadata, 'scope = "openid email"\n');

/** Anthropic's entry: a page of the server's own shows the code, and the token endpoint takes JSON. */
export const anthropicAt = ({ issuer, authorization_endpoint }) => `[provider.anthropic]
hosts = ["${new URL(issuer).host}"]
scope = "openid email"
hosted_redirect_uri = "${issuer}${SHOWN}"

[provider.anthropic.endpoints]
authorization = "${authorization_endpoint}"
token = "${issuer}${JSON_TOKEN}"
token_fallback = "${issuer}${JSON_TOKEN}"
`;
