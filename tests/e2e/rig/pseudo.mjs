// The page in the pseudo language of ui/src/words, before a real gateway: only the files of the page are others, and
// what it asks for, and under which policy, is the gateway's own.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { extname } from 'node:path';
import { repositoryFile } from './settings.mjs';

const TYPES = { '.js': 'text/javascript', '.css': 'text/css' };

/** Builds it for this run, in ui/ after `npm ci` there. What is built into the gateway stays as it is. */
export async function pseudoPage(rig) {
  const site = rig.path('pseudo');
  await rig.run('npm', ['run', 'build:pseudo', '--silent', '--', '--logLevel', 'warn', '--outDir', site], { cwd: repositoryFile('ui'), ms: 120_000 });
  return site;
}

/** A proxy before this port of 127.0.0.1 that hands out that page, in this direction of writing; answers with its own port. */
export async function pseudoFront(rig, site, port, direction) {
  const server = createServer((asked, answer) => {
    const { url, method, headers } = asked;
    const passed = request({ host: '127.0.0.1', port, path: url, method, headers, agent: false }, async (given) => {
      const type = TYPES[extname(url)];
      const isPage = given.statusCode === 200 && url === '/';
      if (!isPage && !(type && url.startsWith('/app/'))) {
        answer.writeHead(given.statusCode, given.headersDistinct);
        return given.pipe(answer);
      }
      given.resume();
      const body = isPage ? (await readFile(`${site}/index.html`, 'utf8')).replace('<html', `<html dir="${direction}"`) : await readFile(`${site}${url}`);
      const { 'content-length': _, 'content-encoding': __, ...others } = given.headers;
      answer.writeHead(200, { ...others, ...(type && { 'content-type': type }) }).end(body);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  server.on('upgrade', (asked, near, first) => {
    const far = connect(port, '127.0.0.1', () => {
      const lines = asked.rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
      far.write(`GET ${asked.url} HTTP/1.1\r\n${lines}\r\n`);
      far.write(first);
      near.pipe(far).pipe(near);
    });
    for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => {}).on('close', () => other.destroy());
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  rig.onClose(() => { server.closeAllConnections(); server.close(); });
  return server.address().port;
}

/** An English text of the catalogue as the page says it now. What stands in place of its letters is no letter of English. */
export const like = (text) => new RegExp(text.replace(/[aeiouncs]/g, '[^a-z]'));

/**
 * What the page shows in words that are in no catalogue, and what is cut off of those that are: for each the text and
 * where it stands. What models, people and gateways have written is within what `within` selects, or is one of `texts`.
 */
export async function faults(page, others) {
  return page.evaluate(({ within, texts }) => {
    const ATTRIBUTES = ['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt'];
    const found = [];
    const shown = (element) => element.checkVisibility({ visibilityProperty: true });
    const fault = (what, text, element) => found.push(`${what}: “${text.trim()}” in ${element.tagName.toLowerCase()}.${element.className}`);
    // The marks of texts within texts come in pairs, over the borders of elements too.
    let depth = 0;
    const strange = (text) => [...text].filter((letter) => {
      if (letter === '⟦') depth += 1;
      const isOutside = depth === 0;
      if (letter === '⟧') depth -= 1;
      return isOutside;
    }).join('');
    // A letter by itself is the name of a key.
    const says = (text) => /\p{L}{2}/u.test(texts.reduce((rest, known) => rest.replaceAll(known, ''), text));

    /** How far the text reaches out of what surrounds it, where nobody can scroll to it. */
    const cut = (node, element) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter(({ width }) => width > 0);
      const [left, right] = [Math.min(...boxes.map((box) => box.left)), Math.max(...boxes.map((box) => box.right))];
      // A title ends in dots where it is longer than its line.
      if (boxes.length === 0 || element.closest('.unseen, main h1, .title')) return;
      for (let around = element; around && around !== document.body; around = around.parentElement) {
        const { overflowX, position } = getComputedStyle(around);
        const box = around.getBoundingClientRect();
        const ends = overflowX !== 'visible' || around.matches('button, .button, summary, dialog');
        if (ends && (left < box.left - 1 || right > box.right + 1)) return fault('cut off', node.data, element);
        if (position === 'fixed') break;
      }
      // The drawer waits beside the screen of a phone.
      if ((left < -1 || right > innerWidth + 1) && !element.closest('.drawer')) fault('beside the screen', node.data, element);
    };

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element.matches('script, style, noscript, noscript *') || !shown(element)) continue;
      const isOurs = /[⟦⟧]/.test(node.data) || depth > 0;
      const rest = strange(node.data);
      if (says(rest) && !element.closest(within)) fault('not in the catalogue', rest, element);
      if (isOurs) cut(node, element);
    }
    if (depth !== 0) found.push(`${depth} texts have no end`);
    for (const element of document.querySelectorAll(ATTRIBUTES.map((name) => `[${name}]`).join())) {
      if (!shown(element)) continue;
      for (const name of ATTRIBUTES.filter((name) => element.hasAttribute(name))) {
        depth = 0;
        const rest = strange(element.getAttribute(name));
        if (says(rest) && !element.matches(within)) fault(`${name} not in the catalogue`, rest, element);
      }
    }
    depth = 0;
    if (says(strange(document.title))) found.push(`the title of the window: ${document.title}`);
    return [...new Set(found)];
  }, others);
}

/** Asserts that there is nothing of the kind. */
export async function speaks(page, name, others) {
  assert.deepEqual(await faults(page, others), [], name);
}
