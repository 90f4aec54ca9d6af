import { expect, test } from 'vitest';

import { LONGEST } from './agent-reader';
import { eventOf, read } from './calls';

const told = (type: string, payload?: unknown) => {
  const event = eventOf({ type, session_id: 'c1', ...(payload !== undefined && { payload }) });
  if (event === null) throw new Error('no event');
  return event;
};

test('a tool is read as upstream tells it, and what nobody knows of it passes', () => {
  expect(told('tool.start', { tool_id: 't1', name: 'shell', context: 'ls', args_text: '{"a":1}', more: [1] })).toEqual({
    type: 'tool.start', session_id: 'c1', payload: { tool_id: 't1', name: 'shell', context: 'ls', args: '{"a":1}' },
  });
  const blocked = { output: '', exit_code: -1, error: 'BLOCKED: no', status: 'blocked' };
  expect(told('tool.complete', { tool_id: 't1', name: 'shell', args: { command: 'ls' }, duration_s: 0.4, result: blocked }).payload).toEqual({
    tool_id: 't1', name: 'shell', args: '{\n  "command": "ls"\n}', result: JSON.stringify(blocked, null, 2), error: 'BLOCKED: no', summary: '', diff: '', seconds: 0.4,
  });
  expect(told('tool.complete', { tool_id: 't1', name: 'x', result: '{"error":"gone"}', result_text: 'It is gone.' }).payload)
    .toMatchObject({ error: 'gone', result: 'It is gone.', seconds: null });
});

test('of the choices of an approval those are offered that the page knows, and to deny is always one', () => {
  const choices = (given: unknown) => (told('approval.request', { command: 'rm -rf /', choices: given }).payload as { choices: unknown }).choices;
  expect(choices(['once', 'session', 'always', 'deny'])).toEqual(['once', 'session', 'deny']);
  expect(choices(['once', 'deny'])).toEqual(['once', 'deny']);
  expect(choices([])).toEqual(['deny']);
  expect(choices('session')).toEqual(['once', 'deny']);
  const asked = { command: 'ls', pattern_key: 'k', pattern_keys: ['k'], description: 'why', allow_permanent: true, choices: ['once'] };
  expect(told('approval.request', asked).payload)
    .toEqual({ command: 'ls', description: 'why', choices: ['once', 'deny'], risk: null, folder: null, host: null, waits: null });
  expect(told('approval.request', { ...asked, risk: 'high', cwd: '/srv', host: 'build7', timeout_seconds: 60 }).payload)
    .toMatchObject({ risk: 'high', folder: '/srv', host: 'build7', waits: 60 });
});

test('a command that could not be shown whole is not read as one', () => {
  expect(told('approval.request', { command: 'x'.repeat(LONGEST + 1) })).toMatchObject({ type: 'unknown', payload: { name: 'approval.request' } });
  expect(told('approval.request', { command: ['ls'] })).toMatchObject({ type: 'unknown', payload: { name: 'approval.request' } });
});

test('questions, passwords and secrets are read by their request', () => {
  expect(told('clarify.request', { question: 'Which?', choices: ['a', 'a', 'b', 7, ''], request_id: 'r1' }).payload).toMatchObject({ question: 'Which?', choices: ['a', 'b'], request_id: 'r1' });
  expect(told('clarify.request', { question: 'Which?', choices: null, request_id: 'r1' }).payload).toMatchObject({ choices: null });
  expect(told('sudo.request', { request_id: 'r2' }).payload).toMatchObject({ request_id: 'r2' });
  expect(told('secret.request', { request_id: 'r3', prompt: 'The key', env_var: 'KEY', metadata: {} }).payload).toMatchObject({ prompt: 'The key', env_var: 'KEY' });
  expect(told('sudo.expire', { request_id: 'r2' })).toMatchObject({ type: 'sudo.expire' });
});

const KINDS = [
  ...['tool.generating', 'tool.start', 'tool.progress', 'tool.complete', 'tool.output_risk', 'subagent.start', 'subagent.complete'],
  ...['approval.request', 'clarify.request', 'sudo.request', 'sudo.expire', 'secret.request', 'secret.expire', 'error'],
];

test('what is not what it should be is an event that nobody knows, and never throws', () => {
  const wrong: unknown[] = [undefined, null, 7, 'text', [], [{}], {}, { tool_id: 7, name: {}, request_id: [], command: null, message: 1 }, { name: '', tool_id: '' }];
  for (const kind of KINDS) {
    for (const payload of wrong) {
      expect(told(kind, payload), `${kind} ${JSON.stringify(payload)}`).toEqual({ type: 'unknown', session_id: 'c1', payload: { name: kind } });
    }
  }
});

test('a kind that nobody knows keeps its name and its number, whatever it is called', () => {
  for (const name of ['moa.reference', 'constructor', '__proto__', 'toString', 'unknown', 'x'.repeat(5000)]) {
    expect(eventOf({ type: name, session_id: 'c1', seq: 4, payload: { a: 1 } }))
      .toEqual({ type: 'unknown', session_id: 'c1', seq: 4, payload: { name: name.slice(0, 100) } });
  }
});

test('what is too deep or too long to be written is cut, and its event is read', () => {
  let deep: unknown = 'x';
  for (let at = 0; at < 20_000; at += 1) deep = [deep];
  expect(told('tool.complete', { tool_id: 't', name: 'n', result: deep, args: 'y'.repeat(LONGEST + 9) }).payload)
    .toMatchObject({ args: `${'y'.repeat(LONGEST)}…` });
  const frame = `{"jsonrpc":"2.0","method":"event","params":{"type":"tool.complete","payload":{"tool_id":"t","name":"n","result":${'['.repeat(5000)}${']'.repeat(5000)}}}}`;
  expect(read(frame)).toMatchObject({ kind: 'event', event: { type: 'tool.complete' } });
});
