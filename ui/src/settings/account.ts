import type { AccountStatus } from '../protocol/accounts';
import { words } from '../words/words';

/** What is known of the account of a provider that answers next. */
export function account(status: AccountStatus, now: number): (string | null)[] {
  const texts = words.settings.providers;
  if (!status.logged_in) return [texts.notSignedIn];
  if (status.has_refresh_token) return [status.source_label, texts.renews];
  const end = status.expires_at === null ? NaN : Date.parse(status.expires_at);
  if (Number.isNaN(end)) return [status.source_label];
  return [status.source_label, end <= now ? texts.ended(end) : texts.until(end)];
}
