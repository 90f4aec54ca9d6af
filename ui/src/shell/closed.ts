// Whether this browser is told of what ends while no page is open: by the page's worker, to which the gateway
// speaks by way of the push service of the browser. It belongs to the sign-in, and ends with it.

import type { PushAnswer, PushSubscribe } from '../protocol/account';
import { ROUTES } from '../protocol/constants';
import { addressOf, prefixOf } from '../transport/place';
import { Refusal, type Transport } from '../transport/transport';
import { telling, tellBy } from './away';

export type Closed =
  | 'on'
  | 'off'
  /** The browser cannot, or the gateway does not. */
  | 'impossible';

/** Where the worker is. It has to be above everything that it works for. */
const WORKER = '/sw.js';

/** How long a browser may take. Some try for ever to reach their push service. */
export const PATIENCE = 10_000;

/** Who may say from where a script comes (Trusted Types). */
interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown };
}

/** How this browser stands. */
export async function closed(transport: Transport): Promise<Closed> {
  if (!canPush() || telling() !== 'on') return 'impossible';
  const answer = await asked(transport);
  if (answer === null) return 'impossible';
  return answer.told && (await subscribed()) !== null ? 'on' : 'off';
}

/** Has it told from now on. What the browser says against it, and the gateway, is thrown. */
export async function tellClosed(transport: Transport): Promise<Closed> {
  if (!canPush() || telling() !== 'on') return 'impossible';
  // Where nobody is told while the page is closed, the worker tells while it is hidden.
  const { pushManager } = await hire();
  const answer = await asked(transport);
  if (answer === null) return 'impossible';
  let subscription = await pushManager.getSubscription();
  if (subscription !== null && keyOf(subscription) !== answer.public_key) {
    // It was made for another gateway here, or before this one lost its key.
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await soon(pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: answer.public_key }));
  await bring(transport, subscription);
  return 'on';
}

/** Has it told no more. */
export async function tellNoMore(transport: Transport): Promise<Closed> {
  await transport.ask({ verb: ROUTES.PUSH_UNSUBSCRIBE.verb, path: ROUTES.PUSH_UNSUBSCRIBE.path });
  await forgetClosed();
  return 'off';
}

/** The browser forgets it; the gateway does by itself when the sign-in ends. */
export async function forgetClosed(): Promise<void> {
  await (await subscribed())?.unsubscribe();
}

/**
 * Goes where a notification leads, until what is answered is called. Whoever wants to be told has the worker tell,
 * and the address at the push service, which may have changed, is brought again.
 */
export function follow(transport: Transport): () => void {
  if (!canPush()) return () => undefined;
  const lead = ({ data }: MessageEvent<unknown>) => {
    const place = typeof data === 'object' && data !== null && 'place' in data ? data.place : null;
    if (typeof place === 'string' && place.startsWith('#/c/')) location.hash = place;
  };
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener('message', lead);
  renew(transport).catch(() => {
    // It is done with the next visit.
  });
  return () => { serviceWorker.removeEventListener('message', lead); };
}

async function renew(transport: Transport): Promise<void> {
  if (telling() !== 'on') return;
  const { pushManager } = await hire();
  const subscription = await pushManager.getSubscription();
  if (subscription !== null && (await asked(transport))?.told) await bring(transport, subscription);
}

const canPush = () => isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window;

/** What the gateway says; nothing if it tells no browser. */
async function asked(transport: Transport): Promise<PushAnswer | null> {
  try {
    return await transport.ask<PushAnswer>({ verb: ROUTES.PUSH.verb, path: ROUTES.PUSH.path });
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

async function bring(transport: Transport, subscription: PushSubscription): Promise<void> {
  const { endpoint, keys: { p256dh = '', auth = '' } = {} } = subscription.toJSON();
  const body: PushSubscribe = { endpoint: endpoint ?? '', keys: { p256dh, auth } };
  await transport.ask({ verb: ROUTES.PUSH_SUBSCRIBE.verb, path: ROUTES.PUSH_SUBSCRIBE.path, body });
}

/** What comes of it, unless it takes too long. */
function soon<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new Error('the browser takes too long')); }, PATIENCE);
    void work.then(resolve, reject).finally(() => { clearTimeout(timer); });
  });
}

async function subscribed(): Promise<PushSubscription | null> {
  if (!canPush()) return null;
  const registration = await navigator.serviceWorker.getRegistration(address(WORKER));
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** The worker, which is there once it can be asked. */
async function hire(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(trusted(address(WORKER)));
  const registration = await soon(navigator.serviceWorker.ready);
  tellBy(registration);
  return registration;
}

const address = (path: string) => addressOf(prefixOf(document.documentElement), path);

/** The page's policy takes no address of a script as text. This one is the page's own. */
function trusted(url: string): string {
  const { trustedTypes } = window as { trustedTypes?: Policies };
  const policy = trustedTypes?.createPolicy('hermes-worker', { createScriptURL: (it) => it });
  return (policy?.createScriptURL(url) ?? url) as string;
}

/** The key that a subscription is bound to, as the gateway writes it. */
function keyOf({ options: { applicationServerKey } }: PushSubscription): string {
  const bytes = new Uint8Array(applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
