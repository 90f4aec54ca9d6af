// What is said of a credential that the host has of a provider, in words.

import type { AccountCredential, AccountProvider } from '../protocol/accounts';
import { words } from '../words/words';

/** The colour that says the same as its state. */
export type Tone = 'good' | 'wait' | 'bad';

/** The credentials of a provider, if they say more than its row: several, or one that cannot be used. */
export function pool({ credentials }: AccountProvider): AccountCredential[] {
  const says = credentials.length > 1 || credentials.some(({ state }) => state !== 'ready');
  return says ? credentials : [];
}

/** When it is asked again, in milliseconds since 1970; nothing if it does not rest. */
export function again({ state, retry_at }: AccountCredential): number | null {
  const at = state === 'cooling_down' && retry_at !== null ? Date.parse(retry_at) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** How it stands just now. */
export function standing(credential: AccountCredential, now: number): { tone: Tone; text: string } {
  const texts = words.settings.providers.pool;
  const { state, reason } = credential;
  switch (state) {
    case 'ready':
      return { tone: 'good', text: credential.current ? texts.next : texts.ready };
    case 'cooling_down': {
      const at = again(credential);
      const when = at === null ? texts.rests : at > now ? texts.again(at, now) : texts.due;
      return { tone: 'wait', text: `${texts.refused(reason)}, ${when}` };
    }
    case 'dead':
      return { tone: 'bad', text: texts.dead };
    case 'expired':
      return { tone: 'bad', text: texts.expired };
    case 'missing':
      return { tone: 'bad', text: texts.missing };
  }
}

/** What helps; nothing if it helps itself. */
export function advice(credential: AccountCredential): string | null {
  const texts = words.settings.providers.pool;
  if (credential.state !== 'dead' && credential.state !== 'expired') return null;
  // What others keep is theirs to mend, and a key is not signed in to.
  if (!credential.disconnectable) return texts.mendThere;
  return credential.type === 'oauth' ? texts.signInAgain : texts.newKey;
}

/** What else is known of it. */
export function about(credential: AccountCredential, now: number): (string | null)[] {
  const { pool: texts, renews, until, ended } = words.settings.providers;
  const end = credential.expires_at === null ? NaN : Date.parse(credential.expires_at);
  const life = credential.renews ? renews : Number.isNaN(end) ? null : end > now ? until(end) : ended(end);
  const isOut = credential.state === 'dead' || credential.state === 'missing';
  return [texts.kinds[credential.type], credential.source_label, isOut ? null : life];
}
