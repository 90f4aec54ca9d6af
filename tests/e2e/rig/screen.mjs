// A terminal of this machine with a program in it, as a person sees it: tmux, without a person.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { until } from './wait.mjs';

const execute = promisify(execFile);

export class Screen {
  #socket;

  /** Opens a terminal of this size that runs this program, which ends with the rig. */
  static async open(rig, name, program, args, environment, [columns, rows] = [120, 50]) {
    const screen = new Screen();
    screen.#socket = rig.path(`${name}.tmux`);
    const lines = Object.entries({ ...rig.environment(), TERM: 'xterm-256color', ...environment });
    const script = rig.path(`${name}.sh`);
    const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
    // Through a file, since what a program is started with is there for all to read, and a token is in it.
    const exports = lines.map(([key, value]) => `export ${key}=${quoted(value)}\n`).join('');
    await writeFile(script, `${exports}exec ${[program, ...args].map(quoted).join(' ')}\n`, { mode: 0o600 });
    rig.onClose(() => screen.close());
    await screen.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', columns, '-y', rows, '/bin/sh', script);
    await screen.#tmux('set-option', '-g', 'remain-on-exit', 'on');
    return screen;
  }

  /** What has been on it, once that holds `pattern`. */
  async shows(pattern, ms = 30_000) {
    let text = '';
    const probe = async () => {
      text = await this.text();
      return pattern.test(text) ? text : null;
    };
    return until(ms, probe, `${pattern} on the screen`).catch((error) => {
      throw new Error(`${error.message}:\n${text}`);
    });
  }

  /** What is on it now, without what has scrolled away. */
  async visible() {
    return this.#tmux('capture-pane', '-p');
  }

  /** The same with the sequences of its colours, and where the cursor stands: its column and its line. */
  async painted() {
    const at = await this.#tmux('display-message', '-p', '#{cursor_x} #{cursor_y}');
    return { text: await this.#tmux('capture-pane', '-p', '-e'), cursor: at.trim().split(' ').map(Number) };
  }

  /** Presses these keys, by the names that tmux has for them. */
  async keys(...names) {
    await this.#tmux('send-keys', ...names);
  }

  /** Types a text, and presses nothing after it. */
  async puts(text) {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Makes the terminal this large. */
  async resize(columns, rows) {
    await this.#tmux('resize-window', '-x', columns, '-y', rows);
  }

  /** What has been on it, with what has scrolled away. */
  text() {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  /** Types a line and presses Enter. */
  async types(line) {
    await this.#tmux('send-keys', '-l', line);
    await this.shows(new RegExp(line.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')));
    await this.#tmux('send-keys', 'Enter');
  }

  /** Waits for the end of its program: what has been on it then. */
  async ended(ms = 20_000) {
    const dead = async () => (await this.#tmux('display-message', '-p', '#{pane_dead}')).trim() === '1';
    await until(ms, dead, 'the end of the program').catch(async (error) => {
      throw new Error(`${error.message}:\n${await this.text()}`);
    });
    return this.text();
  }

  async close() {
    await this.#tmux('kill-server').catch((error) => {
      if (!/no server running|No such file/.test(error.message)) throw error;
    });
  }

  async #tmux(...args) {
    return (await execute('/usr/bin/tmux', ['-S', this.#socket, ...args.map(String)])).stdout;
  }
}
