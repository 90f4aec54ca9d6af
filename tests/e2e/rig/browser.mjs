// Headless Chromium, on this machine or in a namespace, that clicks as a person would.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumBinary } from './settings.mjs';

const ARGUMENTS = [
  '--no-sandbox', // it runs as root here
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** No name resolves but these, which are this machine: pages that want fonts from elsewhere do without. */
function resolver(names) {
  const rules = [...names.map((name) => `MAP ${name} 127.0.0.1`), 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1', 'EXCLUDE 10.77.1.2', 'EXCLUDE 10.77.2.2'];
  return `--host-resolver-rules=${rules.join(' , ')}`;
}

export class Browser {
  /** @param {object} where `namespace` to run in, `spki`: hash of the one extra key to trust, `names` of this machine. */
  static async start(rig, { namespace, spki, names = [] } = {}) {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: namespace ? await wrapper(rig, namespace) : chromiumBinary,
      args: [...ARGUMENTS, resolver(names), ...(spki ? [`--ignore-certificate-errors-spki-list=${spki}`] : [])],
      env: rig.environment(),
      timeout: 30_000,
    });
    rig.onClose(() => browser.chromium.close());
    return browser;
  }

  /** A person who is not signed in anywhere yet, with these options of a context in playwright. */
  async visit(options) {
    const context = await this.chromium.newContext(options);
    context.setDefaultTimeout(15_000);
    return new Visit(context, await context.newPage());
  }
}

/** A person's own browser: what it keeps is on the disk, and it is in no private window, where pages are not installed. */
export async function ownBrowser(rig, options) {
  const profile = await mkdtemp(join(tmpdir(), 'hermes-browser-'));
  rig.onClose(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumBinary,
    args: [...ARGUMENTS, resolver([])],
    env: rig.environment(),
    timeout: 30_000,
    ...options,
  });
  rig.onClose(() => context.close());
  context.setDefaultTimeout(15_000);
  return new Visit(context, context.pages()[0] ?? await context.newPage());
}

/** One person's window. */
export class Visit {
  constructor(context, page) {
    this.context = context;
    this.page = page;
  }

  async close() {
    await this.context.close();
  }

  /** oidc-provider: sign in, agree, and arrive at a page of `target`, which answers. */
  async approve(url, { login = 'ada', target }) {
    await this.page.goto(url);
    await this.approveHere({ login });
    await this.page.waitForURL((now) => now.href.startsWith(target));
  }

  /** oidc-provider, whose page is shown already: sign in and agree. */
  async approveHere({ login } = {}) {
    await this.logInHere(login);
    await this.#agree();
  }

  /** oidc-provider, whose page is shown already: sign in as somebody who has agreed before. */
  async logInHere(login = 'ada') {
    await this.page.locator('input[name=login]').fill(login);
    await this.page.locator('input[name=password]').fill('any password');
    await this.page.locator('button[type=submit]').click();
  }

  /** oidc-provider: agree as somebody who is signed in there already. */
  async approveAgain(url, { target }) {
    await this.page.goto(url);
    await this.#agree();
    await this.page.waitForURL((now) => now.href.startsWith(target));
  }

  /** oidc-provider: sign in, agree, and end at an address that does not load. Answers with what the address bar shows. */
  async approveIntoTheVoid(url, { login = 'ada', target }) {
    await this.page.goto(url);
    await this.approveHere({ login });
    await this.page.waitForURL((now) => now.protocol === 'chrome-error:', { waitUntil: 'commit', timeout: 60_000 });
    await this.failed();
    const address = await this.#addressBar();
    if (!address.startsWith(target)) throw new Error(`the address bar shows ${address}`);
    return address;
  }

  /** oidc-provider: sign in, then refuse at the consent page. */
  async deny(url, { login = 'ada', target }) {
    await this.page.goto(url);
    await this.logInHere(login);
    await this.#consentAsked();
    await this.page.getByRole('link', { name: 'Cancel' }).click();
    await this.page.waitForURL((now) => now.href.startsWith(target));
  }

  /** oidc-provider: the device page whose address already holds the code. */
  async approveDevice(url, { login = 'ada' } = {}) {
    await this.page.goto(url);
    await this.page.locator('button[type=submit][form="op.deviceConfirmForm"]:not([name=abort])').click();
    await this.approveHere({ login });
    await this.page.getByText('Sign-in Success').waitFor();
  }

  /** canaille: sign in, agree, and arrive at a page of `target`, which answers. */
  async approveCanaille(url, { login, password, target }) {
    await this.page.goto(url);
    await this.approveCanailleHere({ login, password });
    await this.page.waitForURL((now) => now.href.startsWith(target));
  }

  /** canaille, whose page is shown already: name page, password page, consent page. */
  async approveCanailleHere({ login, password }) {
    await this.page.locator('input[name=login]').fill(login);
    await this.page.locator('input[name=login]').press('Enter');
    await this.page.locator('input[name=password]').fill(password);
    await this.page.locator('input[name=password]').press('Enter');
    await this.page.locator('button[name=answer][value=accept]').click();
  }

  /** What the visible page says. */
  async text() {
    return this.page.locator('body').innerText();
  }

  /** What the page of Anthropic's dialect shows for copying: `code#state`. */
  async shownCode() {
    const shown = await this.page.locator('#shown').innerText();
    if (!/^[^#]+#[^#]+$/.test(shown)) throw new Error(`the page shows ${shown}`);
    return shown;
  }

  async #agree() {
    await this.#consentAsked();
    await this.page.locator('button[type=submit]').click();
  }

  #consentAsked() {
    return this.page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
  }

  /** Resolves when the browser's own page about a failure is there to be asked: some time after the address. */
  async failed() {
    await this.page.waitForFunction(() => location.protocol === 'chrome-error:' && document.readyState === 'complete');
  }

  /** What a person would copy: for a page that failed, not the address of the error page. */
  async #addressBar() {
    const { currentIndex, entries } = await this.history();
    return entries[currentIndex].url;
  }

  /** What the back and forward buttons lead to, and which entry is shown. */
  async history() {
    const session = await this.context.newCDPSession(this.page);
    const history = await session.send('Page.getNavigationHistory');
    await session.detach();
    return history;
  }

  /**
   * From now on, stops the next request for an address of this pattern on its way, also that of a redirect.
   * @returns {Promise<{address: Promise<string>}>} which address it was, once it was stopped
   */
  async intercept(urlPattern) {
    const session = await this.context.newCDPSession(this.page);
    const address = new Promise((resolve, reject) => {
      session.once('Fetch.requestPaused', ({ requestId, request }) => {
        const failed = session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
        failed.then(() => session.detach()).then(() => resolve(request.url), reject);
      });
    });
    await session.send('Fetch.enable', { patterns: [{ urlPattern }] });
    return { address };
  }

  /**
   * From now on, notes what pages of `origin` ask for and what their policy forbids them.
   * @returns {{requests: string[], complaints: string[], codes: string[]}} filled as it happens
   */
  async watch(origin) {
    const seen = { requests: [], complaints: [], codes: [] };
    let arrived = false;
    this.page.on('request', (request) => {
      const url = new URL(request.url());
      arrived ||= url.origin === origin;
      if (!arrived) return;
      seen.requests.push(request.url());
      const code = url.searchParams.get('code');
      if (code) seen.codes.push(code);
    });
    this.page.on('console', (message) => {
      if (arrived) seen.complaints.push(`${message.type()}: ${message.text()}`);
    });
    this.page.on('pageerror', (error) => {
      if (arrived) seen.complaints.push(String(error));
    });
    await this.context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    return seen;
  }
}

/** Chromium behind `ip netns exec`; both replace themselves, so pipes and pid stay the browser's. */
async function wrapper(rig, namespace) {
  const path = rig.path(`chromium-${namespace}`);
  await writeFile(
    path,
    `#!/usr/bin/python3
import os, sys
os.execv("/usr/sbin/ip", ["ip", "netns", "exec", "${namespace}", "${chromiumBinary}", *sys.argv[1:]])
`,
    { mode: 0o755 },
  );
  return path;
}
