// The desktop application as one of a desktop's programs: what it tells while nobody looks, the tray, and how it begins and ends.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Desktop } from './rig/desktop.mjs';
import { Gateway } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Notifications } from './rig/notifications.mjs';
import { Rig } from './rig/rig.mjs';
import { desktopBinary } from './rig/settings.mjs';
import { until } from './rig/wait.mjs';
import { field, KEYS } from './rig/webdriver.mjs';

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

const MESSAGE = field('Message');
const SWITCH = "//button[contains(., 'Gateway:')]";
const TOKEN = 'a-token-of-three-geese-in-a-canal';

/** The application with the gateway of its own computer, where nobody looks at it yet. */
async function here(name, how) {
  const home = await rig.folder(name);
  await mkdir(`${home}/.hermes`, { mode: 0o700 });
  await writeFile(`${home}/.hermes/config.toml`, model.settings);
  const desktop = await Desktop.start(rig, name, { home, ...how });
  await desktop.window.click("//button[contains(., 'Use Hermes on this computer')]");
  await desktop.window.shows(/Live/);
  return desktop;
}

/** Somebody looks at another program. */
async function looksElsewhere(desktop) {
  desktop.has('/usr/bin/xmessage', '-title', 'Elsewhere', 'Geese');
  await desktop.focus('Elsewhere');
  await desktop.isFocused('Elsewhere');
}

/** Asks, and has the model begin. */
async function asks({ window }, text) {
  const asked = model.asked();
  await window.type(MESSAGE, text + KEYS.enter);
  return asked;
}

/** Opens a page of the application. */
async function page({ window }, name) {
  await window.run('location.hash = "#/settings/appearance"');
  await window.click(`//button[normalize-space(.)='${name}'] | //a[normalize-space(.)='${name}']`);
}

test('a turn that ends while nobody looks is told once, with the name of its gateway, and a click leads there', async () => {
  const gateway = await Gateway.start(rig, 'told', { config: model.settings, variables: { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN } });
  const desktop = await here('tells');
  const { window } = desktop;
  const notifications = await Notifications.start(desktop);
  await desktop.focus('Hermes');
  await desktop.isFocused('Hermes');
  let answer = await asks(desktop, 'How many geese?');
  await answer.say(2);
  await answer.end();
  await window.shows(/w0\s+w1/);
  assert.equal(await notifications.count(), 0, 'who looks is told nothing');

  await looksElsewhere(desktop);
  answer = await asks(desktop, 'How many ducks?');
  await answer.say(3);
  await answer.end();
  await notifications.are(1);
  answer = await asks(desktop, 'How many swans?');
  await answer.say(500);
  await answer.end();
  await window.shows(/w499/);
  await notifications.are(1);
  await until(15_000, async () => {
    await notifications.close();
    const [last] = await notifications.past();
    return last.text.includes('w9');
  }, 'the newest answer in the place of the one before');
  const past = await notifications.past();
  for (const { title, text, by } of past) {
    assert.equal(by, 'Hermes');
    assert.match(title, /^This computer/);
    assert.ok(text.length <= 120, text);
  }

  // At another gateway, while this one is shown.
  await window.click(SWITCH);
  await window.click("//*[normalize-space(.)='Add a gateway']");
  await window.type(field('Address of the gateway'), gateway.origin);
  await window.type(field('Session token'), TOKEN + KEYS.enter);
  await until(15_000, async () => !(await window.has("//main[contains(@class, 'page')]")), 'the page of the other gateway');
  answer = await asks(desktop, 'How many herons?');
  await answer.say(1);
  await window.shows(/w0/);
  const there = await window.run('return location.hash');
  assert.match(there, /^#\/c\/./);
  await window.run("dispatchEvent(new KeyboardEvent('keydown', { key: '1', ctrlKey: true, bubbles: true }))");
  await window.shows(/How many swans/);
  await answer.say(1);
  await answer.end();
  await notifications.are(1);
  await window.shows(/1 new answer/);
  await desktop.picture('told');
  await notifications.click();
  await desktop.isFocused('Hermes');
  await window.shows(/How many herons/);
  assert.equal(await window.run('return location.hash'), there);
  await notifications.are(0);
  const [{ title }] = await notifications.past();
  assert.match(title, /^127\.0\.0\.1/);

  // Paused, nothing is told; what comes after is.
  const before = (await notifications.past()).length;
  await page(desktop, 'Preferences');
  await desktop.picture('preferences');
  await window.click("//main[@class[contains(., 'page')]]//label[contains(., 'Tell me of answers')]/input");
  await until(5_000, async () => JSON.parse(await desktop.read('desktop.json')).notifies === false, 'it to be kept');
  await desktop.end();
  await desktop.begin();
  await desktop.window.find(MESSAGE);
  await desktop.focus('Elsewhere');
  answer = await asks(desktop, 'How many storks?');
  await answer.say(2);
  await answer.end();
  await desktop.window.shows(/w0\s+w1/);
  assert.equal((await notifications.past()).length, before);
  await notifications.are(0);
  await desktop.end();
});

/** The item that the application has in the tray, asked as a panel asks it. */
async function tray(desktop) {
  const call = async (name, object, method, ...args) =>
    (await desktop.does('/usr/bin/gdbus', 'call', '--session', '-d', name, '-o', object, '-m', method, '--', ...args)).stdout;
  const watcher = ['org.kde.StatusNotifierWatcher', '/StatusNotifierWatcher'];
  let name;
  const registered = async () => {
    const items = await call(...watcher, 'org.freedesktop.DBus.Properties.Get', 'org.kde.StatusNotifierWatcher', 'RegisteredStatusNotifierItems');
    name = items.match(/org\.kde\.StatusNotifierItem-\d+-\d+|:\d+\.\d+/)?.[0];
    return name !== undefined;
  };
  await until(15_000, registered, 'an item in the tray');
  const menu = [name, '/MenuBar', 'com.canonical.dbusmenu'];
  /** What stands in its menu, and which number each has. */
  const entries = async () => {
    const layout = await call(menu[0], menu[1], `${menu[2]}.GetLayout`, '0', '-1', '[]');
    return [...layout.matchAll(/<\((\d+), \{([^}]*)\}/g)].map(([, id, properties]) => ({ id, label: properties.match(/'label': <'([^']*)'>/)?.[1], checked: properties.includes("'toggle-state': <1>") }));
  };
  const click = async (label) => {
    const entry = (await entries()).find((one) => one.label?.startsWith(label));
    assert.ok(entry, `${label} in the menu`);
    await call(menu[0], menu[1], `${menu[2]}.Event`, entry.id, 'clicked', '<0>', '0');
  };
  return { entries, click };
}

test('with a tray a closed window goes on there, which is said once, and the menu has all that is needed', async () => {
  const before = async (desktop) => {
    await desktop.hasFrames();
    desktop.has('/usr/bin/status-notifier-watcher');
    await desktop.onBus('org.kde.StatusNotifierWatcher');
    await desktop.has('/usr/bin/gtk-sni-tray-standalone', '--bottom').says(/strutSettings/);
  };
  const desktop = await here('in-tray', { before });
  const { window } = desktop;
  const notifications = await Notifications.start(desktop);
  const { entries, click } = await tray(desktop);
  await desktop.closes();
  await until(15_000, async () => !(await desktop.isShown()), 'the window to be hidden');
  await notifications.are(1);
  await notifications.close();
  assert.match((await notifications.past())[0].title, /goes on in the tray/);
  const labels = (await entries()).map(({ label }) => label).filter(Boolean);
  assert.deepEqual(labels, ['This computer: live', 'New chat', 'Pause notifications', 'Show Hermes', 'Quit Hermes']);
  await click('Pause');
  await until(15_000, async () => (await entries()).find(({ label }) => label === 'Pause notifications').checked, 'notifications to be paused');
  // A second start shows the one that runs, and ends well.
  await desktop.does(desktopBinary());
  await until(15_000, () => desktop.isShown(), 'the window to be there again');
  await page(desktop, 'Preferences');
  await window.shows(/Stay in the tray/);
  assert.doesNotMatch(await window.text(), /There is no tray/);
  await desktop.closes();
  await until(15_000, async () => !(await desktop.isShown()), 'the window to be hidden');
  await click('New chat');
  await until(15_000, () => desktop.isShown(), 'the window to be there again');
  await until(15_000, async () => (await window.run('return location.hash')) === '#/', 'a new conversation');
  assert.equal(await notifications.count(), 0, 'it is said once');
  await click('Quit Hermes');
  await desktop.ends();
});

test('without a tray a closed window is the end, and the next one has its size', async () => {
  const desktop = await here('no-tray', { before: (desktop) => desktop.hasFrames() });
  await page(desktop, 'Preferences');
  await desktop.window.shows(/There is no tray on this desktop/);
  await desktop.resize(900, 640);
  await desktop.closes();
  await desktop.ends();
  await desktop.begin();
  assert.equal(await desktop.size(), '900x640');
  await desktop.end();
});

test('it begins with the session, and comes to the front by a key, if its person wants that', async () => {
  const desktop = await here('preferred');
  const { window } = desktop;
  const choose = (name) => window.click(`//label[contains(., '${name}')]/input`);
  await page(desktop, 'Preferences');
  await choose('Open when I sign in');
  const file = `${desktop.home}/../.config/autostart/hermes-desktop.desktop`;
  await until(5_000, () => readFile(file, 'utf8').catch(() => ''), 'the file that has it begin');
  assert.match(await readFile(file, 'utf8'), new RegExp(`^Exec="${desktopBinary()}"$`, 'm'));
  await choose('Open when I sign in');
  await until(5_000, () => readFile(file).then(() => false, () => true), 'the file to be gone');
  await looksElsewhere(desktop);
  await choose('a key that works everywhere');
  await until(5_000, async () => JSON.parse(await desktop.read('desktop.json')).has_shortcut === true, 'the key to be kept');
  await desktop.focus('Elsewhere');
  await desktop.isFocused('Elsewhere');
  await desktop.presses('ctrl+alt+h');
  await desktop.isFocused('Hermes');
  await desktop.end();
});

/** What a page elsewhere would have a link do, and what somebody could put behind the name of the program. */
const HOSTILE = [
  'hermes://', 'hermes:', 'hermes://here', 'hermes://connect?url=https://evil.test', 'hermes://add/https://evil.test',
  'hermes://evil.test/#token=x', 'hermes://open?gateway=https%3A%2F%2Fevil.test', 'hermes://prompt?text=rm%20-rf', 'hermes://send/geese',
  'hermes://approve?choice=always', 'hermes://approval/respond?choice=once&all=true', 'hermes://sign-in?address=https://evil.test&way=browser',
  'hermes://callback?code=x&state=y', 'hermes://paste?text=http://127.0.0.1:1/callback?code=x', 'hermes://settings/appearance',
  'hermes://go/here/00000000', 'hermes://user:password@here/', 'hermes://here:99999/', 'hermes://[::1]/', 'HERMES://CONNECT/EVIL.TEST',
  'hermes://%00', 'hermes://..%2f..%2fetc%2fpasswd', 'hermes://\u202eevil', 'hermes:// --remote-debugging-port=1', `hermes://${'a'.repeat(4096)}`,
  'hermes:javascript:alert(1)', 'javascript:alert(1)', 'file:///etc/passwd', 'https://evil.test/', 'tauri://evil.test/', 'ipc://localhost/quit',
  'data:text/html,<script>1</script>', '--url=https://evil.test', '--eval', '-e quit', '--inspect', '/etc/passwd',
];

test('dt3 whatever is behind the name of the program, all it does is bring the window to the front', async () => {
  assert.ok(HOSTILE.length >= 30);
  const asked = model.count;
  const desktop = await here('hostile-links', { args: HOSTILE.slice(0, 8) });
  const { window } = desktop;
  await window.type(MESSAGE, 'A draft');
  const all = () => window.run("return JSON.stringify([location.href, document.querySelector('main textarea').value, document.querySelector('main').innerText])");
  const before = await all();
  await looksElsewhere(desktop);
  for (const link of HOSTILE) await desktop.does(desktopBinary(), link);
  await desktop.isFocused('Hermes');
  assert.equal(await all(), before);
  assert.equal(model.count, asked, 'nothing was asked');
  assert.deepEqual(await desktop.everOpened(), []);
  assert.deepEqual(JSON.parse(await desktop.read('gateways.json').catch(() => '[]')), []);
  await desktop.end();
});

/** Ends the process of the page of this application, as a crash does. */
async function pageEnds(pid) {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  for (const child of children) {
    const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '');
    if (name.startsWith('WebKitWebProces')) process.kill(Number(child), 'SIGKILL');
  }
}

test('a page whose process ends is loaded again, and one that ends over and over waits for its person', async () => {
  const desktop = await here('ends');
  await desktop.end();
  const has = async (line, count) => (await desktop.read('logs/desktop.log')).split(line).length - 1 >= count;
  const pages = (count) => until(20_000, () => has('the page is there', count), `${count} pages`);
  const pid = desktop.beginAlone();
  for (const count of [2, 3, 4]) {
    await pages(count);
    await pageEnds(pid);
  }
  await until(15_000, () => has('the page ends often', 1), 'the page that says so');
  await desktop.focus('^Hermes$');
  await until(15_000, async () => {
    await desktop.presses('shift+Tab');
    await desktop.presses('Return');
    return (await desktop.everOpened()).length > 0;
  }, 'the folder of the logs to be opened');
  assert.match(await desktop.opened(), /\/\.hermes\/logs$/);
  await until(15_000, async () => {
    await desktop.presses('Tab');
    await desktop.presses('Return');
    return has('the page is there', 5);
  }, 'the page to be shown again');
});
