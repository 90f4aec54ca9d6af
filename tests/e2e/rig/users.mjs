// A machine with two more users, in namespaces of its own: its accounts, services and programs are copies
// that nobody outside sees, gateways that run elsewhere are none of its processes, and all of it goes with the
// process that keeps it.
import { lstat, readFile, writeFile } from 'node:fs/promises';
import { hermesBinary } from './settings.mjs';

/** Who there is: one that people log in as, and one that is only a service's. */
export const USERS = {
  svc: { id: 4301, shell: '/bin/bash' },
  quiet: { id: 4302, shell: '/usr/sbin/nologin' },
};

const SCRIPT = `
mount -t tmpfs -o size=4m,mode=0755 hermes-e2e /mnt
mkdir /mnt/bin /mnt/etc /mnt/units /mnt/srv
mkdir -m 0700 /mnt/root
: > /mnt/bin/hermes
mount --bind "$1" /mnt/bin/hermes
mount --rbind /mnt/bin /usr/local/bin
mount --bind /mnt/units /etc/systemd/system
cp -p /etc/passwd /etc/group /etc/shadow /mnt/etc
${Object.entries(USERS)
  .map(
    ([name, { id, shell }]) => `
echo '${name}:x:${id}:${id}::/mnt/${name}:${shell}' >> /mnt/etc/passwd
echo '${name}:x:${id}:' >> /mnt/etc/group
echo '${name}:!:20000:0:99999:7:::' >> /mnt/etc/shadow
mkdir -p -m 0700 /mnt/${name}/.hermes
chmod 0700 /mnt/${name}/.hermes
chown -R ${id}:${id} /mnt/${name}`,
  )
  .join('')}
for file in passwd group shadow; do mount --bind /mnt/etc/$file /etc/$file; done
echo ready
exec cat
`;

export class Users {
  #keeper;

  static async start(rig) {
    const users = new Users();
    users.rig = rig;
    const shell = ['/bin/sh', '-euc', SCRIPT, 'users', hermesBinary()];
    const alone = ['--mount', '--propagation=private', '--pid', '--fork', '--kill-child', '--mount-proc'];
    users.#keeper = rig.start('/usr/bin/unshare', [...alone, ...shell]);
    await users.#keeper.says(/^ready$/m);
    users.root = `/proc/${users.#keeper.pid}/root`;
    return users;
  }

  /** Starts what root types in its shell. */
  types(line) {
    const namespaces = `/proc/${this.#keeper.pid}/ns`;
    const inside = [`--mount=${namespaces}/mnt`, `--pid=${namespaces}/pid_for_children`];
    return this.rig.start('/usr/bin/nsenter', [...inside, '/bin/sh', '-c', line], { env: { HOME: '/mnt/root' } });
  }

  /** The gateway that systemd would run, as this user and with these variables. */
  async serves(user, variables = '') {
    const unit = `[Service]\nUser=${user}\n${variables}ExecStart=/usr/local/bin/hermes serve\n`;
    await writeFile(`${this.root}/mnt/units/hermes.service`, unit);
  }

  /** Points the table at the server of the test, in a home that is made where it is missing. */
  async knows(home, table, user) {
    const { id } = USERS[user] ?? { id: 0 };
    const end = this.types(`mkdir -p -m 0700 ${home} && cat > ${home}/providers.toml && chown -R ${id}:${id} ${home}`);
    end.write(table);
    end.closeInput();
    if ((await end.end()).code !== 0) throw new Error(end.said);
  }

  /** Whose a file is, its mode, and what is in it. */
  async file(path) {
    const { uid, mode } = await lstat(`${this.root}${path}`);
    return { uid, mode: mode & 0o777, json: JSON.parse(await readFile(`${this.root}${path}`, 'utf8')) };
  }
}
