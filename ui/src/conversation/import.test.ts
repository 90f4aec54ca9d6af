import { expect, test } from 'vitest';

import { LIMITS } from '../protocol/constants';
import { toJson, toJsonOfSeveral } from './export';
import { FILE_BYTES, MOST, read } from './import';

const NOW = new Date('2026-11-23T12:00:00Z');
const of = (file: unknown) => read(JSON.stringify(file), NOW);

/** What is in a file that can be read. */
function found(file: unknown) {
  const { found, why } = of(file);
  if (!found) throw new Error(why);
  return found;
}

const said = (role: 'user' | 'assistant', content: string, timestamp: number, reasoning: string | null = null) => ({
  id: timestamp, session_id: 'c1', role, content, timestamp, reasoning,
  tool_call_id: null, tool_calls: null, tool_name: null, finish_reason: null,
});

/** A node of ChatGPT's tree. */
function node(id: string, parent: string | null, role: string, content: object, more: object = {}) {
  return [id, { id, parent, children: [], message: { id, author: { role }, create_time: 1_700_000_000, content, ...more } }] as const;
}
const words = (...parts: unknown[]) => ({ content_type: 'text', parts });
const chatGpt = (nodes: (readonly [string, unknown])[], current: unknown, more: object = {}) =>
  [{ title: 'Of geese', create_time: 1_690_000_000.25, current_node: current, mapping: Object.fromEntries(nodes), ...more }];

test('what the page exports it imports: one, and several', () => {
  const talk = { id: 'c1', title: 'Of\nlamps', messages: [said('user', 'Why?\n', 1_700_000_000), said('assistant', '**So**', 1_700_000_001, 'I think')] };
  const body = {
    title: 'Of lamps',
    started_at: 1_700_000_000,
    messages: [{ role: 'user', text: 'Why?\n', at: 1_700_000_000 }, { role: 'assistant', text: '**So**', at: 1_700_000_001 }],
  };
  const one = read(toJson(talk), NOW).found;
  expect(one).toEqual({
    conversations: [{ title: 'Of lamps', body }], messages: 2, unfit: [], left: { pictures: 0, tools: 0, thoughts: 1, others: 0 },
  });
  const wordless = { id: 'c2', title: '', messages: [said('user', '', 5), said('assistant', '', 6)] };
  const several = read(toJsonOfSeveral([talk, wordless]), NOW).found;
  expect(several?.conversations.map(({ title }) => title)).toEqual(['Of lamps', 'Without a title']);
  expect(several?.conversations[1]?.body).toEqual({ started_at: 5, messages: [{ role: 'user', text: '(A picture that was not imported.)', at: 5 }] });
  expect(several?.left).toEqual({ pictures: 1, tools: 0, thoughts: 1, others: 0 });
});

test('of ChatGPT’s tree the path that was shown is taken, and what is left out is counted', () => {
  const { conversations, messages, left, unfit } = found(chatGpt([
    ['root', { id: 'root', parent: null, children: ['s'], message: null }],
    node('s', 'root', 'system', words('You are helpful')),
    node('h', 's', 'assistant', words('Hello, how can I help?')),
    node('a', 'h', 'user', words('Geese?')),
    node('other', 'a', 'assistant', words('Another version')),
    node('call', 'a', 'assistant', { content_type: 'code', text: 'search()' }, { recipient: 'browser' }),
    node('tool', 'call', 'tool', words('found')),
    node('think', 'tool', 'assistant', { content_type: 'thoughts', thoughts: [] }),
    node('b', 'think', 'assistant', words('They fly', 'in a skein'), { recipient: 'all' }),
    node('hidden', 'b', 'user', words('context'), { metadata: { is_visually_hidden_from_conversation: true } }),
    node('p', 'hidden', 'user', { content_type: 'multimodal_text', parts: [{ content_type: 'image_asset_pointer' }, 'And this?'] }),
    node('q', 'p', 'user', { content_type: 'multimodal_text', parts: [{ content_type: 'image_asset_pointer' }, { content_type: 'audio' }] }),
    node('v', 'q', 'assistant', { content_type: 'canvas' }),
  ], 'v'));
  expect(unfit).toEqual([]);
  expect(messages).toBe(4);
  expect(conversations).toEqual([{
    title: 'Of geese',
    body: {
      title: 'Of geese',
      started_at: 1_690_000_000.25,
      messages: [
        { role: 'user', text: 'Geese?', at: 1_700_000_000 },
        { role: 'assistant', text: 'They fly\n\nin a skein', at: 1_700_000_000 },
        { role: 'user', text: 'And this?', at: 1_700_000_000 },
        { role: 'user', text: '(A picture that was not imported.)', at: 1_700_000_000 },
      ],
    },
  }]);
  // The first answer answers no prompt.
  expect(left).toEqual({ pictures: 2, tools: 2, thoughts: 1, others: 3 });
});

test('a file that is neither is told as what it is', () => {
  expect(read('{', NOW)).toEqual({ why: 'notJson' });
  expect(read('', NOW)).toEqual({ why: 'notJson' });
  for (const file of [null, 7, 'x', [], {}, [1], [[]], { conversations: 'x' }, { users: [] }]) expect(of(file), JSON.stringify(file)).toEqual({ why: 'unknown' });
  expect(of({ conversations: Array.from({ length: MOST + 1 }, () => ({})) })).toEqual({ why: 'tooMany' });
  expect(read(' '.repeat(FILE_BYTES + 1), NOW)).toEqual({ why: 'tooLarge' });
  expect(found({ conversations: [] })).toMatchObject({ conversations: [], unfit: [] });
});

test('what is of no known shape is not guessed at, and the others are taken', () => {
  const good = { title: 'Good', messages: [{ role: 'user', content: 'x' }] };
  const strange = [
    null,
    [],
    { title: { deep: 1 } },
    { title: 'Role', messages: [{ role: 'tool', content: 'x' }] },
    { title: 'Content', messages: [{ role: 'user', content: ['x'] }] },
    { title: 'Messages', messages: 'x' },
    { title: 'Node', mapping: {} },
    { title: 'Gone', mapping: {}, current_node: 'x' },
    { title: 'Inherited', mapping: {}, current_node: 'constructor' },
    { title: 'Circle', mapping: { a: { parent: 'b' }, b: { parent: 'a' } }, current_node: 'a' },
    { title: 'Author', mapping: { a: { parent: null, message: { content: words('x') } } }, current_node: 'a' },
  ];
  const { conversations, unfit } = found([good, ...strange]);
  expect(conversations).toEqual([{ title: 'Good', body: { title: 'Good', started_at: NOW.getTime() / 1000, messages: [{ role: 'user', text: 'x' }] } }]);
  expect(unfit.map(({ why }) => why)).toEqual(strange.map(() => 'unknown'));
  expect(unfit.slice(3, 5).map(({ title }) => title)).toEqual(['Role', 'Content']);
});

test('what is too much for the gateway is told and not sent', () => {
  const many = { title: 'Many', messages: Array.from({ length: LIMITS.IMPORT_MESSAGES + 1 }, () => ({ role: 'user', content: 'x' })) };
  const long = { title: 'Long', messages: [{ role: 'user', content: 'ü'.repeat(600_000) }] };
  const large = { title: 'Large', messages: Array.from({ length: 13 }, () => ({ role: 'user', content: 'x'.repeat(1_000_000) })) };
  const silent = { title: 'Silent', messages: [{ role: 'assistant', content: 'Welcome' }] };
  const { conversations, unfit } = found([many, long, large, silent]);
  expect(conversations).toEqual([]);
  expect(unfit).toEqual([
    { title: 'Many', why: 'tooMany' }, { title: 'Long', why: 'tooLarge' }, { title: 'Large', why: 'tooLarge' }, { title: 'Silent', why: 'empty' },
  ]);
});

test('hostile texts stay texts, and half characters become whole ones', () => {
  const text = '{"__proto__":{"polluted":1},"title":"\\ud800<b>","messages":[{"role":"user","content":"a\\udc00b","at":"never","__proto__":{"role":"tool"}}]}';
  const [one] = read(text, NOW).found?.conversations ?? [];
  expect(one?.body.messages).toEqual([{ role: 'user', text: 'a\uFFFDb' }]);
  expect(one?.body.title).toBe('\uFFFD<b>');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  const deep = `[{"title":"Deep","mapping":{"a":{"parent":null,"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}},"current_node":"a"}]`;
  expect(['empty', undefined]).toContain(read(deep, NOW).found?.unfit[0]?.why);
  // A path as long as a tree can be.
  const nodes = Array.from({ length: 30_000 }, (_, at) => node(`n${at}`, at === 0 ? null : `n${at - 1}`, 'user', words('x')));
  expect(found(chatGpt(nodes, 'n29999')).unfit).toEqual([{ title: 'Of geese', why: 'tooMany' }]);
});
