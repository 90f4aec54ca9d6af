// Debian's nginx, Caddy and HAProxy, each with the very lines of the guide's page about proxies.
import { readFile, writeFile } from 'node:fs/promises';
import { isOpen } from './ports.mjs';
import { repositoryFile } from './settings.mjs';
import { until } from './wait.mjs';

/** The name that the guide's lines are written for. */
export const NAME = 'hermes.example.com';

/** The block below this heading of the page, with what differs here put in. */
async function lines(heading, replaced) {
  const page = await readFile(repositoryFile('docs/src/gateway/gateway-proxy.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  let [, text] = section?.match(/^```text\n([\s\S]*?)^```$/m) ?? [];
  if (!text) throw new Error(`the page has no block below \`${heading}\``);
  for (const [from, to] of replaced) {
    if (!text.includes(from)) throw new Error(`\`${from}\` is not in the block below \`${heading}\``);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Starts a program and waits until its port is open. */
async function started(rig, program, args, port, cwd) {
  const child = rig.start(program, args, { cwd });
  await until(
    15_000,
    () => {
      if (child.ended) throw new Error(`\`${program}\` ended:\n${child.said}`);
      return isOpen(port);
    },
    `${program} to listen`,
  );
  return child;
}

/**
 * Each starts that program at `port`, before the gateway at port `backend`. `changed` holds pairs of texts: what is to
 * be another in the lines of the guide, and what; Caddy serves one `name` alone.
 */
export const proxies = {
  async nginx({ rig, tls, backend, port, prefixed, changed = [] }) {
    const folder = await rig.folder(`nginx-${port}`);
    const server = await lines(prefixed ? 'nginx, below a path' : 'nginx', [
      ...changed,
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['/etc/ssl/hermes.crt', tls.cert],
      ['/etc/ssl/hermes.key', tls.key],
      ['127.0.0.1:9119', `127.0.0.1:${backend}`],
    ]);
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const temporary = places.map((place) => `${place}_temp_path ${folder}/${place};`).join('\n');
    const text = `daemon off;\nuser root;\nworker_processes 1;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}}\n`;
    await writeFile(`${folder}/nginx.conf`, text);
    return started(rig, '/usr/sbin/nginx', ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'], port, folder);
  },

  async caddy({ rig, tls, backend, port, prefixed, changed = [], name = NAME }) {
    const folder = await rig.folder(`caddy-${port}`);
    const site = await lines(prefixed ? 'Caddy, below a path' : 'Caddy', [
      ...changed,
      [`${NAME} {`, `https://${name}:${port} {\n\tbind 127.0.0.1\n\ttls ${tls.cert} ${tls.key}`],
      ['127.0.0.1:9119', `127.0.0.1:${backend}`],
    ]);
    const here = `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n\tstorage file_system ${folder}\n}\n`;
    await writeFile(`${folder}/Caddyfile`, here + site);
    const args = ['run', '--config', `${folder}/Caddyfile`, '--adapter', 'caddyfile'];
    return started(rig, '/usr/bin/caddy', args, port, folder);
  },

  async haproxy({ rig, tls, backend, port, prefixed, changed = [] }) {
    const folder = await rig.folder(`haproxy-${port}`);
    const pem = `${folder}/hermes.pem`;
    await writeFile(pem, (await readFile(tls.cert, 'utf8')) + (await readFile(tls.key, 'utf8')), { mode: 0o600 });
    const text = await lines(prefixed ? 'HAProxy, below a path' : 'HAProxy', [
      ...changed,
      ['bind :443', `bind 127.0.0.1:${port}`],
      ['/etc/haproxy/hermes.pem', pem],
      ['127.0.0.1:9119', `127.0.0.1:${backend}`],
    ]);
    await writeFile(`${folder}/haproxy.cfg`, text);
    return started(rig, '/usr/sbin/haproxy', ['-db', '-f', `${folder}/haproxy.cfg`], port, folder);
  },
};
