//! What the two ends say to each other. Pure: bytes in, a message or a reason out.

use hermes_oauth::Answer;
use hermes_providers::Flow;
use hermes_secret::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

/// The version of the protocol. Both ends say theirs, and a difference ends it.
pub const PROTOCOL: u32 = 1;
/// The most bytes of a frame, its line end included.
pub const FRAME_LIMIT: usize = 16 * 1024;
/// The length of an attempt's id: 128 bits in hexadecimal.
pub const ID_LENGTH: usize = 32;

/// Why bytes are no frame of this session.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// More than [`FRAME_LIMIT`] bytes.
    #[error("a message is longer than 16 KiB")]
    TooLong,
    /// No JSON object with version and id.
    #[error("a line is no message of the protocol")]
    NotAFrame,
    /// Another version.
    #[error("the other end speaks version {0} of the protocol, and this one version {PROTOCOL}")]
    Version(u32),
    /// The id is another attempt's, or none.
    #[error("a message belongs to another attempt")]
    Foreign,
    /// The message is not one that we know.
    #[error("a message is of an unknown kind or form")]
    Unknown,
    /// The message is one that cannot come now.
    #[error("a message came out of turn")]
    OutOfTurn,
}

#[derive(Deserialize)]
struct Head {
    v: u32,
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<T> {
    #[serde(rename = "v")]
    _version: u32,
    #[serde(rename = "id")]
    _id: String,
    body: T,
}

#[derive(Serialize)]
struct Written<'a, T> {
    v: u32,
    id: &'a str,
    body: &'a T,
}

/// Reads a frame: its id, and what is said. With an id, the frame must have that one.
///
/// # Errors
///
/// If it is too long, no frame, of another version or attempt, or of an unknown kind.
pub fn parse<T: DeserializeOwned>(
    line: &[u8],
    id: Option<&str>,
) -> Result<(String, T), FrameError> {
    if line.len() > FRAME_LIMIT {
        return Err(FrameError::TooLong);
    }
    let head: Head = serde_json::from_slice(line).map_err(|_| FrameError::NotAFrame)?;
    if head.v != PROTOCOL {
        return Err(FrameError::Version(head.v));
    }
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let well_formed = head.id.len() == ID_LENGTH && head.id.bytes().all(hexadecimal);
    if !well_formed || id.is_some_and(|id| id != head.id) {
        return Err(FrameError::Foreign);
    }
    let whole: Whole<T> = serde_json::from_slice(line).map_err(|_| FrameError::Unknown)?;
    Ok((head.id, whole.body))
}

/// Writes a frame, with its line end.
///
/// # Errors
///
/// If it would be too long.
pub fn write<T: Serialize>(id: &str, body: &T) -> Result<Vec<u8>, FrameError> {
    let frame = Written {
        v: PROTOCOL,
        id,
        body,
    };
    let mut line = serde_json::to_vec(&frame).map_err(|_| FrameError::Unknown)?;
    line.push(b'\n');
    match line.len() > FRAME_LIMIT {
        true => Err(FrameError::TooLong),
        false => Ok(line),
    }
}

/// Who the host is. Every word of it is the host's own claim.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HostHello {
    /// The version of `hermes` there.
    pub hermes: String,
    /// The user it runs as.
    pub user: String,
    /// The host's name for itself.
    pub host: String,
    /// Where it keeps credentials.
    pub home: String,
}

/// A credential that was saved on the host.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The provider.
    pub provider: String,
    /// Whether nothing had to be done.
    pub already: bool,
    /// The file, as a person there would write it.
    pub file: String,
    /// What else is to be said about it, a line each.
    pub remarks: Vec<String>,
    /// The credential as `--json` shows it, flat and without any secret.
    pub credential: Map<String, Value>,
}

/// What the host says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HostSays {
    /// The answer to the laptop's hello.
    Hello(HostHello),
    /// Please listen for this redirect URI.
    Listen {
        /// Host of the redirect URI.
        host: String,
        /// Port that is tried first.
        port: u16,
        /// Whether another port will do.
        any_port: bool,
        /// Path of the redirect URI.
        path: String,
    },
    /// Please open this, and wait for the answer.
    Open {
        /// The URL.
        authorize_url: Url,
        /// Where the answer will come.
        redirect_uri: Url,
        /// How many seconds the host waits.
        seconds: u64,
    },
    /// That was not the answer; please wait on.
    Again {},
    /// The wait is over.
    Ended {
        /// How.
        how: Ended,
        /// Whose account it is.
        account: Option<String>,
    },
    /// An address to be opened by hand; the answer is pasted.
    Address {
        /// The URL.
        authorize_url: Url,
        /// Where it leads back to.
        redirect_uri: Url,
    },
    /// A code to be typed.
    Device {
        /// The code.
        user_code: String,
        /// Where.
        verification_uri: Url,
        /// The same with the code in it.
        verification_uri_complete: Option<Url>,
        /// Seconds that it is good for.
        expires_in: u64,
        /// Seconds between two polls.
        interval: u64,
    },
    /// The host waits now.
    Waiting {
        /// For what.
        flow: Word,
        /// How many seconds.
        seconds: u64,
    },
    /// An older sign-in there counts no more.
    Voided {
        /// Its id.
        id: String,
        /// The process that waited, where one did.
        process: Option<u32>,
        /// When it began, by the host's clock (RFC 3339).
        since: String,
    },
    /// A rung of the ladder is taken.
    Rung {
        /// Which.
        flow: Word,
        /// Why.
        why: String,
    },
    /// A rung failed.
    RungFailed {
        /// Which.
        flow: Word,
        /// Why.
        reason: String,
        /// What comes next.
        next: Option<Word>,
    },
    /// A pasted text was not the answer.
    PasteRejected {
        /// Why.
        reason: String,
    },
    /// An answer was not this attempt's.
    Stray {
        /// What it was.
        what: String,
    },
    /// The answer is exchanged.
    Exchanging {},
    /// A question whose default answer is No.
    Confirm {
        /// The question.
        question: String,
    },
    /// Signed in; the last word.
    SignedIn(Box<Signed>),
    /// Failed; the last word.
    Error {
        /// The stable code.
        code: String,
        /// The sentence.
        message: String,
        /// The next step, as the host sees it.
        hint: String,
    },
}

/// What the laptop says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LaptopSays {
    /// The first word.
    Hello {
        /// The version of `hermes` here.
        hermes: String,
    },
    /// It listens.
    Listening {
        /// At this port.
        port: u16,
    },
    /// It does not listen.
    Refused {
        /// Whether another program has the port.
        busy: bool,
        /// Host and port.
        address: String,
        /// The program, or another reason.
        reason: Option<String>,
    },
    /// What the browser brought.
    Answer {
        /// The authorization code.
        #[serde(with = "secret")]
        code: Option<Secret>,
        /// The state.
        #[serde(with = "secret")]
        state: Option<Secret>,
        /// The issuer.
        iss: Option<String>,
        /// The error code.
        error: Option<String>,
        /// The error's description.
        error_description: Option<String>,
    },
    /// A line that the person typed.
    Line {
        /// The line: it may be the answer.
        #[serde(with = "secret")]
        text: Option<Secret>,
    },
    /// Nothing will be typed any more.
    EndOfInput {},
    /// The answer to a question.
    Confirmed {
        /// Whether they said yes.
        yes: bool,
    },
}

impl LaptopSays {
    /// The answer, and nothing that is not in one.
    pub(crate) fn answer(answer: &Answer) -> Self {
        Self::Answer {
            code: answer.code.clone(),
            state: answer.state.clone(),
            iss: answer.iss.clone(),
            error: answer.error.clone(),
            error_description: answer.error_description.clone(),
        }
    }

    /// Whether the host may finish the sign-in once it has this.
    pub(crate) const fn may_finish(&self) -> bool {
        matches!(
            self,
            Self::Answer { code: Some(_), .. } | Self::Line { .. } | Self::Confirmed { yes: true }
        )
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The credential is saved.
    SignedIn,
    /// It is not.
    Failed,
    /// Somebody said no.
    Declined,
}

/// A flow, as a word.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct Word(
    /// The flow.
    pub Flow,
);

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// The few secrets that the browser's answer consists of.
mod secret {
    use super::{Deserialize, Deserializer, Secret, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Secret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Secret::expose).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(Secret::new))
    }
}

#[cfg(test)]
mod tests;
