import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { keepAgain } from '../transport/kept';
import { FakeGateway } from './fake-gateway';
import { brief, Page } from './fake-page';
import { Follow } from './follow.svelte';

beforeEach(() => {
  keepAgain();
  sessionStorage.clear();
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A conversation of four prompts, of which two wait together, over a connection that is cut at one moment. */
async function talk(cutAt: number | null, prepare: (gateway: FakeGateway) => void = () => undefined): Promise<Page> {
  const gateway = new FakeGateway();
  gateway.cutAt = cutAt;
  prepare(gateway);
  const page = new Page(gateway);
  page.say('one two');
  let step = 0;
  await gateway.run(() => {
    const { answer, status } = page.follow.turns[0] ?? { answer: '', status: 'waits' };
    if (step === 0 && (answer.startsWith('ONE') || status === 'complete')) {
      step = 1;
      page.say('three', { busy: 'queue' });
      page.say('four', { busy: 'queue' });
    } else if (step === 1 && gateway.asked.length > 1 && page.follow.turns.every((turn) => turn.status === 'complete')) {
      step = 2;
      page.say('five');
    }
  });
  return page;
}

test('a conversation that is not cut is told as it comes', async () => {
  const page = await talk(null);
  expect(page.shown).toEqual([
    '0 one two > ONE TWO (complete)',
    '1 three//four > THREE\n\nFOUR (complete)',
    '2 five > FIVE (complete)',
  ]);
  expect(page.taken).toEqual(['one two', 'three', 'four', 'five']);
  expect(page.follow.id).toBe('c1');
  expect(sessionStorage.length).toBe(0);
});

test('whenever the connection is cut, nothing is lost, told twice or asked twice', async () => {
  const { gateway } = await talk(null);
  expect(gateway.frames).toBeGreaterThan(25);
  const words = (texts: string[]) => texts.join(' ').split(/\s+/);
  for (let cutAt = 0; cutAt < gateway.frames; cutAt += 1) {
    const page = await talk(cutAt);
    expect(page.gateway.wasCut, String(cutAt)).toBe(true);
    // Which of them wait together depends on the moment; that each is asked once, and answered, does not.
    expect(words(page.gateway.asked), String(cutAt)).toEqual(['one', 'two', 'three', 'four', 'five']);
    const { turns } = page.follow;
    expect(words(turns.map(({ prompt }) => prompt)), String(cutAt)).toEqual(words(page.gateway.asked));
    expect(words(turns.map(({ answer }) => answer.trim())), String(cutAt)).toEqual(['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE']);
    expect(new Set(turns.map(({ status }) => status)), String(cutAt)).toEqual(new Set(['complete']));
    expect(turns.map(({ ordinal }) => ordinal), String(cutAt)).toEqual(turns.map((_, at) => at));
    expect(new Set(turns.map(({ key }) => key)).size, String(cutAt)).toBe(turns.length);
    expect(page.refused, String(cutAt)).toEqual([]);
    expect(page.taken.toSorted(), String(cutAt)).toEqual(['five', 'four', 'one two', 'three']);
    expect(sessionStorage.length, String(cutAt)).toBe(0);
  }
});

test('what happens while it is asked what was missed is told once', async () => {
  const text = Array.from({ length: 30 }, (_, at) => `w${at}`).join(' ');
  for (let cutAt = 0; cutAt < 60; cutAt += 1) {
    const gateway = new FakeGateway();
    gateway.cutAt = cutAt;
    gateway.talksOver = true;
    const page = new Page(gateway);
    page.say(text);
    await gateway.run(() => {
      // The whole answer at its end would hide what was told twice before.
      const answer = page.follow.turns[0]?.answer ?? '';
      expect(`${text.toUpperCase()} `.startsWith(answer), `${cutAt}: ${answer}`).toBe(true);
    });
    expect(page.shown.map((line) => line.trim()), String(cutAt)).toEqual([`0 ${text} > ${text.toUpperCase()} (complete)`]);
  }
});

test('the same with a gateway that starts again and means other events by its numbers', async () => {
  const { gateway } = await talk(null);
  for (let cutAt = 0; cutAt < gateway.frames; cutAt += 1) {
    const page = await talk(cutAt, (gateway) => {
      gateway.watch(({ name }) => {
        if (name === 'waiting') gateway.epoch = 'e2';
      });
    });
    const said = page.follow.turns.map(({ prompt, answer }) => `${prompt} ${answer}`.trim().split(/\s+/).length);
    expect(said.reduce((sum, words) => sum + words, 0), String(cutAt)).toBe(10);
    expect(page.gateway.asked.join(' ').split(/\s+/), String(cutAt)).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(page.refused, String(cutAt)).toEqual([]);
  }
});

test('a page that is loaded again at any moment neither loses a prompt nor asks it twice', async () => {
  const { gateway } = await talk(null);
  for (let at = 0; at < gateway.frames; at += 1) {
    sessionStorage.clear();
    const gateway = new FakeGateway();
    let page = new Page(gateway);
    page.say('one two');
    page.say('three', { busy: 'queue' });
    let loaded = false;
    await gateway.run(() => {
      if (gateway.frames !== at || loaded) return;
      loaded = true;
      const { id } = page.follow;
      page.unload();
      gateway.break();
      page = new Page(gateway, id);
    });
    expect(gateway.asked.join(' ').split(/\s+/), String(at)).toEqual(['one', 'two', 'three']);
    const { turns } = page.follow;
    expect(turns.map(({ prompt }) => prompt).join(' ').split(/\s+/), String(at)).toEqual(['one', 'two', 'three']);
    expect(new Set(turns.map(({ status }) => status)), String(at)).toEqual(new Set(['complete']));
    expect(page.returned, String(at)).toEqual([]);
    expect(sessionStorage.length, String(at)).toBe(0);
  }
});

test('what is said without a connection waits, and says so', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  expect(page.shown).toEqual(['- one > (waits)']);
  const key = page.follow.turns[0]?.key;
  await gateway.run();
  expect(page.shown).toEqual(['0 one > ONE (complete)']);
  expect(page.follow.turns[0]?.key).toBe(key);
});

test('stop ends the turn, keeps what was said, and gives back what waited', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one two three');
  let stopped = false;
  await gateway.run(() => {
    const answer = page.follow.turns[0]?.answer ?? '';
    if (answer === 'ONE ' && page.follow.turns.length === 1) page.say('four', { busy: 'queue' });
    if (answer !== 'ONE ' && page.follow.turns[1]?.status === 'queued' && !stopped) {
      stopped = true;
      void page.follow.stop();
    }
  });
  expect(stopped).toBe(true);
  expect(page.shown).toEqual([expect.stringMatching(/^0 one two three > ONE TWO .*\(interrupted\)$/)]);
  expect(page.refused).toEqual(['four: The turn before it was stopped, so it was not asked.']);
  expect(gateway.asked).toEqual(['one two three']);
});

test('what waits is taken back for writing, is dropped, or is asked at once', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one two three');
  const waiting = () => page.follow.turns.filter(({ status }) => status === 'queued');
  let step = 0;
  const did: boolean[] = [];
  await gateway.run(() => {
    const [first] = page.follow.turns;
    if (step === 0 && first?.answer === 'ONE ') {
      step = 1;
      for (const text of ['four', 'five', 'six']) page.say(text, { busy: 'queue' });
    } else if (step === 1 && first && waiting().length === 3) {
      step = 2;
      const [four, five, six] = waiting();
      if (!four || !five || !six) throw new Error('three wait');
      for (const [turn, isKept] of [[four, true], [five, false]] as const) {
        void page.follow.withdraw(turn, isKept).then((is) => did.push(is));
      }
      void page.follow.sendNow(six);
    }
  });
  expect(page.returned).toEqual([['c1', 'four', 'You took it back.']]);
  expect(page.refused).toEqual([]);
  expect(page.shown).toEqual([expect.stringMatching(/^0 one two three > .*\(interrupted\)$/), '1 six > SIX (complete)']);
  expect(did).toEqual([true, true]);
  expect(page.taken).toContain('six');
  const [, late] = page.follow.turns;
  if (!late) throw new Error('it was asked');
  const waitsAs = gateway.conversations[0]?.turns[1]?.asked.names[0] ?? null;
  void page.follow.withdraw({ ...late, waitsAs }, true).then((is) => did.push(is));
  await gateway.run();
  expect(did).toEqual([true, true, false]);
});

test('what was asked elsewhere and waits is shown one by one, and may be taken back here', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one two three');
  let other: Page | null = null;
  let taken: boolean | null = null;
  await gateway.run(() => {
    if (page.follow.turns[0]?.answer === 'ONE ' && page.follow.turns.length === 1) {
      page.say('four', { busy: 'queue' });
      page.say('five', { busy: 'queue' });
    }
    if (page.follow.turns.filter(({ status }) => status === 'queued').length === 2 && other === null) {
      // Another browser knows nothing of what this one keeps.
      sessionStorage.clear();
      other = new Page(gateway, 'c1');
    }
    const four = other?.follow.turns.find(({ prompt }) => prompt === 'four');
    if (four?.status === 'queued' && taken === null) {
      taken = false;
      void other?.follow.withdraw(four, true).then((is) => { taken = is; });
    }
  });
  expect(taken).toBe(true);
  expect((other as Page | null)?.returned).toEqual([['c1', 'four', 'You took it back.']]);
  expect(gateway.asked).toEqual(['one two three', 'five']);
});

test('stop says that there is no connection', async () => {
  const page = new Page(new FakeGateway());
  await expect(page.follow.stop()).rejects.toMatchObject({ code: 'connect.unreachable' });
});

test('a prompt that the gateway does not want goes back to whoever wrote it, and the next is asked', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('refuse this');
  page.say('one');
  await gateway.run();
  expect(page.refused).toEqual(['refuse this: No.']);
  expect(page.shown).toEqual(['0 one > ONE (complete)']);
});

test('asking in another place takes back what came after', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  await gateway.run();
  page.say('two');
  await gateway.run();
  page.say('three', { replacing: 0 });
  await gateway.run();
  expect(page.shown).toEqual(['0 three > THREE (complete)']);
});

test('what somebody has not seen is not taken back', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  await gateway.run();
  const elsewhere = gateway.call('prompt.submit', { session_id: 'c1', text: 'two', prompt_id: 'elsewhere', busy: 'queue' });
  page.say('three', { replacing: 0, busy: 'queue' });
  await gateway.run();
  await elsewhere;
  expect(page.refused).toEqual(['three: It went on meanwhile.']);
  expect(page.shown).toEqual(['0 one > ONE (complete)', '1 two > TWO (complete)']);
});

/** Shows the first of two versions of a prompt, over a connection that is cut at one moment. */
async function switched(cutAt: number | null): Promise<{ page: Page; other: Follow; phases: string[] }> {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  await gateway.run();
  page.say('two', { replacing: 0 });
  await gateway.run();
  const other = new Follow(gateway, page.outbox, 'c1');
  await gateway.run();
  gateway.frames = 0;
  gateway.cutAt = cutAt;
  // Where the line is cut, whoever wanted it is told so.
  page.follow.showVersion(0, 1).catch(() => undefined);
  page.say('three', { busy: 'queue' });
  const phases: string[] = [];
  await gateway.run(() => phases.push(`${page.follow.phase} ${page.follow.turns.length > 0}`));
  return { page, other, phases };
}

test('another version is shown to everybody, whenever the connection is cut', async () => {
  const { page, phases } = await switched(null);
  expect(page.shown).toEqual(['0 one > ONE (complete)', '1 three > THREE (complete)']);
  expect(page.follow.turns[0]?.version).toEqual({ number: 1, of: 2 });
  expect(new Set(phases), 'it never looks as if it were opened anew').toEqual(new Set(['open true']));
  const most = page.gateway.frames;
  for (let at = 0; at < most; at += 1) {
    const { page, other } = await switched(at);
    const now = page.gateway.asked.map((text, ordinal) => `${ordinal} ${text} > ${text.toUpperCase()} (complete)`);
    expect(page.shown, String(at)).toEqual(now);
    expect(other.turns.map(brief), String(at)).toEqual(now);
    expect(page.gateway.asked.at(-1), String(at)).toBe('three');
  }
  await expect(new Follow(new FakeGateway(), page.outbox, 'c1').showVersion(0, 1)).rejects.toMatchObject({ retryable: true });
});

test('two pages see the same, and a conversation that is gone is missing', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  await gateway.run();
  const other = new Follow(gateway, page.outbox, 'c1');
  expect(other.phase).toBe('opening');
  await gateway.run();
  expect(other.phase).toBe('open');
  expect(other.turns.map(brief)).toEqual(page.shown);
  const gone = new Follow(gateway, page.outbox, 'c9');
  await gateway.run();
  expect(gone.phase).toBe('missing');
  await expect(gone.say({ text: 'x', images: [] })).rejects.toMatchObject({ code: 'conversations.unknown' });
});

test('a new conversation that nobody has kept is made again', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  gateway.connect();
  const made = page.follow.make();
  await gateway.run();
  expect(await made).toBe('c1');
  gateway.break();
  gateway.conversations = [];
  page.say('one');
  await gateway.run();
  expect(page.shown).toEqual(['0 one > ONE (complete)']);
  expect(page.refused).toEqual([]);
});

test('what waits in a conversation that nobody shows is asked, and comes back to the drafts if it is refused', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  await gateway.run();
  gateway.break();
  page.say('two');
  page.say('refuse this');
  page.follow.end();
  page.follow = new Follow(gateway, page.outbox, null);
  await gateway.run();
  expect(gateway.asked).toEqual(['one', 'two']);
  expect(page.returned).toEqual([['c1', 'refuse this', 'No.']]);
});

test('what waits for a turn that nobody shows any more is done when it is asked', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one two');
  let left = false;
  await gateway.run(() => {
    if (page.follow.turns[0]?.answer === 'ONE ' && page.follow.turns.length === 1) page.say('three', { busy: 'queue' });
    if (page.follow.turns[1]?.status === 'queued' && !left) {
      left = true;
      page.follow.end();
    }
  });
  expect(left).toBe(true);
  expect(page.taken).toEqual(['one two', 'three']);
  expect(sessionStorage.length).toBe(0);
  // Nothing waits in this one, so nobody is told of it any more.
  const calls = vi.spyOn(gateway, 'call');
  const other = new Follow(gateway, page.outbox, 'c1');
  await gateway.run();
  other.end();
  expect(calls.mock.calls.map(([method]) => method)).toEqual(['session.resume', 'session.close']);
});

test('what somebody else has left in this browser is not asked in this one’s name', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  await gateway.run();
  gateway.break();
  page.say('mine');
  page.unload();
  const text = sessionStorage.getItem('hermes.outbox.1');
  expect(text).toContain('mine');
  sessionStorage.setItem('hermes.outbox.1', text?.replace('"u1"', '"u2"') ?? '');
  const other = new Page(gateway);
  await gateway.run();
  expect(gateway.asked).toEqual([]);
  expect(other.shown).toEqual([]);
});

test('what stands in storage and is none of ours is passed over', () => {
  for (const text of ['{', '7', '{"rows":7}', '{"rows":[1,{"name":"a b"}]}', '{"owner":1,"rows":[{"name":"x","home":"h"}]}']) {
    sessionStorage.setItem('hermes.outbox.1', text);
    expect(new Page(new FakeGateway()).shown).toEqual([]);
  }
});

test('a hole is asked about, and events that were told are passed over', async () => {
  const gateway = new FakeGateway();
  const page = new Page(gateway);
  page.say('one');
  await gateway.run();
  const one = gateway.conversations[0];
  if (!one) throw new Error('no conversation');
  // Two events that the socket has lost, and the one after them.
  const last = one.events.length;
  for (const [at, text] of [[1, 'a'], [2, 'b'], [3, 'c']] as const) {
    const payload = { session_id: 'c1', title: text };
    one.events.push({ type: 'session.title', session_id: 'c1', seq: last + at, payload });
  }
  const lost = one.events.at(-1);
  if (!lost) throw new Error('no event');
  const calls = vi.spyOn(gateway, 'call');
  gateway.emit(lost);
  gateway.emit(lost);
  expect(page.follow.title).toBe('');
  await gateway.run();
  expect(page.follow.title).toBe('c');
  expect(calls.mock.calls.map(([method]) => method)).toEqual(['session.events.since']);
});
