// What every test from the laptop begins with: the machines, a provider on the jump box and a browser on
// the laptop.
import assert from 'node:assert/strict';
import { Browser } from './browser.mjs';
import { asked } from './hermes.mjs';
import { JUMP, Machines } from './namespaces.mjs';
import { CLIENT_ID, Provider, SCOPE } from './provider.mjs';
import { RemoteHermes } from './remote-hermes.mjs';
import { certificateFor } from './tls.mjs';

export class Afar {
  static async start(rig) {
    const afar = new Afar();
    afar.rig = rig;
    const [machines, tls] = await Promise.all([Machines.start(rig), certificateFor(rig, JUMP)]);
    Object.assign(afar, { machines, tls });
    [afar.provider, afar.browser] = await Promise.all([
      Provider.start(rig, {
        ...{ host: JUMP, port: 8443, key: tls.key, cert: tls.cert, caBundle: tls.ca },
        ...{ namespace: machines.jump, callFrom: machines.remote },
      }),
      Browser.start(rig, { namespace: machines.laptop, spki: tls.spki }),
    ]);
    return afar;
  }

  /** hermes on the remote machine, in a home of its own. */
  home(name) {
    return RemoteHermes.home(this.rig, this.machines, name, { caBundle: this.tls.ca });
  }

  /** Options for the provider as a server that hermes does not know. */
  anyServer() {
    return ['--issuer', this.provider.issuer, '--client-id', CLIENT_ID, '--scope', `'${SCOPE}'`];
  }

  /** Starts a command on the laptop, by a shell as a person would. */
  onLaptop(command) {
    const { machines } = this;
    return machines.start(machines.laptop, '/bin/sh', ['-c', command], { env: machines.sshEnvironment() });
  }

  /** Whether a master connection to remote is there, by these options. */
  async masterLives(options) {
    return (await this.onLaptop(`exec ssh -O check ${options} remote`).end()).code === 0;
  }

  /** The tunnel as printed, with only the marked placeholder filled in. */
  printedTunnel(said, port) {
    const line = said.match(new RegExp(`^ *(ssh -N -L ${port}:127\\.0\\.0\\.1:${port} -J JUMP \\S+)(?=\\n)`, 'm'));
    assert.ok(line, `the tunnel through a jump box is printed:\n${said}`);
    return line[1].replace('JUMP', 'jump');
  }

  /** Opens the printed tunnel from the laptop. */
  async openTunnel(said, port) {
    const tunnel = this.onLaptop(this.printedTunnel(said, port));
    await this.machines.listening(this.machines.laptop, port);
    return tunnel;
  }

  /** What the sign-in asks for, once hermes has printed the hint, too. */
  async asked(adding) {
    const asks = await asked(adding);
    await adding.says(new RegExp(`^Waiting for callback on ${asks.redirect}$`, 'm'));
    await adding.says(/-J JUMP \S+(?=\n)/);
    return asks;
  }
}
