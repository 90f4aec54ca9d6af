// A laptop and a host for `--via`: a home on each, and what both machines must look like afterwards.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { Afar } from './afar.mjs';
import { asked } from './hermes.mjs';
import { anthropicAt, xaiAt } from './providers-toml.mjs';
import { hermesBinary, rigFile } from './settings.mjs';
import { until } from './wait.mjs';

export class Via {
  static async start(rig) {
    const via = new Via();
    via.rig = rig;
    via.afar = await Afar.start(rig);
    via.machines = via.afar.machines;
    via.provider = via.afar.provider;
    const metadata = await via.provider.metadata();
    via.table = xaiAt(metadata) + anthropicAt(metadata);
    return via;
  }

  /** A home on the laptop and one on the host, each with a `hermes` that knows it. */
  async pair(name) {
    const pair = new Pair(this, name);
    await pair.furnish();
    return pair;
  }

  /** What runs, what listens: to be compared with what it is later. Chromium has processes as it pleases. */
  async state() {
    const { laptop, jump, remote } = this.machines;
    const state = {};
    for (const [role, namespace] of Object.entries({ laptop, jump, remote })) {
      const programs = (await this.machines.programs(namespace)).filter((name) => !name.startsWith('chrom'));
      state[role] = { programs: programs.sort(), listeners: (await this.machines.listeners(namespace)).sort() };
    }
    return state;
  }

  /** Waits until everything is as it was. */
  async asBefore(before) {
    let now;
    const same = async () => {
      now = JSON.stringify(await this.state());
      return now === JSON.stringify(before);
    };
    await until(10_000, same, 'both machines to be as before').catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(before)} has become ${now}`);
    });
  }

  /** Signs in and agrees in the browser of the laptop. */
  async approve(adding) {
    const asks = await asked(adding);
    const visit = await this.afar.browser.visit();
    await visit.approve(asks.url.href, { target: asks.origin });
    const text = await visit.text();
    await visit.close();
    return { asks, text };
  }
}

class Pair {
  constructor(via, name) {
    Object.assign(this, { via, name });
    this.starter = via.rig.path(`${name}-hermes`);
  }

  async furnish() {
    const { rig, afar, table } = this.via;
    this.host = await afar.home(this.name);
    this.home = await rig.folder('laptop', this.name);
    // The shell that sshd starts has an environment of its own.
    await this.starts(this.host.prefix);
    this.prefix = `env HOME=${this.home} HERMES_HOME=${this.home} HERMES_CA_BUNDLE=${afar.tls.ca} ${hermesBinary()}`;
    await Promise.all([
      this.host.writeProviders(table),
      writeFile(`${this.home}/providers.toml`, table, { mode: 0o600 }),
    ]);
  }

  /** What the host runs for `--remote-hermes`. */
  async starts(command) {
    await writeFile(this.starter, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }

  /** What crosses is kept from now on; what of it must not have crossed is told by `nothingSecret`. */
  async records() {
    const wire = this.via.rig.path(`${this.name}-wire`);
    this.wire = [`${wire}-in`, `${wire}-out`];
    const script = `#!/bin/sh\ntee ${this.wire[0]} | ${this.host.prefix} "$@" | tee ${this.wire[1]}\n`;
    await writeFile(this.starter, script, { mode: 0o755 });
  }

  /** The recording holds no token and nothing that the challenge in it was made of. */
  async nothingSecret(provider) {
    const wire = (await Promise.all(this.wire.map((path) => readFile(path, 'utf8')))).join('');
    const { access_token: access, refresh_token: refresh } = await this.credential(provider);
    for (const token of [access, refresh]) assert.ok(token && !wire.includes(token), 'a token crossed');
    const challenge = wire.match(/[?&]code_challenge=([\w-]{43})/)?.[1];
    for (const [word] of challenge ? wire.matchAll(/[\w~.-]{43,128}/g) : []) {
      const hash = createHash('sha256').update(word).digest('base64url');
      assert.notEqual(hash, challenge, 'the verifier crossed');
    }
    return { wire, challenge };
  }

  /** `auth add` on the laptop; `ssh` is what comes last, `by` starts the program, `before` goes before that. */
  add(options, { ssh = '-J jump', remote = this.starter, before = '', by = '' } = {}) {
    const named = remote ? ` --remote-hermes ${remote}` : '';
    const command = `${this.prefix} auth add ${options} --via root@remote${named} -- ${ssh}`;
    return this.via.afar.onLaptop(`${before} exec ${by} ${command}`);
  }

  /** `auth add` whose connection ends after a message: with ssh on the laptop, or its session on the host. */
  async cutAfter(message, where, options = '') {
    const cutter = rigFile('cut.py');
    let before = '';
    if (where === 'laptop') before = await this.sshBy(`${this.name}-ssh`, `${cutter} ${message} program`);
    else await this.starts(`${cutter} ${message} parent ${this.host.prefix}`);
    return this.add(`xai-oauth ${options}`, { before });
  }

  /** What makes `ssh` on the laptop this command with the real one behind it; that one reaches the jump box by itself. */
  async sshBy(name, command) {
    const folder = this.via.rig.path(name);
    await mkdir(folder);
    const real = this.via.rig.path('ssh', 'bin');
    const script = `#!/bin/sh\nPATH=${real}:$PATH exec ${command} ${real}/ssh "$@"\n`;
    await writeFile(`${folder}/ssh`, script, { mode: 0o755 });
    return `PATH=${folder}:$PATH;`;
  }

  /** The credential in the host's file, which is whole, or `null` if there is none. */
  async credential(provider) {
    const names = (await readdir(this.host.home)).filter((name) => name.startsWith('auth.json'));
    if (names.length === 0) return null;
    assert.deepEqual(names, ['auth.json'], 'no unfinished file');
    const file = JSON.parse(await readFile(`${this.host.home}/auth.json`, 'utf8'));
    const entries = file.credential_pool?.[provider] ?? [];
    assert.ok(entries.length <= 1);
    return entries[0] ?? null;
  }

  /** Whether the host is signed in: with a token that the provider takes, or not at all. */
  async holds(provider) {
    const credential = await this.credential(provider);
    if (!credential) return false;
    const { status } = await this.via.provider.userinfo(credential.access_token);
    assert.equal(status, 200, 'what is kept works');
    return true;
  }

  /** Nothing of a sign-in is on the laptop. */
  async keepsNothingHere() {
    const names = await readdir(this.home, { recursive: true });
    assert.ok(!names.includes('auth.json'), names.join(' '));
  }
}
