// A machine without a browser that signs in to a gateway: `curl`, in a network namespace if it has one.
import { inside } from './provider.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const NAME = 'curl on the box';

export class Headless {
  constructor(rig, gateway, namespace) {
    Object.assign(this, { rig, gateway, namespace });
  }

  /** Asks for its codes, and keeps them. */
  async begins(device = 'the box') {
    const { status, body } = await this.#post('/auth/device/code', { client_id: NAME, device });
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    this.codes = body;
    return body;
  }

  /** Asks once whether it is let in: the tokens, or the word of the refusal. */
  async polls() {
    const fields = { grant_type: GRANT, device_code: this.codes.device_code, client_id: NAME };
    const { status, body } = await this.#post('/auth/device/token', fields);
    return status === 200 ? body : body.error;
  }

  refresh({ refresh_token }) {
    return this.#post('/auth/native/refresh', { refresh_token });
  }

  get(path, tokens) {
    return this.#curl(['-H', '@-', `${this.gateway}${path}`], `Authorization: Bearer ${tokens.access_token}`);
  }

  /** A ticket for a socket. */
  async ticket(tokens) {
    const args = ['-X', 'POST', '-H', '@-', `${this.gateway}/api/auth/ws-ticket`];
    const { body } = await this.#curl(args, `Authorization: Bearer ${tokens.access_token}`);
    return body.ticket;
  }

  #post(path, fields) {
    return this.#curl(['-d', '@-', `${this.gateway}${path}`], new URLSearchParams(fields).toString());
  }

  /** What is secret goes in by standard input: other users of a machine can read arguments. */
  async #curl(args, input) {
    const all = ['-sS', '--max-time', '20', '-w', '\n%{http_code}', ...args];
    const { stdout } = await this.rig.run(...inside(this.namespace, '/usr/bin/curl', all), { input });
    const [body, status] = stdout.split(/\n(?=\d+$)/);
    return { status: Number(status), body: JSON.parse(body) };
  }
}
