// Child processes that are owned: every one is ended by its pid, and its group with it.
import { spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { within } from './wait.mjs';

const ANSI = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]/g;

/** Text as a person reads it: without colours and cursor movements, carriage returns as new lines. */
export function plain(text) {
  return text.replace(ANSI, '').replace(/\r+\n/g, '\n').replace(/\r/g, '\n');
}

export class Process {
  #child;
  #listeners = new Set();
  stdout = '';
  stderr = '';

  constructor(program, args, { env = {}, cwd } = {}) {
    this.name = `${program.split('/').pop()} ${args.join(' ')}`.slice(0, 160);
    // A group of its own, so that what it starts ends with it.
    this.#child = spawn(program, args, { env, cwd, detached: true, stdio: 'pipe' });
    for (const stream of ['stdout', 'stderr']) {
      this.#child[stream].setEncoding('utf8');
      this.#child[stream].on('data', (text) => {
        this[stream] += text;
        this.#changed();
      });
    }
    this.#child.stdin.on('error', () => {}); // it may end before it has read everything
    // At once, for later the number may be somebody else's.
    this.#child.once('exit', () => this.#signal('SIGKILL'));
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.ended = null;
    this.exited.then((how) => {
      this.ended = how;
      this.#changed();
    });
  }

  get pid() {
    return this.#child.pid;
  }

  #changed() {
    for (const listener of [...this.#listeners]) listener();
  }

  write(text) {
    this.#child.stdin.write(text);
  }

  closeInput() {
    this.#child.stdin.end();
  }

  /** Everything it said so far, both streams, readable. */
  get said() {
    return plain(`${this.stdout}${this.stderr}`);
  }

  /** The match of `pattern` in what it says, as soon as it is there. Fails at once if it ends first. */
  async says(pattern, { ms = 20_000, stream = 'said' } = {}) {
    const text = () => (stream === 'said' ? this.said : plain(this[stream]));
    let listener;
    const found = new Promise((resolve, reject) => {
      listener = () => {
        const match = text().match(pattern);
        if (match) resolve(match);
        else if (this.ended) {
          reject(new Error(`\`${this.name}\` ended (${describe(this.ended)}) before ${pattern}:\n${this.said}`));
        }
      };
      this.#listeners.add(listener);
      listener();
    });
    try {
      return await within(ms, found, () => `${pattern} from \`${this.name}\`, which said:\n${this.said}`);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /** Waits for its end; the answer holds the code and both streams. */
  async end(ms = 30_000) {
    const how = await within(ms, this.exited, () => `the end of \`${this.name}\`, which said:\n${this.said}`);
    if (how.error) throw how.error;
    return { ...how, stdout: this.stdout, stderr: plain(this.stderr), said: this.said };
  }

  /** Sends a signal to it alone. */
  signal(name) {
    process.kill(this.pid, name);
  }

  /** Ends it and its group with no chance to say goodbye. */
  async kill() {
    this.#signal('SIGKILL');
    await within(5_000, this.exited, `the end of \`${this.name}\` after SIGKILL`);
  }

  /** Ends it and its group: asked first, then forced. */
  async stop() {
    if (this.ended) return;
    this.#signal('SIGTERM');
    try {
      await within(5_000, this.exited, 'its end');
    } catch {
      await this.kill();
    }
  }

  #signal(signal) {
    if (!this.pid) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

export function describe({ code, signal }) {
  return signal ? `signal ${signal}` : `exit code ${code}`;
}

/** True while a process with this pid runs; one that ended and waits to be reaped does not. */
export async function alive(pid) {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/^\d+ \(.*\) [ZX]/s.test(stat);
  } catch {
    return false;
  }
}

/** What a process holds: open files, and memory in KiB. */
export async function holdings(pid) {
  const [files, status] = await Promise.all([readdir(`/proc/${pid}/fd`), readFile(`/proc/${pid}/status`, 'utf8')]);
  return { files: files.length, memory: Number(status.match(/^VmRSS:\s+(\d+) kB$/m)[1]) };
}
