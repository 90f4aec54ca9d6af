// Signing in to the gateway at two identity providers, clicked in Chromium: who gets in, what ends a session, and
// what does not.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser, Visit } from './rig/browser.mjs';
import { Canaille, PERSON } from './rig/canaille.mjs';
import { PageSocket, SESSION_ENDED, cookies, me, webApp } from './rig/gateway-pages.mjs';
import { Gateway, issuer } from './rig/gateway.mjs';
import { NextPage } from './rig/next-page.mjs';
import { freePort } from './rig/ports.mjs';
import { Provider } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let company, people, browser, elsewhere;
before(async () => {
  [company, people, browser, elsewhere] = await Promise.all([
    Provider.start(rig),
    Canaille.start(rig),
    Browser.start(rig, { names: ['elsewhere.example'] }),
    NextPage.start(rig, 'elsewhere.example'),
  ]);
});

/** Who may come in by either, and who is the owner. */
const COMPANY = `display_name = "Company"
owner_email = "ada@example.test"
allow_emails = ["bob@example.test", "eve@example.test"]`;
const PEOPLE = `display_name = "People"\nallow_subjects = ["${PERSON.login}"]`;

/** A gateway that is known to these servers. */
async function gatewayOf(name, servers) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const tables = await Promise.all(servers.map(([method, server, lists]) => issuer(method, server, origin, lists)));
  return Gateway.start(rig, name, { port, config: tables.join('\n') });
}

const both = (name) => gatewayOf(name, [['company', company, COMPANY], ['people', people, PEOPLE]]);

/** Signs in at the company from the sign-in page, whatever led there. */
async function signIn(visit, login) {
  await visit.page.getByRole('link', { name: 'Continue with Company' }).click();
  await visit.approveHere({ login });
  await visit.page.getByText('Signed in to').waitFor();
}

/** A person who is signed in by the company. */
async function signedIn(gateway, login) {
  const visit = await browser.visit();
  await visit.page.goto(`${gateway.origin}/account`);
  await signIn(visit, login);
  return visit;
}

/** A second tab of the same browser, and a socket that it holds. */
async function beside(visit, gateway) {
  const page = await visit.context.newPage();
  await page.goto(`${gateway.origin}/account`);
  const socket = await PageSocket.open(page);
  assert.equal(socket.first.params.type, 'gateway.ready');
  return { page, socket };
}

test('rp4 two providers side by side: each names its own people, whatever their addresses', async () => {
  const gateway = await both('side-by-side');
  const ada = await signedIn(gateway, 'ada');
  const { body: owner } = await me(ada.page);
  assert.deepEqual(
    [owner.user_id, owner.email, owner.display_name, owner.provider],
    ['owner', 'ada@example.test', 'ada', 'company'],
  );
  const { socket } = await beside(ada, gateway);
  assert.equal((await socket.calls('setup.status')).error, undefined);

  const bob = await browser.visit();
  await bob.page.goto(`${gateway.origin}/account`);
  await bob.page.getByRole('link', { name: 'Continue with People' }).click();
  await bob.approveCanailleHere(PERSON);
  await bob.page.getByText('Signed in to').waitFor();
  const namesake = await signedIn(gateway, 'bob');
  const [{ body: one }, { body: other }] = [await me(bob.page), await me(namesake.page)];
  assert.deepEqual([one.provider, other.provider], ['people', 'company']);
  assert.equal(one.email, other.email);
  assert.notEqual(one.user_id, other.user_id);
  await Promise.all([ada, bob, namesake].map((visit) => visit.close()));
});

test('rp7 who is on no list is refused by a page that says so, and nobody before the owner', async () => {
  const gateway = await both('strangers');
  for (const [login, status, says] of [
    ['mallory', 403, /not on the list of this gateway\. Ask its owner/],
    ['bob', 503, /has no owner yet/],
  ]) {
    const visit = await browser.visit();
    await visit.page.goto(`${gateway.origin}/account`);
    await visit.page.getByRole('link', { name: 'Continue with Company' }).click();
    const answered = visit.page.waitForResponse((response) => response.url().includes('/auth/callback'));
    await visit.approveHere({ login });
    assert.equal((await answered).status(), status);
    await visit.page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    assert.match(await visit.text(), says);
    assert.deepEqual(await cookies(visit.context), {});
    assert.equal((await me(visit.page)).status, 401);
    await visit.page.getByRole('link', { name: 'Back to the sign-in page' }).click();
    await visit.page.getByRole('link', { name: 'Continue with People' }).waitFor();
    await visit.close();
  }
  const reasons = (await gateway.audit()).filter(({ event }) => event === 'login_failure').map(({ reason }) => reason);
  assert.deepEqual(reasons, ['not_allowed', 'no_owner']);
});

test('rz2 the owner lets a stranger in by one click', async () => {
  const gateway = await both('one-click');
  const ada = await signedIn(gateway, 'ada');
  const mallory = await browser.visit();
  const come = async () => {
    await mallory.page.goto(`${gateway.origin}/login?next=%2Faccount`);
    await mallory.page.getByRole('link', { name: 'Continue with Company' }).click();
  };
  await come();
  await mallory.approveHere({ login: 'mallory' });
  await mallory.page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
  const { page } = ada;
  await page.goto(`${gateway.origin}/account`);
  const row = page.locator('[data-stranger]');
  assert.match(await row.innerText(), /mallory@example\.test.*at Company/s);
  const allowed = page.waitForResponse((response) => response.url().endsWith('/api/users/strangers/allow'));
  await row.getByRole('button', { name: 'Allow' }).click();
  assert.equal((await allowed).status(), 204);
  await row.waitFor({ state: 'detached' });
  // The provider knows them still, and asks nothing.
  await come();
  await mallory.page.getByText('Signed in to').waitFor();
  assert.match(await mallory.text(), /User of this gateway/);
  assert.equal(await mallory.page.getByText('Who asks to be let in').count(), 0);
  const changed = (await gateway.audit()).filter(({ event }) => event === 'user_changed');
  assert.deepEqual(changed.map(({ user_id, reason }) => [user_id, reason]), [['owner', 'allowed']]);
  await Promise.all([ada, mallory].map((visit) => visit.close()));
});

test('sc5 rp9 signing out ends the session here and at the provider, with its sockets and cookies', async () => {
  const gateway = await both('signing-out');
  const visit = await signedIn(gateway, 'ada');
  const held = await cookies(visit.context);
  assert.deepEqual(Object.keys(held).sort(), ['hermes_session_at', 'hermes_session_rt']);
  for (const { value } of Object.values(held)) assert.match(value, /^[\w-]{43}$/, "no token of the provider's");
  const { page: tab, socket } = await beside(visit, gateway);
  const { page } = visit;
  const revoked = requests(company, '/token/revocation');
  const answered = page.waitForResponse(`${gateway.origin}/auth/logout`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await answered;
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
  // The browser is on its way to the provider, which asks before it ends its own session.
  await page.locator('button[name=logout]').click();
  await page.waitForURL(`${gateway.origin}/login`);
  assert.deepEqual(await cookies(visit.context), {});
  assert.equal(requests(company, '/token/revocation'), revoked + 1);
  assert.equal((await me(tab)).status, 401);

  await visit.context.addCookies(Object.values(held));
  assert.equal((await me(page)).status, 401, 'the old cookies open nothing');
  await page.getByRole('link', { name: 'Continue with Company' }).click();
  await page.locator('input[name=login]').waitFor();
  await visit.close();
});

test('sc5 nor does a session at the other provider outlive the sign-out', async () => {
  const gateway = await both('signing-out-of-people');
  await signedIn(gateway, 'ada').then((owner) => owner.close());
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(`${gateway.origin}/account`);
  await page.getByRole('link', { name: 'Continue with People' }).click();
  await visit.approveCanailleHere(PERSON);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${gateway.origin}/login`);
  assert.deepEqual(await cookies(visit.context), {});
  await page.getByRole('link', { name: 'Continue with People' }).click();
  await page.locator('input[name=login]').waitFor();
  await visit.close();
});

test('signing out at the provider ends the session here and its socket, and no other', async () => {
  const gateway = await both('back-channel');
  const [ada, bob] = [await signedIn(gateway, 'ada'), await signedIn(gateway, 'bob')];
  const [{ page: tab, socket }, other] = [await beside(ada, gateway), await beside(bob, gateway)];
  await ada.page.goto(`${company.issuer}/session/end`);
  const told = company.next('backchannel');
  await ada.page.locator('button[name=logout]').click();
  assert.deepEqual(await told, { event: 'backchannel', ok: true });
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
  const { status, body } = await me(tab);
  assert.deepEqual([status, body.error], [401, 'session_expired']);
  assert.deepEqual(await cookies(ada.context), {});
  await tab.reload();
  assert.equal(new URL(tab.url()).pathname, '/login');

  assert.equal((await me(other.page)).status, 200);
  assert.equal((await other.socket.calls('setup.status')).error, undefined);
  await Promise.all([ada.close(), bob.close()]);
});

test('whoever was removed, or fits the lists no more, is out at the next renewal, with their socket', async () => {
  const gateway = await both('renewal');
  const people = {};
  for (const login of ['ada', 'bob', 'eve']) {
    const visit = await signedIn(gateway, login);
    people[login] = { visit, ...(await beside(visit, gateway)) };
  }
  await company.setPeople({ eve: null, bob: { email: 'bob@elsewhere.test' } });
  await gateway.renewalsFallDue();
  for (const login of ['bob', 'eve']) {
    assert.deepEqual(await people[login].socket.closed(30_000), SESSION_ENDED);
    assert.equal((await me(people[login].page)).status, 401);
  }
  const outcomes = async () => {
    const lines = (await gateway.audit()).filter(({ event }) => event.startsWith('refresh_'));
    return lines.length === 3 && lines.map(({ event, reason }) => reason || event).sort();
  };
  assert.deepEqual(
    await until(20_000, outcomes, 'all three to be renewed or not'),
    ['not_allowed', 'refresh_expired', 'refresh_success'],
  );
  assert.equal((await me(people.ada.page)).status, 200);
  assert.equal((await people.ada.socket.calls('setup.status')).error, undefined);
  await company.setPeople({});
  await Promise.all(Object.values(people).map(({ visit }) => visit.close()));
});

test('rp10 a provider that is gone signs nobody out, and keeps nobody from signing out', async () => {
  const brief = await Provider.start(rig);
  const gateway = await gatewayOf('outage', [['brief', brief, COMPANY.replace('Company', 'Brief')]]);
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(`${gateway.origin}/account`);
  await visit.approveHere();
  await page.getByText('Signed in to').waitFor();
  const { socket } = await beside(visit, gateway);
  await brief.stop();
  await gateway.renewalsFallDue();
  const noticed = async () => (await gateway.audit()).some(({ reason }) => reason === 'provider_unreachable');
  await until(30_000, noticed, 'the gateway to have asked');
  assert.equal((await me(page)).status, 200);
  assert.equal((await socket.calls('setup.status')).error, undefined);

  const answered = page.waitForResponse(`${gateway.origin}/auth/logout`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await answered;
  assert.deepEqual(await socket.closed(), SESSION_ENDED);
  assert.deepEqual(await cookies(visit.context), {});
  await visit.close();
});

test('rp8 a deep link is where the sign-in ends; one that leads elsewhere ends at the first page', async () => {
  const gateway = await both('landing');
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(`${gateway.origin}/account?from=bookmark`);
  assert.equal(new URL(page.url()).pathname, '/login');
  await signIn(visit, 'ada');
  assert.equal(page.url(), `${gateway.origin}/account?from=bookmark`);

  for (const next of [
    ...['https://evil.example/', '//evil.example', '/\\evil.example', '/%2f%2fevil.example'],
    ...['/auth/logout', 'javascript:alert(1)'],
  ]) {
    await page.goto(`${gateway.origin}/login?next=${encodeURIComponent(next)}`);
    await page.getByRole('link', { name: 'Continue with Company' }).click();
    await webApp(page);
    assert.equal(page.url(), `${gateway.origin}/`, next);
    await page.goto(`${gateway.origin}/auth/login?provider=company&next=${encodeURIComponent(next)}`);
    await webApp(page);
    assert.equal(page.url(), `${gateway.origin}/`, next);
  }
  await visit.close();
});

test('rp1 two tabs sign in at once, and the one that began later may be first', async () => {
  const gateway = await both('tabs');
  const first = await browser.visit();
  const second = new Visit(first.context, await first.context.newPage());
  for (const { page } of [first, second]) {
    await page.goto(`${gateway.origin}/account`);
    await page.getByRole('link', { name: 'Continue with Company' }).click();
    await page.locator('input[name=login]').waitFor();
  }
  await second.approveHere();
  await second.page.getByText('Signed in to').waitFor();
  await first.logInHere();
  await first.page.getByText('Signed in to').waitFor();
  assert.equal(await first.page.locator('[data-session]').count(), 1, 'the browser has one session');
  assert.equal((await me(second.page)).status, 200);
  await first.close();
});

test('rp1 rp2 the answer of a provider counts in one browser, and there once', async () => {
  const gateway = await both('answers');
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(`${gateway.origin}/account`);
  await page.getByRole('link', { name: 'Continue with Company' }).click();
  const intercepted = await visit.intercept('*/auth/callback*');
  await visit.approveHere();
  const answer = await intercepted.address;

  const exchanged = company.grants('authorization_code');
  const other = await browser.visit();
  assert.equal((await other.page.goto(answer)).status(), 400);
  await other.page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
  assert.deepEqual(await cookies(other.context), {});
  assert.equal(company.grants('authorization_code'), exchanged);
  await page.goto(answer);
  await page.getByText('Signed in to').waitFor();
  assert.equal((await page.goto(answer)).status(), 400);
  assert.equal(company.grants('authorization_code'), exchanged + 1);
  assert.equal((await me(page)).status, 200, 'who is signed in stays so');
  await Promise.all([visit.close(), other.close()]);
});

test('rp11 the only provider is gone to at once, but not because another site says so', async () => {
  const gateway = await gatewayOf('alone', [['company', company, COMPANY]]);
  const visit = await browser.visit();
  const { page } = visit;
  await page.goto(`${gateway.origin}/account?from=bookmark`);
  await visit.approveHere();
  await page.getByText('Signed in to').waitFor();
  assert.equal(page.url(), `${gateway.origin}/account?from=bookmark`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('button[name=logout]').waitFor();

  // They are still signed in at the company, so that going there would sign them in.
  const start = `${gateway.origin}/auth/login?provider=company`;
  const begun = requests(company, '/auth');
  await page.goto(elsewhere.address);
  await page.setContent(`<img src="${start}"><iframe src="${start}"></iframe><a href="${start}">Go</a>`);
  await page.waitForLoadState('networkidle');
  await page.getByRole('link', { name: 'Go' }).click();
  await page.getByRole('link', { name: 'Continue with Company' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/login');
  assert.equal(requests(company, '/auth'), begun);
  assert.deepEqual(await cookies(visit.context), {});
  await visit.close();
});

/** How many requests for a path a provider has answered. */
function requests(provider, path) {
  return provider.events.filter((event) => event.event === 'request' && event.path === path).length;
}
