/** A path with what goes into its places, which may be anything. */
export function filled(route: { path: string }, parts: Record<string, string>): string {
  return route.path.replace(/\{(\w+)\}/g, (place, name: string) => {
    const part = parts[name];
    return part === undefined ? place : encodeURIComponent(part);
  });
}
