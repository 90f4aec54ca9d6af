import { objectOf } from '../connection/ticket';
import type { RpcError } from '../protocol/rpc';
import { ERRORS } from '../protocol/constants';
import { codes, type Code } from '../codes';
import { words } from '../words/words';
import { Refusal } from './transport';

const say = words.connection.failures;

export const offline = () => new Refusal(say.offline, 'connect.unreachable', null, 0, true);
export const cut = () => new Refusal(say.cut, 'connect.unreachable', say.waitAWhile, 0, true);
export const timedOut = () => new Refusal(say.timedOut, 'connect.unreachable', say.waitAWhile, 0, true);
export const cancelled = () => new Refusal(say.cancelled, null, null, 0, false);
export const unreadable = () => new Refusal(say.unreadable, null, say.reload, 0, false);
export const unreachable = () => new Refusal(say.unreachable, 'connect.unreachable', say.checkNetwork, 0, true);
export const tooLarge = () => new Refusal(say.tooLarge, null, null, ERRORS.PARAMS_TOO_LARGE, false);
export const notTheGateway = (status: number) =>
  new Refusal(say.notTheGateway, 'connect.not_a_gateway', say.reload, status, true);

/** Statuses of what is out of order for a while. */
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504, 522, 524]);

/** What an answer over HTTP says that is no yes. */
export function ofAnswer(status: number, body: string): Refusal {
  const fields = objectOf(body);
  const text = (name: string) => {
    const value = fields?.[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const retryable = BUSY.has(status);
  const detail = text('detail');
  if (isSignedOut(status, body)) {
    return new Refusal(words.connection.states.needsSignIn, 'connect.sign_in_needed', null, status, false);
  }
  if (detail === null) {
    if (status < 400 || status === 401 || status === 403) return notTheGateway(status);
    return new Refusal(say.status(status), retryable ? 'connect.busy' : null, say.waitAWhile, status, retryable);
  }
  const hint = text('hint');
  return new Refusal(sentence(detail), stable(text('error')), hint, status, retryable);
}

/** Whether the gateway says that the session is over. A page that is not signed in at all is told the same. */
export function isSignedOut(status: number, body: string): boolean {
  const error = objectOf(body)?.['error'];
  return status === 401 && (error === 'unauthenticated' || error === 'session_expired');
}

/** What the gateway's no to a call says. */
export function ofCall(error: RpcError): Refusal {
  const { data } = error;
  const busy: number[] = [ERRORS.TOO_MANY_CALLS, ERRORS.TOO_MANY_CONVERSATIONS, ERRORS.INTERNAL_ERROR];
  const retryable = data?.retryable ?? busy.includes(error.code);
  return new Refusal(sentence(error.message), data?.code ?? null, data?.hint ?? null, error.code, retryable);
}

/** Whether nobody knows what became of it, since the connection broke or was not there. */
export function isOffline(why: Refusal): boolean {
  return why.status === 0 && why.code === 'connect.unreachable';
}

/** What was thrown, as something to tell. What nobody has foreseen is a version that differs. */
export function toRefusal(thrown: unknown): Refusal {
  return thrown instanceof Refusal ? thrown : unreadable();
}

/** The code, if it is one of the table. */
export function stable(code: string | null): Code | null {
  return code !== null && Object.hasOwn(codes, code) ? (code as Code) : null;
}

/** A sentence of the gateway as a person reads it. */
export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
