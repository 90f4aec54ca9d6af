// What there is to choose from in the list of models: the models of providers that can be asked, with what their lists
// say of them, and why others cannot be.

import type { ModelOptions, ModelPricing, ProviderOption } from '../protocol/config';
import { words } from '../words/words';

const say = words.shell.model;

/** Something in the list. */
export interface Offered {
  name: string;
  /** Whose it is, or what is in the way. */
  about: string;
  /** What there is to know before it is chosen. */
  detail: string;
  /** What choosing it does; nothing, where only the gateway's host can. */
  does: { kind: 'choose'; model: string; provider: string } | { kind: 'sign_in' } | { kind: 'ask_again' } | null;
}

/** Everything in the list: first what can be chosen, in the gateway's order, and last what only its host can change. */
export function offered({ providers }: ModelOptions): Offered[] {
  const all = providers.flatMap(ofProvider);
  const rank = ({ does }: Offered) => (does === null ? 2 : does.kind === 'choose' ? 0 : 1);
  return all.toSorted((a, b) => rank(a) - rank(b));
}

function ofProvider(provider: ProviderOption): Offered[] {
  const { name, authenticated, auth_type, warning: detail = '' } = provider;
  if (!authenticated) {
    // A key is given to the host alone.
    if (auth_type === 'api_key') return [{ name, about: say.needsKey, detail, does: null }];
    return [{ name: say.signIn(name), about: say.needsSignIn, detail, does: { kind: 'sign_in' } }];
  }
  const models = provider.models.map((model): Offered => ({
    name: model,
    about: name,
    detail: knownOf(provider, model),
    does: { kind: 'choose', model, provider: provider.slug },
  }));
  return detail === '' ? models : [...models, { name: say.again(name), about: say.unlisted, detail, does: { kind: 'ask_again' } }];
}

/** How much fits into a model, and what it costs; empty where its provider says nothing. */
export function knownOf({ context_lengths: lengths, pricing }: ProviderOption, model: string): string {
  return [lengths?.[model] === undefined ? '' : say.context(lengths[model]), costs(pricing?.[model])]
    .filter((part) => part !== '')
    .join(' · ');
}

function costs(price: ModelPricing | undefined): string {
  if (price === undefined) return '';
  if (price.free) return say.free;
  const [input, output] = [dollars(price.input), dollars(price.output)];
  return input === null || output === null ? '' : say.price(input, output);
}

/** The number of `$3.00`, as gateways write it; null where it is none. */
function dollars(text: string): number | null {
  if (text === 'free') return 0;
  const digits = /^\$(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
