import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { askToTell, mark, notify, telling } from './away';

const shown = vi.fn();
let permission: NotificationPermission;
let hidden = false;

beforeEach(() => {
  permission = 'default';
  class Told {
    static get permission() {
      return permission;
    }
    static requestPermission() {
      permission = 'granted';
      return Promise.resolve(permission);
    }
    onclick: (() => void) | null = null;
    constructor(title: string, { body }: NotificationOptions) {
      shown(title, body);
    }
  }
  vi.stubGlobal('Notification', Told);
  vi.stubGlobal('isSecureContext', true);
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
});

afterEach(() => {
  vi.unstubAllGlobals();
  shown.mockReset();
});

test('the system tells of an answer to whoever wants that and looks elsewhere, and to nobody else', async () => {
  hidden = true;
  notify('The release', 'The answer is there.');
  expect(shown).not.toHaveBeenCalled();
  expect(await askToTell()).toBe('on');
  notify('The release', 'The answer is there.');
  expect(shown).toHaveBeenCalledExactlyOnceWith('The release', 'The answer is there.');
  hidden = false;
  notify('The release', 'The answer is there.');
  expect(shown).toHaveBeenCalledOnce();
});

test('who has said no is not asked again, and without https nobody is', async () => {
  permission = 'denied';
  expect(await askToTell()).toBe('refused');
  vi.stubGlobal('isSecureContext', false);
  expect(telling()).toBe('impossible');
});

test('the mark has a dot while something waits, and is then what it was', () => {
  document.head.innerText = '';
  const icon = document.createElement('link');
  icon.rel = 'icon';
  icon.href = 'http://localhost/assets/mark.svg';
  document.head.append(icon);
  mark('● The release · Hermes', true);
  expect(document.title).toBe('● The release · Hermes');
  expect(icon.href).toMatch(/^data:image\/svg/);
  const dot = icon.href;
  mark('(3) The release · Hermes', false, 3);
  expect(decodeURIComponent(icon.href)).toContain('>3</text>');
  mark('● The release · Hermes', true);
  expect(icon.href).toBe(dot);
  mark('The release · Hermes', false);
  expect(icon.href).toBe('http://localhost/assets/mark.svg');
});
