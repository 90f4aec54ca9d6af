// Conversations of a gateway that is killed, whose disk is full, and whose clients' connections break.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Client, Shown } from './rig/client.mjs';
import { faults } from './rig/database.mjs';
import { Disk } from './rig/disk.mjs';
import { Gateway } from './rig/gateway.mjs';
import { ModelServer } from './rig/model-server.mjs';
import { Rig } from './rig/rig.mjs';
import { until } from './rig/wait.mjs';

const TOKEN = 'a-token-of-the-test-that-is-long-enough-0123456789';

/** How old what is said may be, in milliseconds, without being kept. */
const KEPT_AFTER = 100;

const rig = await Rig.open();
let model;
before(async () => (model = await ModelServer.start(rig)));

function started(name, how = {}) {
  const variables = { HERMES_DASHBOARD_SESSION_TOKEN: TOKEN };
  return Gateway.start(rig, name, { config: model.settings, variables, ...how });
}

async function created(client) {
  return (await client.call('session.create', { source: 'test' })).session_id;
}

/** Asks: the answer, which nobody has begun to say. */
async function asked(client, id, text) {
  const [answer] = await Promise.all([model.asked(), client.call('prompt.submit', { session_id: id, text })]);
  assert.equal(answer.prompt, text);
  return answer;
}

/** The next event of this kind. */
function seen(client, type, matches = () => true) {
  return client.event((event) => event.type === type && matches(event.payload), type);
}

const sees = (client, word) => seen(client, 'message.delta', ({ text }) => text.includes(word));

async function completed(client) {
  const { payload } = await seen(client, 'message.complete');
  assert.equal(payload.status, 'complete');
  return payload.text;
}

/** Waits until the list, which is read from the database, has so many messages of a conversation. */
function kept(gateway, id, messages) {
  const headers = { 'X-Hermes-Session-Token': TOKEN };
  const isKept = async () => {
    const { sessions } = await (await fetch(`${gateway.origin}/api/sessions`, { headers })).json();
    return sessions.some((row) => row.id === id && row.message_count === messages);
  };
  return until(10_000, isKept, `${messages} messages to be kept`);
}

/** How a connection breaks: with an end, or with none that is told. */
const BREAKS = [(client) => client.cut(), (client) => client.reset()];

/** Words of an endless answer, so many of them seen. */
const after = (words, every) => async ({ gateway, client, id, answer }) => {
  await kept(gateway, id, 1);
  answer.talk(every);
  await sees(client, `w${words - 1} `);
};

/** So many words written, whoever has seen them. */
const written = (words) => async ({ gateway, id, answer }) => {
  await kept(gateway, id, 1);
  answer.talk(5);
  await until(20_000, () => answer.written.length >= words, `${words} words`);
};

const MOMENTS = [
  ['before its first word', ({ gateway, id }) => kept(gateway, id, 1)],
  ['at its first word', after(1, 5)],
  ['after a few words', after(5, 5)],
  ['after some more', written(37)],
  ['a second later', after(200, 5)],
  ['a little after that', written(231)],
  ['in an answer that comes as fast as it can', after(2000, 0)],
];

test('a gateway that is killed in a turn has it, interrupted, with what is a tenth of a second old', async (t) => {
  // A tenth of a second is what the gateway takes by itself, not what a busy machine or a slow disk add.
  const gateway = await started('killed', { hermes: await Disk.mount(rig, '8m'), first: true });
  for (const [name, moment] of MOMENTS) {
    await t.test(name, async () => {
      const client = await Client.open(gateway, TOKEN);
      const id = await created(client);
      const answer = await asked(client, id, `Talk, and I stop you ${name}.`);
      await moment({ gateway, client, id, answer });
      const killed = performance.now();
      await gateway.process.kill();
      assert.equal(await faults(gateway.hermes, `copy ${name}`), '');

      await gateway.again();
      const back = await Client.open(gateway, TOKEN);
      assert.notEqual(back.epoch, client.epoch, 'numbers may have been lost');
      const resumed = await back.call('session.resume', { session_id: id });
      assert.deepEqual([resumed.running, resumed.messages.length], [false, 2]);
      const [prompt, { text, status }] = resumed.messages;
      assert.deepEqual([prompt.text, status], [answer.prompt, 'interrupted']);
      const old = answer.written.filter(({ at }) => at < killed - KEPT_AFTER).map(({ word }) => word);
      assert.ok(answer.text.startsWith(text), `nobody wrote ${text}`);
      assert.ok(text.startsWith(old.join('')), `these words are old: ${old.join('').slice(text.length)}`);

      const next = await asked(back, id, 'And now?');
      await next.say(3);
      await next.end();
      assert.equal(await completed(back), next.text);
      assert.equal((await back.call('session.history', { session_id: id })).count, 4);
    });
  }
});

test('a gateway that is killed as soon as a prompt is taken has it or has it not', async () => {
  const gateway = await started('killed-at-once');
  const client = await Client.open(gateway, TOKEN);
  const id = await created(client);
  await asked(client, id, 'Hello');
  await gateway.process.kill();
  assert.equal(await faults(gateway.hermes, 'copy at once'), '');
  await gateway.again();
  const back = await Client.open(gateway, TOKEN);
  const { sessions } = await back.call('session.list');
  const messages = sessions.length === 0 ? [] : (await back.call('session.history', { session_id: id })).messages;
  const whole = [
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: '', status: 'interrupted' },
  ];
  assert.deepEqual(messages, messages.length === 0 ? [] : whole);
});

/** A client that sees a conversation from its beginning. */
class Follower {
  shown = new Shown();

  static async open(gateway, id) {
    const follower = new Follower();
    follower.id = id;
    await follower.attach(gateway);
    return follower;
  }

  /** Connects, or connects again: sees what happens from now on, and asks for what it has missed. */
  async attach(gateway) {
    this.client = await Client.open(gateway, TOKEN);
    const { seq } = await this.client.call('session.resume', { session_id: this.id });
    while (this.shown.last < seq) await this.#catchUp();
  }

  async #catchUp() {
    const { last } = this.shown;
    const missed = await this.client.call('session.events.since', { session_id: this.id, last_seen: last });
    this.shown.take(missed.events);
    assert.ok(this.shown.last > last, 'there is more, and it comes');
  }

  /** Has its connection break when it has seen so many events, and comes back. */
  async breaksAfter(events, how, gateway) {
    const { client } = this;
    if (events > 0) await client.event(({ seq }) => seq === events, `event ${events}`);
    how(client);
    this.shown.take(client.events.filter(({ seq }) => seq <= events));
    await this.attach(gateway);
    assert.equal(this.client.epoch, client.epoch);
  }

  /** Has seen so many events. */
  async sees(events) {
    if (this.shown.last < events) await this.client.event(({ seq }) => seq === events, `event ${events}`);
  }

  /** All that it was told. */
  get all() {
    this.shown.take(this.client.events);
    return this.shown.all;
  }

  /** Is told how the conversation is saved. */
  told(kind) {
    return seen(this.client, 'status.update', (payload) => payload.kind === kind);
  }
}

/** What the gateway has of a conversation: nothing of one that it does not know. */
async function stored(gateway, id) {
  try {
    return (await Follower.open(gateway, id)).all;
  } catch (error) {
    assert.equal(error.message, 'session not found');
    return [];
  }
}

/** An answer that goes on until every one of these knows that it is not saved. */
async function unsaved(followers, text) {
  const answer = await asked(followers[0].client, followers[0].id, text);
  answer.talk(5);
  for (const follower of followers) await follower.told('unsaved');
  await answer.end();
  return answer;
}

async function answered(followers, text) {
  const answer = await asked(followers[0].client, followers[0].id, text);
  await answer.say(20);
  await answer.end();
  for (const { client } of followers) assert.equal(await completed(client), answer.text);
}

async function isServed(gateway) {
  assert.equal((await fetch(`${gateway.origin}/api/status`)).status, 200);
  assert.equal(gateway.process.ended, null);
}

/** A gateway on a disk of its own, with a conversation that two clients see, of which everything is kept. */
async function onItsDisk(name) {
  const disk = await Disk.mount(rig, '4m');
  // First of all programs: a test that others slow down would see its promise of time broken.
  const gateway = await started(name, { hermes: disk, first: true });
  const first = await Client.open(gateway, TOKEN);
  const id = await created(first);
  const followers = [await Follower.open(gateway, id), await Follower.open(gateway, id)];
  await answered(followers, 'There is room.');
  await kept(gateway, id, 2);
  return { disk, gateway, id, followers };
}

test('a disk that fills up in a turn: all are told, and with room again all of it is saved', async () => {
  const { disk, gateway, id, followers } = await onItsDisk('fills');
  const answer = await asked(followers[0].client, id, 'Go on until the disk is full.');
  await answer.say(5);
  for (const { client } of followers) await sees(client, 'w4 ');
  disk.fill(0);
  answer.talk(5);
  for (const follower of followers) await follower.told('unsaved');
  await isServed(gateway);
  await answer.end();
  for (const { client } of followers) assert.equal(await completed(client), answer.text);
  // What is asked now is answered too, and who comes now is told at once.
  await answered(followers, 'And now?');
  const late = await Follower.open(gateway, id);
  await late.told('unsaved');
  followers.push(late);

  await disk.empty();
  for (const follower of followers) await follower.told('saved');
  await answered(followers, 'There is room again.');
  const [one, two, three] = followers.map(({ all }) => all);
  assert.deepEqual(two, one);
  assert.deepEqual(three, one);
  await gateway.process.stop();
  assert.equal(await faults(disk, 'copy of a disk that was full'), '');
  await gateway.again();
  assert.deepEqual(await stored(gateway, id), one);
});

test('a disk that is full before a turn: what was told to be unsaved is all that is lost', async () => {
  const { disk, gateway, id, followers } = await onItsDisk('full');
  disk.fill(0);
  const lost = await Follower.open(gateway, await created(await Client.open(gateway, TOKEN)));
  const answers = [await unsaved(followers, 'Go on until you are not saved.'), await unsaved([lost], 'Anything?')];
  for (const { client } of followers) assert.equal(await completed(client), answers[0].text);
  assert.equal(await completed(lost.client), answers[1].text);
  await isServed(gateway);
  assert.deepEqual(followers[1].all, followers[0].all);
  await gateway.process.kill();

  await disk.empty();
  assert.equal(await faults(disk, 'copy of a full disk'), '');
  await gateway.again();
  for (const follower of [...followers, lost]) await losesOnlyTheUnsaved(follower, gateway);
  const back = await Follower.open(gateway, id);
  const { length } = back.all;
  await answered([back], 'There is room again.');
  await gateway.process.stop();
  await gateway.again();
  assert.deepEqual(await stored(gateway, id), back.all);
  assert.ok(back.all.length > length);
});

/** A gateway that was killed has what this client was told, but for what was said to be unsaved. */
async function losesOnlyTheUnsaved({ id, client, all }, gateway) {
  const saved = await stored(gateway, id);
  const first = all.findIndex((event, index) => !isDeepStrictEqual(event, saved[index]));
  assert.ok(first >= 0, 'there was no room for all of it');
  // A turn whose beginning is there is ended by the start.
  const ends = saved.slice(first).map(({ type, payload }) => [type, payload.status]);
  assert.deepEqual(ends, ends.length === 0 ? [] : [['message.complete', 'interrupted']]);
  const told = client.events.find(({ payload }) => payload?.kind === 'unsaved').cameAt;
  for (const { seq, cameAt } of client.events) {
    assert.ok(seq === undefined || seq <= first || cameAt > told - KEPT_AFTER, `event ${seq} was told to be saved`);
  }
}

test('two connections that break after any event of a turn miss nothing and see nothing twice', async () => {
  const gateway = await started('cut');
  let events = 0;
  for (let index = 0; index <= events; index += 1) {
    const id = await created(await Client.open(gateway, TOKEN));
    const undisturbed = await Follower.open(gateway, id);
    const cut = [await Follower.open(gateway, id), await Follower.open(gateway, id)];
    const answer = await asked(cut[0].client, id, `Break off after ${index}.`);
    const broken = Promise.all(cut.map((follower, which) => follower.breaksAfter(index, BREAKS[which], gateway)));
    for (let word = 0; word < 10; word += 1) {
      await answer.say();
      await sees(undisturbed.client, `w${word} `);
    }
    await answer.end();
    assert.equal(await completed(undisturbed.client), answer.text);
    await broken;
    const { all } = undisturbed;
    events = all.length;
    for (const follower of cut) {
      await follower.sees(events);
      assert.deepEqual(follower.all, all, `after ${index}`);
    }
  }
  assert.ok(events >= 12, `${events} events are a beginning, words and an end`);
});
