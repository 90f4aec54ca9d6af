// Texts that want to become more than text. They are made by a generator with a seed, so that one that gets
// through can be made again. For tests alone: no page of ours loads it.

/** A generator of numbers from 0 up to a limit (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const SCRIPT = 'pwned()';

/** Where a link may try to lead. */
const TARGETS = [
  `javascript:${SCRIPT}`,
  `JaVaScRiPt:${SCRIPT}`,
  `java\tscript:${SCRIPT}`,
  `java\nscript:${SCRIPT}`,
  `\u0001javascript:${SCRIPT}`,
  `\u00a0javascript:${SCRIPT}`,
  `javascript&colon;${SCRIPT}`,
  `javascript&#58;${SCRIPT}`,
  `&#x6a;avascript:${SCRIPT}`,
  `&#0000106;avascript:${SCRIPT}`,
  `java&Tab;script&colon;${SCRIPT}`,
  `java&#10;script:${SCRIPT}`,
  `javascript://x.example/%0a${SCRIPT}`,
  `jav\\ascript:${SCRIPT}`,
  `javascript\u200b:${SCRIPT}`,
  `vbscript:msgbox(1)`,
  `data:text/html,<script>${SCRIPT}</script>`,
  `data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+`,
  `DATA:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="${SCRIPT}"/>`,
  `blob:https://x.example/1`,
  `file:///etc/passwd`,
  `view-source:javascript:${SCRIPT}`,
  `https://ada:secret@x.example/`,
  `https://x.example\u202e/moc.live`,
  `//x.example/a.png`,
  `\\\\x.example\\a.png`,
  `https:x.example`,
  `https://x.example/" onmouseover="${SCRIPT}`,
  `https://x.example/' style='background:url(//x.example)`,
  `https://x.example/a.png?q=<img src=x onerror=${SCRIPT}>`,
  `mailto:a@x.example?body=<script>${SCRIPT}</script>`,
  `intent://x.example#Intent;end`,
  `#javascript:${SCRIPT}`,
  ``,
];

/** HTML and SVG that would do something. */
const TAGS = [
  `<script>${SCRIPT}</script>`,
  `<scr<script>ipt>${SCRIPT}</scr</script>ipt>`,
  `<img src=x onerror=${SCRIPT}>`,
  `<img srcset="https://x.example/a.png 2x">`,
  `<img/src="x"/onerror=${SCRIPT}//`,
  `<svg onload=${SCRIPT}>`,
  `<svg><animate onbegin=${SCRIPT} attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${SCRIPT}"><text x=20 y=20>a</text></a></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id=x onload=${SCRIPT}>#x"/></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${SCRIPT}>`,
  `<iframe src="javascript:${SCRIPT}"></iframe>`,
  `<iframe srcdoc="<script>${SCRIPT}</script>">`,
  `<object data="javascript:${SCRIPT}"></object>`,
  `<embed src="https://x.example/">`,
  `<form action="https://x.example/"><button formaction="javascript:${SCRIPT}">a`,
  `<input autofocus onfocus=${SCRIPT}>`,
  `<details open ontoggle=${SCRIPT}>`,
  `<video src=x onerror=${SCRIPT}></video>`,
  `<link rel=stylesheet href="https://x.example/a.css">`,
  `<style>@import "https://x.example/a.css";</style>`,
  `<meta http-equiv=refresh content="0;url=javascript:${SCRIPT}">`,
  `<base href="https://x.example/">`,
  `<p style="background:url(https://x.example/a.png)">a</p>`,
  `<a href="javascript:${SCRIPT}" target=_self>a</a>`,
  `<noscript><p title="</noscript><img src=x onerror=${SCRIPT}>">`,
  `<!--><script>${SCRIPT}</script>-->`,
  `<![CDATA[<script>${SCRIPT}</script>]]>`,
  `<?xml version="1.0"?><x onclick=${SCRIPT}>`,
  `</p><script>${SCRIPT}</script><p>`,
  `&lt;script&gt;${SCRIPT}&lt;/script&gt;`,
  `&#60;img src=x onerror=${SCRIPT}&#62;`,
  `<template><script>${SCRIPT}</script></template>`,
  `{@html "<script>${SCRIPT}</script>"}`,
  `\${${SCRIPT}}`,
];

/** What Markdown makes of a target and another piece. */
const SHAPES: ((to: string, inside: string) => string)[] = [
  (to, inside) => `[${inside}](${to})`,
  (to, inside) => `[${inside}](<${to}> "t" onclick=${SCRIPT})`,
  (to, inside) => `![${inside}](${to} 'x" onerror="${SCRIPT}')`,
  (to, inside) => `[![${inside}](${to})](${to})`,
  (to, inside) => `[a [${inside}](${to}) b](${to})`,
  (to) => `<${to}>`,
  (to) => to,
  (to, inside) => `[${inside}][r]\n\n[r]: ${to} "${SCRIPT}"\n\n[r]`,
  (to, inside) => `[__proto__]: ${to}\n[constructor]: ${to}\n\n[${inside}][constructor] [__proto__] [toString]`,
  (to, inside) => `| [a](${to}) | ${inside} |\n|:-:|--:|\n| ![b](${to}) | \`${inside}\` |\n`,
  (to, inside) => `- [x] [${inside}](${to})\n  1. ${inside}\n     > ${to}\n`,
  (to, inside) => `\n\n\`\`\`html " onload="${SCRIPT}\n${inside}\n${to}\n\`\`\`\n`,
  (to, inside) => `\n~~~${inside}\n${to}\n~~~\n`,
  (to, inside) => `# ${inside} {onclick=${SCRIPT}}\n${to}\n===\n`,
  (to, inside) => `> ${inside}\n> [b](${to})\n\n`,
  (to, inside) => `**${inside}*__~~[${to}](${to})~~__***`,
  (to, inside) => `${inside}\n\n    ${to}\n\n`,
  (to, inside) => `\`${inside}\` \\<${to}\\>`,
  (_, inside) => inside,
];

/** Any text, hostile as a rule, cut somewhere. */
export function hostile(seed: number): { whole: string; cut: string } {
  const below = numbers(seed);
  const one = <T>(all: readonly T[]): T => all[below(all.length)] as T;
  const piece = (depth: number): string => {
    const inside = depth > 2 || below(3) > 0 ? one(TAGS) : piece(depth + 1);
    return bent(one(SHAPES)(one(TARGETS), inside), below);
  };
  let whole = '';
  for (let left = 1 + below(5); left > 0; left -= 1) whole += piece(0) + one(['', ' ', '\n', '\n\n', '\t', '> ', '- ']);
  return { whole, cut: whole.slice(0, below(whole.length + 1)) };
}

/** The same text with a letter changed here and there. */
function bent(text: string, below: (limit: number) => number): string {
  if (below(3) > 0) return text;
  const at = below(text.length + 1);
  const [before, rest] = [text.slice(0, at), text.slice(at)];
  const inserts = ['\0', '\t', '\r', '\n', '\u2028', '\u202e', '\u200d', '&#x0;', '<', '>', '"', "'", '`', ']', '(', '\\', '\ud800'];
  switch (below(4)) {
    case 0:
      return before + (inserts[below(inserts.length)] ?? '') + rest;
    case 1:
      return before + rest.slice(1);
    case 2:
      return before + rest.toUpperCase();
    default:
      return before + rest.slice(0, 1).replace(/./su, (letter) => `&#${letter.codePointAt(0) ?? 0};`) + rest.slice(1);
  }
}
