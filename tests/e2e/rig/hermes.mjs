// `hermes` in a home of its own, and the little program that stands for the person's browser setting.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hermesBinary } from './settings.mjs';
import { within } from './wait.mjs';

export class Hermes {
  #opened = [];
  #waiting = [];

  constructor(rig, home) {
    this.rig = rig;
    this.home = home; // as hermes knows it
    this.place = home; // as the tests reach it
  }

  /** A new, empty home on this machine, where `$BROWSER` reports the address it was given. */
  static async home(rig, name = 'home') {
    const hermes = new Hermes(rig, await rig.folder(name));
    await hermes.#recorder(name);
    return hermes;
  }

  environment() {
    return { HERMES_HOME: this.home, ...(this.browser ? { BROWSER: this.browser } : {}) };
  }

  /** The program and its arguments. */
  command(args) {
    return [hermesBinary(), args];
  }

  start(...args) {
    return this.rig.start(...this.command(args), { env: this.environment() });
  }

  /**
   * Starts it as on a desktop, wherever the tests themselves run: in a process namespace, so that no
   * sshd is above it, and as in a container that is worked in like the machine.
   */
  startOnDesktop(...args) {
    const alone = ['--pid', '--fork', '--kill-child', '--mount-proc', hermesBinary(), ...args];
    const env = { ...this.environment(), DISTROBOX_ENTER_PATH: '/usr/bin/distrobox-enter' };
    return this.rig.start('/usr/bin/unshare', alone, { env });
  }

  /** Runs it to its end, with nothing on stdin. */
  async run(...args) {
    const child = this.start(...args);
    child.closeInput();
    return child.end();
  }

  /** Runs it to its end and fails unless it succeeds. */
  async ok(...args) {
    return this.rig.run(...this.command(args), { env: this.environment() });
  }

  /** The access token that scripts get. */
  async token(provider) {
    return (await this.ok('auth', 'token', provider)).stdout.trim();
  }

  /** The next address that the browser was asked to open. */
  async opened(ms = 15_000) {
    if (this.#opened.length > 0) return this.#opened.shift();
    return within(ms, new Promise((resolve) => this.#waiting.push(resolve)), 'the browser to be opened');
  }

  /** `auth.json` as it is on disk. */
  async file() {
    return JSON.parse(await readFile(`${this.place}/auth.json`, 'utf8'));
  }

  async fileMode() {
    return (await stat(`${this.place}/auth.json`)).mode & 0o777;
  }

  /** The first entry of a provider's pool. */
  async credential(provider) {
    return (await this.file()).credential_pool[provider][0];
  }

  /** Points table entries at local servers, as an owner of the machine may. */
  async writeProviders(text) {
    await writeFile(`${this.place}/providers.toml`, text, { mode: 0o600 });
  }

  async #recorder(name) {
    const socket = this.rig.path(`${name}.sock`);
    const server = createServer((connection) => {
      let address = '';
      connection.setEncoding('utf8');
      connection.on('data', (text) => (address += text));
      connection.on('end', () => {
        const next = this.#waiting.shift();
        if (next) next(address);
        else this.#opened.push(address);
      });
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(socket, resolve));
    this.rig.onClose(() => server.close());
    this.browser = this.rig.path(`${name}-browser`);
    await writeFile(
      this.browser,
      `#!/usr/bin/python3
import socket, sys
with socket.socket(socket.AF_UNIX) as to:
    to.connect("${socket}")
    to.sendall("\\n".join(sys.argv[1:]).encode())
`,
      { mode: 0o755 },
    );
  }
}

/** What a sign-in asks the browser for, read from what it prints. */
export async function asked(adding) {
  const [, address] = await adding.says(/^(https?:\/\/\S+[?&]response_type=code\S*)(?=\n)/m);
  return authorization(address);
}

/** The page for the code of a device sign-in, with the code in it, read from what it prints. */
export async function deviceAddress(adding) {
  const [address] = await adding.says(/https?:\/\/\S+\/device\?user_code=[A-Z]{4}-[A-Z]{4}(?=\s)/);
  return address;
}

/** The parts of an authorization address that a test looks at. */
export function authorization(address) {
  const url = new URL(address);
  const parameter = (name) => url.searchParams.get(name);
  const redirect = parameter('redirect_uri');
  const { origin, port } = new URL(redirect);
  return { url, parameter, redirect, origin, port: Number(port) };
}
