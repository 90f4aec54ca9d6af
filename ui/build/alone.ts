// A script that is built alone, into one file that imports nothing.
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

export async function alone(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2023',
      lib: { entry: fileURLToPath(new URL(`..${entry}`, import.meta.url)), formats: ['iife'], name: 'hermes' },
    },
  });
  const [made] = Array.isArray(built) ? built : 'output' in built ? [built] : [];
  const code = made?.output[0].code;
  if (code === undefined) throw new Error(`${entry} was not built`);
  return code;
}
