import type { Fetch } from './http';
import { addressOf } from './place';
import { notTheGateway, ofAnswer, unreachable } from './refusals';

/** Ends the session at the gateway: the page that says so. It may be one of the provider that knows the person. */
export async function leave(fetch: Fetch, prefix: string): Promise<string> {
  const answer = await fetch(addressOf(prefix, '/auth/logout'), {
    method: 'POST',
    // A provider that has a session too is told by a page that goes on there, which programs are not shown.
    headers: { Accept: 'text/html' },
    credentials: 'same-origin',
    redirect: 'manual',
  }).catch(() => {
    throw unreachable();
  });
  const home = addressOf(prefix, '/login');
  if (answer.type === 'opaqueredirect') return home;
  if (!answer.ok) throw ofAnswer(answer.status, await answer.text());
  const goesOn = /^0; url=(https?:\/\/\S+)$/.exec(answer.headers.get('Refresh') ?? '')?.[1];
  // Whoever answers in place of the gateway has ended nothing.
  if (goesOn === undefined) throw notTheGateway(answer.status);
  return goesOn;
}
