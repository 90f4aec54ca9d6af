// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * `commands.catalog` takes nothing.
 */
export type CommandsCatalogParams = Record<symbol, never>;

/**
 * What `commands.catalog` answers.
 */
export type CommandsCatalog = { 
/**
 * Every command with what it does.
 */
pairs: Array<[string, string]>, 
/**
 * The words that a command takes.
 */
sub: { [key in string]: Array<string> }, 
/**
 * Every name of a command, and the name that counts.
 */
canon: { [key in string]: string }, 
/**
 * The commands by what they are about.
 */
categories: Array<CommandCategory>, 
/**
 * Skills, of which there are none yet.
 */
skill_count: number, 
/**
 * Why it is not all there is; empty, since it is.
 */
warning: string, };

/**
 * Commands that are about the same.
 */
export type CommandCategory = { 
/**
 * What they are about.
 */
name: string, 
/**
 * The commands with what they do.
 */
pairs: Array<[string, string]>, };

/**
 * `slash.exec`.
 */
export type SlashExecParams = { 
/**
 * The conversation that it is typed in.
 */
session_id: string, 
/**
 * The line, with or without its slash.
 */
command: string, };

/**
 * What `slash.exec` answers.
 */
export type SlashOutput = { 
/**
 * What the person reads.
 */
output: string, };

/**
 * `command.dispatch`.
 */
export type CommandDispatchParams = { 
/**
 * The conversation that it is typed in.
 */
session_id: string, 
/**
 * The command, with or without its slash.
 */
name: string, 
/**
 * What follows it.
 */
arg: string, };

/**
 * What `command.dispatch` answers.
 */
export type CommandDispatched = { "type": "exec", 
/**
 * What the person reads.
 */
output: string, };

/**
 * `complete.slash`.
 */
export type CompleteSlashParams = { 
/**
 * What has been typed.
 */
text: string, };

/**
 * What `complete.slash` answers.
 */
export type SlashCompletions = { 
/**
 * What it may become.
 */
items: Array<SlashCompletion>, 
/**
 * How many characters of the text stay.
 */
replace_from: number, };

/**
 * What a text may become.
 */
export type SlashCompletion = { 
/**
 * What takes the place of the rest.
 */
text: string, 
/**
 * What is shown.
 */
display: string, 
/**
 * What it does.
 */
meta: string, };

/**
 * `session.status`.
 */
export type ConversationReportParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.status` answers.
 */
export type ConversationReport = { 
/**
 * How the conversation is set, as lines for a person.
 */
output: string, };

/**
 * `pet.info`, which upstream's clients ask for (facts 3.6).
 */
export type PetInfoParams = Record<symbol, never>;

/**
 * `pet.cells`, which its terminal client asks for every few seconds.
 */
export type PetCellsParams = Record<symbol, never>;

/**
 * What both answer: there is none.
 */
export type NoPet = { 
/**
 * Never.
 */
enabled: boolean, };
