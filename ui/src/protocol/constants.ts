// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/** Why a socket ends. The code alone says what to do then. */
export const CLOSES = {
  NoCredential: { code: 4401, reason: "no credential", then: "NewCredential" },
  TicketInvalid: { code: 4401, reason: "ticket unknown, used or expired", then: "NewCredential" },
  TokenMismatch: { code: 4401, reason: "token does not match", then: "NewCredential" },
  SessionEnded: { code: 4401, reason: "session ended", then: "NewCredential" },
  RightsChanged: { code: 1012, reason: "rights changed", then: "Reconnect" },
  HostNotAllowed: { code: 4403, reason: "host not allowed", then: "Stop" },
  OriginNotAllowed: { code: 4403, reason: "origin not allowed", then: "Stop" },
  Forwarded: { code: 4403, reason: "forwarded request in token mode", then: "Stop" },
  Unclaimed: { code: 4403, reason: "gateway has no owner yet", then: "Stop" },
  TextOnly: { code: 1003, reason: "text frames only", then: "Stop" },
  RefusedFrames: { code: 1008, reason: "too many frames that are no requests", then: "Stop" },
  FrameTooLarge: { code: 1009, reason: "frame exceeds limit of 16777216 bytes", then: "Stop" },
  SmallFrameTooLarge: { code: 1009, reason: "frame exceeds limit of 65536 bytes", then: "Stop" },
  Internal: { code: 1011, reason: "internal error", then: "Reconnect" },
  NoPong: { code: 1011, reason: "no pong in time", then: "Reconnect" },
  Restart: { code: 1012, reason: "service restart", then: "Reconnect" },
  SlowReader: { code: 1013, reason: "reader too slow", then: "Reconnect" },
  TooManySockets: { code: 1013, reason: "too many sockets", then: "Reconnect" },
} as const;

/** The numbers of errors in answers. */
export const ERRORS = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  BAD_ARGUMENT: 4002,
  NOT_ALLOWED: 4403,
  PARAMS_TOO_LARGE: 4413,
  TOO_MANY_CALLS: 4429,
} as const;

/** The routes, without a prefix. */
export const ROUTES = {
  STATUS: { verb: "GET", path: "/api/status" },
  PROVIDERS: { verb: "GET", path: "/api/auth/providers" },
  LOGIN_PAGE: { verb: "GET", path: "/login" },
  LOGIN_START: { verb: "GET", path: "/auth/login" },
  CALLBACK: { verb: "GET", path: "/auth/callback" },
  PASSWORD_LOGIN: { verb: "POST", path: "/auth/password-login" },
  PASSKEY_LOGIN_START: { verb: "POST", path: "/auth/passkey/start" },
  PASSKEY_LOGIN: { verb: "POST", path: "/auth/passkey" },
  OPEN: { verb: "POST", path: "/auth/open" },
  CLAIM_PAGE: { verb: "GET", path: "/claim" },
  CLAIM: { verb: "POST", path: "/auth/claim" },
  CLAIM_LOOK: { verb: "POST", path: "/auth/claim/invitation" },
  CLAIM_PASSKEY_START: { verb: "POST", path: "/auth/claim/passkey/start" },
  CLAIM_PASSKEY: { verb: "POST", path: "/auth/claim/passkey" },
  CLAIM_START: { verb: "POST", path: "/auth/claim/start" },
  LOGOUT: { verb: "POST", path: "/auth/logout" },
  BACK_CHANNEL_LOGOUT: { verb: "POST", path: "/auth/backchannel-logout" },
  NATIVE_AUTHORIZE: { verb: "GET", path: "/auth/native/authorize" },
  NATIVE_DECIDE: { verb: "POST", path: "/auth/native/authorize" },
  NATIVE_TOKEN: { verb: "POST", path: "/auth/native/token" },
  NATIVE_REFRESH: { verb: "POST", path: "/auth/native/refresh" },
  DEVICE_CODE: { verb: "POST", path: "/auth/device/code" },
  DEVICE_TOKEN: { verb: "POST", path: "/auth/device/token" },
  DEVICE_PAGE: { verb: "GET", path: "/device" },
  DEVICE_DECIDE: { verb: "POST", path: "/device" },
  ME: { verb: "GET", path: "/api/auth/me" },
  PASSWORD: { verb: "POST", path: "/api/auth/password" },
  PASSWORD_ADD: { verb: "POST", path: "/api/auth/password/add" },
  PASSKEYS: { verb: "GET", path: "/api/auth/passkeys" },
  PASSKEY_START: { verb: "POST", path: "/api/auth/passkeys/start" },
  PASSKEY_ADD: { verb: "POST", path: "/api/auth/passkeys" },
  PASSKEY_RENAME: { verb: "PATCH", path: "/api/auth/passkeys/{id}" },
  PASSKEY_REMOVE: { verb: "DELETE", path: "/api/auth/passkeys/{id}" },
  WS_TICKET: { verb: "POST", path: "/api/auth/ws-ticket" },
  LINK: { verb: "POST", path: "/api/auth/link" },
  SESSIONS: { verb: "GET", path: "/api/auth/sessions" },
  SESSION_RENAME: { verb: "PATCH", path: "/api/auth/sessions/{id}" },
  SESSION_END: { verb: "DELETE", path: "/api/auth/sessions/{id}" },
  SESSIONS_END_OTHERS: { verb: "POST", path: "/api/auth/sessions/end-others" },
  STRANGERS: { verb: "GET", path: "/api/users/strangers" },
  STRANGER_ALLOW: { verb: "POST", path: "/api/users/strangers/allow" },
  STRANGER_DISMISS: { verb: "POST", path: "/api/users/strangers/dismiss" },
  SOCKET: { verb: "GET", path: "/api/ws" },
  HEALTH: { verb: "GET", path: "/healthz" },
  READY: { verb: "GET", path: "/readyz" },
} as const;

/** Names in queries. */
export const QUERY = {
  TICKET: "ticket",
  TOKEN: "token",
  NEXT: "next",
  PROVIDER: "provider",
  USER_CODE: "user_code",
} as const;

/** What the gateway takes at most. */
export const LIMITS = {
  FRAME_BYTES: 16777216,
  JSON_DEPTH: 64,
  ID_BYTES: 1024,
} as const;
