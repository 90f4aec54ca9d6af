// The pages of the sign-in in a real browser: where the code goes, what they load, and that they tell the truth.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { NextPage } from './rig/next-page.mjs';
import { freePort } from './rig/ports.mjs';
import { CLIENT_ID, Provider, SCOPE } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let provider, browser, next;
before(async () => {
  [provider, browser, next] = await Promise.all([Provider.start(rig), Browser.start(rig), NextPage.start(rig)]);
});

test('lb5: no code stays in the address bar, the history or the referrer', async () => {
  const { hermes, adding, asks, visit, seen } = await begin('history');
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  const [code] = seen.codes;
  assert.ok(code?.length > 10, 'the code came through the browser');

  assert.equal(new URL(visit.page.url()).origin, asks.origin);
  assert.equal(await visit.page.evaluate(() => location.search + location.hash), '');
  await holdsNo(code, visit);
  assert.match(await visit.text(), /^You are signed in to /m);
  await looksDressed(visit);
  keepsToItself(seen, asks);

  // On to another page, as by a link, and back again.
  await Promise.all([
    visit.page.waitForURL(next.address),
    visit.page.evaluate((address) => {
      const link = Object.assign(document.createElement('a'), { href: address });
      document.body.append(link);
      link.click();
    }, next.address),
  ]);
  assert.deepEqual(next.referrers, [null], 'the next page does not learn where they come from');
  assert.equal(await visit.page.evaluate(() => document.referrer), '');
  await holdsNo(code, visit);
  // The listener has gone, and the page was not to be stored: the way back leads to an address that fails.
  await assert.rejects(visit.page.goBack(), /ERR_CONNECTION_REFUSED/);
  await visit.failed();
  await holdsNo(code, visit);
  const { currentIndex, entries } = await visit.history();
  assert.equal(new URL(entries[currentIndex].url).origin, asks.origin, 'this is the way back');
  assert.equal((await hermes.credential('local')).auth_type, 'oauth');
  await visit.close();
});

test('lb5: the page of an exchange that was refused shows failure', async () => {
  await provider.setForgetful(true);
  const { hermes, adding, asks, visit, seen } = await begin('refused');
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  await provider.setForgetful(false);
  assert.equal(provider.grants('authorization_code', false), 1, 'the provider refused');
  assert.equal(end.code, 1, end.said);
  assert.match(end.stderr, /^error\[auth\.exchange_rejected\]: .*invalid_grant/m);
  assert.doesNotMatch(end.said, /Login successful/);

  const page = await visit.text();
  assert.match(page, /^Not signed in$/m);
  assert.match(page, /did not finish/);
  assert.match(page, /Nothing was saved/);
  assert.match(await visit.page.title(), /did not finish/);
  await holdsNo(seen.codes[0], visit);
  keepsToItself(seen, asks);
  assert.equal((await hermes.run('auth', 'token', 'local')).code, 4);
  await visit.close();
});

test('lb5: no page of the wait breaks its own policy or asks anybody else for anything', async () => {
  const { adding, asks, visit, seen } = await begin('policy');
  const show = async (path, pattern) => {
    const response = await visit.page.goto(`${asks.origin}${path}`);
    assert.match(await visit.text(), pattern);
    await looksDressed(visit);
    const headers = response.headers();
    assert.match(headers['content-security-policy'], /^default-src 'none'; .*frame-ancestors 'none'/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  };
  await show('/', /Nothing is at this address/);
  await show('/callback', /not for this sign-in/);
  await show('/callback?code=somebody-elses&state=of-another-attempt', /not for this sign-in/);
  await show('/callback?error=access_denied&state=%3Cscript%3Ealert(1)%3C/script%3E', /not for this sign-in/);
  assert.equal(adding.ended, null, 'and the sign-in goes on');

  keepsToItself(seen, asks);

  // The policy is in force: a picture that somebody slipped in is not loaded.
  const blocked = await visit.page.evaluate(async (address) => {
    const refused = new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
    });
    document.body.append(Object.assign(document.createElement('img'), { src: address }));
    return refused;
  }, `${next.address}?picture`);
  assert.equal(blocked, 'img-src');
  await Promise.all([adding.stop(), visit.close()]);
});

test('lb5: nor does the page of a refusal', async () => {
  const { adding, asks, visit, seen } = await begin('declined');
  await visit.deny(asks.url.href, { target: asks.origin });
  assert.equal((await adding.end()).code, 1);
  assert.match(await visit.text(), /^Not signed in$/m);
  await looksDressed(visit);
  keepsToItself(seen, asks);
  await visit.close();
});

/** A sign-in that waits on a port that no other takes after it, and a watched window for it. */
async function begin(name) {
  const hermes = await Hermes.home(rig, name);
  const adding = hermes.start(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID],
    ...['--scope', SCOPE, '--flow', 'loopback', '--no-browser', '--port', String(await freePort())],
  );
  const asks = await asked(adding);
  const visit = await browser.visit();
  return { hermes, adding, asks, visit, seen: await visit.watch(asks.origin) };
}

async function holdsNo(code, visit) {
  const { entries } = await visit.history();
  const known = JSON.stringify([entries, visit.page.url()]);
  assert.ok(!known.includes(code), known);
}

/** Since the browser came to us, it asked nobody else, and nothing complained. */
function keepsToItself({ requests, complaints }, asks) {
  assert.ok(requests.length > 0);
  const foreign = requests.filter((address) => new URL(address).origin !== asks.origin);
  assert.deepEqual(foreign, []);
  assert.deepEqual(complaints.filter(isNotStatus), []);
}

/** Chromium tells of every answer that is not 200; that is not a complaint. */
function isNotStatus(line) {
  return !/Failed to load resource: the server responded with a status of 4\d\d/.test(line);
}

/** The policy lets the page's own style through. */
async function looksDressed(visit) {
  const main = visit.page.locator('main');
  assert.equal(await main.evaluate((element) => getComputedStyle(element).display), 'grid');
}
