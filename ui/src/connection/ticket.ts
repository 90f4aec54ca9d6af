// What the answer to `POST /api/auth/ws-ticket` means: "sign in again" when that is true, and only then.

/** The most characters of a ticket. */
const TICKET_LIMIT = 4096;

/** Why there is no ticket just now. */
export type Outage =
  /** Something else than the gateway has answered, such as the sign-in page of a proxy. */
  | { kind: 'not_the_gateway' }
  /** The gateway, or a proxy before it, is overloaded or broken, and may have said for how many milliseconds. */
  | { kind: 'status'; status: number; pause: number | null };

/** What came of asking for a ticket. */
export type Minted =
  /** A ticket for one socket. */
  | { kind: 'ticket'; ticket: string }
  /** The session is over. Trying again does not help. */
  | { kind: 'sign_in_needed' }
  /** The gateway does not let this page in, whoever has signed in. */
  | { kind: 'refused' }
  /** The gateway knows of no tickets: it is from before them. */
  | { kind: 'too_old' }
  /** The way there, or the gateway, is out of order for now. */
  | { kind: 'out'; outage: Outage };

/** What an answer means: its status, its `Retry-After` in milliseconds, and its body. */
export function minted(status: number, pause: number | null, body: string): Minted {
  const fields = objectOf(body);
  const notTheGateway: Minted = { kind: 'out', outage: { kind: 'not_the_gateway' } };
  if (status >= 200 && status < 300) {
    const ticket = fields?.['ticket'];
    const fits = typeof ticket === 'string' && ticket !== '' && ticket.length <= TICKET_LIMIT;
    return fits ? { kind: 'ticket', ticket } : notTheGateway;
  }
  if (status >= 300 && status < 400) return notTheGateway;
  // One that serves a page at every path knows the path, and not the verb. What a proxy says while its gateway is
  // away is no object, and passes.
  if ((status === 404 || status === 405) && fields) return { kind: 'too_old' };
  if (status === 400 && fields) return { kind: 'refused' };
  if (status === 401 || status === 403) {
    if (!fields) return notTheGateway;
    // Somebody who has signed in may be refused for another reason, and it would be a lie to send them back
    // to the sign-in.
    return status === 403 && fields['detail'] === 'Forbidden' ? { kind: 'refused' } : { kind: 'sign_in_needed' };
  }
  return { kind: 'out', outage: { kind: 'status', status, pause } };
}

/** A gateway answers with an object, and what stands before it does not. */
export function objectOf(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    const is = typeof value === 'object' && value !== null && !Array.isArray(value);
    return is ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What `Retry-After` says in milliseconds, if it says a number of seconds. */
export function pauseOf(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : null;
}
