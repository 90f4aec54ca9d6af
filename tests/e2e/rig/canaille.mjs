// PyPI `canaille`: an identity product that nobody here wrote. It takes redirect addresses only exactly
// as registered, port included, and insists on a nonce.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { call } from './call.mjs';
import { canailleVenv } from './settings.mjs';
import { until } from './wait.mjs';

export const PERSON = { login: 'bob', password: 'correct horse battery staple' };

export class Canaille {
  static async start(rig, { redirectUri }) {
    const canaille = new Canaille();
    const folder = await rig.folder('canaille');
    const port = await freePort();
    canaille.issuer = `http://127.0.0.1:${port}`;
    await writeFile(
      `${folder}/canaille.toml`,
      `SECRET_KEY = "a key for one run only"
SERVER_NAME = "127.0.0.1:${port}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
DATABASE = "sql"
[CANAILLE_SQL]
DATABASE_URI = "sqlite:////${folder}/canaille.db"
[CANAILLE_OIDC]
ISSUER = "${canaille.issuer}"
DYNAMIC_CLIENT_REGISTRATION_OPEN = true
`,
      { mode: 0o600 },
    );
    const program = `${canailleVenv()}/bin/canaille`;
    const options = { cwd: folder, env: { CANAILLE_CONFIG: `${folder}/canaille.toml` }, ms: 60_000 };
    await rig.run(program, ['install'], options);
    await rig.run(
      program,
      [
        ...['create', 'user', '--user-name', PERSON.login, '--password', PERSON.password],
        ...['--formatted-name', 'Bob B', '--family-name', 'B', '--emails', 'bob@example.test'],
      ],
      options,
    );
    const server = rig.start(program, ['run', '--bind', `127.0.0.1:${port}`], options);
    await until(
      30_000,
      async () => {
        if (server.ended) throw new Error(`canaille ended:\n${server.said}`);
        return canaille.metadata().catch(() => null);
      },
      'canaille to answer',
    );
    canaille.clientId = await canaille.#register(redirectUri);
    return canaille;
  }

  /** A public client with one redirect address, by dynamic registration (RFC 7591). */
  async #register(redirectUri) {
    const { registration_endpoint: url } = await this.metadata();
    const answer = await call(url, {
      json: {
        client_name: 'Hermes end-to-end tests',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        scope: 'openid profile email',
      },
    });
    if (answer.status !== 201) throw new Error(`canaille did not register the client: ${answer.text}`);
    return answer.json.client_id;
  }

  async metadata() {
    this.cached ??= (await call(`${this.issuer}/.well-known/openid-configuration`)).json;
    return this.cached;
  }

  async userinfo(token) {
    const { userinfo_endpoint: url } = await this.metadata();
    return call(url, { headers: { authorization: `Bearer ${token}` } });
  }
}

/** A port of 127.0.0.1 that nobody has right now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
