//! The sizes and rates that clients meet. Each is a promise: a client that stays below is served.

/// The largest frame that the chat socket takes, fragments counted together (facts 2.4).
pub const FRAME_BYTES: usize = 16 * 1024 * 1024;

/// The largest frame before sign-in and on small sockets (checklist WS9).
pub const SMALL_FRAME_BYTES: usize = 64 * 1024;

/// How many arrays and objects may be open at once in a frame, its own object counted (DS5).
pub const JSON_DEPTH: usize = 64;

/// The longest id of a request, as JSON text. It is repeated in the answer and held meanwhile.
pub const ID_BYTES: usize = 1024;

/// How much of a client's own text an error message repeats.
pub const ECHOED_CHARS: usize = 128;

/// How many refused frames a socket may send before it is closed (DS5).
pub const REFUSED_FRAMES: u32 = 100;

/// How many costly calls a socket may make in a minute (DS5).
pub const COSTLY_CALLS_PER_MINUTE: u32 = 100;

/// How many bytes of events wait for a slow reader before its socket is closed (WS10).
pub const WAITING_EVENT_BYTES: usize = 1024 * 1024;

/// The most bytes of a conversation that is imported, as JSON.
pub const IMPORT_BYTES: usize = 12 * 1024 * 1024;

/// The most messages of a conversation that is imported.
pub const IMPORT_MESSAGES: usize = 10_000;

/// How long a ticket lives (facts 1.6).
pub const TICKET_SECONDS: u32 = 30;

/// How many connections the control socket serves at once; the next ones wait.
pub const CONTROL_CONNECTIONS: usize = 16;

/// How long a connection of the control socket may say nothing.
pub const CONTROL_IDLE_SECONDS: u64 = 60;
