// The gateways of upstream's 0.16 and 0.19, from PyPI.
import { writeFile } from 'node:fs/promises';
import { OWNER } from './gateway.mjs';
import { freePort } from './ports.mjs';
import { upstream016Venv, upstreamVenv } from './settings.mjs';
import { until } from './wait.mjs';

/** The versions, and how the gateway of each is started: what answers is the port that it listens on. */
export const VERSIONS = { '0.16': dashboard, '0.19': serve };

/** The token of one that takes tokens; the password of the other is the owner's. */
export const TOKEN = 'a-token-of-the-test-that-is-long-enough-0123456789';

export class UpstreamGateway {
  /**
   * Starts the one of this `version`: with a sign-in by password if it is `gated`, which it is at an address that
   * it takes for a public one, and by token if not. Its model is at `baseUrl`, if it has one.
   */
  static async start(rig, name, version, { gated = false, baseUrl } = {}) {
    const gateway = new UpstreamGateway();
    const home = await rig.folder(name);
    const settings = ['model:', '  provider: custom', '  default: a-model', `  base_url: ${baseUrl}`, '  api_key: none'];
    if (baseUrl) await writeFile(`${home}/config.yaml`, `${settings.join('\n')}\n`);
    gateway.host = gated ? '127.0.0.2' : '127.0.0.1';
    const account = {
      HERMES_DASHBOARD_BASIC_AUTH_USERNAME: OWNER.username,
      HERMES_DASHBOARD_BASIC_AUTH_PASSWORD: OWNER.password,
    };
    const env = { HERMES_HOME: home, ...ALONE, ...(gated ? account : { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN }) };
    const port = await VERSIONS[version](rig, gateway.host, env);
    gateway.origin = `http://${gateway.host}:${port}`;
    return gateway;
  }
}

/** Otherwise it installs packages from PyPI by itself, for chat services that nobody has here. */
const ALONE = { HERMES_DISABLE_LAZY_INSTALLS: '1' };

/** 0.19 has a command of its own for the gateway, which says the port that it was given. */
async function serve(rig, host, env) {
  const started = rig.start(`${upstreamVenv()}/bin/hermes`, ['serve', '--port', '0', '--host', host], { env });
  const [, port] = await started.says(/^HERMES_BACKEND_READY port=(\d+)$/m, { stream: 'stdout', ms: 60_000 });
  return port;
}

/** In 0.16 the gateway is that of its web page. It names its port before it has it, so it is asked until it answers. */
async function dashboard(rig, host, env) {
  const port = await freePort();
  const args = ['dashboard', '--no-open', '--port', String(port), '--host', host];
  const started = rig.start(`${upstream016Venv()}/bin/hermes`, args, { env });
  const answers = async () => {
    if (started.ended) throw new Error(`\`${started.name}\` ended before it answered:\n${started.said}`);
    return fetch(`http://${host}:${port}/api/status`).then(({ ok }) => ok, () => false);
  };
  await until(60_000, answers, `\`${started.name}\` to answer`);
  return port;
}
