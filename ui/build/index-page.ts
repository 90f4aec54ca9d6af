// A page that is built under the name by which a window asks for the first one.
import type { Plugin } from 'vite';

export function asIndex(page: string): Plugin {
  return {
    name: 'index-page',
    enforce: 'post',
    generateBundle(_, bundle) {
      const made = bundle[page];
      if (made) made.fileName = 'index.html';
    },
  };
}
