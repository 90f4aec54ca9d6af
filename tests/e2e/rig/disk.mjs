// A home on a small disk of its own: a tmpfs in a mount namespace, which goes with the process that
// keeps it. Root can fill it, make it read-only, and give it to somebody else.
import { closeSync, constants, openSync, truncateSync, writeSync } from 'node:fs';
import { chmod, chown, lstat, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hermes } from './hermes.mjs';
import { hermesBinary } from './settings.mjs';

/** The user and the group of nobody, on Debian as nearly everywhere. */
export const NOBODY = 65534;

/** What a tmpfs gives out at once. */
export const PAGE = 4096;

// The program is mounted as well: nobody may not reach it where it was built.
const SCRIPT = `
mount -t tmpfs -o size="$2",mode=0755 hermes-e2e /mnt
mkdir -m 0700 /mnt/home
: > /mnt/hermes
mount --bind "$1" /mnt/hermes
echo mounted
exec cat
`;

export class Disk extends Hermes {
  #keeper;
  #user = 0;

  static async mount(rig, size = '512k') {
    const disk = new Disk(rig, '/mnt/home');
    const shell = ['/bin/sh', '-euc', SCRIPT, 'disk', hermesBinary(), size];
    disk.#keeper = rig.start('/usr/bin/unshare', ['--mount', '--propagation=private', ...shell]);
    await disk.#keeper.says(/^mounted$/m);
    disk.root = `/proc/${disk.#keeper.pid}/root/mnt`;
    disk.place = `${disk.root}/home`;
    return disk;
  }

  environment() {
    return { HERMES_HOME: this.home, HOME: this.home };
  }

  command(args) {
    const user = [`--reuid=${this.#user}`, `--regid=${this.#user}`, '--clear-groups'];
    return this.#inside('/usr/bin/setpriv', ...user, '/mnt/hermes', ...args);
  }

  /** The same disk, with hermes run by another user. */
  as(user) {
    const other = new Disk(this.rig, this.home);
    Object.assign(other, this);
    other.#keeper = this.#keeper;
    other.#user = user;
    return other;
  }

  /** Fills the disk but for a number of pages. */
  fill(free) {
    const path = `${this.root}/ballast`;
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
    const page = Buffer.alloc(PAGE, 'x');
    let pages = 0;
    try {
      for (; ; pages += 1) writeSync(file, page);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
    truncateSync(path, (pages - free) * PAGE);
  }

  /** Lets `auth.json` grow to many pages, so that no page that is given back makes room for it. */
  async swell() {
    const path = join(this.place, 'auth.json');
    const file = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...file, kept_for_others: 'x'.repeat(16 * PAGE) }));
  }

  async empty() {
    await rm(`${this.root}/ballast`);
  }

  async setReadOnly(readOnly) {
    await this.rig.run(...this.#inside('/bin/mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, '/mnt'));
  }

  /** Gives the home and what is in it to a user. */
  async give(user) {
    const names = await readdir(this.place, { recursive: true });
    for (const path of [this.place, ...names.map((name) => join(this.place, name))]) await chown(path, user, user);
  }

  async protect(name, { mode, owner }) {
    const path = join(this.place, name);
    if (owner !== undefined) await chown(path, owner, owner);
    if (mode !== undefined) await chmod(path, mode);
  }

  /** Everything in the home: names, owners, modes and bytes. */
  async content() {
    const content = {};
    for (const name of ['.', ...(await readdir(this.place, { recursive: true })).sort()]) {
      const path = join(this.place, name);
      const { mode, uid, gid } = await lstat(path);
      const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
      content[name] = [mode.toString(8), uid, gid, isFile ? await readFile(path, 'utf8') : ''].join(' ');
    }
    return content;
  }

  #inside(program, ...args) {
    return ['/usr/bin/nsenter', [`--mount=/proc/${this.#keeper.pid}/ns/mnt`, program, ...args]];
  }
}
