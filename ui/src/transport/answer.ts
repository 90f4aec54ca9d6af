// What an answer over HTTP comes to, whichever way it came: the browser and the desktop read it alike.

import { isSignedOut, notTheGateway, ofAnswer } from './refusals';

/** What the answer holds; a no is a failure. `signedOut` is called if the session is over. */
export function said({ status, body }: { status: number; body: string }, signedOut: () => void): unknown {
  if (status < 200 || status >= 300) {
    if (isSignedOut(status, body)) signedOut();
    throw ofAnswer(status, body);
  }
  if (status === 204) return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw notTheGateway(status);
  }
}
