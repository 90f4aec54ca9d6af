// A tmux on the remote machine, opened over ssh as a person would, with a window wide enough for an
// authorization address.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from './wait.mjs';

const execute = promisify(execFile);

export class Tmux {
  constructor(machines, socket) {
    this.machines = machines;
    this.socket = socket;
  }

  /** Starts the server and a session in it that runs `command`, and lets the ssh connection go. */
  async open(command) {
    const session = `tmux -S ${this.socket} -f /dev/null new-session -d -x 1200 -y 60 "${command}"`;
    const ssh = this.machines.ssh(session);
    ssh.closeInput();
    const end = await ssh.end();
    if (end.code !== 0) throw new Error(`tmux did not start:\n${end.said}`);
  }

  /** What is on the screen, once it holds `pattern`. */
  async shows(pattern, ms = 15_000) {
    let screen = '';
    const probe = async () => {
      screen = await this.#tmux('capture-pane', '-p', '-J', '-S', '-');
      return pattern.test(screen) ? screen : null;
    };
    return until(ms, probe, `${pattern} in tmux`).catch((error) => {
      throw new Error(`${error.message}:\n${screen}`);
    });
  }

  async close() {
    await this.#tmux('kill-server');
  }

  async #tmux(...args) {
    const inside = ['netns', 'exec', this.machines.remote, '/usr/bin/tmux', '-S', this.socket];
    return (await execute('/usr/sbin/ip', [...inside, ...args])).stdout;
  }
}
