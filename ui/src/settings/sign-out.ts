import type { Transport } from '../transport/transport';
import { forgetSignIns } from './kept';

/** Signs this browser out of the gateway, with what settings keep of somebody's sign-ins. */
export async function signOut(transport: Transport): Promise<void> {
  await transport.signOut();
  forgetSignIns();
}
