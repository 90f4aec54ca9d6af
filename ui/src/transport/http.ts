import { said } from './answer';
import { addressOf } from './place';
import { cancelled, timedOut, unreachable } from './refusals';
import type { Asked } from './transport';

/** How long an answer may take, in milliseconds. */
const PATIENCE = 30_000;

/** The most bytes of a body that a browser still sends when the page goes away. */
const SMALL = 60_000;

/** What came back: its status, its body, and what it says of coming again. */
export interface Answered {
  status: number;
  body: string;
  retryAfter: string | null;
}

/** Fetches, as the browser does or a test. */
export type Fetch = typeof fetch;

/** Asks the gateway that served the page, with its cookies. What never arrives is a failure. */
export async function answered(fetch: Fetch, prefix: string, asked: Asked): Promise<Answered> {
  const { verb, path, body, signal } = asked;
  const text = body === undefined ? null : JSON.stringify(body);
  const address = addressOf(prefix, path);
  const giveUp = new AbortController();
  const leave = () => {
    giveUp.abort();
  };
  if (signal?.aborted) throw cancelled();
  signal?.addEventListener('abort', leave);
  const timer = setTimeout(leave, PATIENCE);
  try {
    const answer = await fetch(address, {
      method: verb,
      headers: { Accept: 'application/json', ...(text === null ? {} : { 'Content-Type': 'application/json' }) },
      body: text,
      credentials: 'same-origin',
      cache: 'no-store',
      // A gateway answers itself. Who leads elsewhere stands before it, such as the sign-in of a proxy.
      redirect: 'manual',
      keepalive: verb !== 'GET' && (text?.length ?? 0) < SMALL,
      signal: giveUp.signal,
    });
    if (answer.type === 'opaqueredirect') return { status: 302, body: '', retryAfter: null };
    return { status: answer.status, body: await answer.text(), retryAfter: answer.headers.get('Retry-After') };
  } catch (thrown) {
    if (signal?.aborted) throw cancelled();
    if (giveUp.signal.aborted) throw timedOut();
    if (thrown instanceof TypeError) throw unreachable();
    throw thrown;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', leave);
  }
}

/** The answer as what it holds; a no is a failure. `signedOut` is called if the session is over. */
export async function ask(fetch: Fetch, prefix: string, asked: Asked, signedOut: () => void): Promise<unknown> {
  return said(await answered(fetch, prefix, asked), signedOut);
}
