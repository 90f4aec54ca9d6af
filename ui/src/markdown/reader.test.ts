import { expect, test } from 'vitest';

import { Reader, readAll } from './reader';

const TEXT = `# Backups

There are **31 archives**, see [the list][l].

1. copy

2. compare \`sha256\`
   \`\`\`sh
   sha256sum -c sums
   \`\`\`

| a | b |
|---|---|
| 1 | 2 |

[l]: https://a.example/list

> The *end*.
`;

test('what is finished stays the very same nodes while the text grows', () => {
  const reader = new Reader();
  let before = reader.read('', true);
  let kept = 0;
  for (let at = 1; at <= TEXT.length; at += 1) {
    const now = reader.read(TEXT.slice(0, at), true);
    kept += now.filter((piece, index) => before[index] === piece).length;
    before = now;
  }
  expect(kept).toBeGreaterThan(TEXT.length);
  const last = reader.read(TEXT, false);
  expect(last.flatMap(({ blocks }) => blocks)).toEqual(readAll(TEXT));
  expect(last[0]).toBe(before[0]);
});

test('a place that is named later is where an earlier link leads', () => {
  const reader = new Reader();
  const links = (text: string) => JSON.stringify(reader.read(text, true)).match(/"href":"[^"]+"/g);
  const begin = 'See [the list][l].\n\nMore.\n\nAnd more.\n\n';
  expect(links(begin)).toBeNull();
  expect(links(`${begin}[l]: https://a.example/li`)).toEqual(['"href":"https://a.example/li"']);
  expect(links(`${begin}[l]: https://a.example/list\n`)).toEqual(['"href":"https://a.example/list"']);
});

test('half a word in bold, a link or a fence does not flicker', () => {
  const reader = new Reader();
  expect(reader.read('a **b', true)[0]?.blocks).toEqual(readAll('a **b**'));
  expect(reader.read('a [b](https://a.exam', true)[0]?.blocks).toEqual(readAll('a b'));
  expect(reader.read('```sh\nls **', true)[0]?.blocks).toEqual([{ kind: 'code', language: 'sh', text: 'ls **', open: true }]);
  expect(reader.read('```sh\nls **\n```\n\na', true)[0]?.blocks).toEqual([
    { kind: 'code', language: 'sh', text: 'ls **', open: false },
  ]);
});

test('a text that is another one is read anew', () => {
  const reader = new Reader();
  reader.read('a\n\nb\n\nc\n', true);
  expect(reader.read('x\r\n\r\ny', true).flatMap(({ blocks }) => blocks)).toEqual(readAll('x\n\ny'));
  expect(reader.read('', false)).toEqual([]);
});

test('an item that may still join the list before it', () => {
  const reader = new Reader();
  for (const text of ['1. a\n\n', '1. a\n\n2', '1. a\n\n2.', '1. a\n\n2. b\n']) reader.read(text, true);
  expect(reader.read('1. a\n\n2. b\n', true).flatMap(({ blocks }) => blocks)).toEqual(readAll('1. a\n\n2. b\n'));
});
