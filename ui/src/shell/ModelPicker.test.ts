import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Desk } from '../conversation/desk';
import { settle } from '../conversation/fake-gateway';
import { Models } from '../conversation/models.svelte';
import { FakeTransport } from '../transport/fake';
import { keepAgain } from '../transport/kept';
import ModelPicker from './ModelPicker.svelte';

const provider = { slug: 'p', name: 'P', is_current: false, is_user_defined: false, models: [], total_models: 0, source: 'built-in' };

let transport: FakeTransport;
let picker: Record<string, unknown>;

// There are no modal dialogs in jsdom.
HTMLDialogElement.prototype.showModal = function () { this.open = true; };
HTMLDialogElement.prototype.close = function () { this.open = false; this.dispatchEvent(new Event('close')); };

beforeEach(async () => {
  keepAgain();
  localStorage.clear();
  transport = new FakeTransport();
  transport.connect();
  const models = new Models(transport, new Desk(transport).follow(null));
  picker = mount(ModelPicker, { target: document.body, props: { models } });
  flushSync();
  document.querySelector('button')?.click();
  await settled();
});

afterEach(async () => {
  await unmount(picker);
  document.body.replaceChildren();
});

async function settled() {
  await settle();
  flushSync();
  await tick();
}

/** The gateway answers with these providers. */
async function answers(providers: object[]) {
  const call = transport.take('model.options');
  call.answer({ model: '', provider: '', providers });
  await settled();
  return call.params;
}

const options = () => [...document.querySelectorAll<HTMLElement>('[role=option]')];

test('who does not list its models is asked again, and the list stays for the answer', async () => {
  await answers([{ ...provider, authenticated: true, warning: 'no answer of P: hermes doctor' }]);
  const [again] = options();
  expect(again?.textContent).toMatch(/Ask P again\s*Its models are not known\s*no answer of P: hermes doctor/);
  again?.click();
  await settled();
  expect(await answers([{ ...provider, authenticated: true, models: ['m'] }])).toMatchObject({ refresh: true });
  expect(options().map((option) => option.querySelector('.name')?.textContent)).toEqual(['m']);
});

test('what only the host can do is there to be read', async () => {
  await answers([{ ...provider, authenticated: false, auth_type: 'api_key', warning: 'nobody is signed in to P: hermes auth add p' }]);
  const [keyed] = options();
  expect(keyed?.getAttribute('aria-disabled')).toBe('true');
  const before = location.hash;
  keyed?.click();
  await settled();
  expect(document.querySelector('dialog')).not.toBeNull();
  expect(location.hash).toBe(before);
});
