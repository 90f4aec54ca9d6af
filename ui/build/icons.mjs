// Draws the mark as the icons of an installed page: `node build/icons.mjs`, once, when the mark changes. It wants
// Chromium, which the build of the page does not, so what it draws is kept in the tree.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PAGES = fileURLToPath(new URL('../../crates/hermes-gateway/src/pages/', import.meta.url));
const PAPER = /--paper: (#[0-9a-f]{6})/.exec(readFileSync(new URL('../tokens.css', import.meta.url), 'utf8'))[1];
const mark = readFileSync(join(PAGES, 'mark.svg'), 'utf8');

// Of a maskable icon only a circle of four fifths is sure to be seen (W3C, Web App Manifest, 1.7.5).
const ICONS = [
  ['icon-180', 180, 0.72],
  ['icon-192', 192, 0.72],
  ['icon-512', 512, 0.72],
  ['icon-maskable', 512, 0.54],
];

const folder = mkdtempSync(join(tmpdir(), 'icons-'));
for (const [name, size, part] of ICONS) {
  const page = join(folder, `${name}.html`);
  writeFileSync(
    page,
    `<!doctype html><style>html{background:${PAPER}}body{margin:0}` +
      `svg{position:absolute;width:${size * part}px;top:${(size * (1 - part)) / 2}px;left:${(size * (1 - part)) / 2}px}</style>${mark}`,
  );
  execFileSync(
    process.env.CHROMIUM ?? 'chromium',
    [
      ...['--headless', '--no-sandbox', '--hide-scrollbars', '--force-device-scale-factor=1'],
      ...[`--user-data-dir=${join(folder, 'profile')}`, `--window-size=${size},${size}`],
      ...[`--screenshot=${join(PAGES, 'install', `${name}.png`)}`, pathToFileURL(page).href],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
}
rmSync(folder, { recursive: true });
