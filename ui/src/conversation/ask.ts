// Something that an agent asks before it goes on.

import type { Choice } from '../transport/agent-events';
import type { Refusal } from '../transport/transport';

export interface Ask {
  /** Names it as long as the page lives. */
  key: string;
  conversation: string;
  kind:
    /** A command that may be run. */
    | 'approval'
    | 'question'
    /** For what runs as the administrator. */
    | 'password'
    | 'secret'
    /** Something that was asked before this page was there. */
    | 'untold';
  state: 'waits' | 'answering' | 'over';
  /** What became of it. */
  outcome: Outcome | null;
  /** The exact command, the question, or what the secret is for. */
  text: string;
  /** Why a command is asked about, or what the secret is called. */
  about: string;
  /** How a command may be answered. */
  choices: readonly Choice[];
  /** What a question may be answered; null is anything. */
  answers: readonly string[] | null;
  /** What the gateway knows it by; an approval has no name. */
  request: string | null;
  risk: string | null;
  folder: string | null;
  host: string | null;
  /** When it was asked, in Unix milliseconds; null if nobody listened then. */
  askedAt: number | null;
  /** Until when it waits, if that is told. */
  until: number | null;
  /** Whether it was asked before a break of the connection over which not everything was told. */
  isOld: boolean;
  /** Why the agent was not told the reason of a denial. */
  notTold: Refusal | null;
}

export type Outcome =
  | 'allowed'
  | 'denied'
  | 'answered'
  /** Somebody else was faster, or its time was over. */
  | 'elsewhere'
  | 'expired'
  /** The turn is over. */
  | 'ended';

/** How it is answered. */
export type Answer =
  | { kind: 'approval'; choice: Choice; reason: string }
  | { kind: 'question'; text: string }
  | { kind: 'password'; text: string }
  | { kind: 'secret'; text: string };

export const isOver = ({ state }: Ask) => state === 'over';

/** Whether its conversation wants it answered before the others: approvals are answered in their order. */
export function isNext(asks: readonly Ask[], ask: Ask): boolean {
  if (ask.kind !== 'approval') return true;
  return asks.find((one) => one.conversation === ask.conversation && one.kind === 'approval' && !isOver(one)) === ask;
}

/** Whether it is certain that what would be allowed is what is shown. */
export function mayAllow({ isOld, until }: Ask, now: number): boolean {
  return !isOld && (until === null || now < until);
}
