// The desktop application on a display that nobody sees, driven by WebKit's driver.
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { freePort, isOpen } from './ports.mjs';
import { desktopBinary } from './settings.mjs';
import { until } from './wait.mjs';
import { WebDriver } from './webdriver.mjs';

const DRIVER = '/usr/bin/WebKitWebDriver';

export class Desktop {
  #rig;
  #home;
  #variables;
  #args;
  #driving;
  #pid;

  /**
   * Starts the application in a home of its own.
   *
   * @param {object} how `home` to begin with another one, `variables` of its environment, the `args` that it is
   * started with, and what is to be on its desktop `before` it.
   */
  static async start(rig, name, { home, variables = {}, args = [], before } = {}) {
    const desktop = new Desktop();
    desktop.#rig = rig;
    desktop.#home = home ?? (await rig.folder(name));
    desktop.display = await display(rig);
    const bus = rig.start('/usr/bin/dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address'], { env: { HOME: desktop.#home, DISPLAY: desktop.display } });
    const [, address] = await bus.says(/^(unix:\S+)$/m, { stream: 'stdout' });
    const browser = `${desktop.#home}/browser.sh`;
    // What would open the person's browser writes down what it is to open; the test has the browser.
    await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${desktop.#home}/opened'\n`);
    await chmod(browser, 0o755);
    desktop.#variables = {
      HOME: desktop.#home,
      HERMES_HOME: `${desktop.#home}/.hermes`,
      XDG_RUNTIME_DIR: await rig.folder(`${name}-run`),
      DISPLAY: desktop.display,
      DBUS_SESSION_BUS_ADDRESS: address,
      BROWSER: browser,
      NO_AT_BRIDGE: '1',
      HERMES_KEYCHAIN: 'off',
      // What is tested talks to this machine alone.
      HERMES_DESKTOP_NEARBY: 'off',
      TAURI_AUTOMATION: 'true',
      TAURI_WEBVIEW_AUTOMATION: 'true',
      ...variables,
    };
    desktop.#args = args;
    await before?.(desktop);
    await desktop.begin();
    return desktop;
  }

  get home() {
    return `${this.#home}/.hermes`;
  }

  /** Starts it, again in the same home. */
  async begin() {
    const port = await freePort();
    this.#driving = this.#rig.start(DRIVER, [`--port=${port}`, '--host=127.0.0.1'], { env: this.#variables });
    await until(10_000, () => isOpen(port), 'the driver to listen');
    this.window = await WebDriver.session(port, { 'webkitgtk:browserOptions': { binary: desktopBinary(), args: this.#args } });
    this.#pid = (await this.#xdotool('getwindowpid', await this.#titled('^Hermes$'))).stdout.trim();
  }

  /** Ends it, as somebody does who closes it. */
  async end() {
    await this.window.quit();
    await this.#driving.stop();
  }

  /** Starts it without the driver, which does not live through the end of a page: the number of its process. */
  beginAlone() {
    return this.has(desktopBinary(), ...this.#args).pid;
  }

  /** Waits until it has ended by itself. */
  async ends() {
    const pid = this.#pid;
    await until(15_000, () => access(`/proc/${pid}`).then(() => false, () => true), 'the application to end');
    await this.#driving.stop();
  }

  /** What the person's browser was asked to open last, as soon as it was. */
  async opened(count = 1) {
    let lines = [];
    const read = async () => (lines = await this.everOpened()).length >= count;
    await until(15_000, read, `${count} pages for the browser`);
    return lines[count - 1];
  }

  /** All that the person's browser was asked to open so far. */
  async everOpened() {
    const written = await readFile(`${this.#home}/opened`, 'utf8').catch(() => '');
    return written.split('\n').filter(Boolean);
  }

  /** Starts a program of the same desktop: on its display, and on its session bus. */
  has(program, ...args) {
    return this.#rig.start(program, args, { env: this.#variables });
  }

  /** Runs a program of the same desktop to its end. */
  does(program, ...args) {
    return this.#rig.run(program, args, { env: this.#variables });
  }

  /** What answers on the session bus under this name, as soon as something does. */
  async onBus(name) {
    const asked = ['call', '--session', '-d', 'org.freedesktop.DBus', '-o', '/org/freedesktop/DBus', '-m', 'org.freedesktop.DBus.NameHasOwner', name];
    await until(15_000, async () => (await this.does('/usr/bin/gdbus', ...asked)).stdout.includes('true'), `${name} on the bus`);
  }

  /** Starts a keychain, which is open. */
  async hasKeychain() {
    const keychain = this.has('/usr/bin/gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets');
    keychain.write('open');
    keychain.closeInput();
    await this.onBus('org.freedesktop.secrets');
  }

  /** Starts a program that windows have frames and keys by. */
  async hasFrames() {
    this.has('/usr/bin/openbox');
    const root = async () => (await this.does('/usr/bin/xprop', '-root', '_NET_SUPPORTING_WM_CHECK')).stdout;
    await until(15_000, async () => (await root()).includes('window id'), 'the frames of windows');
  }

  #xdotool(...args) {
    return this.#rig.run('/usr/bin/xdotool', args, { env: { DISPLAY: this.display } });
  }

  /** Gives the window of this title what is typed. */
  async focus(title) {
    await this.#xdotool('windowfocus', '--sync', await this.#titled(title));
  }

  /** Presses a key, wherever that goes. */
  async presses(key) {
    await this.#xdotool('key', key);
  }

  /** Has the frame of its window close it, as somebody does by the frame's button. There have to be frames. */
  async closes() {
    await this.does('/usr/bin/wmctrl', '-i', '-c', await this.#titled('^Hermes$'));
    await until(15_000, async () => !(await this.isShown()), 'the window to be closed');
  }

  /** Waits until the window of this title is the one that is typed into. */
  async isFocused(title) {
    const focused = async () => (await this.#xdotool('getwindowfocus', 'getwindowname').catch(() => ({ stdout: '' }))).stdout.trim() === title;
    await until(15_000, focused, `the window ${title} to have the focus`);
  }

  /** Whether its window, or another one of this title, is on the screen. */
  async isShown(title = '^Hermes$') {
    // Nothing found is an answer that it ends with.
    const found = this.#rig.start('/usr/bin/xdotool', ['search', '--onlyvisible', '--name', title], { env: { DISPLAY: this.display } });
    return (await found.end()).code === 0;
  }

  /** Where it listens, itself and not a program that it has started: addresses with ports. */
  async listens() {
    const { stdout } = await this.#rig.run('ss', ['--no-header', '--listening', '--tcp', '--numeric', '--processes']);
    const own = stdout.split('\n').filter((line) => line.includes(`pid=${this.#pid},`));
    return own.map((line) => line.trim().split(/\s+/)[3]);
  }

  /** The programs that it has started, and those that these have: the first words of what they were started with. */
  async started() {
    const { stdout } = await this.#rig.run('ps', ['-e', '--no-headers', '-o', 'pid=,ppid=,args=']);
    const all = stdout.split('\n').map((line) => line.trim().match(/^(\d+)\s+(\d+)\s+(\S+)/)).filter(Boolean);
    const below = (pid) => all.filter(([, , parent]) => parent === pid).flatMap(([, child, , name]) => [name, ...below(child)]);
    return below(this.#pid);
  }

  /** Has its window another size. */
  async resize(width, height) {
    await this.#xdotool('windowsize', '--sync', await this.#titled('^Hermes$'), String(width), String(height));
  }

  /** The size of its window. */
  async size() {
    const { stdout } = await this.#xdotool('getwindowgeometry', await this.#titled('^Hermes$'));
    return stdout.match(/Geometry: (\d+x\d+)/)[1];
  }

  /** The window of this title, which the driver does not see, as soon as it is there. */
  async #titled(title) {
    const { stdout } = await this.#xdotool('search', '--sync', '--onlyvisible', '--name', title);
    return stdout.trim().split('\n')[0];
  }

  /** Types into a window by its title: one text or key after another. */
  async types(title, ...keys) {
    await this.focus(title);
    for (const { text, key } of keys) await (key ? this.#xdotool('key', key) : this.#xdotool('type', '--delay', '20', text));
  }

  /** A file of its home. */
  read(name) {
    return readFile(`${this.home}/${name}`, 'utf8');
  }

  /** Keeps a picture of the window among the artifacts of the tests, to be looked at. */
  async picture(name) {
    // What has changed is painted with the next frame.
    await this.window.painted();
    const path = `${dirname(desktopBinary())}/../e2e/desktop/${name}.png`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await this.window.picture());
  }
}

/** A display of its own: its name. */
async function display(rig) {
  const server = rig.start('/usr/bin/Xvfb', ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp']);
  const [, number] = await server.says(/^(\d+)$/m, { stream: 'stdout' });
  return `:${number}`;
}
