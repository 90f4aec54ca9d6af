import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { firstPaint } from './build/first-paint.ts';
import { worker } from './build/worker.ts';

export default defineConfig({
  plugins: [svelte(), firstPaint(), worker()],
  // The gateway may be reached below any path, so nothing is written into the page but what is beside it.
  base: './',
  build: {
    // What the page is allowed to load says the policy of the gateway; nothing may be a `data:` URL.
    assetsInlineLimit: 0,
    outDir: 'dist/site',
    emptyOutDir: true,
    assetsDir: 'app',
    modulePreload: { polyfill: false },
    target: 'es2023',
    // What is loaded at first is counted by it.
    manifest: true,
  },
  // What runs in Node is the page as a browser has it, and not as a server would render it.
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  // Tests hold the table of keys against the guide.
  server: { fs: { allow: ['..'] } },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'], restoreMocks: true },
});
