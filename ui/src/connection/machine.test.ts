import { expect, test } from 'vitest';

import walks from '../../../crates/hermes-client/vectors/walks.json';
import { CLOSES } from '../protocol/constants';
import { LONGEST_DELAY } from './delay';
import { Connection, type Happened, type ToDo } from './machine';

const TICKET: Happened = { kind: 'minted', minted: { kind: 'ticket', ticket: 'T' } };
const NUDGED: Happened = { kind: 'nudged' };

/** What the words of the vectors mean. */
const WORDS: Record<string, Happened> = {
  'probed sign_in': { kind: 'probed', mode: 'sign_in' },
  'probed token': { kind: 'probed', mode: 'token' },
  ticket: TICKET,
  sign_in_needed: { kind: 'minted', minted: { kind: 'sign_in_needed' } },
  no_tickets: { kind: 'minted', minted: { kind: 'too_old' } },
  ticket_refused: { kind: 'minted', minted: { kind: 'refused' } },
  not_the_gateway: { kind: 'out', outage: { kind: 'not_the_gateway' } },
  ready: { kind: 'ready' },
  closed: { kind: 'closed', code: null },
  'closed 4401': { kind: 'closed', code: 4401 },
  'closed 4403': { kind: 'closed', code: 4403 },
  unanswered: { kind: 'unanswered' },
  unauthorized: { kind: 'unauthorized' },
  nudged: NUDGED,
  signed_in: { kind: 'signed_in' },
};

/** A connection, told things in a row at a moment that stays; roll 0 makes waits the longest. */
function told(connection: Connection, ...happened: Happened[]): ToDo {
  let last: ToDo = { kind: 'nothing' };
  for (const one of happened) last = connection.on(one, 0, 0);
  return last;
}

function live(mode: 'sign_in' | 'token' = 'sign_in'): Connection {
  const connection = new Connection();
  expect(connection.begin()).toEqual({ kind: 'probe' });
  expect(told(connection, { kind: 'probed', mode })).toEqual({ kind: 'mint' });
  expect(told(connection, TICKET)).toEqual({ kind: 'open', ticket: 'T' });
  told(connection, { kind: 'ready' });
  expect(connection.state).toEqual({ name: 'live' });
  return connection;
}

test.each(walks.cases)('$name', ({ happened, state }) => {
  const connection = new Connection();
  connection.begin();
  for (const word of happened) {
    const what = WORDS[word];
    if (!what) throw new Error(`${word} is not known here`);
    told(connection, what);
  }
  expect(connection.state.name).toBe(state);
});

test('each attempt has a ticket of its own, and the mode is asked for once', () => {
  const connection = live();
  expect(told(connection, { kind: 'closed', code: null })).toEqual({ kind: 'wait', pause: 300 });
  expect(connection.state).toEqual({ name: 'waiting', until: 300, trouble: { kind: 'network' } });
  expect(told(connection, NUDGED)).toEqual({ kind: 'mint' });
});

test('an ended session asks for a ticket once, and then for a sign-in', () => {
  for (const [mode, state] of [['sign_in', 'needs_sign_in'], ['token', 'needs_token']] as const) {
    const connection = live(mode);
    expect(told(connection, { kind: 'closed', code: 4401 })).toEqual({ kind: 'mint' });
    told(connection, { kind: 'minted', minted: { kind: 'sign_in_needed' } });
    expect(connection.state.name).toBe(state);
    expect(told(connection, NUDGED)).toEqual({ kind: 'nothing' });
    expect(told(connection, { kind: 'signed_in' })).toEqual({ kind: 'mint' });
  }
});

test('a fresh ticket that is refused waits before the next', () => {
  const connection = live();
  told(connection, { kind: 'closed', code: null }, NUDGED, TICKET);
  expect(told(connection, { kind: 'closed', code: 4401 })).toEqual({ kind: 'wait', pause: 600 });
});

test('what another request has found out counts, but not over a refusal', () => {
  const connection = live();
  told(connection, { kind: 'unauthorized' });
  expect(connection.state.name).toBe('needs_sign_in');
  told(connection, { kind: 'signed_in' }, { kind: 'minted', minted: { kind: 'refused' } });
  expect(connection.state).toEqual({ name: 'refused', closed: null });
  told(connection, { kind: 'unauthorized' });
  expect(connection.state.name).toBe('refused');
});

test('every close code of the gateway does what it says', () => {
  for (const { code, then } of Object.values(CLOSES)) {
    const connection = live();
    told(connection, { kind: 'closed', code });
    const states = { NewCredential: 'connecting', Stop: 'refused', Reconnect: 'waiting' };
    expect(connection.state.name, String(code)).toBe(states[then]);
  }
});

test('a gateway that lets in and out again is asked less and less, and after a steady while as at first', () => {
  const connection = live();
  const pauses = [];
  for (let round = 0; round < 12; round += 1) {
    const todo = told(connection, { kind: 'closed', code: 1012 });
    pauses.push(todo.kind === 'wait' ? todo.pause : null);
    told(connection, NUDGED, TICKET, { kind: 'ready' });
  }
  expect(pauses.slice(0, 3)).toEqual([300, 600, 1200]);
  expect(pauses.at(-1)).toBe(LONGEST_DELAY);
  expect(connection.on({ kind: 'closed', code: 1012 }, 10_000, 0)).toEqual({ kind: 'wait', pause: 300 });
});

test('a gateway is believed for five minutes when it says how long it is out of order', () => {
  for (const [pause, expected] of [[7000, 7000], [1e9, 300_000], [null, 300]] as const) {
    const connection = new Connection();
    connection.begin();
    const out: Happened = { kind: 'out', outage: { kind: 'status', status: 503, pause } };
    expect(told(connection, out)).toEqual({ kind: 'wait', pause: expected });
  }
});

test('a gateway that is too old is looked at again after five minutes, and at once for who asks', () => {
  const connection = live();
  const tooOld: Happened = { kind: 'minted', minted: { kind: 'too_old' } };
  expect(told(connection, { kind: 'closed', code: null }, NUDGED, tooOld)).toEqual({ kind: 'wait', pause: 300_000 });
  expect(connection.state).toEqual({ name: 'too_old' });
  expect(told(connection, NUDGED)).toEqual({ kind: 'mint' });
});

test('what comes too late changes nothing', () => {
  const connection = live();
  for (const late of [TICKET, { kind: 'probed', mode: 'token' }, { kind: 'unanswered' }, NUDGED, { kind: 'ready' }] as const) {
    expect(told(connection, late)).toEqual({ kind: 'nothing' });
    expect(connection.state.name).toBe('live');
  }
});
