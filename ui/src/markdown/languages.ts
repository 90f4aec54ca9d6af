// The languages of blocks of code: how they are called, and where the grammar is.

import type { LanguageFn } from 'highlight.js';

type Grammar = () => Promise<{ default: LanguageFn }>;

export const grammars: Record<string, Grammar> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  lua: () => import('highlight.js/lib/languages/lua'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  php: () => import('highlight.js/lib/languages/php'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

const OTHERWISE: Record<string, string> = {
  sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', h: 'c', 'c++': 'cpp', cc: 'cpp', hpp: 'cpp', 'c#': 'csharp',
  cs: 'csharp', patch: 'diff', docker: 'dockerfile', golang: 'go', toml: 'ini', js: 'javascript', jsx: 'javascript',
  mjs: 'javascript', jsonc: 'json', kt: 'kotlin', make: 'makefile', md: 'markdown', py: 'python', py3: 'python',
  rb: 'ruby', rs: 'rust', postgresql: 'sql', ts: 'typescript', tsx: 'typescript', html: 'xml', svg: 'xml', svelte: 'xml',
  yml: 'yaml',
};

/** What a file of a language ends with, where that is not what it is called. */
const ENDINGS: Record<string, string> = {
  bash: 'sh', csharp: 'cs', dockerfile: 'Dockerfile', javascript: 'js', kotlin: 'kt', makefile: 'mk', markdown: 'md',
  python: 'py', ruby: 'rb', rust: 'rs', typescript: 'ts', yaml: 'yml',
};

/** What a language is called here; null for one that is not known. */
export function nameOf(language: string): string | null {
  const name = Object.hasOwn(OTHERWISE, language) ? OTHERWISE[language] : language;
  return name !== undefined && Object.hasOwn(grammars, name) ? name : null;
}

/** What a file with a program in this language is called. */
export function fileName(language: string): string {
  const name = nameOf(language);
  if (name === null) return 'code.txt';
  const written = name === 'xml' || name === 'ini' ? language : name;
  return `code.${ENDINGS[written] ?? written}`;
}
