// While a sign-in waits: it is told to stop, nobody can type any more, another one starts beside it.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Hermes, asked } from './rig/hermes.mjs';
import { freePort, isOpen } from './rig/ports.mjs';
import { CLIENT_ID, Provider, SCOPE } from './rig/provider.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
let provider, browser;
before(async () => {
  [provider, browser] = await Promise.all([Provider.start(rig), Browser.start(rig)]);
});

const add = (hermes, ...options) =>
  hermes.start(
    ...['auth', 'add', 'local', '--issuer', provider.issuer, '--client-id', CLIENT_ID],
    ...['--scope', SCOPE, '--flow', 'loopback', '--no-browser', ...options],
  );

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  test(`${signal} ends the wait, frees the port and keeps nothing`, async () => {
    const hermes = await Hermes.home(rig, signal);
    // A port that no sign-in of another test takes next.
    const adding = add(hermes, '--port', String(await freePort()));
    const asks = await asked(adding);
    await adding.says(/^Waiting for callback on /m);
    assert.equal(await isOpen(asks.port), true);
    adding.signal(signal);
    const end = await adding.end();
    assert.equal(end.code, 130, end.said);
    assert.match(end.stderr, /^error\[cli\.interrupted\]: /m);
    assert.match(end.stderr, /^ {2}next: hermes auth add local/m);
    assert.equal(await isOpen(asks.port), false, 'the port is free');
    assert.ok(!(await readdir(hermes.home)).includes('auth.json'));
  });
}

test('a sign-in whose input has ended is still finished in the browser', async () => {
  const hermes = await Hermes.home(rig, 'no-input');
  const adding = add(hermes);
  adding.closeInput();
  const asks = await asked(adding);
  await adding.says(/^Waiting for callback on /m);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  const end = await adding.end();
  assert.equal(end.code, 0, end.said);
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
  await visit.close();
});

test('two sign-ins at once each have a port of their own, and both are kept', async () => {
  const hermes = await Hermes.home(rig, 'two');
  const people = ['ada', 'bob'];
  const addings = people.map((login) => add(hermes, '--label', login));
  const asks = await Promise.all(addings.map(asked));
  assert.notEqual(asks[0].port, asks[1].port);
  const visits = await Promise.all(people.map(() => browser.visit()));
  await Promise.all(
    visits.map((visit, n) => visit.approve(asks[n].url.href, { login: people[n], target: asks[n].origin })),
  );
  const ends = await Promise.all(addings.map((adding) => adding.end()));
  for (const [n, end] of ends.entries()) {
    assert.equal(end.code, 0, end.said);
    assert.match(end.stderr, new RegExp(`^Saved local OAuth credentials: "${people[n]}"$`, 'm'));
    assert.match(await visits[n].text(), /^You are signed in to /m);
  }
  const { credential_pool: pool } = await hermes.file();
  assert.deepEqual(pool.local.map(({ label }) => label).sort(), people);
  for (const { label, access_token: token } of pool.local) {
    const { json: person } = await provider.userinfo(token);
    assert.equal(person.email, `${label}@example.test`, "nobody has another one's token");
  }
  for (const login of people) await hermes.ok('auth', 'refresh', 'local', login);
  await Promise.all(visits.map((visit) => visit.close()));
});

test('of two sign-ins of the same person at once the newer counts, and leaves one credential that works', async () => {
  const hermes = await Hermes.home(rig, 'twice');
  const older = add(hermes, '--port', String(await freePort()));
  const gone = await asked(older);
  await older.says(/^Waiting for callback on /m);
  const newer = add(hermes);
  await newer.says(new RegExp(`^The sign-in that process ${older.pid} has waited for since \\S+ is void now`, 'm'));
  const end = await older.end();
  assert.equal(end.code, 3, end.said);
  assert.match(end.stderr, /^error\[auth\.superseded\]: /m);
  assert.equal(await isOpen(gone.port), false, 'its port is free');
  const asks = await asked(newer);
  const visit = await browser.visit();
  await visit.approve(asks.url.href, { target: asks.origin });
  assert.equal((await newer.end()).code, 0, newer.said);
  assert.equal((await hermes.file()).credential_pool.local.length, 1);
  await hermes.ok('auth', 'refresh', 'local');
  assert.equal((await provider.userinfo(await hermes.token('local'))).status, 200);
  await visit.close();
});
