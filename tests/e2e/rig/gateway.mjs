// A gateway, and HTTPS requests to the proxy before it as a client sends them.
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { CLOSE, firstFrame, goodbye, upgrade } from './frames.mjs';
import { Hermes } from './hermes.mjs';
import { inside } from './provider.mjs';

/** Who has a password where a test gives one out. */
export const OWNER = { username: 'ada', password: 'fourteen geese in a canal', name: 'Ada L.' };

// A kernel that shares processors among sessions first looks at the niceness of the session.
const FIRST = '[ ! -w /proc/self/autogroup ] || echo -20 > /proc/self/autogroup; exec nice -n -20 "$@"';

export class Gateway {
  #how;

  /**
   * Starts `hermes serve` and waits until it takes connections.
   *
   * @param {object} how `config` for `config.toml`, `owner` to be added with a password, `variables` and `args` of
   *   the program, `port` where a free one will not do, `namespace` to run in, `hermes` where a new home will not do,
   *   `first` of all programs that want the processor.
   */
  static async start(rig, name, { config, owner, hermes, port = 0, ...how } = {}) {
    const gateway = new Gateway();
    gateway.hermes = hermes ?? (await Hermes.home(rig, name));
    gateway.#how = how;
    if (config) await writeFile(`${gateway.hermes.place}/config.toml`, config);
    if (owner) await gateway.#add(owner);
    await gateway.#serve(port);
    return gateway;
  }

  /** Starts it again after its end, with the same home at the same port. */
  async again() {
    await this.#serve(this.port);
  }

  async #serve(port) {
    const { variables, args = [], namespace, first } = this.#how;
    const { hermes } = this;
    const [program, all] = hermes.command(['serve', '--no-open', '--port', String(port), ...args]);
    const started = first ? ['/bin/sh', ['-c', FIRST, 'first', program, ...all]] : [program, all];
    this.process = hermes.rig.start(...inside(namespace, ...started), { env: { ...hermes.environment(), ...variables } });
    const [, bound] = await this.process.says(/^HERMES_BACKEND_READY port=(\d+)$/m, { stream: 'stdout' });
    this.port = Number(bound);
    this.origin = `http://127.0.0.1:${bound}`;
  }

  /** The lines of the audit log so far. */
  async audit() {
    const text = await readFile(`${this.hermes.home}/logs/dashboard-auth.log`, 'utf8');
    return text.trim().split('\n').map((line) => JSON.parse(line));
  }

  /** The time has come to ask the identity providers again: a minute at the least, which is long for a test. */
  async renewalsFallDue() {
    const script = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as database:
    database.execute("UPDATE provider_sessions SET refresh_at = 0 WHERE refresh_at IS NOT NULL")
`;
    await this.hermes.rig.run('/usr/bin/python3', ['-c', script, `${this.hermes.home}/gateway.db`]);
  }

  async #add({ username, password, name }) {
    const args = ['users', 'add', username, '--display-name', name, '--password-stdin'];
    await this.hermes.rig.run(...this.hermes.command(args), {
      env: this.hermes.environment(),
      input: `${password}\n`,
    });
  }
}

/**
 * Registers the gateway at this address with an identity provider, as
 * `docs/src/reference/gateway-identity-providers.md` says. Answers with the table for `config.toml`; `lists` has its
 * further lines.
 */
export async function issuer(name, provider, address, lists) {
  const clientId = await provider.register([`${address}/auth/callback`], {
    post_logout_redirect_uris: [`${address}/login`],
    backchannel_logout_uri: `${address}/auth/backchannel-logout`,
    backchannel_logout_session_required: true,
  });
  return `[[gateway.oidc]]\nname = "${name}"\nissuer = "${provider.issuer}"\nclient_id = "${clientId}"\n${lists}\n`;
}

/**
 * What a client sees of an HTTPS server at `port` of this machine that it knows as `name`. It comes
 * from the address `from`, if that is set.
 */
export class Outside {
  constructor({ name, port, ca }) {
    Object.assign(this, { name, port, ca });
    this.origin = `https://${name}:${port}`;
  }

  /** Asks, and returns status, headers and body. */
  ask(path, { method = 'GET', headers = {} } = {}) {
    return new Promise((resolve, reject) => {
      const asking = request(this.#options(path, method, headers), (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text) => (body += text));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
      });
      asking.on('error', reject).end();
    });
  }

  /** Opens a WebSocket: the first text frame, or the code and the reason of the close frame. */
  socket(path, headers = {}) {
    return new Promise((resolve, reject) => {
      const asking = request(this.#options(path, 'GET', { ...upgrade(), ...headers }));
      asking.on('error', reject);
      asking.on('response', (answer) => {
        answer.resume();
        reject(new Error(`no upgrade: status ${answer.statusCode}`));
      });
      asking.on('upgrade', (_, socket, head) => {
        let bytes = head;
        const look = () => {
          const frame = firstFrame(bytes);
          if (frame) {
            socket.destroy();
            resolve(frame.kind === CLOSE ? goodbye(frame.payload) : { text: frame.payload.toString() });
          }
        };
        socket.on('error', reject);
        socket.on('end', () => reject(new Error('the socket ended before its first frame')));
        socket.on('data', (more) => {
          bytes = Buffer.concat([bytes, more]);
          look();
        });
        look();
      });
      asking.end();
    });
  }

  #options(path, method, headers) {
    const host = `${this.name}:${this.port}`;
    return {
      host: '127.0.0.1',
      port: this.port,
      path,
      method,
      ca: this.ca,
      localAddress: this.from,
      servername: this.name,
      agent: false,
      headers: { host, ...headers },
    };
  }
}
