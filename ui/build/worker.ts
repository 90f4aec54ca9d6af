// The worker of the page, which tells of what ends while the page is closed. A browser looks for the next one under
// the same address, and it works for what is below its own: so its name says nothing of what is in it, and it is
// above the other files.
import type { Plugin } from 'vite';

import { alone } from './alone.ts';

export function worker(): Plugin {
  return {
    name: 'worker',
    async buildStart() {
      if (this.environment.config.command !== 'build') return;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: await alone('/src/worker/sw.ts') });
    },
  };
}
