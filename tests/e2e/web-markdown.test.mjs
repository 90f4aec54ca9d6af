// Hostile answers in Chromium under the policy of the gateway: nothing runs, nothing is asked for elsewhere.
// The page is built here, in ui/ after `npm ci` there; its generator makes the same text of the same seed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { before, test } from 'node:test';
import { Browser } from './rig/browser.mjs';
import { Rig } from './rig/rig.mjs';
import { repositoryFile } from './rig/settings.mjs';

const TEXTS = Number(process.env.HERMES_E2E_TEXTS ?? 100_000);
/** As many in one page, which ends with them. */
const PER_PAGE = 10_000;
const SITE = repositoryFile('ui/dist/fuzz');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

const rig = await Rig.open();
let browser;
let origin;

/** The policy as the gateway sends it. */
async function policy() {
  const source = await readFile(repositoryFile('crates/hermes-gateway/src/front.rs'), 'utf8');
  const written = /const POLICY: &str = "([^"]+)";/.exec(source)?.[1];
  assert.ok(written, 'front.rs has the policy');
  return written.replace(/\\\n\s*/g, '');
}

before(async () => {
  await rig.run('npm', ['run', 'build:fuzz', '--silent'], { cwd: repositoryFile('ui'), ms: 120_000 });
  const headers = { 'content-security-policy': await policy(), 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    // The browser asks for it by itself.
    if (pathname === '/favicon.ico') return response.writeHead(204, headers).end();
    const body = await readFile(join(SITE, pathname)).catch(() => null);
    if (body === null) return response.writeHead(404, headers).end();
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(pathname)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  rig.onClose(() => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await Browser.start(rig);
});

/** Shows the texts of these seeds in a page of their own. */
async function show(seed, count) {
  const visit = await browser.visit();
  const seen = await visit.watch(origin);
  await visit.page.goto(`${origin}/fuzz/markdown.html`);
  await visit.page.waitForFunction(() => 'run' in window);
  const outcome = await visit.page.evaluate(([from, many]) => window.run(from, many), [seed, count]);
  assert.deepEqual(outcome, { shown: count, faults: [] });
  assert.deepEqual(seen.complaints, []);
  assert.deepEqual(seen.requests.filter((url) => !url.startsWith(`${origin}/`)), []);
  assert.equal(visit.page.url(), `${origin}/fuzz/markdown.html`, 'it stays where it is');
  assert.equal(visit.context.pages().length, 1, 'it opens nothing');
  await visit.close();
}

test('wb1 wb2 wb3 hostile texts run nothing, lead nowhere they may not, and ask for nothing', async (t) => {
  const began = performance.now();
  let next = 1;
  const lane = async () => {
    while (next <= TEXTS) {
      const seed = next;
      next += PER_PAGE;
      await show(seed, Math.min(PER_PAGE, TEXTS - seed + 1));
    }
  };
  await Promise.all([lane(), lane()]);
  t.diagnostic(`${TEXTS} texts in ${Math.round((performance.now() - began) / 1000)} s`);
});
