// `hermes` on the remote machine, reached from the laptop by ssh through the jump box.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { hermesBinary } from './settings.mjs';

export class RemoteHermes {
  static async home(rig, machines, name, { caBundle }) {
    const hermes = new RemoteHermes();
    hermes.machines = machines;
    hermes.home = await rig.folder('remote', name);
    // The shell that sshd starts has its own environment; what hermes needs is set by the command.
    hermes.prefix = `env HOME=${hermes.home} HERMES_HOME=${hermes.home} HERMES_CA_BUNDLE=${caBundle} ${hermesBinary()}`;
    return hermes;
  }

  /** The command line for a shell on remote. */
  command(...args) {
    return [this.prefix, ...args].join(' ');
  }

  /** Runs it in a terminal; what is written to the process is typed there. */
  terminal(...args) {
    return this.machines.ssh(this.command(...args), { terminal: true });
  }

  /** Runs it without a terminal, to its end, and fails unless it succeeds. */
  async ok(...args) {
    const child = this.machines.ssh(this.command(...args));
    child.closeInput();
    const end = await child.end();
    assert.equal(end.code, 0, `\`hermes ${args.join(' ')}\` on remote:\n${end.said}`);
    return end;
  }

  async token(provider) {
    return (await this.ok('auth', 'token', provider)).stdout.trim();
  }

  async writeProviders(text) {
    await writeFile(`${this.home}/providers.toml`, text, { mode: 0o600 });
  }
}
