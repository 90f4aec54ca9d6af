// The terminal client of upstream's program, as PyPI's `hermes-agent` carries it, at our gateway.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Gateway } from './rig/gateway.mjs';
import { Rig } from './rig/rig.mjs';
import { Screen } from './rig/screen.mjs';
import { mockFile, upstreamVenv, withoutUpstream } from './rig/settings.mjs';

const TOKEN = 'a-token-of-the-test-that-is-long-enough-0123456789';
const ANSWER = 'Four geese swim in the canal today.';
const FIXTURES = [
  { match: { userMessage: 'geese' }, response: { content: ANSWER } },
  { match: { userMessage: 'ducks' }, response: { content: 'No ducks were seen.' } },
];

const rig = await Rig.open();
let gateway;
let client;
before(async () => {
  const file = join(await rig.folder('mock'), 'fixtures.json');
  await writeFile(file, JSON.stringify({ fixtures: FIXTURES }));
  const mock = rig.start(process.execPath, [mockFile(), '-p', '0', '-f', file, '-l', '5'], {});
  const [, origin] = await mock.says(/listening on (http:\/\/127\.0\.0\.1:\d+)/);
  const config = `[model]\nbase_url = "${origin}/v1"\ndefault = "a-model"\ntitles = false\n`;
  const variables = { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN };
  gateway = await Gateway.start(rig, 'gateway', { config, variables });
  if (!withoutUpstream) client = join(await library(), 'hermes_cli/tui_dist/entry.js');
});

async function library() {
  const folder = join(upstreamVenv(), 'lib');
  const [python] = (await readdir(folder)).filter((name) => name.startsWith('python'));
  return join(folder, python, 'site-packages');
}

async function attached(name, environment = {}) {
  return Screen.open(rig, name, process.execPath, [client], {
    HERMES_HOME: await rig.folder(`${name}-home`),
    HERMES_TUI_GATEWAY_URL: `ws://127.0.0.1:${gateway.port}/api/ws?token=${TOKEN}`,
    HERMES_TUI_RPC_TIMEOUT_MS: '30000',
    ...environment,
  });
}

/** Everything it calls is there, or it does without. */
function misses_nothing(text) {
  assert.doesNotMatch(text, /unknown method|timed? ?out|-32601|disconnected|error:/i);
}

test('it completes a turn, and another client resumes it', { skip: withoutUpstream }, async () => {
  const first = await attached('first', { HERMES_TUI_ACTIVE_SESSION_FILE: rig.path('active') });
  await first.shows(/a-model/);
  await first.types('How many geese?');
  misses_nothing(await first.shows(/Four geese swim/));
  const id = await stored();

  const second = await attached('second', { HERMES_TUI_RESUME: id });
  const resumed = await second.shows(/Four geese swim/);
  assert.match(resumed, /How many geese\?/);
  await second.types('And ducks?');
  misses_nothing(await second.shows(/No ducks were seen/));
  // Nobody's conversation is taken away: the first one sees it too.
  misses_nothing(await first.shows(/No ducks were seen/));
});

/** The conversation that the client is in. */
async function stored() {
  const headers = { 'X-Hermes-Session-Token': TOKEN };
  const answer = await fetch(`${gateway.origin}/api/sessions`, { headers });
  const { sessions } = await answer.json();
  assert.equal(sessions.length, 1);
  return sessions[0].id;
}
