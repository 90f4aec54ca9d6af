import { forgetClosed } from '../shell/closed';
import type { Transport } from '../transport/transport';
import { forgetSignIns } from './kept';

/** Signs this browser out of the gateway, with what settings keep of somebody's sign-ins. */
export async function signOut(transport: Transport): Promise<void> {
  // Nobody waits for it: with the sign-in the gateway forgets where it told this browser.
  forgetClosed().catch(() => undefined);
  await transport.signOut();
  forgetSignIns();
}
