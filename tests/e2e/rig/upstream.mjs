// Upstream's `hermes`, from PyPI, on a home that ours has written or will read. It runs in a network
// namespace without any interface: it has nothing to ask anybody here.
import { upstreamVenv } from './settings.mjs';

export class Upstream {
  constructor(rig, home) {
    this.rig = rig;
    this.home = home;
  }

  async ok(...args) {
    const program = `${upstreamVenv()}/bin/hermes`;
    return this.rig.run('/usr/bin/unshare', ['--net', program, ...args], { env: { HERMES_HOME: this.home }, ms: 60_000 });
  }
}
