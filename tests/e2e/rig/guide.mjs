// The documents as the tests read them: blocks to be run, and the words in which a message is quoted.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path) => readFile(root + path, 'utf8');

/** Fails unless the document has these words of a message. */
export async function quotes(path, words) {
  assert.ok((await read(path)).includes(words), `${path} does not have: ${words}`);
}

/** The blocks marked `run: afar`, each to be taken by a test. */
export class Blocks {
  static async read() {
    const blocks = new Blocks();
    blocks.all = (await Promise.all((await documents()).map(async (path) => inside(path, await read(path))))).flat();
    return blocks;
  }

  /** The one block of this document that begins so and was not taken yet. */
  take(path, start) {
    const block = this.all.find((block) => block.path === path && block.text.startsWith(start) && !block.taken);
    assert.ok(block, `${path} has no further block that begins with: ${start}`);
    assert.equal(block.afar, true, `${path}: \`${start}\` is not marked \`run: afar\``);
    block.taken = true;
    return block.text;
  }

  /** The block of this document that shows output and begins so. */
  shown(path, start) {
    const block = this.all.find((block) => block.path === path && block.text.startsWith(start) && !block.afar);
    assert.ok(block, `${path} shows no output that begins with: ${start}`);
    return block.text;
  }

  /** Where those begin that no test took. */
  get left() {
    return this.all.filter((block) => block.afar && !block.taken).map(({ path, text }) => `${path}: ${text}`);
  }
}

async function documents() {
  const pages = await readdir(`${root}docs`, { recursive: true });
  const documents = [...(await readdir(root)), ...pages.map((page) => `docs/${page}`)];
  return documents.filter((path) => path.endsWith('.md'));
}

function inside(path, text) {
  const blocks = text.matchAll(/^```(.+)\n([^]*?)\n```$/gm);
  return [...blocks].map(([, mark, text]) => ({ path, text, afar: mark.endsWith(' run: afar') }));
}
