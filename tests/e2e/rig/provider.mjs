// npm `oidc-provider`: a certified authorization server that nobody here wrote.
import { within } from './wait.mjs';
import { rigFile } from './settings.mjs';
import { call } from './call.mjs';
import { register } from './register.mjs';

export const CLIENT_ID = 'hermes-e2e';
export const SCOPE = 'openid email offline_access';

export class Provider {
  #process;

  /**
   * @param {object} where `host`, `port`; `key`, `cert` for TLS; `namespace` to run in, `callFrom`
   *   and `caBundle` of those who call it.
   */
  static async start(rig, { host = '127.0.0.1', port = 0, namespace, callFrom, caBundle, ...rest } = {}) {
    const provider = new Provider();
    provider.place = { namespace: callFrom, caBundle };
    const argument = JSON.stringify({ host, port, ...rest });
    provider.#process = rig.start(
      ...inside(namespace, process.execPath, [rigFile('provider-server.mjs'), argument]),
      { env: { NODE_NO_WARNINGS: '1' } },
    );
    const [line] = await provider.#process.says(/^\{"event":"listening".*\}$/m, { stream: 'stdout' });
    provider.issuer = JSON.parse(line).issuer;
    return provider;
  }

  /** Everything it reported so far. */
  get events() {
    return this.#process.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  /** How many token requests of this grant type were answered; `ok` narrows it. */
  grants(type, ok) {
    return this.events.filter(
      (event) => event.event === 'grant' && event.type === type && (ok === undefined || event.ok === ok),
    ).length;
  }

  /** Lifetime of access tokens from now on, in seconds. */
  async setAccessTtl(accessTtl) {
    await this.#set({ accessTtl });
  }

  /** Whether it forgets every code that it gives, from now on: it then refuses to exchange them. */
  async setForgetful(forgetful) {
    await this.#set({ forgetful });
  }

  /** What it says of some people besides the usual, by login, from now on; it knows nobody who is `null`. */
  async setPeople(people) {
    await this.#set({ people });
  }

  async #set(settings) {
    const set = this.next('settings');
    this.#process.write(`${JSON.stringify(settings)}\n`);
    await set;
  }

  /** The next event of this kind that it reports. */
  async next(kind) {
    const of = () => this.events.filter(({ event }) => event === kind);
    const before = of().length;
    await this.#process.says(new RegExp(`(?:[^]*?"event":"${kind}".*\\n){${before + 1}}`), { stream: 'stdout' });
    return of()[before];
  }

  /** A web client with these redirect addresses. Answers with its id. */
  async register(redirectUris, rest) {
    return register(await this.metadata(), redirectUris, rest);
  }

  async metadata() {
    this.cached ??= (await call(`${this.issuer}/.well-known/openid-configuration`, this.place)).json;
    return this.cached;
  }

  /** What the userinfo endpoint says to a token: the HTTP status and the body. */
  async userinfo(token, place = this.place) {
    const { userinfo_endpoint: url } = await this.metadata();
    return call(url, { ...place, headers: { authorization: `Bearer ${token}` } });
  }

  /** Offers a refresh token, as somebody would who had copied it. */
  async refresh(refreshToken, clientId = CLIENT_ID) {
    const { token_endpoint: url } = await this.metadata();
    const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken };
    return call(url, { ...this.place, form });
  }

  /** Whether the server still takes a token, said by its introspection endpoint. */
  async active(token, clientId = CLIENT_ID) {
    const { introspection_endpoint: url } = await this.metadata();
    const answer = await call(url, { ...this.place, form: { client_id: clientId, token } });
    return answer.json.active;
  }

  async stop() {
    this.#process.closeInput();
    await within(5_000, this.#process.exited, 'the end of the provider');
  }
}

/** A program and its arguments, in a namespace if one is given. */
export function inside(namespace, program, args) {
  return namespace ? ['/usr/sbin/ip', ['netns', 'exec', namespace, program, ...args]] : [program, args];
}
