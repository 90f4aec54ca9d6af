// The gateway of upstream's 0.19, from PyPI, with a model of ours behind it.
import { writeFile } from 'node:fs/promises';
import { upstreamVenv } from './settings.mjs';

/** Who has the password of the gated one. */
export const THEIRS = { username: 'ada', password: 'fourteen geese in a canal' };

/** The token of the other. */
export const TOKEN = 'a-token-of-the-test-that-is-long-enough-0123456789';

export class UpstreamGateway {
  /**
   * Starts it: with a sign-in by password if it is `gated`, which it is at an address that it takes for a public
   * one, and by token if not.
   */
  static async start(rig, name, baseUrl, { gated = false } = {}) {
    const gateway = new UpstreamGateway();
    const home = await rig.folder(name);
    const settings = [
      ...['model:', '  provider: custom', '  default: a-model', `  base_url: ${baseUrl}`, '  api_key: none'],
      ...['auxiliary:', '  title_generation:', '    enabled: false', ''],
    ];
    await writeFile(`${home}/config.yaml`, settings.join('\n'));
    gateway.host = gated ? '127.0.0.2' : '127.0.0.1';
    const account = {
      HERMES_DASHBOARD_BASIC_AUTH_USERNAME: THEIRS.username,
      HERMES_DASHBOARD_BASIC_AUTH_PASSWORD: THEIRS.password,
    };
    const env = { HERMES_HOME: home, ...(gated ? account : { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN }) };
    gateway.process = rig.start(`${upstreamVenv()}/bin/hermes`, ['serve', '--port', '0', '--host', gateway.host], { env });
    const [, port] = await gateway.process.says(/^HERMES_BACKEND_READY port=(\d+)$/m, { stream: 'stdout', ms: 60_000 });
    gateway.origin = `http://${gateway.host}:${port}`;
    return gateway;
  }
}
