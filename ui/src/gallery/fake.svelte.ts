// A conversation without a gateway, for tests and for the gallery.

import type { Answer, Ask } from '../conversation/ask';
import type { Conversation, Prompt, Turn } from '../conversation/types';
import type { ConversationInfo } from '../protocol/conversations';

export function turn(of: Partial<Turn> & { key: string }): Turn {
  return {
    ordinal: 0, waitsAs: null, prompt: 'Why?', images: [], answer: 'Because.', thoughts: '', steps: [], others: [], status: 'complete', warning: null, error: null, tokens: null,
    model: null, version: null,
    ...of,
  };
}

export const INFO: ConversationInfo = {
  stored_session_id: 'c1', model: 'grok-4.3', provider: 'xai', reasoning_effort: '', title: 'Backups', running: false,
  usage: {
    model: 'grok-4.3', input: 48_210, output: 3_904, reasoning: 1_210, prompt: 48_210, completion: 3_904, total: 52_114,
    calls: 7, compressions: 0, active_subagents: 0, context_used: 15_730, context_max: 131_072, context_percent: 12,
  },
  tools: {}, skills: {}, cwd: '', branch: '', profile_name: 'default', desktop_contract: 1, version: '0.4.0',
};

export class FakeConversation implements Conversation {
  id: string | null = $state('c1');
  phase: Conversation['phase'] = $state('open');
  title = $state('Move the backups to the new disk');
  turns: Turn[] = $state([]);
  info: ConversationInfo | null = $state.raw(INFO);
  notes: string[] = $state([]);
  asks: Ask[] = $state([]);
  answered: Answer[] = [];
  said: Prompt[] = [];
  stopped = 0;
  /** Which versions were to be shown. */
  wanted: [number, number][] = [];
  /** Why the next prompt is not taken. */
  refusal: Error | null = null;

  constructor(turns: Turn[] = []) {
    this.turns = turns;
  }

  say(prompt: Prompt): Promise<void> {
    this.said.push(prompt);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    const at = this.turns.length;
    this.turns.push(turn({ key: `said-${at}`, ordinal: at, prompt: prompt.text, answer: '', status: 'sent' }));
    return Promise.resolve();
  }

  answer(ask: Ask, answer: Answer): Promise<void> {
    this.answered.push(answer);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    ask.state = 'over';
    ask.outcome = answer.kind === 'approval' ? (answer.choice === 'deny' ? 'denied' : 'allowed') : 'answered';
    return Promise.resolve();
  }

  dismiss(ask: Ask): void {
    this.asks = this.asks.filter(({ key }) => key !== ask.key);
  }

  withdraw({ key }: Turn): Promise<boolean> {
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.turns = this.turns.filter((turn) => turn.key !== key);
    return Promise.resolve(true);
  }

  sendNow({ key }: Turn): Promise<void> {
    const turn = this.turns.find((turn) => turn.key === key);
    if (turn) turn.status = 'running';
    return Promise.resolve();
  }

  showVersion(ordinal: number, version: number): Promise<void> {
    this.wanted.push([ordinal, version]);
    return this.refusal === null ? Promise.resolve() : Promise.reject(this.refusal);
  }

  stop(): Promise<void> {
    this.stopped += 1;
    const last = this.turns.findLast(({ status }) => status === 'running');
    if (last) last.status = 'interrupted';
    return Promise.resolve();
  }
}
