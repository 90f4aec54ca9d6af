use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use super::Board;

/// What the application tells the page by itself, over the channel of `attach`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BridgeTold {
    /// Something of the application has changed.
    Board {
        /// All of it, as it is now.
        board: Box<Board>,
    },
    /// The gateway that is shown tells something. After each connect the first one is `gateway.ready`.
    Event {
        /// Which gateway.
        gateway: String,
        /// The event as the gateway has told it: `type`, `session_id`, `seq`, `payload`.
        #[cfg_attr(test, ts(type = "unknown"))]
        event: Box<RawValue>,
    },
    /// The person wants to be somewhere: they have clicked a notification, the tray or a link.
    Go {
        /// Which gateway.
        gateway: String,
        /// Which conversation; null is a new one.
        conversation: Option<String>,
    },
}

/// How a connection stands: the states of hermes-client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum LineState {
    /// Nobody knows yet how people get in there.
    Probing,
    /// It is being opened.
    Connecting,
    /// It is open.
    Live,
    /// Nothing happens before the person has signed in.
    NeedsSignIn,
    /// Nothing happens before the person has given the token.
    NeedsToken,
    /// It is tried again.
    Waiting {
        /// After how many milliseconds from when this is told.
        wait_ms: u32,
        /// Why there is none just now.
        trouble: LineTrouble,
    },
    /// The gateway does not want it.
    Refused {
        /// The code with which it closed the socket; null if it gave no ticket.
        closed: Option<u16>,
    },
    /// The gateway is from before what the application needs.
    TooOld,
}

/// Why there is no connection just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LineTrouble {
    /// Nobody answers, or the connection broke.
    Network,
    /// Somebody else answers.
    NotTheGateway,
    /// The gateway is out of order.
    Status {
        /// The status that it answered with.
        status: u16,
    },
    /// The gateway has closed the socket.
    Closed {
        /// With this code.
        code: u16,
    },
}

/// `call`: a method of the gateway, over its socket. The answer is the method's.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BridgeCall {
    /// Which gateway.
    pub gateway: String,
    /// The method.
    pub method: String,
    /// Its parameters.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub params: Value,
}

/// `ask`: a route of the gateway, over HTTP.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BridgeAsk {
    /// Which gateway.
    pub gateway: String,
    /// The verb.
    pub verb: BridgeVerb,
    /// The path without a prefix, its parts encoded, with its query.
    pub path: String,
    /// What goes along as JSON; null is nothing.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub body: Option<Value>,
}

/// What a route is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "UPPERCASE")]
pub enum BridgeVerb {
    /// To read.
    Get,
    /// To do.
    Post,
    /// To change.
    Patch,
    /// To remove.
    Delete,
}

/// What a gateway answered over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BridgeAnswer {
    /// Its status.
    pub status: u16,
    /// Its body, as text.
    pub body: String,
    /// What it says of coming again, in seconds.
    pub retry_after: Option<u32>,
}
