// What a program that signed in is called. It calls itself so, and may lie: a hint for its person.

// The order counts: most browsers name those they want to be taken for.
const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Version/', 'Safari'],
] as const;
const SYSTEMS = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Mac OS X', 'macOS'],
  ['Windows', 'Windows'],
  ['Linux', 'Linux'],
] as const;

/** As people know a browser and its system; any other program as it calls itself. */
export function program(agent: string, joined: (browser: string, system: string) => string): string {
  const named = (names: typeof BROWSERS | typeof SYSTEMS) => names.find(([sign]) => agent.includes(sign))?.[1];
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)];
  if (agent.startsWith('Mozilla/') && browser && system) return joined(browser, system);
  return agent;
}
