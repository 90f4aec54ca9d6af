import { expect, test } from 'vitest';

import type { ProviderOption } from '../protocol/config';
import { knownOf, offered } from './models';

const provider = (more: Partial<ProviderOption>): ProviderOption => ({
  slug: 'p',
  name: 'P',
  is_current: false,
  is_user_defined: false,
  models: ['m'],
  total_models: 1,
  source: 'built-in',
  authenticated: true,
  ...more,
});

test('what a list says of a model is said, and nothing else', () => {
  const costs = (input: string, output: string, free = false) => provider({ pricing: { m: { input, output, free } } });
  for (const [of, expected] of [
    [provider({}), ''],
    [provider({ context_lengths: { m: 200_000 } }), '200K context'],
    [provider({ context_lengths: { n: 200_000 }, pricing: {} }), ''],
    [costs('$3.00', '$15.00'), '$3 in / $15 out per million'],
    [costs('$0.075', '$1.50'), '$0.075 in / $1.50 out per million'],
    [costs('free', '$1.00'), '$0 in / $1 out per million'],
    [costs('free', 'free', true), 'free'],
    [costs('?', '$1.00'), ''],
    [costs('$3.00', ''), ''],
    [provider({ context_lengths: { m: 1_048_576 }, pricing: { m: { input: '$3.00', output: '$15.00', free: false } } }), '1M context · $3 in / $15 out per million'],
  ] as const) {
    expect(knownOf(of, 'm')).toBe(expected);
  }
});

test('who cannot be asked is there with the reason, and with what can be done from here', () => {
  const warning = 'nobody is signed in to P: hermes auth add p';
  const rows = (more: Partial<ProviderOption>) => offered({ model: '', provider: '', providers: [provider(more)] });
  expect(rows({})).toEqual([{ name: 'm', about: 'P', detail: '', does: { kind: 'choose', model: 'm', provider: 'p' } }]);
  expect(rows({ authenticated: false, auth_type: 'oauth', warning, models: [] })).toEqual([
    { name: 'Sign in to P', about: 'Needs a sign-in', detail: warning, does: { kind: 'sign_in' } },
  ]);
  expect(rows({ authenticated: false, auth_type: 'api_key', warning, models: [] })).toEqual([
    { name: 'P', about: 'Needs an API key', detail: warning, does: null },
  ]);
  const late = 'no answer of P for its models: hermes doctor';
  expect(rows({ warning: late }).map(({ name, detail }) => [name, detail])).toEqual([
    ['m', ''],
    ['Ask P again', late],
  ]);
});

test('what can be chosen stands before what cannot', () => {
  const providers = [
    provider({ name: 'Keyed', authenticated: false, auth_type: 'api_key', models: [] }),
    provider({ name: 'Left', authenticated: false, auth_type: 'oauth', models: [] }),
    provider({ models: ['m', 'n'] }),
    provider({ name: 'Q', models: ['o'] }),
  ];
  expect(offered({ model: '', provider: '', providers }).map(({ name }) => name)).toEqual(['m', 'n', 'o', 'Sign in to Left', 'Keyed']);
});
