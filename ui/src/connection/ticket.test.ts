import { expect, test } from 'vitest';

import modes from '../../../crates/hermes-client/vectors/modes.json';
import tickets from '../../../crates/hermes-client/vectors/tickets.json';
import { modeOf } from './mode';
import { minted, pauseOf } from './ticket';

test.each(tickets.cases)('an answer about a ticket: $name', ({ status, body, means }) => {
  const found = minted(status, null, body);
  const outage = found.kind === 'out' ? found.outage : null;
  const said = outage ? (outage.kind === 'status' ? String(outage.status) : outage.kind) : found.kind;
  expect(said).toBe(means);
});

test('an outage may say for how long it lasts, in seconds and in no other way', () => {
  expect(pauseOf('7')).toBe(7000);
  for (const other of [null, '', '-1', '1.5', 'Wed, 21 Oct 2026 07:28:00 GMT', '9'.repeat(30)]) {
    expect(pauseOf(other)).toBeNull();
  }
  const out = minted(503, 7000, '{}');
  expect(out).toEqual({ kind: 'out', outage: { kind: 'status', status: 503, pause: 7000 } });
});

test('a status says how people get in', () => {
  for (const { status, mode } of modes.statuses) expect(modeOf(status), JSON.stringify(status)).toBe(mode);
});
