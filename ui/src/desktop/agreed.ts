// At which gateways the person has agreed to a sign-in in a window of the application. It is asked once for each.

const KEY = 'hermes.windows';
const MOST = 64;

export function hasAgreed(address: string): boolean {
  return all().includes(address);
}

export function agree(address: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([address, ...all().filter((other) => other !== address)].slice(0, MOST)));
  } catch {
    // Where nothing is kept it is asked again.
  }
}

function all(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}
