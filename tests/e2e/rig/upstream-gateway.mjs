// The gateways of upstream's 0.16 and 0.19, from PyPI.
import { writeFile } from 'node:fs/promises';
import { OWNER } from './gateway.mjs';
import { freePort } from './ports.mjs';
import { upstream016Venv, upstreamVenv } from './settings.mjs';
import { until } from './wait.mjs';

/** The versions, and how the gateway of each is started at a port. */
export const VERSIONS = { '0.16': dashboard, '0.19': serve };

/** The token of one that takes tokens; the password of the other is the owner's. */
export const TOKEN = 'a-token-of-the-test-that-is-long-enough-0123456789';

export class UpstreamGateway {
  #start;

  /**
   * Starts the one of this `version`: with a sign-in by password if it is `gated`, which it is at an address that
   * it takes for a public one, and by token if not. Its model is at `baseUrl`, if it has one.
   */
  static async start(rig, name, version, { gated = false, baseUrl } = {}) {
    const gateway = new UpstreamGateway();
    const home = await rig.folder(name);
    const settings = ['model:', '  provider: custom', '  default: a-model', `  base_url: ${baseUrl}`, '  api_key: none'];
    if (baseUrl) await writeFile(`${home}/config.yaml`, `${settings.join('\n')}\n`);
    /** Whether prompts can take the place of others; 0.16 loses what is asked so with the next one. */
    gateway.takesBack = version !== '0.16';
    gateway.host = gated ? '127.0.0.2' : '127.0.0.1';
    const account = {
      HERMES_DASHBOARD_BASIC_AUTH_USERNAME: OWNER.username,
      HERMES_DASHBOARD_BASIC_AUTH_PASSWORD: OWNER.password,
      // Otherwise every start has another one, and ends every session.
      HERMES_DASHBOARD_BASIC_AUTH_SECRET: 'a-secret-of-the-test-that-is-long-enough',
    };
    const env = { HERMES_HOME: home, ...ALONE, ...(gated ? account : { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN }) };
    gateway.#start = (port, more) => VERSIONS[version](rig, gateway.host, { ...env, ...more }, port);
    const { started, port } = await gateway.#start(await freePort());
    gateway.process = started;
    gateway.origin = `http://${gateway.host}:${port}`;
    return gateway;
  }

  /** Starts it again where it was, once it has ended, with these variables besides. */
  async again(variables = {}) {
    this.process = (await this.#start(Number(new URL(this.origin).port), variables)).started;
  }
}

/** Otherwise it installs packages from PyPI by itself, for chat services that nobody has here. */
const ALONE = { HERMES_DISABLE_LAZY_INSTALLS: '1' };

/** 0.19 has a command of its own for the gateway, which says when it has its port. */
async function serve(rig, host, env, port) {
  const started = rig.start(`${upstreamVenv()}/bin/hermes`, ['serve', '--port', String(port), '--host', host], { env });
  await started.says(new RegExp(`^HERMES_BACKEND_READY port=${port}$`, 'm'), { stream: 'stdout', ms: 60_000 });
  return { started, port };
}

/** In 0.16 the gateway is that of its web page. It names its port before it has it, so it is asked until it answers. */
async function dashboard(rig, host, env, port) {
  const args = ['dashboard', '--no-open', '--port', String(port), '--host', host];
  const started = rig.start(`${upstream016Venv()}/bin/hermes`, args, { env });
  const answers = async () => {
    if (started.ended) throw new Error(`\`${started.name}\` ended before it answered:\n${started.said}`);
    return fetch(`http://${host}:${port}/api/status`).then(({ ok }) => ok, () => false);
  };
  await until(60_000, answers, `\`${started.name}\` to answer`);
  return { started, port };
}
