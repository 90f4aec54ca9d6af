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
code: string, 
/**
 * What to do next, a command where there is one.
 */
hint: string, 
/**
 * Whether the same request may work later without anybody doing anything.
 */
retryable: boolean, };

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
max_frame_bytes: number, 
/**
 * The epoch of the numbers of events. With another one than before, numbers that a client
 * remembers mean other events, and it resumes its conversations.
 */
replay_epoch: string, };

/**
 * The list of the person's conversations is another one: there is one more or one less, one has another
 * name or place, or one runs or does no longer. It comes once a second at most, to the sockets that have
 * asked for it with `session.active_list`. Ours.
 */
export type ConversationsChanged = Record<symbol, never>;
