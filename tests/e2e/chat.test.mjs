// `hermes chat` on one host: with a gateway and without, in a terminal and in a pipe.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { asks } from './rig/chatting.mjs';
import { Gateway } from './rig/gateway.mjs';
import { Hermes } from './rig/hermes.mjs';
import { midConversation, pictureOf } from './rig/mid-conversation.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { Screen } from './rig/screen.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

async function home(name) {
  const hermes = await Hermes.home(rig, name);
  await writeFile(`${hermes.place}/config.toml`, model.settings);
  return hermes;
}

/** `hermes chat` in a terminal of this size. */
function chat(hermes, name, args = [], size = [80, 24]) {
  const [program, all] = hermes.command(['chat', ...args]);
  return Screen.open(rig, name, program, all, hermes.environment(), size);
}

async function running(hermes) {
  return JSON.parse((await hermes.ok('status', '--json')).stdout).gateway;
}

test('without a gateway it runs one of its own, which others join, and which goes with it', async () => {
  const hermes = await home('alone');
  const first = await chat(hermes, 'alone-1');
  const answer = await asks(first, model, 'How many geese?');
  await answer.say(3);
  await first.shows(/w0 w1 w2/);
  const { running: runs, address } = await running(hermes);
  assert.deepEqual([runs, address], [true, '']);
  assert.match((await hermes.ok('status')).said, /Address {2}none: a chat runs it/);

  const second = await chat(hermes, 'alone-2', ['--continue']);
  await second.shows(/How many geese\?/);
  await second.shows(/w0 w1 w2/);
  await answer.say(3);
  await answer.end();
  for (const screen of [first, second]) await screen.shows(/w0 w1 w2 w3 w4 w5/);

  await second.keys('C-d');
  await second.ended();
  const more = await asks(first, model, 'And ducks?');
  await more.say(1);
  await more.end();
  await first.shows(/And ducks\?[^]*w0/);
  await first.keys('C-d');
  const text = await first.ended();
  assert.match(text, /hermes chat --resume [\w-]+/);
  assert.deepEqual(await running(hermes), { running: false });
});

test('a gateway for others takes the place of the one of a chat, which goes on', async () => {
  const hermes = await home('yields');
  const screen = await chat(hermes, 'yields');
  const answer = await asks(screen, model, 'Before');
  await answer.say(2);
  await answer.end();
  await screen.shows(/w0 w1/);
  await screen.puts('a draft');
  const gateway = await Gateway.start(rig, 'yields', { hermes });
  await until(10_000, async () => (await running(hermes)).address === `${gateway.origin}/`, 'the gateway to be the one');
  await screen.shows(/a draft/);
  const next = model.asked();
  await screen.keys('Enter');
  const after = await next;
  assert.equal(after.prompt, 'a draft');
  await after.say(4);
  await after.end();
  await screen.shows(/a draft[^]*w0 w1 w2 w3/);
  await screen.keys('C-d');
  await screen.ended();
  assert.equal((await running(hermes)).running, true);
});

test('in a pipe it prints the answer, and JSON if asked', async () => {
  const hermes = await home('pipe');
  const answered = async (args, input) => {
    const asked = model.asked();
    const child = hermes.start('chat', ...args);
    child.write(input);
    child.closeInput();
    const answer = await asked;
    await answer.say(3);
    await answer.end();
    return { ...(await child.end()), prompt: answer.prompt };
  };
  const plain = await answered(['-q', 'Count'], '');
  assert.deepEqual([plain.code, plain.stdout, plain.prompt], [0, 'w0 w1 w2 \n', 'Count']);
  const json = await answered(['-q', '--output-format', 'json'], 'Count on');
  assert.equal(json.prompt, 'Count on');
  assert.equal(JSON.parse(json.stdout).answer.trim(), 'w0 w1 w2');
});

test('what is drawn again leaves nothing behind, in the scrollback neither', async () => {
  const hermes = await home('scrollback');
  const screen = await chat(hermes, 'scrollback', [], [60, 12]);
  for (const prompt of ['One?', 'Two?', 'Three?']) {
    const answer = await asks(screen, model, prompt);
    await answer.say(30);
    await answer.end();
    await screen.shows(new RegExp(`› ${prompt.replace('?', '\\?')}[^]*w29\\s`));
  }
  await screen.keys('C-d');
  const text = await screen.ended();
  for (const mark of ['› One?', '› Two?', '› Three?']) assert.equal(text.split(mark).length, 2, `${mark}:\n${text}`);
  assert.ok(!text.includes('Ask anything') && !text.includes('connected'), text);
});

test('what was asked can be asked otherwise, by keys that the person has chosen', async () => {
  const hermes = await home('back');
  await mkdir(`${hermes.place}/chat`, { recursive: true });
  await writeFile(`${hermes.place}/chat/keys.toml`, 'leave = "ctrl+c"\n');
  const refused = await chat(hermes, 'back-refused');
  assert.match(await refused.ended(), /error\[chat\.keys_invalid\][^]*keys\.toml`, line 1: `Ctrl\+C` always interrupts/);
  await writeFile(`${hermes.place}/chat/keys.toml`, 'leave = "ctrl+x"\n');
  const screen = await chat(hermes, 'back');
  for (const prompt of ['One?', 'Two?']) {
    const answer = await asks(screen, model, prompt);
    await answer.say(3);
    await answer.end();
    await screen.shows(new RegExp(`› ${prompt.replace('?', '\\?')}[^]*w2`));
  }
  await screen.keys('Escape');
  await screen.shows(/Esc again goes back/);
  await screen.keys('Escape');
  await screen.shows(/Go back to:[^]*Two\?[^]*One\?/);
  await screen.puts('one');
  await screen.keys('Enter');
  await screen.shows(/sending replaces 2 prompts from here/);
  const next = model.asked();
  await screen.puts(' Or none?');
  await screen.keys('Enter');
  const answer = await next;
  assert.equal(answer.prompt, 'One? Or none?');
  await answer.say(1);
  await answer.end();
  await screen.shows(/taken back to before: One\?[^]*› One\? Or none\?[^]*w0/);
  await screen.keys('C-d');
  await screen.keys('C-x');
  assert.match(await screen.ended(), /hermes chat --resume [\w-]+/);
});

test('a file that the person names goes along, and nothing is sent with one that cannot', async () => {
  const hermes = await home('files');
  const [notes, binary] = [`${hermes.place}/my notes.md`, `${hermes.place}/binary`];
  await writeFile(notes, '# Notes\n\n```sh\ntrue\n```\n');
  await writeFile(binary, Buffer.from([0, 1, 2]));
  const block = `\n\n@"${notes}":\n\`\`\`\`\n# Notes\n\n\`\`\`sh\ntrue\n\`\`\`\n\`\`\`\``;
  const once = async (prompt, input) => {
    const asked = model.asked();
    const child = hermes.start('chat', '-q', prompt);
    child.write(input);
    child.closeInput();
    const answer = await asked;
    await answer.say(1);
    await answer.end();
    return { ...(await child.end()), prompt: answer.prompt };
  };
  const sent = await once(`Sum up @"${notes}", @ada.`, '');
  assert.deepEqual([sent.code, sent.prompt], [0, `Sum up @"${notes}", @ada.${block}`]);
  assert.match(sent.said, /with .*my notes\.md, 24 bytes/);
  const piped = await once('Read this', `by @${binary}`);
  assert.deepEqual([piped.code, piped.prompt], [0, `Read this\n\nby @${binary}`]);
  const child = hermes.start('chat', '-q', `What is @${binary}?`);
  child.closeInput();
  const refused = await child.end();
  assert.equal(refused.code, 2);
  assert.match(refused.said, /error\[cli\.prompt_unusable\]: `@.*binary` is no text/);

  const screen = await chat(hermes, 'files', [], [160, 24]);
  await screen.shows(/connected/);
  await screen.types(`What is @${binary} ?`);
  await screen.shows(/is no text[^]*› What is @/);
  await screen.keys('C-u');
  await screen.puts(`Sum up @${hermes.place}/my`);
  await screen.shows(/▸ @.*my notes\.md/);
  const asked = model.asked();
  await screen.keys('Tab');
  await screen.shows(/my notes\.md"/);
  await screen.keys('Enter');
  const answer = await asked;
  assert.equal(answer.prompt, `Sum up @"${notes}"${block}`);
  await answer.say(1);
  await answer.end();
  const text = await screen.shows(/with .*my notes\.md, 24 bytes[^]*w0/);
  assert.ok(!text.includes('# Notes'), text);
  await screen.keys('C-d');
  await screen.ended();
});

test('--fullscreen scrolls by itself, and leaves the normal screen as it was', async () => {
  const hermes = await home('fullscreen');
  const [program, all] = hermes.command(['chat', '--fullscreen']);
  const script = ['-c', 'echo from before; exec "$@"', 'sh', program, ...all];
  const screen = await Screen.open(rig, 'fullscreen', '/bin/sh', script, hermes.environment(), [60, 12]);
  const answer = await asks(screen, model, 'Count');
  await answer.say(200);
  await answer.end();
  await screen.shows(/w199\s/);
  assert.doesNotMatch(await screen.visible(), /from before|Count|w0 /);
  await screen.keys('PPage');
  await screen.shows(/\d+ lines below, End goes there/);
  await screen.keys('Home');
  await screen.shows(/› Count\s+w0 w1[^]*lines below/);
  await screen.resize(40, 15);
  await screen.shows(/› Count\s+w0 w1[^]*lines below/);
  assert.doesNotMatch(await screen.visible(), /w199/);
  await screen.keys('End');
  await screen.shows(/w199\s/);
  assert.doesNotMatch(await screen.visible(), /lines below/);
  await screen.keys('C-d');
  const text = await screen.ended();
  assert.match(text, /^from before\nTo come back: hermes chat --resume [\w-]+\n/);
  assert.doesNotMatch(text, /w199|connected/);
});

test('README shows what is on the screen in mid-conversation', async () => {
  for (const [ground, picture] of Object.entries(await midConversation(rig))) {
    const shown = await readFile(pictureOf(ground), 'utf8');
    assert.equal(shown, picture, 'it is stale: run `node terminal-picture.mjs`');
  }
});
