// Entries for `$HERMES_HOME/providers.toml` that point providers of the table at a server of the test.

/** xAI's entry: its port, path and storage as they are, another server behind it. */
export function xaiAt(issuer, clientId) {
  return `[provider.xai-oauth]
issuer = "${issuer}"
client_id = "${clientId}"
`;
}
