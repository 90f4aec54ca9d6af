// A gateway with an owner, and HTTPS requests to the proxy before it as a client sends them.
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { readFile } from 'node:fs/promises';
import { Hermes } from './hermes.mjs';

export class Gateway {
  /** Starts `hermes serve` on a free port and waits until it takes connections. */
  static async start(rig, name, variables, args = []) {
    const gateway = new Gateway();
    gateway.hermes = await Hermes.home(rig, name);
    const [program, all] = gateway.hermes.command(['serve', '--no-open', '--port', '0', ...args]);
    gateway.process = rig.start(program, all, { env: { ...gateway.hermes.environment(), ...variables } });
    const [, port] = await gateway.process.says(/^HERMES_BACKEND_READY port=(\d+)$/m, { stream: 'stdout' });
    gateway.port = Number(port);
    return gateway;
  }

  /** Signs the owner in beside every page: the long-lived value of a session that is put into the database. */
  async session(rig) {
    const value = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(value).digest('hex');
    const now = Date.now();
    const columns = 'id, user_id, method, address, created_at, authenticated_at, last_seen_at, ends_at, long_lived';
    const row = `'${randomBytes(16).toString('base64url')}', 'owner', 'password', '127.0.0.1', ${now}, ${now}, ${now}, ${now + 3_600_000}, x'${hash}'`;
    const script = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as database:
    database.executescript(sys.argv[2])
`;
    const sql = `
INSERT OR IGNORE INTO users (id, role, disabled, created_at) VALUES ('owner', 'owner', 0, ${now});
INSERT INTO sessions (${columns}) VALUES (${row});`;
    await rig.run('/usr/bin/python3', ['-c', script, `${this.hermes.home}/gateway.db`, sql]);
    return value;
  }

  /** The lines of the audit log so far. */
  async audit() {
    const text = await readFile(`${this.hermes.home}/logs/dashboard-auth.log`, 'utf8');
    return text.trim().split('\n').map((line) => JSON.parse(line));
  }
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
      const upgrade = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
      };
      const asking = request(this.#options(path, 'GET', { ...upgrade, ...headers }));
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
            resolve(frame);
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

/** The first frame of a server (RFC 6455 section 5.2), as soon as all of it is there. */
function firstFrame(bytes) {
  if (bytes.length < 2) return undefined;
  let [length, start] = [bytes[1] & 0x7f, 2];
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    [length, start] = [bytes.readUInt16BE(2), 4];
  }
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  if ((bytes[0] & 0x0f) === 8) return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
  return { text: payload.toString() };
}
