// What of the settings makes no sense in the desktop, and what stands in its place.

import type { Instead } from '../settings/instead';
import AddElsewhere from './AddElsewhere.svelte';
import Licence from './Licence.svelte';
import Tells from './Tells.svelte';

export const INSTEAD: Instead = {
  // A passkey is bound to the address of the gateway, and this page has another one.
  addPasskey: AddElsewhere,
  // The application tells, whatever the page is about just now.
  away: Tells,
  // The window leads nowhere.
  licence: Licence,
};
