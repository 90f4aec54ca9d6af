import { expect, test } from 'vitest';

import type { StoredMessage } from '../protocol/messages';
import { FakeTransport } from '../transport/fake';
import { fileName, toJson, toMarkdown, whole } from './export';

function message(id: number, role: 'user' | 'assistant', content: string, reasoning: string | null = null): StoredMessage {
  const nothing = { tool_call_id: null, tool_calls: null, tool_name: null, finish_reason: role === 'user' ? null : 'stop' };
  return { id, session_id: 'c1', role, content, timestamp: 1_700_000_000 + id, reasoning, ...nothing };
}

const TALK = {
  id: 'c1',
  title: 'Of\nlamps',
  messages: [message(0, 'user', 'Why?\n'), message(1, 'assistant', '```js\n1\n```', 'I think\nso')],
};

test('as Markdown a conversation is what was written', () => {
  expect(toMarkdown(TALK)).toBe(
    '# Of lamps\n\n## You (2023-11-14T22:13:20.000Z)\n\nWhy?\n\n## Answer (2023-11-14T22:13:21.000Z)\n\n> Thoughts:\n>\n> I think\n> so\n\n```js\n1\n```\n',
  );
  expect(toMarkdown({ ...TALK, title: '', messages: [] })).toBe('# Conversation\n');
});

test('as JSON it can be read back', () => {
  const read = JSON.parse(toJson(TALK)) as unknown;
  expect(read).toEqual({
    id: 'c1',
    title: 'Of\nlamps',
    messages: [
      { role: 'user', content: 'Why?\n', at: '2023-11-14T22:13:20.000Z' },
      { role: 'assistant', content: '```js\n1\n```', reasoning: 'I think\nso', finish_reason: 'stop', at: '2023-11-14T22:13:21.000Z' },
    ],
  });
});

test('a file has a name that every system takes', () => {
  expect(fileName({ id: 'c1', title: '../..\\evil: <b>|"?*\u202e x' }, 'md')).toBe('evil b x.md');
  expect(fileName({ id: 'c1', title: ' .. ' }, 'json')).toBe('c1.json');
  expect(fileName({ id: 'c1', title: 'Über Lampen' }, 'md')).toBe('Über Lampen.md');
  expect(fileName({ id: 'c1', title: '💡'.repeat(3) + 'x'.repeat(100) }, 'md')).toBe(`${'x'.repeat(60)}.md`);
});

test('the whole conversation is asked for, page by page', async () => {
  const transport = new FakeTransport();
  const paths: string[] = [];
  transport.route(({ path }) => {
    paths.push(path);
    const offset = Number(new URL(path, 'http://x').searchParams.get('offset'));
    const messages = Array.from({ length: Math.min(500, 700 - offset) }, (_, at) => message(offset + at, 'user', 'x'));
    return { messages };
  });
  const { messages } = await whole(transport, 'a/b', 't');
  expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: 700 }, (_, at) => at));
  expect(paths).toEqual([
    '/api/sessions/a%2Fb/messages?limit=500&offset=0',
    '/api/sessions/a%2Fb/messages?limit=500&offset=500',
  ]);
});
