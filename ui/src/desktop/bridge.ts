// What the application can be asked for, a method for each of its commands. The page has no other way to the world.

import type { AppPreferences, BridgeAnswer, BridgeAsk, BridgeCall, BridgeTold, Board, GatewayTest, NearbyGateway } from '../protocol/bridge';
import type {
  AboutApp, AddressLook, AddressQuestion, FileSaved, FileToSave, GatewayRename, PasswordGiven, SignedOut, SignInDone, SignInStarted, TokenGiven, UpdateCheck, WhichGateway,
} from '../protocol/bridge-sign-in';
import { sentence, stable } from '../transport/refusals';
import { Refusal } from '../transport/transport';
import { say } from '../words/desktop';

/** The application, as its page reaches it. Each method fails with a {@link Refusal}. */
export interface Bridge {
  /** From here on the application tells what happens. It answers with all that there is now. */
  attach(told: (told: BridgeTold) => void): Promise<Board>;
  /** What is at the address that a person has typed. */
  look(asked: AddressQuestion): Promise<AddressLook>;
  /** The gateways that say within two seconds that they are there. None of them is asked anything. */
  nearby(): Promise<NearbyGateway[]>;
  /** Done when the person has signed in; it fails if it came to nothing. */
  signIn(asked: SignInStarted): Promise<SignInDone>;
  signInByPassword(asked: PasswordGiven): Promise<SignInDone>;
  giveToken(asked: TokenGiven): Promise<SignInDone>;
  /** What became of it, the board tells. */
  pasteAnswer(asked: AddressQuestion): Promise<void>;
  openAgain(): Promise<void>;
  cancelSignIn(): Promise<void>;
  signOut(asked: WhichGateway): Promise<SignedOut>;
  forget(asked: WhichGateway): Promise<void>;
  rename(asked: GatewayRename): Promise<void>;
  test(asked: WhichGateway): Promise<GatewayTest>;
  show(asked: WhichGateway): Promise<void>;
  /** Begins a gateway on this computer, or shows the one that is there. */
  useHere(): Promise<void>;
  retry(asked: WhichGateway): Promise<void>;
  call(asked: BridgeCall): Promise<unknown>;
  ask(asked: BridgeAsk): Promise<BridgeAnswer>;
  /** Opens an address in the person's browser. */
  openLink(asked: AddressQuestion): Promise<void>;
  about(): Promise<AboutApp>;
  /** Whether a newer version is listed. Nothing else is fetched. */
  checkUpdates(): Promise<UpdateCheck>;
  openLogs(): Promise<void>;
  /** Puts a text among the person's downloads. */
  saveFile(asked: FileToSave): Promise<FileSaved>;
  noteRead(asked: { id: number }): Promise<void>;
  /** The person looks at this gateway. */
  seen(asked: WhichGateway): Promise<void>;
  /** Has it so from now on; what cannot be is refused. */
  prefer(asked: AppPreferences): Promise<void>;
  quit(): Promise<void>;
}

/** Why the application did not do something, out of whatever it has thrown. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const fields = typeof thrown === 'object' && thrown !== null ? (thrown as Record<string, unknown>) : {};
  const { code, message, hint, status, retryable } = fields;
  // The application answers with a `BridgeRefusal`. Anything else is of a version that differs.
  if (typeof message !== 'string' || message === '') return new Refusal(say.unreadable, null, say.unreadableNext, 0, false);
  return new Refusal(
    sentence(message),
    stable(typeof code === 'string' ? code : null),
    typeof hint === 'string' && hint !== '' ? hint : null,
    typeof status === 'number' ? status : 0,
    retryable === true,
  );
}
