// The script that makes the page look as chosen before anything is painted. The policy of the gateway allows
// none within the page, and a module comes after the first paint: so it is a file of its own that the page waits
// for, built alone, since what a module shares with others it has to wait for.
import type { Plugin } from 'vite';

import { alone } from './alone.ts';

const ENTRY = '/src/settings/first-paint.ts';

export function firstPaint(): Plugin {
  let asset: string | null = null;
  let path = '';
  return {
    name: 'first-paint',
    async buildStart() {
      if (this.environment.config.command !== 'build') return;
      asset = this.emitFile({ type: 'asset', name: 'first-paint.js', source: await alone(ENTRY) });
    },
    generateBundle() {
      if (asset !== null) path = this.getFileName(asset);
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => {
        const attrs = path === '' ? { type: 'module', src: ENTRY } : { src: `./${path}` };
        return [{ tag: 'script', attrs, injectTo: 'head-prepend' as const }];
      },
    },
  };
}
