// Pages that are no part of the web app, and have none of its script before the first paint: `--mode fuzz` and `--mode gallery`. They are built when somebody asks.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { mergeConfig, type UserConfig } from 'vite';

import site from './vite.config.ts';

const PAGES: Record<string, string> = { fuzz: 'fuzz/markdown.html', gallery: 'gallery.html' };

export default ({ mode }: { mode: string }): UserConfig => {
  const input = PAGES[mode];
  if (input === undefined) throw new Error(`there is no page for the mode ${mode}`);
  const build = { outDir: `dist/${mode}`, rolldownOptions: { input }, manifest: false };
  const plugins = [svelte()];
  return mergeConfig({ ...site, plugins }, { mode: 'production', build });
};
