import { expect, test } from 'vitest';

import type { AddressLook, SignInWay } from '../protocol/bridge-sign-in';
import { offersOf } from './offers';

const sso = { name: 'sso', display_name: 'Example SSO', supports_password: false };
const github = { name: 'github', display_name: 'GitHub', supports_password: false };
const basic = { name: 'basic', display_name: 'Password', supports_password: true };
const ldap = { name: 'ldap', display_name: 'LDAP', supports_password: true };

const of = (methods: AddressLook['methods'], ways: SignInWay[], mode: AddressLook['mode'] = 'sign_in') => {
  const { best, others } = offersOf({ mode, methods, ways });
  const said = ({ way, method, name }: (typeof best)[number]) => `${way}:${method ?? '-'}:${name ?? '-'}`;
  return [best.map(said), others.map(said)];
};

test.each([
  ['a token asks for a token, whatever else is said', of([sso], ['browser'], 'token'), [['token:-:-'], []]],
  ['each provider has a button with its name', of([sso, github], ['browser']), [['browser:sso:Example SSO', 'browser:github:GitHub'], []]],
  ['passwords alone are a plain sign-in', of([basic, ldap], ['browser']), [['browser:-:-'], []]],
  ['a password beside a provider is one too', of([sso, basic], ['browser']), [['browser:sso:Example SSO', 'browser:-:-'], []]],
  ['a gateway that names nobody is left to its page', of([], ['browser']), [['browser:-:-'], []]],
  ['one method of passwords needs no name', of([sso, basic], ['password']), [['password:basic:-'], []]],
  ['several are told apart', of([basic, ldap], ['password']), [['password:basic:Password', 'password:ldap:LDAP'], []]],
  ['what is not the best is for whoever asks for it', of([sso], ['browser', 'device', 'window']), [['browser:sso:Example SSO'], ['device:-:-', 'window:-:-']]],
  ['a window is the best only where nothing else is', of([sso], ['window']), [['window:-:-'], []]],
  ['no way is none', of([sso], []), [[], []]],
  ['a token is no way of a gateway with a sign-in', of([sso], ['token']), [[], []]],
])('%s', (_, found, wanted) => {
  expect(found).toEqual(wanted);
});
