// Where a text may lead to.

/** A place that a person may be led to. */
export interface Place {
  href: string;
  /** The host; of a letter, that of its address. */
  host: string;
}

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);
/** More than that is no address that anybody reads. */
const LONGEST = 4096;

// Controls, spaces, and what changes the order of letters or cannot be seen: nobody could tell what such an
// address is, and the parser of URLs takes some of them away.
const UNCLEAR = /[\p{Cc}\p{Cf}\p{Z}\p{Cs}]/u;
const REORDERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Reads an address that somebody wrote; null if nobody is led there. Addresses without a host lead nowhere. */
export function place(written: string): Place | null {
  if (written.length > LONGEST || UNCLEAR.test(written)) return null;
  const url = URL.parse(written);
  if (url === null || !SCHEMES.has(url.protocol)) return null;
  if (url.username !== '' || url.password !== '') return null;
  if (url.protocol !== 'mailto:') return url.host === '' ? null : { href: url.href, host: url.host };
  const host = /^[^@?]+@([^@?]+)(?:\?|$)/.exec(url.pathname)?.[1];
  return host === undefined ? null : { href: url.href, host };
}

const HOST = /(?:[\p{L}\p{N}-]+\.)+\p{L}[\p{L}\p{N}-]+/u;

/** Whether the text of a link may make somebody think that it leads elsewhere. */
export function misleads(text: string, to: Place): boolean {
  if (REORDERING.test(text)) return true;
  const named = HOST.exec(text)?.[0].toLowerCase();
  if (named === undefined) return false;
  const bare = (host: string) => host.replace(/^www\./, '').replace(/:\d+$/, '');
  return bare(named) !== bare(to.host) && !/^[\w.-]+\.(?:md|rs|ts|js|py|txt|json|toml|html|yml|yaml|sh)$/.test(named);
}
