// Three machines in one: laptop, jump and remote, as network namespaces joined by veth pairs, with a
// real sshd on jump and on remote. The laptop reaches remote only through jump.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inside } from './provider.mjs';
import { rigFile } from './settings.mjs';
import { until } from './wait.mjs';

const IP = '/usr/sbin/ip';
const execute = promisify(execFile);
const ip = async (...args) => (await execute(IP, args)).stdout;

/** Addresses; every run has its own namespaces, so they never clash. */
export const JUMP = '10.77.1.2';
export const REMOTE = '10.77.2.2';
/** The address that remote has in the guide, too. */
export const NAMED = '203.0.113.7';

export class Machines {
  constructor(rig) {
    this.rig = rig;
    for (const role of ['laptop', 'jump', 'remote']) this[role] = `${rig.namespacePrefix}${role}`;
  }

  static async start(rig) {
    const machines = new Machines(rig);
    rig.onClose(() => machines.#takeDown());
    await machines.#connect();
    await machines.#keys();
    await Promise.all([machines.sshd('jump'), machines.sshd('remote')]);
    return machines;
  }

  get names() {
    return [this.laptop, this.jump, this.remote];
  }

  /** Starts a program on one of the machines. */
  start(namespace, program, args, options) {
    return this.rig.start(...inside(namespace, program, args), options);
  }

  /** Starts a program that holds a port of the machine, so that nobody else gets it. */
  async occupy(namespace, port, address = '127.0.0.1') {
    const squatter = this.start(namespace, process.execPath, [rigFile('occupy.mjs'), String(port), address]);
    await squatter.says(/listening/);
    return squatter;
  }

  /** Environment in which plain `ssh` means ours: the test's keys and host names. */
  sshEnvironment() {
    return { PATH: `${this.rig.path('ssh', 'bin')}:${this.rig.environment().PATH}` };
  }

  /** A command on remote, from the laptop, through jump; with a terminal if asked for. */
  ssh(command, { terminal = false, host = 'remote' } = {}) {
    const args = [...(terminal ? ['-tt'] : []), '-J', 'jump', host, command];
    return this.start(this.laptop, this.rig.path('ssh', 'bin', 'ssh'), args);
  }

  /** Where programs lie that are on the PATH of a command by ssh. */
  installed(role) {
    return this.rig.path(`${role}-bin`);
  }

  /** The processes of the machine with this name. */
  async pids(namespace, name) {
    const pids = await pidsIn(namespace);
    const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
    return pids.filter((_, n) => names[n].trim() === name);
  }

  /** Lets the laptop reach remote by address, as over the Internet: jump passes on what is not for itself. */
  async route() {
    await execute(IP, ['netns', 'exec', this.jump, '/usr/sbin/sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    this.isRouted = true;
    await this.#route();
  }

  async #route() {
    await ip('-n', this.laptop, 'route', 'add', '10.77.2.0/24', 'via', JUMP);
  }

  /** Takes the laptop's link down, or up again. */
  async link(state) {
    await ip('-n', this.laptop, 'link', 'set', 'lj0', state);
    // The kernel forgets the way with the link; whatever looks after the network finds it again.
    if (state === 'up' && this.isRouted) await this.#route();
  }

  /** Resolves when something on the machine listens on the port of 127.0.0.1. */
  async listening(namespace, port) {
    const address = `127.0.0.1:${port}`;
    const listens = async () => (await this.listeners(namespace)).includes(address);
    await until(15_000, listens, `a listener on ${address} in ${namespace}`);
  }

  /** Every address of the machine on which something listens. */
  async listeners(namespace) {
    const { stdout } = await execute(IP, ['netns', 'exec', namespace, '/usr/bin/ss', '-Hltn']);
    return stdout.split('\n').filter(Boolean).map((line) => line.trim().split(/\s+/)[3]);
  }

  /** The programs that run on the machine, by name. */
  async programs(namespace) {
    const names = (await pidsIn(namespace)).map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
    return (await Promise.all(names)).map((name) => name.trim()).filter(Boolean);
  }

  async #connect() {
    const { laptop, jump, remote } = this;
    for (const name of this.names) {
      await ip('netns', 'add', name);
      await ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    await ip('link', 'add', 'lj0', 'netns', laptop, 'type', 'veth', 'peer', 'name', 'lj1', 'netns', jump);
    await ip('link', 'add', 'jr0', 'netns', jump, 'type', 'veth', 'peer', 'name', 'jr1', 'netns', remote);
    const addresses = [
      [laptop, 'lj0', '10.77.1.1'],
      [jump, 'lj1', JUMP],
      [jump, 'jr0', '10.77.2.1'],
      [remote, 'jr1', REMOTE],
      [jump, 'jr0', '203.0.113.1'],
      [remote, 'jr1', NAMED],
    ];
    for (const [name, device, address] of addresses) {
      await ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', device);
      await ip('-n', name, 'link', 'set', device, 'up');
    }
    // The provider lives on jump; remote may reach that address of it, and nothing behind it.
    await ip('-n', remote, 'route', 'add', '10.77.1.0/24', 'via', '10.77.2.1');
  }

  async #keys() {
    const folder = await this.rig.folder('ssh');
    const keygen = (name) =>
      this.rig.run('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'hermes-e2e', '-f', `${folder}/${name}`]);
    await Promise.all(['hk_jump', 'hk_remote', 'id'].map(keygen));
    await writeFile(`${folder}/authorized_keys`, await readFile(`${folder}/id.pub`), { mode: 0o600 });
    await writeFile(
      `${folder}/config`,
      [
        ...['Host jump', `  HostName ${JUMP}`],
        ...['Host remote', `  HostName ${REMOTE}`],
        ...['Host behind', `  HostName ${NAMED}`, '  ProxyJump jump'],
        ...['Host *', '  User root', `  IdentityFile ${folder}/id`, '  IdentitiesOnly yes'],
        ...[`  UserKnownHostsFile ${folder}/known_hosts`, '  StrictHostKeyChecking accept-new', '  LogLevel ERROR'],
        '',
      ].join('\n'),
    );
    // Plain `ssh` on the laptop, with the test's configuration. It becomes ssh, so its pid is ssh's.
    await mkdir(`${folder}/bin`);
    await writeFile(
      `${folder}/bin/ssh`,
      `#!/usr/bin/python3\nimport os, sys\nos.execv("/usr/bin/ssh", ["ssh", "-F", "${folder}/config", *sys.argv[1:]])\n`,
      { mode: 0o755 },
    );
  }

  /** Starts an sshd on jump or remote; a second one of a machine has a port and manners of its own. */
  async sshd(role, { port = 22, forwarding = 'yes' } = {}) {
    await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    const folder = this.rig.path('ssh');
    const config = `${folder}/sshd_${role}_${port}.conf`;
    await writeFile(
      config,
      [
        ...[`Port ${port}`, `HostKey ${folder}/hk_${role}`, `PidFile ${folder}/sshd_${role}_${port}.pid`],
        ...[`AuthorizedKeysFile ${folder}/authorized_keys`, 'PasswordAuthentication no'],
        ...['KbdInteractiveAuthentication no', 'UsePAM no', 'PermitRootLogin prohibit-password'],
        ...['StrictModes no', `AllowTcpForwarding ${forwarding}`, 'PrintMotd no'],
        ...[`SetEnv PATH=${this.installed(role)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`, ''],
      ].join('\n'),
    );
    const server = this.start(this[role], '/usr/sbin/sshd', ['-D', '-e', '-f', config]);
    await server.says(new RegExp(`Server listening on 0\\.0\\.0\\.0 port ${port}`));
  }

  /** Ends what still runs in the namespaces, removes them, and looks whether anything stayed. */
  async #takeDown() {
    for (const name of this.names) {
      for (const pid of await pidsIn(name)) kill(pid, 'SIGTERM');
    }
    for (const name of this.names) {
      await until(5_000, async () => (await pidsIn(name)).length === 0, `the processes of ${name} to end`).catch(async () => {
        for (const pid of await pidsIn(name)) kill(pid, 'SIGKILL');
        await until(5_000, async () => (await pidsIn(name)).length === 0, `the processes of ${name} to die`);
      });
    }
    const made = await existing();
    for (const name of this.names.filter((name) => made.includes(name))) await ip('netns', 'del', name);
    const left = (await existing()).filter((name) => this.names.includes(name));
    if (left.length > 0) throw new Error(`network namespaces left behind: ${left.join(', ')}`);
  }
}

async function existing() {
  return (await ip('netns', 'list')).split('\n').map((line) => line.split(' ')[0]).filter(Boolean);
}

async function pidsIn(namespace) {
  if (!(await existing()).includes(namespace)) return [];
  return (await ip('netns', 'pids', namespace)).split('\n').filter(Boolean).map(Number);
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
