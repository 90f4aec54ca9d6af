// A sign-in on one machine, which several test files need as their beginning.
import assert from 'node:assert/strict';
import { asked } from './hermes.mjs';
import { CLIENT_ID, SCOPE } from './provider.mjs';

/** `auth add` through oidc-provider with a browser that agrees. Answers with what hermes said and showed. */
export async function signIn(hermes, provider, browser, name, { login = 'ada', options } = {}) {
  const how = options ?? ['--issuer', provider.issuer, '--client-id', CLIENT_ID, '--scope', SCOPE];
  const adding = hermes.start('auth', 'add', name, ...how, '--flow', 'loopback');
  const asks = await asked(adding);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { login, target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  const page = { url: visit.page.url(), text: await visit.text() };
  await visit.close();
  return { ...end, asks, page };
}
