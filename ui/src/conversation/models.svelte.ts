import type { ModelOptions } from '../protocol/config';
import { toRefusal } from '../transport/refusals';
import { keep, kept } from '../transport/kept';
import type { Refusal, Transport } from '../transport/transport';
import type { Follow } from './follow.svelte';

const KEY = 'hermes.models.1';

/** How many models that were chosen are remembered. */
const RECENT = 5;

/** A model, and whose it is. */
export interface Model {
  provider: string;
  model: string;
}

/** Which model answers in a conversation, and which could. */
export class Models {
  options: ModelOptions | null = $state.raw(null);
  phase: 'idle' | 'loading' | 'there' | 'failed' = $state('idle');
  problem: Refusal | null = $state.raw(null);
  /** A doubt of the gateway about what was chosen last. */
  warning = $state('');
  /** Those that were chosen here last, the newest first. */
  recent: readonly Model[] = $state.raw(readRecent());

  readonly #transport: Transport;
  readonly #follow: Follow;

  constructor(transport: Transport, follow: Follow) {
    this.#transport = transport;
    this.#follow = follow;
  }

  /** The model that answers; null as long as nobody knows. */
  get current(): Model | null {
    const { info, id, wanted } = this.#follow;
    if (id === null && wanted.model !== undefined) return { provider: wanted.provider ?? '', model: wanted.model };
    if (info && info.model !== '') return { provider: info.provider, model: info.model };
    return this.options && this.options.model !== '' ? { provider: this.options.provider, model: this.options.model } : null;
  }

  /** Whether the model that answers reads pictures; null as long as nobody knows. */
  get readsPictures(): boolean | null {
    const { current, options } = this;
    const provider = options?.providers.find(({ slug }) => slug === current?.provider);
    return (current && provider?.image_input?.[current.model]) ?? null;
  }

  /** How much the model thinks; empty is as its provider has it. */
  get effort(): string {
    const { info, id, wanted } = this.#follow;
    return (id === null ? wanted.reasoning_effort : info?.reasoning_effort) ?? '';
  }

  /** Loads which models there are; `anew` has every provider asked again. */
  async load(anew = false): Promise<void> {
    this.phase = 'loading';
    const { id } = this.#follow;
    try {
      this.options = await this.#transport.call('model.options', {
        ...(id !== null && { session_id: id }),
        refresh: anew,
        // Those to which nobody has signed in are shown too, with the way there.
        include_unconfigured: true,
      });
      this.phase = 'there';
      this.problem = null;
    } catch (why) {
      this.problem = toRefusal(why);
      this.phase = 'failed';
    }
  }

  /** Chooses who answers from the next prompt on, in this conversation alone. */
  async choose({ provider, model }: Model): Promise<void> {
    const { id } = this.#follow;
    if (id === null) {
      this.#follow.wanted = { ...this.#follow.wanted, provider, model };
      this.warning = '';
    } else {
      const value = `${model} --provider ${provider}`;
      const set = await this.#transport.call('config.set', { session_id: id, key: 'model', value, scope: 'session' });
      this.warning = set.warning;
    }
    const others = this.recent.filter((one) => one.model !== model || one.provider !== provider);
    this.recent = [{ provider, model }, ...others].slice(0, RECENT);
    keep('local', KEY, this.recent);
  }

  /** Chooses how much the model thinks; empty is as its provider has it. */
  async think(effort: string): Promise<void> {
    const { id, wanted } = this.#follow;
    if (id !== null) {
      const value = effort === '' ? 'default' : effort;
      await this.#transport.call('config.set', { session_id: id, key: 'reasoning', value, scope: 'session' });
    } else {
      const now = { ...wanted };
      if (effort === '') delete now.reasoning_effort;
      else now.reasoning_effort = effort;
      this.#follow.wanted = now;
    }
  }
}

function readRecent(): Model[] {
  const found = kept('local', KEY);
  return Array.isArray(found) ? found.filter(isModel).slice(0, RECENT) : [];
}

function isModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false;
  const { provider, model } = value as Partial<Record<keyof Model, unknown>>;
  return typeof provider === 'string' && typeof model === 'string' && provider.length + model.length <= 400;
}
