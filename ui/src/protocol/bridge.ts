// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { SignInShown } from "./bridge-sign-in";

/**
 * All that the page shows of the application itself, as it is now. It is told as a whole at each change.
 */
export type Board = { 
/**
 * The gateways, in the order in which they were added; the one of this computer is first, if it is used.
 */
gateways: Array<GatewayRow>, 
/**
 * The one that is shown; null if there is none yet.
 */
current: string | null, 
/**
 * Whether the environment says which gateway it is, so that no other one is to be had.
 */
is_fixed: boolean, 
/**
 * The sign-in that is under way.
 */
sign_in: SignInShown | null, 
/**
 * What the person has to be told, until they have read it.
 */
notes: Array<BridgeNote>, 
/**
 * What the person prefers of the application itself.
 */
preferences: AppPreferences, 
/**
 * What the desktop around it has.
 */
means: AppMeans, };

/**
 * What the person prefers of the application itself. `prefer` takes all of it.
 */
export type AppPreferences = { 
/**
 * Whether the desktop tells what happens while nobody looks at the window.
 */
notifies: boolean, 
/**
 * Whether it stays in the tray when its window is closed, where there is a tray.
 */
stays_in_tray: boolean, 
/**
 * Whether it begins with the session of its person.
 */
opens_at_login: boolean, 
/**
 * Whether a key brings it to the front wherever its person is.
 */
has_shortcut: boolean, 
/**
 * Whether it looks for newer versions by itself, where it is named where they are listed.
 */
looks_for_updates: boolean, };

/**
 * What the desktop around the application has.
 */
export type AppMeans = { 
/**
 * Whether there is a tray, and the application is in it.
 */
has_tray: boolean, 
/**
 * The key that brings it to the front, where there can be one.
 */
shortcut: string | null, 
/**
 * Whether it is named where newer versions are listed, so that somebody can be asked.
 */
can_look_for_updates: boolean, };

/**
 * A gateway in the list.
 */
export type GatewayRow = { 
/**
 * Names it in commands: its address, or `here`.
 */
id: string, 
/**
 * What the person calls it.
 */
name: string, 
/**
 * Where it is; null on this computer.
 */
address: string | null, 
/**
 * How people get in there.
 */
mode: BridgeMode, 
/**
 * Whose session it is, as the gateway calls them.
 */
user: string | null, 
/**
 * How the connection stands.
 */
state: LineState, 
/**
 * How many answers have come since it was shown last.
 */
unread: number, 
/**
 * How many questions of the agent wait for the person.
 */
needs_you: number, 
/**
 * Whether others can read what is sent, which the person has agreed to.
 */
is_plain: boolean, 
/**
 * Where what opens it is kept.
 */
secret: SecretPlace, };

/**
 * How a gateway lets people in.
 */
export type BridgeMode = "token" | "sign_in";

/**
 * Where a secret is kept.
 */
export type SecretPlace = "nowhere" | "memory" | "file" | "keychain";

/**
 * Something that the person has to be told.
 */
export type BridgeNote = { 
/**
 * Names it for `note_read`.
 */
id: number, 
/**
 * The stable code, if it has one.
 */
code: string | null, 
/**
 * What it is, in a sentence.
 */
text: string, };

/**
 * A gateway that has announced itself on a network of this computer. Anybody there can say this.
 */
export type NearbyGateway = { 
/**
 * What it calls itself.
 */
name: string, 
/**
 * Where it says that it is, as a person would type it.
 */
address: string, };

/**
 * What `test` found, step by step.
 */
export type GatewayTest = { 
/**
 * The steps, in their order.
 */
steps: Array<TestStep>, };

/**
 * A step of a test.
 */
export type TestStep = { 
/**
 * `reachable`, `is_hermes`, `signed_in` or `live`.
 */
name: string, 
/**
 * What it came to.
 */
outcome: TestOutcome, };

/**
 * What a step of a test came to.
 */
export type TestOutcome = { "kind": "yes", 
/**
 * What is known of it: how long it took, the version, the person.
 */
detail: string | null, } | { "kind": "no", 
/**
 * The stable code, if it has one.
 */
code: string | null, 
/**
 * Why, in a sentence.
 */
text: string, 
/**
 * What to do next.
 */
hint: string | null, } | { "kind": "not_tried" };

/**
 * How a connection stands: the states of hermes-client.
 */
export type LineState = { "name": "probing" } | { "name": "connecting" } | { "name": "live" } | { "name": "needs_sign_in" } | { "name": "needs_token" } | { "name": "waiting", 
/**
 * After how many milliseconds from when this is told.
 */
wait_ms: number, 
/**
 * Why there is none just now.
 */
trouble: LineTrouble, } | { "name": "refused", 
/**
 * The code with which it closed the socket; null if it gave no ticket.
 */
closed: number | null, } | { "name": "too_old" };

/**
 * Why there is no connection just now.
 */
export type LineTrouble = { "kind": "network" } | { "kind": "not_the_gateway" } | { "kind": "status", 
/**
 * The status that it answered with.
 */
status: number, } | { "kind": "closed", 
/**
 * With this code.
 */
code: number, };

/**
 * What the application tells the page by itself, over the channel of `attach`.
 */
export type BridgeTold = { "kind": "board", 
/**
 * All of it, as it is now.
 */
board: Board, } | { "kind": "event", 
/**
 * Which gateway.
 */
gateway: string, 
/**
 * The event as the gateway has told it: `type`, `session_id`, `seq`, `payload`.
 */
event: unknown, } | { "kind": "go", 
/**
 * Which gateway.
 */
gateway: string, 
/**
 * Which conversation; null is a new one.
 */
conversation: string | null, };

/**
 * `call`: a method of the gateway, over its socket. The answer is the method's.
 */
export type BridgeCall = { 
/**
 * Which gateway.
 */
gateway: string, 
/**
 * The method.
 */
method: string, 
/**
 * Its parameters.
 */
params: unknown, };

/**
 * `ask`: a route of the gateway, over HTTP.
 */
export type BridgeAsk = { 
/**
 * Which gateway.
 */
gateway: string, 
/**
 * The verb.
 */
verb: BridgeVerb, 
/**
 * The path without a prefix, its parts encoded, with its query.
 */
path: string, 
/**
 * What goes along as JSON; null is nothing.
 */
body: unknown, };

/**
 * What a route is asked with.
 */
export type BridgeVerb = "GET" | "POST" | "PATCH" | "DELETE";

/**
 * What a gateway answered over HTTP.
 */
export type BridgeAnswer = { 
/**
 * Its status.
 */
status: number, 
/**
 * Its body, as text.
 */
body: string, 
/**
 * What it says of coming again, in seconds.
 */
retry_after: number | null, };
