// The places of the page, and how an address names them: in its fragment, which no server sees, and which
// works below every prefix. Nothing but a place is read from there.

import { SECTIONS, type Section } from '../settings/sections';

/** What the page shows. */
export type Place =
  /** A conversation; without an id a new one. */
  { page: 'conversation'; id: string | null }
  | { page: 'settings'; section: Section }
  /** Everything that waits for somebody. */
  | { page: 'waiting' };

/** Where the page begins. */
export const FIRST: Place = { page: 'conversation', id: null };

/** The most characters of an id. */
const LONGEST = 128;

/** The place that a fragment names; what names none is where the page begins. */
export function placeOf(hash: string): Place {
  const [empty, page, name, ...rest] = hash.replace(/^#/, '').split('/');
  if (hash === '#/waiting') return { page: 'waiting' };
  if (empty !== '' || name === undefined || rest.length > 0) return FIRST;
  if (page === 'c') {
    const id = decoded(name);
    return id === null ? FIRST : { page: 'conversation', id };
  }
  const section = SECTIONS.find((section) => section === name);
  return page === 'settings' && section !== undefined ? { page: 'settings', section } : FIRST;
}

/** The address of a place, as a link in the page has it. */
export function hrefOf(place: Place): string {
  if (place.page === 'settings') return `#/settings/${place.section}`;
  if (place.page === 'waiting') return '#/waiting';
  return place.id === null ? '#/' : `#/c/${encodeURIComponent(place.id)}`;
}

/** What stands behind the `#` and is no place may be the secret of a printed link: it does not stay there. */
export function forgetSecret(): void {
  if (location.hash === '' || location.hash.startsWith('#/')) return;
  history.replaceState(null, '', location.pathname + location.search);
}

function decoded(name: string): string | null {
  try {
    const id = decodeURIComponent(name);
    return id !== '' && id.length <= LONGEST ? id : null;
  } catch {
    return null;
  }
}
