// The application, for what stands in a page of the gateway and belongs to it all the same.

import { getContext, setContext } from 'svelte';

import type { Application } from './application.svelte';

const KEY = Symbol('application');

export function provide(application: Application): void {
  setContext(KEY, application);
}

export function applicationOf(): Application {
  return getContext<Application>(KEY);
}
