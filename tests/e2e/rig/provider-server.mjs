// The program that runs npm `oidc-provider`, in whichever namespace it is started.
//
// Takes one argument, a JSON object: `host`, `port` (0 = any), optional `key` and `cert` (files) for
// TLS, `accessTtl` in seconds. Says one JSON line on stdout for every event and takes one JSON line
// on stdin for every change of settings. Ends when stdin ends, so that it cannot outlive its rig.
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';
import { clientsOf, issueRefreshToken } from './provider-clients.mjs';
import { translated } from './shown-code.mjs';

const options = JSON.parse(process.argv[2]);
const settings = { accessTtl: options.accessTtl ?? 3600, forgetful: false, people: {} };
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

let handle; // set once the issuer, and so the port, is known
const answer = (request, response) => handle(request, response);
const server = options.key
  ? createHttps({ key: readFileSync(options.key), cert: readFileSync(options.cert) }, answer)
  : createHttp(answer);
await new Promise((resolve, reject) => {
  server.once('error', reject);
  server.listen(options.port ?? 0, options.host, resolve);
});
const scheme = options.key ? 'https' : 'http';
const issuer = `${scheme}://${options.host}:${server.address().port}`;

const enabled = { enabled: true };
const provider = new Provider(issuer, {
  clients: clientsOf(issuer),
  cookies: { keys: ['a key for one run only'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
  features: {
    backchannelLogout: enabled,
    devInteractions: enabled,
    deviceFlow: enabled,
    introspection: enabled,
    registration: enabled,
    revocation: enabled,
    rpInitiatedLogout: enabled,
  },
  async findAccount(_ctx, id) {
    if (settings.people[id] === null) return undefined;
    const claims = {
      sub: id,
      name: id,
      preferred_username: id,
      email: `${id}@example.test`,
      email_verified: true,
      ...settings.people[id],
    };
    return { accountId: id, claims: async () => claims };
  },
  // Gateways are told of a sign-out on this machine, which it would not call by itself.
  fetch: (url, init) => fetch(url, { ...init, dispatcher: undefined }),
  issueRefreshToken,
  expiresWithSession: () => false,
  pkce: { required: () => true },
  clockTolerance: 0,
  responseTypes: ['code'],
  rotateRefreshToken: () => true,
  ttl: {
    AccessToken: () => settings.accessTtl,
    AuthorizationCode: 60,
    DeviceCode: 300,
    Grant: 86_400,
    IdToken: 3600,
    Interaction: 300,
    RefreshToken: 86_400,
    Session: 3600,
  },
});

// It names no interval of its own, and five seconds are long for a test.
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route === 'device_authorization' && ctx.status === 200) ctx.body.interval = 1;
});

provider.on('authorization_code.saved', (code) => {
  if (settings.forgetful) code.destroy();
});

// Which grants were asked for and how that ended. Never a token.
provider.on('grant.success', (ctx) => tell({ event: 'grant', type: ctx.oidc.params.grant_type, ok: true }));
provider.on('grant.error', (ctx, error) => tell({ event: 'grant', type: ctx.oidc.params?.grant_type, ok: false, error: error.error }));
provider.on('grant.revoked', () => tell({ event: 'grant_revoked' }));
provider.on('revocation.error', (_ctx, error) => tell({ event: 'revocation_error', error: error.error }));
provider.on('backchannel.success', () => tell({ event: 'backchannel', ok: true }));
provider.on('backchannel.error', (_ctx, error) => tell({ event: 'backchannel', ok: false, error: String(error) }));
provider.on('server_error', (_ctx, error) => tell({ event: 'server_error', error: String(error) }));

const callback = provider.callback();
handle = async (request, response) => {
  response.once('finish', () => {
    tell({
      event: 'request',
      method: request.method,
      path: request.url.split('?')[0],
      status: response.statusCode,
      agent: request.headers['user-agent'] ?? null,
    });
  });
  if (!(await translated(request, response))) callback(request, response);
};

createInterface({ input: process.stdin })
  .on('line', (line) => {
    Object.assign(settings, JSON.parse(line));
    tell({ event: 'settings', ...settings });
  })
  .on('close', () => process.exit(0));
tell({ event: 'listening', issuer });
