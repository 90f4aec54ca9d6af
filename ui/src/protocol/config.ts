// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { BusyMode } from "./turns";

/**
 * A key that `config.get` knows.
 */
export type ConfigKey = "busy" | "fast" | "full" | "model" | "mtime" | "profile" | "project" | "prompt" | "provider" | "reasoning";

/**
 * `config.get` (facts 3.4).
 */
export type ConfigGetParams = { 
/**
 * One of [`ConfigKey`]; kept as text, since a key that there is not has an answer of its own.
 */
key: ConfigKey, 
/**
 * The conversation that is asked about, for keys that each has of its own.
 */
session_id?: string, };

/**
 * What `config.get` answers, by key (facts 3.4).
 */
export type ConfigGetAnswer = { 
/**
 * The settings.
 */
config: PublicConfig, } | { 
/**
 * Unix seconds; 0 without a file. Clients compare it with what they saw before.
 */
mtime: number, } | { 
/**
 * Where it is on the host, which is nobody's business here.
 */
home: string, 
/**
 * Its name.
 */
display: string, } | { 
/**
 * The folder.
 */
cwd: string, 
/**
 * Its branch.
 */
branch: string, } | { 
/**
 * The text.
 */
prompt: string, } | { 
/**
 * The model that answers.
 */
model: string, 
/**
 * Whose it is.
 */
provider: string, 
/**
 * Whose models there are.
 */
providers: Array<PublicProvider>, } | { 
/**
 * How much; `default` is as the provider has it.
 */
value: string, 
/**
 * Whether clients show it.
 */
display: string, } | { 
/**
 * The value.
 */
value: string, };

/**
 * The settings that every client may see.
 *
 * Upstream hands out its whole file here, keys of providers included (facts 6.1 (15)). A setting is
 * shown by becoming a field of this type, never by passing a map through (checklist RZ4).
 */
export type PublicConfig = { 
/**
 * Who answers where a conversation has chosen nothing.
 */
model: PublicModel, 
/**
 * How clients behave.
 */
display: PublicDisplay, };

/**
 * Who answers where a conversation has chosen nothing.
 */
export type PublicModel = { 
/**
 * Whose model; empty if nobody was chosen.
 */
provider: string, 
/**
 * The model; empty if none was chosen.
 */
default: string, };

/**
 * How clients behave.
 */
export type PublicDisplay = { 
/**
 * What becomes of a turn of the caller's that runs when they ask.
 */
busy_input_mode: BusyMode, };

/**
 * Somebody whose models there are.
 */
export type PublicProvider = { 
/**
 * The id.
 */
id: string, 
/**
 * The name in lists.
 */
label: string, 
/**
 * Other names, of which the gateway takes none.
 */
aliases: Array<string>, 
/**
 * Whether it can be asked.
 */
authenticated: boolean, };

/**
 * A key that `config.set` knows.
 */
export type SettableKey = "busy" | "model" | "reasoning";

/**
 * `config.set` (facts 3.4). Only what is written in [`SettableKey`] can be set by a client: what is in
 * the file of settings is the host's.
 */
export type ConfigSetParams = { 
/**
 * One of [`SettableKey`].
 */
key: SettableKey, 
/**
 * The conversation that it is set for.
 */
session_id?: string, 
/**
 * The value.
 */
value: string, 
/**
 * For what it is set; for the conversation unless said.
 */
scope?: Scope, };

/**
 * What `config.set` answers.
 */
export type ConfigSet = { 
/**
 * The key.
 */
key: SettableKey, 
/**
 * The value that it has now.
 */
value: string, 
/**
 * A doubt about it; empty if there is none.
 */
warning: string, 
/**
 * Whether it has to be confirmed first, which nothing has to.
 */
confirm_required: boolean, 
/**
 * What would have to be confirmed.
 */
confirm_message: string, 
/**
 * For what it counts.
 */
scope?: Scope, };

/**
 * For what something is chosen.
 */
export type Scope = "session" | "global";

/**
 * `setup.status` takes nothing (facts 3.4).
 */
export type SetupStatusParams = Record<symbol, never>;

/**
 * What `setup.status` answers (facts 3.4).
 */
export type SetupStatusAnswer = { 
/**
 * Whether a model can be asked; if not, clients show how to get there.
 */
provider_configured: boolean, };

/**
 * `setup.runtime_check`.
 */
export type RuntimeCheckParams = { 
/**
 * Who is to be checked; none is whoever answers where nothing is chosen.
 */
provider?: string, };

/**
 * What `setup.runtime_check` answers: whether there is something to ask a model with just now.
 */
export type RuntimeCheck = { 
/**
 * Whether there is.
 */
ok: boolean, 
/**
 * Who was checked; empty if nobody was chosen.
 */
provider: string, 
/**
 * The model that would answer.
 */
model?: string, 
/**
 * What it would be asked with, a key or an account; empty if with nothing.
 */
source: string, 
/**
 * Why there is nothing.
 */
error?: string, 
/**
 * The stable code of that. Ours.
 */
code?: string, 
/**
 * What to do next. Ours.
 */
hint?: string, };

/**
 * `model.options`.
 */
export type ModelOptionsParams = { 
/**
 * The conversation whose choice is the current one; none asks for the usual one.
 */
session_id?: string, 
/**
 * Whether every provider is asked again.
 */
refresh: boolean, 
/**
 * Whether providers are listed to which nobody has signed in.
 */
include_unconfigured: boolean, };

/**
 * What `model.options` answers.
 */
export type ModelOptions = { 
/**
 * The current model; empty if none was chosen.
 */
model: string, 
/**
 * Whose it is.
 */
provider: string, 
/**
 * Whose models there are.
 */
providers: Array<ProviderOption>, };

/**
 * A provider, and its models.
 */
export type ProviderOption = { 
/**
 * Its id.
 */
slug: string, 
/**
 * Its name in lists.
 */
name: string, 
/**
 * Whether the current model is its.
 */
is_current: boolean, 
/**
 * Whether it is a server of the person's own.
 */
is_user_defined: boolean, 
/**
 * The models, in its own order, as far as they are listed.
 */
models: Array<string>, 
/**
 * How many it has.
 */
total_models: number, 
/**
 * Where it is written down.
 */
source: ProviderSource, 
/**
 * Whether it can be asked.
 */
authenticated: boolean, 
/**
 * How it knows who asks, or would if somebody had signed in.
 */
auth_type?: AuthType, 
/**
 * What its models cost, by their names, where its list says; none where it says of no model.
 */
pricing?: { [key in string]: ModelPricing }, 
/**
 * How many tokens its models can have before them, by their names, where its list says.
 */
context_lengths?: { [key in string]: number }, 
/**
 * Whether its models read pictures, by their names, where its list says. Ours.
 */
image_input?: { [key in string]: boolean }, 
/**
 * Why its models are not known, and what to do.
 */
warning?: string, };

/**
 * What a model costs for a million tokens: `$3.00`, or `free`.
 */
export type ModelPricing = { 
/**
 * What is sent to it.
 */
input: string, 
/**
 * What it writes.
 */
output: string, 
/**
 * Whether neither costs anything.
 */
free: boolean, };

/**
 * Where a provider is written down.
 */
export type ProviderSource = "built-in" | "user-config";

/**
 * How a provider knows who asks.
 */
export type AuthType = "api_key" | "oauth";
