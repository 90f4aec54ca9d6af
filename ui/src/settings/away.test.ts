import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type * as Away from '../shell/away';
import type * as Closed from '../shell/closed';
import AwaySection from './Away.svelte';
import { Fake, lost } from './fake';
import { all, has, leave, press, show, text } from './shown';

const browser = vi.hoisted(() => ({ tells: 'off', closed: vi.fn(), tellClosed: vi.fn(), tellNoMore: vi.fn() }));

vi.mock('../shell/away', async (original) => ({
  ...(await original<typeof Away>()),
  telling: () => browser.tells,
  askToTell: () => Promise.resolve((browser.tells = 'on')),
}));
vi.mock('../shell/closed', async (original) => ({ ...(await original<typeof Closed>()), ...browser }));

beforeEach(() => {
  browser.tells = 'on';
  browser.closed.mockReset().mockResolvedValue('off');
  browser.tellClosed.mockReset().mockResolvedValue('on');
  browser.tellNoMore.mockReset().mockResolvedValue('off');
});

afterEach(leave);

const open = () => show(AwaySection, { transport: new Fake() });

test('whoever wants to be told is told while the page is closed too, and can have that end', async () => {
  browser.tells = 'off';
  await open();
  expect(browser.closed).not.toHaveBeenCalled();
  await press('Tell me by the system');
  expect(text()).toContain('This browser is told while it is closed too');
  await press('Not while it is closed');
  expect(text()).toContain('While no page of Hermes is open, this browser is not told.');
  await press('Tell me while it is closed');
  expect(has('button', 'Not while it is closed')).toBe(true);
});

test('nothing is said before it is known, and no button stands where there is no choice', async () => {
  browser.closed.mockReturnValue(new Promise(() => undefined));
  await open();
  expect(all('button')).toHaveLength(0);
  expect(text()).not.toContain('While no page');
  browser.closed.mockResolvedValue('impossible');
  await open();
  expect(text()).toContain('cannot be told here');
  expect(all('button')).toHaveLength(0);
});

test('a browser that does not reach its push service says so, and so does a gateway that is out of reach', async () => {
  browser.tellClosed.mockRejectedValue(new DOMException('Registration failed', 'AbortError'));
  await open();
  await press('Tell me while it is closed');
  expect(all('alert')[0]?.textContent).toContain('could not reach its push service');
  expect(has('button', 'Tell me while it is closed')).toBe(true);
  browser.closed.mockRejectedValue(lost());
  await open();
  expect(all('alert')[0]?.textContent).toContain('There is no connection to the gateway.');
});
