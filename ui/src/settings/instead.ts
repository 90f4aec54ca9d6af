// What stands in the place of a part that needs a browser of its own, where the page is shown by something else.

import type { Component } from 'svelte';

export interface Instead {
  /** In the place of how a passkey is added: those are made at the gateway's own address alone. */
  addPasskey?: Component;
  /** In the place of how somebody who does not look is told. */
  away?: Component;
  /** In the place of the link to the licence of a face. */
  licence?: Component;
}
