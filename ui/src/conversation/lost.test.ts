// A gateway that had a prompt, and has it no more, or does not ask it.

import { expect, test } from 'vitest';

import { FakeTransport } from '../transport/fake';
import { Refusal } from '../transport/transport';
import { Outbox, type Follower } from './outbox';

const settled = () => new Promise((done) => { setTimeout(done); });
const prompt = { text: 'How many geese?', images: [] };

test.each([['begun', true], ['taken', false]])('a prompt that was %s and is lost all the same becomes a draft', async (_, begins) => {
  sessionStorage.clear();
  const transport = new FakeTransport();
  const returned: unknown[] = [];
  const outbox = new Outbox(transport, (...back) => returned.push(back));
  const follower: Follower = { id: 'c1', home: 'h', isThere: true, isRunning: true, wanted: {}, made: () => undefined, waits: () => undefined };
  outbox.join(follower);
  transport.connect();
  const said = outbox.add(follower, prompt);
  const call = transport.take('prompt.submit');
  const { prompt_id: name } = call.params as { prompt_id: string };
  call.answer({ status: 'streaming' });
  await said;
  await settled();
  if (begins) outbox.began([name]);
  transport.break();
  transport.connect('e2');
  outbox.back('c1', false, false, null);
  outbox.send();
  const no = new Refusal('The conversation does not have it.', null, null, 4002, false);
  transport.take('prompt.submit').refuse(no);
  await settled();
  expect(returned).toEqual([['c1', prompt, no]]);
  expect(outbox.waiting(follower)).toEqual([]);
  outbox.end();
});

test.each([
  ['went with a turn that was stopped', undefined, 'The turn before it was stopped, so it was not asked.'],
  ['could not be asked in its turn', 'This gateway cannot.', 'This gateway cannot.'],
])('what waited and %s is had back with why', async (_, reason, message) => {
  sessionStorage.clear();
  const transport = new FakeTransport();
  const outbox = new Outbox(transport, () => undefined);
  const follower: Follower = { id: 'c1', home: 'h', isThere: true, isRunning: true, wanted: {}, made: () => undefined, waits: () => undefined };
  outbox.join(follower);
  transport.connect();
  const said = outbox.add(follower, prompt);
  const call = transport.take('prompt.submit');
  call.answer({ status: 'queued' });
  await settled();
  const { prompt_id: name } = call.params as { prompt_id: string };
  outbox.dropped([name], reason);
  await expect(said).rejects.toMatchObject({ message });
  expect(outbox.waiting(follower)).toEqual([]);
  outbox.end();
});
