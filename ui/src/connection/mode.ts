/** How people get in: by a sign-in, or by the link that the gateway has printed. */
export type Mode = 'sign_in' | 'token';

/** The mode that the body of `/api/status` tells. Whoever says nothing about it has a token. */
export function modeOf(status: unknown): Mode {
  const required =
    typeof status === 'object' && status !== null && 'auth_required' in status && Boolean(status.auth_required);
  return required ? 'sign_in' : 'token';
}
