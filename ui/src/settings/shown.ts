// What a test sees of a page: what is there for whoever uses it, by roles and names as a screen reader has them.

import { mount, tick, unmount, type Component } from 'svelte';

let stop: (() => void) | null = null;

/** Shows a page, in the place of the one before. */
export async function show<P extends Record<string, unknown>>(page: Component<P>, props: P): Promise<void> {
  leave();
  document.body.replaceChildren();
  const shown = mount(page, { target: document.body, props });
  stop = () => void unmount(shown);
  await settled();
}

/** Takes it away again. */
export function leave(): void {
  stop?.();
  stop = null;
}

/** Waits for what is answered at once. No clock runs meanwhile. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) {
    await Promise.resolve();
    await tick();
  }
}

/** What the page says. */
export function text(): string {
  return document.body.textContent.replace(/\s+/g, ' ').trim();
}

const ROLES = {
  button: 'button',
  link: 'a[href]',
  heading: 'h1, h2, h3, h4',
  textbox: 'input:not([type=radio], [type=checkbox], [hidden])',
  radio: 'input[type=radio]',
  alert: '[role=alert]',
  status: '[role=status]',
  group: '[role=group], fieldset',
  image: '[role=img]',
} as const;

/** The elements of this role. */
export function all(role: keyof typeof ROLES): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(ROLES[role])];
}

/** The one element of this role and this name, or of a name that fits. */
export function get(role: keyof typeof ROLES, name: string | RegExp): HTMLElement {
  const found = all(role).filter((it) => fits(named(it), name));
  const [first] = found;
  if (found.length !== 1 || first === undefined) {
    throw new Error(`${found.length} × ${role} ${String(name)} among: ${all(role).map(named).join(' | ')}`);
  }
  return first;
}

export function has(role: keyof typeof ROLES, name: string | RegExp): boolean {
  return all(role).some((it) => fits(named(it), name));
}

/** Presses a button, and waits for what follows at once. */
export async function press(name: string | RegExp): Promise<void> {
  const button = get('button', name);
  button.focus();
  button.click();
  await settled();
}

/** Types into a field. */
export async function type(name: string | RegExp, value: string): Promise<void> {
  const input = get('textbox', name) as HTMLInputElement;
  input.focus();
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  await settled();
}

/** Sends the form of this field, as Enter does in it. */
export async function send(name: string | RegExp): Promise<void> {
  (get('textbox', name) as HTMLInputElement).form?.requestSubmit();
  await settled();
}

/** Presses a key where the focus is. */
export async function key(name: string): Promise<void> {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
  await settled();
}

function fits(name: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? name === wanted : wanted.test(name);
}

function named(element: HTMLElement): string {
  const by = element.getAttribute('aria-labelledby');
  const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
  const legend = element.querySelector(':scope > legend')?.textContent;
  const name = element.getAttribute('aria-label') ?? (by && document.getElementById(by)?.textContent);
  return (name ?? label ?? legend ?? element.textContent).replace(/\s+/g, ' ').trim();
}
