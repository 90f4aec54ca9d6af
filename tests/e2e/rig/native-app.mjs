// A small native app: it listens on loopback, sends a browser to the gateway, and keeps its tokens.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { within } from './wait.mjs';

const random = () => randomBytes(32).toString('base64url');

export class NativeApp {
  answers = [];

  /** An app that listens on a free port, for the gateway of this origin. */
  static async listen(rig, gateway) {
    const app = new NativeApp();
    Object.assign(app, { gateway, state: random(), verifier: random() });
    app.arrived = new Promise((resolve) => (app.arrives = resolve));
    app.port = await serve(rig, (asked, answer) => {
      const url = new URL(asked.url, 'http://127.0.0.1');
      if (url.pathname !== '/callback') return answer.writeHead(204).end();
      app.answers.push(Object.fromEntries(url.searchParams));
      app.arrives();
      answer.setHeader('content-type', 'text/html').end('<!doctype html><title>App</title><p>The app has its answer');
    });
    app.redirect = `http://127.0.0.1:${app.port}/`;
    app.address = app.addressTo(`${app.redirect}callback`);
    return app;
  }

  /** The address of a page of another program. */
  static async page(rig, body) {
    const port = await serve(rig, (_, answer) => answer.setHeader('content-type', 'text/html').end(body));
    return `http://127.0.0.1:${port}/`;
  }

  /** Where the browser is sent. */
  addressTo(redirect_uri) {
    const query = new URLSearchParams({
      redirect_uri,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: this.state,
      client_id: 'Walking app',
      device: 'the desk',
    });
    return `${this.gateway}/auth/native/authorize?${query}`;
  }

  /** What this page of the browser brought back, once it shows the answer and goes nowhere else by itself. */
  async answer(page) {
    await within(10_000, this.arrived, 'the browser to come back to the app');
    await page.getByText('The app has its answer').waitFor();
    return this.answers[0];
  }

  redeem(code) {
    return this.#tokens('/auth/native/token', { code, code_verifier: this.verifier });
  }

  refresh({ refresh_token }) {
    return this.#tokens('/auth/native/refresh', { refresh_token });
  }

  async get(path, tokens, method = 'GET') {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answer = await fetch(this.gateway + path, { method, headers });
    return { status: answer.status, body: await answer.json() };
  }

  /** A ticket for a socket. */
  async ticket(tokens) {
    const { body } = await this.get('/api/auth/ws-ticket', tokens, 'POST');
    return body.ticket;
  }

  async #tokens(path, body) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.gateway + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
    return JSON.parse(text);
  }
}

async function serve(rig, handle) {
  const server = createServer(handle);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  rig.onClose(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}
