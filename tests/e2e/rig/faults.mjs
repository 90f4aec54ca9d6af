// What can be wrong with a gateway, one thing at a time, so that it can be seen which of the release checks says so.

const json = (status, value) => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
};
const BROKEN = json('503 Service Unavailable', { detail: 'broken on purpose' });

/** By the name of the check that has to fail. Where `atToken` is set, it is the gateway of token mode that is broken. */
const FAULTS = {
  discovery: { request: /^GET \/api\/auth\/providers/, answer: json('200 OK', { providers: [] }) },
  'sign-in': { request: /^POST \/auth\/native\/token/, answer: BROKEN },
  ticket: { request: /^POST \/api\/auth\/ws-ticket/, answer: json('200 OK', { ticket: 'A'.repeat(43), ttl_seconds: 30 }) },
  ready: { request: /^GET \/api\/ws/ },
  modes: { request: /^GET \/api\/ws/, answer: BROKEN, atToken: true },
};

/** The fault of this name; none without a name. */
export function faultNamed(name) {
  if (!name) return undefined;
  if (!FAULTS[name]) throw new Error(`there is no fault ${name}, but ${Object.keys(FAULTS).join(', ')}`);
  return FAULTS[name];
}
