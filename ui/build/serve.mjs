// Makes of dist/site what the gateway serves, dist/served: the page as it is, since the gateway writes its
// prefix into it, and the files compressed, as every browser asks for them. What has to be loaded before
// anything is painted must stay within its budget.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 250 * 1024;
const SITE = 'dist/site';
const SERVED = 'dist/served';

const compressed = (path) => gzipSync(readFileSync(`${SITE}/${path}`), { level: 9 });

rmSync(SERVED, { recursive: true, force: true });
mkdirSync(`${SERVED}/app`, { recursive: true });
writeFileSync(`${SERVED}/index.html`, readFileSync(`${SITE}/index.html`));
for (const name of readdirSync(`${SITE}/app`)) {
  writeFileSync(`${SERVED}/app/${name}.gz`, compressed(`app/${name}`));
}

writeFileSync(`${SERVED}/sw.js.gz`, compressed('sw.js'));

const manifest = JSON.parse(readFileSync(`${SITE}/.vite/manifest.json`, 'utf8'));

/** The files of a chunk, and of all that it imports at once. */
function files(name, found = new Set()) {
  const { file, css = [], imports = [] } = manifest[name];
  for (const path of [file, ...css]) found.add(path);
  for (const other of imports) if (!found.has(manifest[other].file)) files(other, found);
  return found;
}

// The page waits for it as well, and no module of the manifest imports it.
const first = readdirSync(`${SITE}/app`).filter((name) => name.startsWith('first-paint-')).map((name) => `app/${name}`);
const sizes = ['index.html', ...first, ...files('index.html')].map((path) => [path, compressed(path).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [path, size] of sizes) console.log(`${path}: ${size} bytes`);
console.log(`first paint: ${total} of ${BUDGET} bytes`);
if (total > BUDGET) {
  console.error('The page is over its budget: load what is not painted at first by import().');
  process.exit(1);
}
