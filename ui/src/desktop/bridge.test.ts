import { afterEach, expect, test } from 'vitest';

import { Refusal } from '../transport/transport';
import { refusalOf, type Bridge } from './bridge';
import { TauriBridge } from './tauri-bridge';

type Invoke = (command: string, given: Record<string, unknown>) => Promise<unknown>;
const page = window as { __TAURI_INTERNALS__?: { invoke: Invoke; transformCallback: (call: unknown) => number } };

afterEach(() => {
  delete page.__TAURI_INTERNALS__;
});

/** An application that notes what it is asked. */
function application(answer: Invoke = () => Promise.resolve(null)): [string, Record<string, unknown>][] {
  const given: [string, Record<string, unknown>][] = [];
  page.__TAURI_INTERNALS__ = {
    invoke: (command, args) => {
      given.push([command, args]);
      return answer(command, args);
    },
    transformCallback: () => 7,
  };
  return given;
}

test('each command is called by its name, with one argument or none', async () => {
  const given = application();
  const bridge = new TauriBridge();
  await bridge.look({ text: 'a' });
  await bridge.signInByPassword({ address: 'a', method: null, user: 'u', password: 'p', agrees_to_plain: false });
  await bridge.openAgain();
  await bridge.noteRead({ id: 4 });
  await bridge.attach(() => undefined);
  expect(given.slice(0, 4)).toEqual([
    ['look', { asked: { text: 'a' } }],
    ['sign_in_by_password', { asked: { address: 'a', method: null, user: 'u', password: 'p', agrees_to_plain: false } }],
    ['open_again', {}],
    ['note_read', { asked: { id: 4 } }],
  ]);
  expect(given[4]?.[0]).toBe('attach');
  expect(Object.keys(given[4]?.[1] ?? {})).toEqual(['told']);
});

test('dt5_commands: the page knows every command of the application, and no other', async () => {
  const given = application();
  const bridge = new TauriBridge();
  const all = Object.keys(bridge) as (keyof Bridge)[];
  for (const name of all) await (bridge[name] as (asked: unknown) => Promise<unknown>)({});
  expect(given.map(([command]) => command).sort()).toEqual([
    'about', 'ask', 'attach', 'call', 'cancel_sign_in', 'check_updates', 'forget', 'give_token', 'look', 'nearby', 'note_read', 'open_again', 'open_link', 'open_logs',
    'paste_answer', 'prefer', 'quit', 'rename', 'retry', 'save_file', 'seen', 'show', 'sign_in', 'sign_in_by_password', 'sign_out', 'test', 'use_here',
  ]);
});

test('a no is a refusal, whatever was thrown', async () => {
  const no = { code: 'connect.unreachable', hint: null, status: 0, retryable: true };
  application(() => Promise.reject(Object.assign(new Error('nobody answers'), no)));
  await expect(new TauriBridge().about()).rejects.toMatchObject({ message: 'Nobody answers.', code: 'connect.unreachable', hint: null, status: 0, retryable: true });
  expect(refusalOf({ code: 'no.such_code', message: 'It is so.', hint: '', status: '7', retryable: 1 })).toMatchObject({ code: null, hint: null, status: 0, retryable: false });
  const known = new Refusal('Known.', null, null, 0, false);
  expect(refusalOf(known)).toBe(known);
  for (const thrown of ['command look not found', null, undefined, 7, {}, { message: '' }, new Error('x')].slice(0, 6)) {
    expect(refusalOf(thrown).message).toBe('This page and the application around it are of different versions.');
  }
});
