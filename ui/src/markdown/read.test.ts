import { expect, test } from 'vitest';

import { decoded } from './entities';
import { misleads, place } from './links';
import { fileName, nameOf } from './languages';
import { highlighted } from './highlight';
import { type Inline, plain } from './nodes';
import { readAll } from './reader';

const text = (written: string): Inline => ({ kind: 'text', text: written });
const line = (source: string): Inline[] => {
  const [first] = readAll(source);
  return first?.kind === 'paragraph' ? first.inside : [];
};

test('wb2 html is text', () => {
  expect(line('a <b onclick=x>c</b>')).toEqual([text('a <b onclick=x>c</b>')]);
  expect(readAll('<div>\n*a*\n</div>')).toEqual([{ kind: 'paragraph', inside: [text('<div>'), { kind: 'break' }, text('*a*'), { kind: 'break' }, text('</div>')] }]);
  expect(line('a<br>b')).toEqual([text('a'), { kind: 'break' }, text('b')]);
});

test('character references are read once, and not in code', () => {
  expect(line('&lt;b&gt; &amp;lt; &eacute;&#x1F600; &nosuch; `&lt;`')).toEqual([
    text('<b> &lt; é😀 &nosuch; '),
    { kind: 'code', text: '&lt;' },
  ]);
  expect(decoded('&#0;&#xD800;&#9999999;')).toBe('\ufffd\ufffd\ufffd');
});

test('wb2 a link leads to the web or to a letter, and nowhere else', () => {
  expect(place('https://a.example/b?c=1&d')).toEqual({ href: 'https://a.example/b?c=1&d', host: 'a.example' });
  expect(place('mailto:ada@a.example')?.host).toBe('a.example');
  const refused = ['javascript:x', 'JAVASCRIPT:x', 'data:text/html,x', 'ftp://a/', '/a', 'a', '#a', '', '//a.example'];
  const unclear = ['https://a\u202e.example', ' https://a.example', 'https://a.example/\u200b', 'java\tscript:x', 'mailto:'];
  for (const written of [...refused, ...unclear, 'https://ada:secret@a.example', 'https://ada@a.example', `https://a.example/${'b'.repeat(5000)}`]) {
    expect(place(written), written).toBeNull();
  }
});

test('wb2 a link that is refused still says where it was to lead', () => {
  expect(line('[press](javascript:x)')).toEqual([text('press (javascript:x)')]);
  expect(line('[the file](src/main.rs)')).toEqual([text('the file (src/main.rs)')]);
});

test('wb2 a text that names another host than the link leads to does not hide it', () => {
  const host = (source: string) => line(source).find((part) => part.kind === 'link')?.shownHost;
  expect(host('[bank.example](https://evil.example/)')).toBe('evil.example');
  expect(host('[https://www.a.example/b](https://a.example/)')).toBeNull();
  expect(host('[the guide](https://a.example/)')).toBeNull();
  expect(host('[a\u202eb](https://a.example/)')).toBe('a.example');
  expect(host('[ ](https://a.example/)')).toBe('a.example');
  expect(misleads('main.rs', { href: '', host: 'a.example' })).toBe(false);
});

test('wb3 a picture is an offer that names its host', () => {
  expect(line('![a &amp; b](https://a.example/b.png)')).toEqual([
    { kind: 'picture', href: 'https://a.example/b.png', host: 'a.example', alt: 'a & b' },
  ]);
  expect(line('![a](data:image/png;base64,AAAA)')).toEqual([text('a')]);
});

test('links do not nest', () => {
  expect(line('[![a](https://a.example/b.png)](https://c.example/)')).toEqual([
    { kind: 'link', href: 'https://c.example/', inside: [text('a')], shownHost: null },
  ]);
});

test('lists, tasks and tables', () => {
  expect(readAll('3. a\n4. b\n   - [x] c\n')).toEqual([
    {
      kind: 'list',
      start: 3,
      items: [
        { checked: null, lead: [text('a')], blocks: [] },
        {
          checked: null,
          lead: [text('b')],
          blocks: [{ kind: 'list', start: null, items: [{ checked: true, lead: [text('c')], blocks: [] }] }],
        },
      ],
    },
  ]);
  expect(readAll('|a|b|c|\n|:-|:-:|-:|\n|1|2|3|')).toEqual([
    {
      kind: 'table',
      align: ['start', 'center', 'end'],
      head: [[text('a')], [text('b')], [text('c')]],
      rows: [[[text('1')], [text('2')], [text('3')]]],
    },
  ]);
});

test('names that every object has are no references', () => {
  expect(line('[constructor] [toString]')).toEqual([text('[constructor] [toString]')]);
});

test('what nests too deeply is text', () => {
  const [first] = readAll('>'.repeat(20_000));
  expect(first?.kind).toBe('paragraph');
  expect(JSON.stringify(readAll(`${'> '.repeat(200)}a`)).length).toBeLessThan(20_000);
});

test('the text that a person reads', () => {
  expect(plain(readAll('# A *b*\n\n- c\n- d\n\n```sh\ne\n```\n\n| f | g |\n|-|-|\n| h | i |\n\n---'))).toBe('A b\nc\nd\ne\nf, g\nh, i');
});

test('languages by their other names, and files by their endings', () => {
  expect([nameOf('rs'), nameOf('c++'), nameOf('constructor'), nameOf('')]).toEqual(['rust', 'cpp', null, null]);
  expect([fileName('py'), fileName('html'), fileName('rust'), fileName('klingon')]).toEqual(['code.py', 'code.html', 'code.rs', 'code.txt']);
});

test('a program is told apart without losing a letter', async () => {
  const program = 'fn main() { // <b>\n    println!("hi");\n}\n';
  const spans = await highlighted('rs', program);
  expect(spans?.map((span) => span.text).join('')).toBe(program);
  expect(spans).toContainEqual({ text: '"hi"', is: 'string' });
  expect(await highlighted('klingon', program)).toBeNull();
  expect(await highlighted('rust', 'x'.repeat(100_000))).toBeNull();
});
