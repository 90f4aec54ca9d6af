// The worker of the page: it shows what the gateway pushes, and leads to the conversation that it is about. It
// keeps nothing, answers no request of the page, and holds no secret.

import { tagOf, toldIn } from './told';

/** A window of this address. */
interface Window {
  readonly url: string;
  readonly focused: boolean;
  readonly visibilityState: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

interface Happening {
  waitUntil(done: Promise<unknown>): void;
}

interface Pushed extends Happening {
  data: { text(): string } | null;
}

interface Clicked extends Happening {
  notification: { data: unknown; close(): void };
}

/** What of a service worker's world is used here. The types of the page and of workers do not go together. */
export interface World {
  readonly registration: {
    readonly scope: string;
    showNotification(title: string, options: NotificationOptions): Promise<void>;
  };
  readonly clients: {
    matchAll(which: { type: 'window'; includeUncontrolled: true }): Promise<readonly Window[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(kind: 'install', told: (event: Happening) => void): void;
  addEventListener(kind: 'push', told: (event: Pushed) => void): void;
  addEventListener(kind: 'notificationclick', told: (event: Clicked) => void): void;
}

export function work(world: World): void {
  // It keeps nothing that belongs to a page, so the next one need not wait until all pages are closed.
  world.addEventListener('install', (event) => { event.waitUntil(world.skipWaiting()); });
  world.addEventListener('push', (event) => { event.waitUntil(tell(world, event.data?.text() ?? null)); });
  world.addEventListener('notificationclick', (event) => {
    event.notification.close();
    const { data } = event.notification;
    event.waitUntil(lead(world, typeof data === 'string' ? data : null));
  });
}

/** Tells it, unless somebody looks at the page: it says so itself. */
async function tell(world: World, text: string | null): Promise<void> {
  if ((await windows(world)).some(({ focused, visibilityState }) => focused && visibilityState === 'visible')) return;
  const { title, text: body, conversation } = toldIn(text);
  const icon = new URL('assets/icon-192.png', world.registration.scope).href;
  await world.registration.showNotification(title, { body, icon, tag: tagOf(conversation), data: conversation });
}

/** Leads to a conversation: in the window that is open, or in a new one. */
async function lead(world: World, conversation: string | null): Promise<void> {
  const place = conversation === null ? '' : `#/c/${encodeURIComponent(conversation)}`;
  const [open] = await windows(world);
  if (open === undefined) {
    await world.clients.openWindow(world.registration.scope + place);
    return;
  }
  open.postMessage({ place });
  await open.focus();
}

/** The windows that show the page; other pages of the gateway lead to no conversation. */
async function windows({ clients, registration }: World): Promise<Window[]> {
  const all = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  return all.filter(({ url }) => url.split(/[?#]/)[0] === registration.scope);
}
