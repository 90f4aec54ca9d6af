import { beforeEach, expect, test } from 'vitest';

import { keepAgain } from '../transport/kept';
import { FakeTransport } from '../transport/fake';
import { Refusal } from '../transport/transport';
import { FakeGateway } from './fake-gateway';
import { Desk } from './desk';
import { Models } from './models.svelte';

beforeEach(() => {
  keepAgain();
  localStorage.clear();
  sessionStorage.clear();
});

test('what is chosen before a conversation is made is what it is made with', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const follow = new Desk(transport).follow(null);
  const models = new Models(transport, follow);
  await models.choose({ provider: 'p', model: 'm' });
  await models.think('high');
  expect(models.current).toEqual({ provider: 'p', model: 'm' });
  expect(models.effort).toBe('high');
  void follow.say({ text: 'x', images: [] });
  expect(transport.take('session.create').params).toEqual({ source: 'web', provider: 'p', model: 'm', reasoning_effort: 'high' });
  await models.think('');
  expect(follow.wanted).toEqual({ provider: 'p', model: 'm' });
});

test('in a conversation the gateway is told, and its doubt is told back', async () => {
  const gateway = new FakeGateway();
  gateway.connect();
  const follow = new Desk(gateway).follow(null);
  void follow.say({ text: 'x', images: [] });
  await gateway.run();
  const transport = new FakeTransport();
  transport.connect();
  const models = new Models(transport, follow);
  expect(models.current).toEqual({ provider: 'p', model: 'm' });
  const choosing = models.choose({ provider: 'q', model: 'n 1' });
  const call = transport.take('config.set');
  expect(call.params).toEqual({ session_id: 'c1', key: 'model', value: 'n 1 --provider q', scope: 'session' });
  call.answer({ warning: 'Q does not list it' });
  await choosing;
  expect(models.warning).toBe('Q does not list it');
  expect(models.recent).toEqual([{ provider: 'q', model: 'n 1' }]);
  expect(new Models(transport, follow).recent).toEqual(models.recent);
  const refused = models.choose({ provider: 'r', model: 'o' });
  transport.take('config.set').refuse(new Refusal('No.', null, null, 5001, false));
  await expect(refused).rejects.toThrow('No.');
  expect(models.recent).toHaveLength(1);
  const thinking = models.think('');
  const think = transport.take('config.set');
  expect(think.params).toEqual({ session_id: 'c1', key: 'reasoning', value: 'default', scope: 'session' });
  think.answer({});
  await thinking;
});

test('which models there are is asked for, and why not is told', async () => {
  const transport = new FakeTransport();
  transport.connect();
  const models = new Models(transport, new Desk(transport).follow(null));
  expect(models.current).toBeNull();
  const loading = models.load();
  expect(models.phase).toBe('loading');
  const call = transport.take('model.options');
  expect(call.params).toEqual({ refresh: false, include_unconfigured: true });
  call.answer({ model: 'm', provider: 'p', providers: [] });
  await loading;
  expect([models.phase, models.current]).toEqual(['there', { provider: 'p', model: 'm' }]);
  transport.break();
  await models.load(true);
  expect([models.phase, models.problem?.code]).toEqual(['failed', 'connect.unreachable']);
  expect(models.options).not.toBeNull();
});

test('what is remembered and is no model is passed over', () => {
  const transport = new FakeTransport();
  for (const text of ['{', '7', '[1,{"provider":1,"model":"m"}]']) {
    localStorage.setItem('hermes.models.1', text);
    expect(new Models(transport, new Desk(transport).follow(null)).recent).toEqual([]);
  }
});

test('what was left behind and is not wanted is a draft again', async () => {
  const gateway = new FakeGateway();
  const desk = new Desk(gateway);
  const follow = desk.follow(null);
  void follow.say({ text: 'one', images: [] });
  await gateway.run();
  gateway.break();
  follow.say({ text: 'refuse this', images: [] }).catch(() => undefined);
  follow.end();
  await gateway.run();
  expect(desk.drafts.read('c1')).toBe('refuse this');
  desk.end();
});
