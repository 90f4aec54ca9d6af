// What gateways tell of tools and of what they ask people, and how they are answered. Our own gateway's agent has no
// tools yet, so none of this is in `protocol/`: it is written by hand after what upstream's gateways send. Fields that
// nobody knows pass; a payload that is not what it should be makes an event that nobody knows.

/** A tool begins, goes on, and is over. */
export interface ToolStart {
  /** None before the model has written the whole call. */
  tool_id: string | null;
  name: string;
  /** What it is about, in one line. */
  context: string;
  /** Its arguments, where they are told when it begins. */
  args: string;
}

export interface ToolProgress {
  tool_id: string | null;
  name: string;
  text: string;
}

export interface ToolComplete {
  tool_id: string;
  name: string;
  args: string;
  result: string;
  /** Why it failed. */
  error: string;
  summary: string;
  diff: string;
  seconds: number | null;
}

/** What was found to be a risk in what a tool has answered. */
export interface ToolRisk {
  tool_id: string;
  risk: string;
}

/** An agent that works for the agent. */
export interface Subagent {
  /** What it is known by in its turn. */
  id: string;
  goal: string;
  text: string;
  tool: string;
  status: string;
  summary: string;
  seconds: number | null;
}

/** How an approval may be answered. Upstream has `always` besides, which this page does not offer. */
export type Choice = 'once' | 'session' | 'deny';

/** What gateways may tell of everything that they ask. Upstream's tell none of it. */
export interface Asking {
  /** How dangerous it is, in a word. */
  risk: string | null;
  /** In which folder, and on which machine. */
  folder: string | null;
  host: string | null;
  /** For how many seconds it waits. */
  waits: number | null;
}

export interface ApprovalRequest extends Asking {
  command: string;
  description: string;
  choices: readonly Choice[];
}

export interface ClarifyRequest extends Asking {
  request_id: string;
  question: string;
  /** What may be answered; null is anything. */
  choices: readonly string[] | null;
}

export interface SudoRequest extends Asking {
  request_id: string;
}

export interface SecretRequest extends Asking {
  request_id: string;
  prompt: string;
  /** What the secret is called where it goes. */
  env_var: string;
}

/** Nobody waits for it any more. */
export interface Expired {
  request_id: string;
}

/** The payload of each event, as it is read. */
export interface AgentEvents {
  'tool.generating': { name: string };
  'tool.start': ToolStart;
  'tool.progress': ToolProgress;
  'tool.complete': ToolComplete;
  'tool.output_risk': ToolRisk;
  'subagent.spawn_requested': Subagent;
  'subagent.start': Subagent;
  'subagent.thinking': Subagent;
  'subagent.tool': Subagent;
  'subagent.text': Subagent;
  'subagent.progress': Subagent;
  'subagent.complete': Subagent;
  'approval.request': ApprovalRequest;
  'clarify.request': ClarifyRequest;
  'sudo.request': SudoRequest;
  'sudo.expire': Expired;
  'secret.request': SecretRequest;
  'secret.expire': Expired;
  /** Something that the agent says between tools. */
  'message.interim': { text: string; isShown: boolean };
  /** The thoughts as a whole. */
  'reasoning.available': { text: string };
  /** Something failed before a turn. */
  error: { message: string };
  /** Something that the page does not know, or cannot read, by its name. */
  unknown: { name: string };
}

/** How what is asked is answered: methods that the table of our own gateway does not have yet. */
export interface AgentMethods {
  /** Answers the oldest approval of a conversation; which one that is, nobody says. */
  'approval.respond': { params: { session_id: string; choice: Choice }; answer: { resolved?: number } };
  'clarify.respond': { params: { request_id: string; answer: string }; answer: { status?: string } };
  'sudo.respond': { params: { request_id: string; password: string }; answer: { status?: string } };
  'secret.respond': { params: { request_id: string; value: string }; answer: { status?: string } };
}
