// What the desktop costs: from its start to a window in which somebody can write, its memory, its size. Not a test,
// since it depends on the machine: `HERMES_E2E_BINARY=$PWD/../../target/release/hermes
// HERMES_E2E_DESKTOP=$PWD/../../target/release/hermes-desktop node desktop-speed.mjs [STARTS]`. As root it also starts
// with nothing of it in the machine's memory.
import { access, constants, readFile, readdir, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Desktop } from './rig/desktop.mjs';
import { Gateway } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { desktopBinary } from './rig/settings.mjs';
import { until } from './rig/wait.mjs';
import { field, KEYS } from './rig/webdriver.mjs';

const STARTS = Number(process.argv[2] ?? 9);
const TOKEN = 'the-token-of-five-geese-on-a-scale';
const CACHES = '/proc/sys/vm/drop_caches';
/** How many times a second the kernel counts when processes began. */
const TICKS = 100;

const rig = await Rig.open();

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const told = (numbers) => `median ${sorted(numbers)[Math.floor(numbers.length / 2)]}, shortest ${Math.min(...numbers)}, longest ${Math.max(...numbers)} ms (${numbers.length} starts)`;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** The running processes: what each is, whose child, and when it began, in milliseconds since the machine's start. */
async function processes() {
  const found = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // One that has ended meanwhile is none.
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const program = await readlink(`/proc/${name}/exe`).catch(() => '');
    if (text) found.push({ pid: Number(name), program, parent: Number(fields[1]), began: (Number(fields[19]) * 1000) / TICKS });
  }
  return found;
}

/** The application and all that it has started. */
async function family() {
  const all = await processes();
  const program = await realpath(desktopBinary());
  const members = all.filter((one) => one.program === program);
  for (const member of members) members.push(...all.filter(({ parent, pid }) => parent === member.pid && !members.some((other) => other.pid === pid)));
  return members;
}

/** What all of it has in memory, and each process of its share. */
async function memory() {
  const sums = { Rss: 0, Pss: 0 };
  const shares = [];
  for (const { pid, program } of await family()) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    const bytes = (name) => 1024 * Number(text.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]);
    for (const name of Object.keys(sums)) sums[name] += bytes(name);
    shares.push(`${basename(program)} ${megabytes(bytes('Pss'))}`);
  }
  return `RSS ${megabytes(sums.Rss)}, PSS ${megabytes(sums.Pss)} (${shares.join(', ')})`;
}

/** From the start of the process to a field that somebody can write in, as soon as the driver has seen it. */
async function starts(desktop, isCold) {
  const times = [];
  for (let start = 0; start < STARTS; start += 1) {
    if (isCold) {
      await rig.run('/usr/bin/sync', []);
      await writeFile(CACHES, '3');
    }
    await desktop.begin();
    await until(60_000, () => desktop.window.run("return document.querySelector('main textarea') !== null"), 'the field');
    const now = 1000 * Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
    const [{ began }] = await family();
    times.push(Math.round(now - began));
    await desktop.end();
  }
  console.log(`${isCold ? 'nothing of it in memory' : 'again'}: can be written in after ${told(times)}`);
}

async function measure() {
  const model = await ModelServer.start(rig);
  const gateway = await Gateway.start(rig, 'gateway', { config: model.settings, variables: { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN } });
  const variables = { HERMES_DESKTOP_REMOTE_URL: gateway.origin, HERMES_DESKTOP_REMOTE_TOKEN: TOKEN };
  const desktop = await Desktop.start(rig, 'desk', { variables });
  await desktop.window.shows(/Live/);
  await desktop.end();
  const isRoot = await access(CACHES, constants.W_OK).then(() => true, () => false);
  if (isRoot) await starts(desktop, true);
  await starts(desktop, false);
  await desktop.begin();
  await desktop.window.shows(/Live/);
  console.log(`signed in, nothing said: ${await memory()}`);
  const asked = model.asked();
  await desktop.window.type(field('Message'), `How many geese?${KEYS.enter}`);
  const answer = await asked;
  await answer.say(500);
  await answer.end();
  await desktop.window.shows(/w499/);
  console.log(`after an answer of 500 words: ${await memory()}`);
  await desktop.end();
  console.log(`the program: ${megabytes((await stat(desktopBinary())).size)}`);
  const made = `${dirname(dirname(await realpath(desktopBinary())))}/dist`;
  for (const name of await readdir(made).catch(() => [])) {
    if (name.endsWith('.deb')) console.log(`${name}: ${megabytes((await stat(`${made}/${name}`)).size)}`);
  }
}

await measure().finally(() => rig.close());
