// One HTTP request, made by a process of its own where it must come from another namespace.
//
// `node call.mjs URL` reads the request's options as JSON from stdin and prints the answer as JSON.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @returns {Promise<{status: number, json: any, text: string}>} */
export async function call(url, { namespace, caBundle, headers = {}, form, json } = {}) {
  if (!namespace && !caBundle) return request(url, { headers, form, json });
  const script = fileURLToPath(import.meta.url);
  const command = namespace
    ? ['/usr/sbin/ip', ['netns', 'exec', namespace, process.execPath, script, url]]
    : [process.execPath, [script, url]];
  const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: caBundle ?? '' };
  return new Promise((resolve, reject) => {
    const child = execFile(...command, { env, timeout: 20_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${url}: ${stderr || error.message}`));
      else resolve(JSON.parse(stdout));
    });
    child.stdin.end(JSON.stringify({ headers, form, json }));
  });
}

async function request(url, { headers, form, json: body }) {
  const type = body ? { 'content-type': 'application/json' } : {};
  const response = await fetch(url, {
    method: form || body ? 'POST' : 'GET',
    headers: { connection: 'close', ...type, ...headers },
    body: body ? JSON.stringify(body) : form && new URLSearchParams(form),
    redirect: 'manual',
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // not JSON: the caller looks at the status and the text
  }
  return { status: response.status, json, text };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let input = '';
  for await (const chunk of process.stdin) input += chunk;
  const answer = await request(process.argv[2], JSON.parse(input));
  process.stdout.write(JSON.stringify(answer));
}
