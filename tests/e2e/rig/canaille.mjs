// PyPI `canaille`: an identity product that nobody here wrote. It takes redirect addresses only exactly
// as registered, port included, and insists on a nonce.
import { writeFile } from 'node:fs/promises';
import { call } from './call.mjs';
import { freePort } from './ports.mjs';
import { register } from './register.mjs';
import { canailleVenv } from './settings.mjs';
import { until } from './wait.mjs';

export const PERSON = { login: 'bob', password: 'correct horse battery staple' };

export class Canaille {
  static async start(rig) {
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
    return canaille;
  }

  /** A client with these redirect addresses. Answers with its id. */
  async register(redirectUris, rest) {
    return register(await this.metadata(), redirectUris, { scope: 'openid profile email', ...rest });
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
