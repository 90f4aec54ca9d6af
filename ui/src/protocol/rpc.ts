// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * The answer to a request that was done.
 */
export type ResultFrame<T> = { jsonrpc: "2.0", id: string | number | null, result: T, };

/**
 * The answer to a request that failed.
 */
export type ErrorFrame = { jsonrpc: "2.0", id: string | number | null, error: RpcError, };

/**
 * Why a request failed.
 */
export type RpcError = { 
/**
 * One of [`code`].
 */
code: number, 
/**
 * What a person reads.
 */
message: string, 
/**
 * What upstream does not send.
 */
data?: ErrorData, };

/**
 * What an error says beyond upstream's two fields.
 */
export type ErrorData = { 
/**
 * The stable code of the error, for which the guide has a section.
 */
code: string, };

/**
 * Something that the gateway tells without having been asked.
 */
export type EventFrame<P> = { jsonrpc: "2.0", method: "event", params: { type: string, session_id?: string, payload?: P, seq?: number, }, };

/**
 * What a person may do at the gateway. A later one may do all that an earlier one may.
 */
export type Role = "user" | "owner";

/**
 * The first event of every socket (facts 3.3). Upstream's payload describes a look, which its
 * clients do without; ours says who is connected.
 */
export type GatewayReady = { 
/**
 * The user whose session opened the socket.
 */
user_id: string, 
/**
 * What this user may call.
 */
role: Role, 
/**
 * The largest frame that the gateway takes, in bytes.
 */
max_frame_bytes: number, };

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
 * A key that `config.get` knows.
 */
export type ConfigKey = "full" | "mtime";

/**
 * `config.get` (facts 3.4). Upstream's clients send a session too, which none of our keys needs.
 */
export type ConfigGetParams = { 
/**
 * One of [`ConfigKey`]; kept as text, since a key that there is not has an answer of its own.
 */
key: ConfigKey, };

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
mtime: number, };

/**
 * The settings that every client may see, which are none yet.
 *
 * Upstream hands out its whole file here, keys of providers included (facts 6.1 (15)). A setting is
 * shown by becoming a field of this type, never by passing a map through (checklist RZ4).
 */
export type PublicConfig = Record<symbol, never>;

/** What each method takes and answers. */
export interface Methods {
  "setup.status": { params: SetupStatusParams; answer: SetupStatusAnswer };
  "config.get": { params: ConfigGetParams; answer: ConfigGetAnswer };
}

/** The payload of each event. */
export interface Events {
  "gateway.ready": GatewayReady;
}
