// What a person does on the pages of a gateway, and what a page of it does by itself.
import { within } from './wait.mjs';

/** Signs in by the form that is shown. */
export async function signInByPassword(page, { username, password }) {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Waits until the web app is there, as somebody finds it who has signed in. */
export async function webApp(page) {
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
}

/** What `/api/auth/me` says to the page: the status and the body. */
export async function me(page, prefix = '') {
  return page.evaluate(async (url) => {
    const answer = await fetch(url);
    return { status: answer.status, body: await answer.json() };
  }, `${prefix}/api/auth/me`);
}

/** A ticket that the page asks for. */
export async function ticket(page, prefix = '') {
  return page.evaluate(async (url) => {
    const answer = await fetch(url, { method: 'POST' });
    return (await answer.json()).ticket;
  }, `${prefix}/api/auth/ws-ticket`);
}

/** The cookies of the gateway that the browser holds, by name: servers of one address share a jar. */
export async function cookies(context) {
  const ours = (await context.cookies()).filter(({ name }) => name.includes('hermes'));
  return Object.fromEntries(ours.map((cookie) => [cookie.name, cookie]));
}

/** How a socket is closed when its session has ended. */
export const SESSION_ENDED = { code: 4401, reason: 'session ended' };

/** A WebSocket that a page has opened with a ticket. */
export class PageSocket {
  #inPage;

  /** Opens it and waits for its first frame. The page asks for the ticket, if it has none yet. */
  static async open(page, prefix = '', shown = undefined) {
    const socket = new PageSocket();
    socket.#inPage = await page.evaluateHandle(
      (path) => {
        const opened = new WebSocket(path);
        const closed = new Promise((resolve) => {
          opened.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
        });
        const frames = [];
        let arrived = () => {};
        opened.addEventListener('message', ({ data }) => {
          frames.push(JSON.parse(data));
          arrived();
        });
        const next = async () => {
          while (frames.length === 0) await new Promise((resolve) => (arrived = resolve));
          return frames.shift();
        };
        return { opened, closed, next };
      },
      `${prefix}/api/ws?ticket=${shown ?? (await ticket(page, prefix))}`,
    );
    socket.first = await socket.#next();
    return socket;
  }

  /** The answer to a call. */
  async calls(method) {
    await this.#inPage.evaluate(({ opened }, text) => opened.send(text), JSON.stringify({ jsonrpc: '2.0', id: 1, method }));
    return this.#next();
  }

  /** The code and the reason with which it is closed; the end of its session reaches it within a second (WS7). */
  closed(ms = 1_000) {
    const how = this.#inPage.evaluate(({ closed }) => closed);
    return within(ms, how, 'the socket to be closed');
  }

  /** The next frame; if it closes first, that is said instead. */
  async #next() {
    const frame = this.#inPage.evaluate(({ next, closed }) =>
      Promise.race([next(), closed.then((how) => Promise.reject(new Error(`closed: ${JSON.stringify(how)}`)))]),
    );
    return within(10_000, frame, 'the next frame of the socket');
  }
}
