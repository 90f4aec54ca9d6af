// Pages that are no part of the web app: `--mode desktop`, which the application of the desktop shows, and `--mode fuzz`
// and `--mode gallery`, which are built when somebody asks.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { mergeConfig, type UserConfig } from 'vite';

import { firstPaint } from './build/first-paint.ts';
import { asIndex } from './build/index-page.ts';
import site from './vite.config.ts';

const PAGES: Record<string, string> = { desktop: 'desktop.html', fuzz: 'fuzz/markdown.html', gallery: 'gallery.html' };

export default ({ mode }: { mode: string }): UserConfig => {
  const input = PAGES[mode];
  if (input === undefined) throw new Error(`there is no page for the mode ${mode}`);
  const build = { outDir: `dist/${mode}`, rolldownOptions: { input }, manifest: false };
  // What is looked at by nobody but us looks as it comes.
  const plugins = mode === 'desktop' ? [svelte(), firstPaint(), asIndex(input)] : [svelte()];
  return mergeConfig({ ...site, plugins }, { mode: 'production', build });
};
