// A passkey, as the browser makes it.

import type { PasskeyCreation } from '../protocol/account';
import type { Refusal } from '../transport/transport';
import { words } from '../words/words';
import { isForbidden, plain, problem, type Problem } from './problem';

/** Why this browser makes none here, whatever the gateway says; nothing if it may. */
export function unable(): string | null {
  const { unable: texts } = words.settings.passkeys;
  if (!globalThis.isSecureContext) return texts.insecure;
  // Older browsers have one that does not read what a gateway sends, and no types know of them.
  const known = (globalThis as { PublicKeyCredential?: Partial<typeof PublicKeyCredential> }).PublicKeyCredential;
  return known?.parseCreationOptionsFromJSON ? null : texts.browser;
}

/** Has the browser make one; the person agrees by what unlocks their device. */
export async function made({ options }: PasskeyCreation): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  if (credential === null) throw new DOMException('nothing was made', 'NotAllowedError');
  return (credential as PublicKeyCredential).toJSON();
}

/** Why nothing came of it: the browser has a name for what it cannot do, and the gateway a sentence. */
export function passkeyProblem(error: unknown): Problem | null {
  const { failed } = words.settings.passkeys;
  if (error instanceof DOMException) {
    if (error.name === 'InvalidStateError') return plain(failed.taken);
    if (error.name === 'NotAllowedError') return plain(failed.declined, failed.declinedNext);
    if (error.name === 'SecurityError') return plain(failed.address, failed.addressNext);
    if (error.name !== 'AbortError') return plain(failed.device, failed.deviceNext);
  }
  return problem(error);
}

/** Whether the gateway wants a newer sign-in for this. A request that it forbids otherwise has no hint. */
export function isStale(error: unknown): boolean {
  return isForbidden(error) && (error as Refusal).hint !== null;
}
