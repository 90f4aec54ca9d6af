import { encode } from 'uqr';
import { expect, test } from 'vitest';

import { endsNowhere, ofTheWeb, place } from './address';
import { program } from './program';
import { drawing } from './qr';

test('programs have the names that people know', () => {
  const on = (browser: string, system: string) => `${browser} on ${system}`;
  for (const [agent, name] of [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15', 'Safari on macOS'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0', 'Edge on Windows'],
    ['curl/8.11.0', 'curl/8.11.0'],
    ['Mozilla/5.0', 'Mozilla/5.0'],
  ] as const) {
    expect(program(agent, on)).toBe(name);
  }
});

test('a link leads to the web and nowhere else', () => {
  const bad = ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'blob:https://a.example/1', 'typed.example', ''];
  for (const text of bad) expect(ofTheWeb(text), text).toBeNull();
  const url = ofTheWeb('https://auth.example/codex/device?user_code=AB');
  expect(url && place(url)).toBe('auth.example/codex/device');
  const bare = ofTheWeb('http://localhost:8080/');
  expect(bare && place(bare)).toBe('localhost:8080');
});

test('it is known whether a sign-in ends at a page that does not load', () => {
  const asks = (redirect: string) => new URL(`https://a.example/authorize?redirect_uri=${encodeURIComponent(redirect)}`);
  for (const redirect of ['http://127.0.0.1:56121/callback', 'http://localhost:1/', 'http://[::1]:7/x']) {
    expect(endsNowhere(asks(redirect)), redirect).toBe(true);
  }
  for (const redirect of ['https://console.example/oauth/code/callback', 'http://127.0.0.1.example/', 'nothing', '']) {
    expect(endsNowhere(asks(redirect)), redirect).toBe(false);
  }
  expect(endsNowhere(new URL('https://a.example/authorize'))).toBe(false);
});

test('a code is drawn module by module, with the quiet zone that cameras need', () => {
  const text = 'https://auth.example/device?user_code=WDJB-MJHT';
  const drawn = drawing(text);
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  expect(drawn?.size).toBe(size);
  expect(drawn?.path.match(/M/g)).toHaveLength(data.flat().filter(Boolean).length);
  expect(drawn?.path.startsWith('M4 4h1v1h-1z')).toBe(true);
  expect(drawing('x'.repeat(301))).toBeNull();
  expect(drawing('')).toBeNull();
});
