// What tells somebody who is not looking: the title and the mark of the window, and, for who wants it, a
// notification of the system.

import { tagOf } from '../worker/told';

/** The mark of the page while nothing waits, as it stands in the page. */
let calm: string | null = null;

/** The same mark with a dot, or with how much waits. It is drawn here, since no script may write one as text. */
const marked = (count: number) => svg(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="none" stroke="#0f6e63" stroke-width="2.2" ' +
    'stroke-linecap="round"><path d="M11 27V13m10 14V13m-10 7h10"/></g>' +
    (count === 0
      ? '<circle cx="25" cy="7" r="6" fill="#9a6200"/>'
      : '<circle cx="22" cy="10" r="10" fill="#9a6200"/><text x="22" y="15" text-anchor="middle" fill="#fff" ' +
        `font-family="sans-serif" font-size="14" font-weight="700">${count > 9 ? '9+' : count}</text>`) +
    '</svg>',
);

/** Says in the title and in the mark whether something is there for somebody, and how much they are asked. */
export function mark(title: string, waits: boolean, count = 0): void {
  document.title = title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon === null) return;
  calm ??= icon.href;
  const wanted = waits || count > 0 ? marked(count) : calm;
  if (icon.href !== wanted) icon.href = wanted;
}

/** Whether the system tells of what ends while nobody looks. */
export type Telling =
  | 'on'
  /** Nobody has been asked yet. */
  | 'off'
  /** Somebody has said no to the browser. */
  | 'refused'
  /** The browser cannot, or not here: it wants https, or this machine. */
  | 'impossible';

export function telling(): Telling {
  if (!('Notification' in window) || !isSecureContext) return 'impossible';
  return ({ granted: 'on', default: 'off', denied: 'refused' } as const)[Notification.permission];
}

/** Has the browser ask whether it may tell; only a click may lead here. */
export async function askToTell(): Promise<Telling> {
  if (telling() === 'off') await Notification.requestPermission();
  return telling();
}

/** Who shows notifications, if the page has a worker: a phone takes none from a page. */
let worker: ServiceWorkerRegistration | null = null;

export function tellBy(registration: ServiceWorkerRegistration | null): void {
  worker = registration;
}

/**
 * Tells it by the system, if somebody wants that and is not looking; a click leads to the page, and by the worker to
 * the conversation. What the gateway has the worker tell of the same one takes its place.
 */
export function notify(title: string, text: string, conversation: string | null = null): void {
  if (!document.hidden || telling() !== 'on') return;
  if (worker !== null) {
    // If the browser does not show it, title and mark of the page say it still.
    worker.showNotification(title, { body: text, tag: tagOf(conversation), data: conversation, silent: true }).catch(() => undefined);
    return;
  }
  const shown = new Notification(title, { body: text, tag: 'hermes', silent: true });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

function svg(text: string): string {
  return `data:image/svg+xml,${encodeURIComponent(text)}`;
}
