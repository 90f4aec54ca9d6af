// One rig per test file: owns the scratch folder and everything that was started, and takes it down
// again, also when a test fails or the runner is interrupted.
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Process, alive, describe } from './processes.mjs';
import { until } from './wait.mjs';

export class Rig {
  #closers = [];
  #processes = [];
  #closing;

  constructor(scratch) {
    this.scratch = scratch;
    // The runner looks for its own mark in the names of namespaces, too.
    this.namespacePrefix = `he-${process.env.HERMES_E2E_RUN || 'by-hand'}-${scratch.slice(-6)}-`;
  }

  /** A rig that is taken down after the file's tests. */
  static async open() {
    const rig = new Rig(await mkdtemp(join(tmpdir(), 'hermes-e2e-')));
    const interrupted = () => rig.close().finally(() => process.exit(130));
    process.once('SIGINT', interrupted);
    process.once('SIGTERM', interrupted);
    after(() => rig.close());
    return rig;
  }

  path(...parts) {
    return join(this.scratch, ...parts);
  }

  /** A new, private folder in the scratch folder. */
  async folder(...parts) {
    const path = this.path(...parts);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Starts a program. The environment is exactly what is passed and the run's mark, nothing inherited. */
  start(program, args, options = {}) {
    if (this.#closing) throw new Error(`\`${program}\` would outlive the tests`);
    const child = new Process(program, args, {
      ...options,
      env: { ...this.environment(), ...options.env },
    });
    this.#processes.push(child);
    return child;
  }

  /** Runs a program to its end and fails unless it succeeds. */
  async run(program, args, options = {}) {
    const child = this.start(program, args, options);
    if (options.input !== undefined) child.write(options.input);
    child.closeInput();
    const end = await child.end(options.ms);
    if (end.code !== 0) throw new Error(`\`${child.name}\`: ${describe(end)}\n${end.said}`);
    return end;
  }

  /** What every child gets. The mark lets the runner find what a killed run left behind. */
  environment() {
    return {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: this.scratch,
      TMPDIR: this.scratch,
      HERMES_E2E_RUN: process.env.HERMES_E2E_RUN ?? '',
    };
  }

  /** Registers what must be done at the end; the last registered is done first. After the end it is done at once. */
  onClose(closer) {
    if (this.#closing) closer();
    else this.#closers.push(closer);
  }

  close() {
    this.#closing ??= this.#takeDown();
    return this.#closing;
  }

  async #takeDown() {
    const failures = [];
    const attempt = async (action) => {
      try {
        await action();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const closer of this.#closers.reverse()) await attempt(closer);
    for (const child of this.#processes.reverse()) await attempt(() => child.stop());
    for (const child of this.#processes) {
      // The number of one that has ended may be somebody else's by now.
      if (child.pid && !child.ended && (await alive(child.pid))) failures.push(new Error(`\`${child.name}\` is left behind`));
    }
    await attempt(() => this.#othersEnd());
    await attempt(() => rm(this.scratch, { recursive: true, force: true, maxRetries: 3 }));
    if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('\n'));
  }

  /**
   * Waits for what those that were started have started themselves: a program in a terminal is no child
   * of ours, outlives its terminal for a moment, and may make its folder anew to write its last words.
   */
  async #othersEnd() {
    let others = [];
    const areGone = async () => (others = await startedWith(`TMPDIR=${this.scratch}`)).length === 0;
    await until(20_000, areGone, 'what was started to end').catch((error) => {
      for (const { pid } of others) process.kill(pid, 'SIGKILL');
      throw new Error(`${error.message}: ${others.map(({ command }) => command).join(', ')}`);
    });
  }
}

/** The processes that were started with this variable in their environment. */
async function startedWith(variable) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // One that has ended meanwhile is none.
    const read = (name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    if (!(await read('environ')).split('\0').includes(variable)) continue;
    found.push({ pid: Number(pid), command: (await read('cmdline')).replaceAll('\0', ' ') });
  }
  return found;
}
