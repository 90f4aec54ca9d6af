// A client of W3C WebDriver, as far as the desktop's tests need one.
import { until } from './wait.mjs';

/** The key under which a driver names an element (WebDriver, 12.1). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Keys that are no letters (WebDriver, 17.4.2). */
export const KEYS = { enter: '\uE007' };

export class WebDriver {
  #base;

  /** A session of the driver at this port, with these capabilities. */
  static async session(port, capabilities) {
    const driver = new WebDriver();
    driver.#base = `http://127.0.0.1:${port}`;
    const { sessionId } = await driver.#ask('POST', '/session', { capabilities: { alwaysMatch: capabilities } });
    driver.#base += `/session/${sessionId}`;
    return driver;
  }

  /** Ends the session, and the program with it. */
  async quit() {
    await this.#ask('DELETE', '');
  }

  async #ask(method, path, body) {
    const answer = await fetch(this.#base + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(`${value.error}: ${value.message}`), { kind: value.error });
    return value;
  }

  /** What a script of the page answers: the body of a function. It may be a promise. */
  run(script, ...args) {
    return this.#ask('POST', '/execute/sync', { script, args });
  }

  /** The elements that match, each as the driver names it. */
  async #all(xpath) {
    const found = await this.#ask('POST', '/elements', { using: 'xpath', value: xpath });
    return found.map((one) => one[ELEMENT]);
  }

  /** The first one that matches and is shown, as soon as there is one. */
  async find(xpath, ms = 15_000) {
    let shown;
    await until(ms, async () => (shown = await this.#shown(xpath)) !== undefined, `an element ${xpath}`);
    return shown;
  }

  async #shown(xpath) {
    for (const id of await this.#all(xpath)) {
      // One that is gone by now is not shown.
      if (await this.#ask('GET', `/element/${id}/displayed`).catch(gone)) return id;
    }
    return undefined;
  }

  /** Whether one is shown now. */
  async has(xpath) {
    return (await this.#shown(xpath)) !== undefined;
  }

  async click(xpath) {
    await this.#ask('POST', `/element/${await this.find(xpath)}/click`, {});
  }

  /** Types into a field, after what is in it. */
  async type(xpath, text) {
    await this.#ask('POST', `/element/${await this.find(xpath)}/value`, { text });
  }

  /** Types into a field, in place of what is in it. */
  async replace(xpath, text) {
    const args = [{ [ELEMENT]: await this.find(xpath) }];
    await this.#ask('POST', '/execute/sync', { script: 'arguments[0].focus(); arguments[0].select()', args });
    await this.type(xpath, text);
  }

  /** The text of the whole page, as it is shown. */
  text() {
    return this.run('return document.body.innerText');
  }

  /** Waits until the page shows this. */
  async shows(pattern, ms = 15_000) {
    let text = '';
    await until(ms, async () => pattern.test((text = await this.text())), `${pattern} in the window`).catch((error) => {
      throw new Error(`${error.message}\nThe window shows:\n${text}`);
    });
    return text.match(pattern);
  }

  /** Waits until everything so far is on the screen. */
  async painted() {
    await this.#ask('POST', '/execute/async', { script: 'requestAnimationFrame(() => requestAnimationFrame(arguments[0]))', args: [] });
  }

  /** A picture of the window, as PNG. */
  async picture() {
    return Buffer.from(await this.#ask('GET', '/screenshot'), 'base64');
  }
}

function gone(error) {
  if (['stale element reference', 'no such element'].includes(error.kind)) return false;
  throw error;
}

/** A button of this name. */
export const button = (name) => `//button[normalize-space(.)=${literal(name)} or @aria-label=${literal(name)}]`;

/** The field of this label. */
export const field = (name) => `//label[contains(normalize-space(.), ${literal(name)})]//*[self::input or self::textarea] | //*[self::input or self::textarea][@aria-label=${literal(name)}]`;

/** XPath has no escapes in its strings. */
function literal(text) {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}
