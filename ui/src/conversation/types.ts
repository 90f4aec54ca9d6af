// A conversation as the page shows it.

import type { ConversationInfo } from '../protocol/conversations';
import type { TurnError } from '../protocol/events';
import type { BusyMode, TurnTokens } from '../protocol/turns';
import type { Answer, Ask } from './ask';
import type { Other, Step } from './steps';

/** What was asked, and what came of it. */
export interface Turn {
  /** Names it as long as the page lives, and stays the same while it grows. */
  key: string;
  /** Which prompt it is, counted from 0; null until the gateway has begun it. */
  ordinal: number | null;
  /** What the gateway knows a prompt by that waits; null of one that cannot be taken back. */
  waitsAs: string | null;
  prompt: string;
  /** The pictures that went with it, as the gateway calls them. */
  images: string[];
  answer: string;
  /** The thoughts before the answer. */
  thoughts: string;
  /** What the agent did between the words of the answer. */
  steps: Step[];
  /** What happened that the page does not know. */
  others: Other[];
  status: TurnState;
  /** That the answer is not all there is. */
  warning: string | null;
  /** Why it failed. */
  error: TurnError | null;
  /** What it took; null where no model was asked, or where the gateway does not say. */
  tokens: TurnTokens | null;
  /** The model that answered; null as long as nobody knows. */
  model: string | null;
  /** Which of the versions of its prompt it is; null if it is the only one. */
  version: Version | null;
}

/** One of several versions of a prompt. */
export interface Version {
  /** In the order of asking, from 1. */
  number: number;
  of: number;
}

export type TurnState =
  /** It is sent with the next connection. */
  | 'waits'
  /** It is on its way to the gateway. */
  | 'sent'
  /** The gateway asks it after the turn that runs. */
  | 'queued'
  | 'running'
  | 'complete'
  | 'interrupted'
  | 'error';

/** Something that a person asks. */
export interface Prompt {
  text: string;
  /** Pictures, as `image.attach_bytes` has called them. */
  images: string[];
  /** The prompt, counted from 0, in whose place it is asked; what came after that one goes too. */
  replacing?: number;
  /** How many prompts there were then, as whoever asked saw it: one that they have not seen is never taken back. */
  of?: number;
  /** What becomes of a turn that runs. */
  busy?: BusyMode;
}

/** A conversation that is followed. Its fields change under whoever shows them. */
export interface Conversation {
  /** None before the first prompt of a new one. */
  readonly id: string | null;
  readonly phase: 'opening' | 'open' | 'missing';
  readonly title: string;
  readonly turns: readonly Turn[];
  readonly info: ConversationInfo | null;
  /** Lines beside the conversation, such as that a credential has ended; the newest last. */
  readonly notes: readonly string[];
  /** What the agent waits for; what was just answered stays a moment. The oldest first. */
  readonly asks: readonly Ask[];
  /**
   * Asks something, once, over any break of the connection. It fails with why the gateway does not want it;
   * whoever wrote it has it back then.
   */
  say(prompt: Prompt): Promise<void>;
  /**
  /**
   * Takes back a prompt that waits: it becomes a draft again if it is kept. False if it came too late, since its turn
   * has begun.
   */
  withdraw(turn: Turn, isKept: boolean): Promise<boolean>;
  /** Interrupts the turn that runs for what waits. */
  sendNow(turn: Turn): Promise<void>;
  /**
   * Shows another version of a prompt, counted from 1, and what was said after it; for everybody who looks. It is done
   * when the gateway has done so, and fails with why it does not.
   */
  showVersion(ordinal: number, version: number): Promise<void>;
  /** Ends the turn that runs. It is done when the gateway has said so. */
  stop(): Promise<void>;
  /** Answers what the agent waits for. It fails with why it could not. */
  answer(ask: Ask, answer: Answer): Promise<void>;
  /** What is over needs not be said any longer. */
  dismiss(ask: Ask): void;
}

