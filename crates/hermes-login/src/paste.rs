//! What a person pastes: the address of the page that failed to load, a part of it, or the code
//! that a page of the provider shows.
//!
//! [`parse`] is pure. It decides what the text is and whether it can belong to our redirect URI;
//! whether it belongs to this sign-in, `Attempt::judge` decides.

mod burst;
mod typed;

use hermes_oauth::{Answer, AnswerError, NotOurs};
use hermes_secret::Secret;
use thiserror::Error;
use url::Url;

use self::burst::burst;

/// The longest text that is looked at.
pub const LIMIT: usize = 8 * 1024;

/// The shortest text that is taken for a code: shorter ones are words.
const SHORTEST_CODE: usize = 8;

/// What a pasted text is.
#[derive(Clone, Debug)]
pub enum Pasted {
    /// An answer, with whatever it holds of code, state and issuer; not judged yet.
    Answer(Answer),
    /// A code and nothing else, so that nothing says which sign-in it belongs to.
    BareCode(Secret),
}

/// Why a pasted text is not an answer. Each says what to do instead, in words that can follow
/// "that is not the answer: ".
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasteError {
    /// Nothing but blanks.
    #[error("nothing was pasted")]
    Empty,
    /// More than 8 KiB.
    #[error("it is longer than 8 KiB; paste the address alone")]
    TooLong,
    /// A token of the implicit flow, which nobody should paste anywhere.
    #[error(
        "it holds an access token, which is never needed here; paste the address with the code"
    )]
    Token,
    /// The address of the page that asks, not of the one that it leads to.
    #[error("it is the address to open; paste the one you arrive at after approving")]
    AuthorizeUrl,
    /// An address of another scheme, host, port or path.
    #[error("it is another address; the one of this sign-in starts with {expected}")]
    OtherAddress {
        /// What ours starts with.
        expected: String,
    },
    /// An address of ours without anything in it.
    #[error("it holds neither a code nor an error; copy the address to its last character")]
    NoAnswer,
    /// A parameter is there twice.
    #[error("it holds `{0}` twice; copy the address once more")]
    Doubled(&'static str),
    /// A code alone, where the provider shows none.
    #[error("it looks like a code alone; paste the whole address, which starts with {expected}")]
    BareCode {
        /// What the address starts with.
        expected: String,
    },
    /// Something else.
    #[error("it is no address of this sign-in; copy the whole one, which starts with {expected}")]
    Unknown {
        /// What the address starts with.
        expected: String,
    },
    /// An answer, but not to this attempt.
    #[error("{0}; open the address above once more")]
    NotOurs(NotOurs),
    /// A bare code that the person did not vouch for.
    #[error("the code was not used; paste the whole address, which starts with {expected}")]
    NotConfirmed {
        /// What the address starts with.
        expected: String,
    },
}

impl From<AnswerError> for PasteError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::TooLong => Self::TooLong,
            AnswerError::Doubled(name) => Self::Doubled(name),
            // The remaining variant, and whatever is added: refuse.
            _ => Self::Token,
        }
    }
}

/// Reads a pasted text: the whole address, its query with or without question mark, `code#state`,
/// or, where the provider's page shows codes, a code alone. Quotes and angle brackets around it,
/// line breaks and blanks inside it, and what a terminal adds to a paste do not matter.
///
/// # Errors
///
/// If it is none of these, is longer than 8 KiB, or belongs to another redirect URI.
pub fn parse(text: &str, redirect_uri: &Url, shows_code: bool) -> Result<Pasted, PasteError> {
    if text.len() > LIMIT {
        return Err(PasteError::TooLong);
    }
    let words = words(text);
    let whole = words.concat();
    if whole.is_empty() {
        return Err(PasteError::Empty);
    }
    if let Some(url) = address(&whole, redirect_uri) {
        return from_address(&url, redirect_uri);
    }
    if is_foreign_address(&whole) {
        return Err(PasteError::OtherAddress {
            expected: start(redirect_uri),
        });
    }
    if names_parameter(&whole) {
        return from_parameters(&whole);
    }
    if words.len() > 1 && !is_wrapped(text) {
        // Several words are prose, and no code has blanks in it.
        return Err(PasteError::Unknown {
            expected: start(redirect_uri),
        });
    }
    from_code(&whole, redirect_uri, shows_code)
}

/// How an address of this sign-in starts, for the messages.
fn start(redirect_uri: &Url) -> String {
    let mut start = redirect_uri.clone();
    start.set_query(None);
    start.set_fragment(None);
    start.to_string()
}

/// The words of the text, without what surrounds it and what a terminal adds.
fn words(text: &str) -> Vec<String> {
    let bare = text
        .replace("\u{1b}[200~", "")
        .replace("\u{1b}[201~", "")
        .replace("&amp;", "&");
    let printable: String = bare
        .chars()
        .filter(|ch| ch.is_whitespace() || !is_invisible(*ch))
        .collect();
    let quotes = |ch: char| ch.is_whitespace() || "\"'`<>()[]{}«»„“”‘’,;".contains(ch);
    // A bracket belongs to `http://[::1]…`, never to the end of an address.
    let inner = printable.trim_matches(quotes);
    let inner = inner
        .strip_prefix("Callback URL:")
        .or_else(|| inner.strip_prefix("URL:"))
        .unwrap_or(inner)
        .trim_matches(quotes);
    inner.split_whitespace().map(str::to_owned).collect()
}

/// Characters that show nothing: controls, and marks that browsers and chats put into copied text.
fn is_invisible(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether the text was broken into lines and nothing else, as a terminal does to a long word.
fn is_wrapped(text: &str) -> bool {
    text.trim()
        .lines()
        .all(|line| line.split_whitespace().count() <= 1)
}

/// The text as an address. Address bars often hide `http://`, and some show the path alone, so
/// what follows is completed where it is ours.
fn address(text: &str, redirect_uri: &Url) -> Option<Url> {
    if text.contains("://") && !text.starts_with(['?', '&', '#']) && !names_parameter_first(text) {
        return Url::parse(text).ok();
    }
    if text.starts_with('/') && !text.starts_with("//") {
        return redirect_uri.join(text).ok();
    }
    let (scheme, rest) = redirect_uri.as_str().split_once("://")?;
    let authority = rest.split('/').next()?;
    let path = text.strip_prefix(authority)?;
    if !path.starts_with(['/', '?', '#']) {
        return None;
    }
    Url::parse(&format!("{scheme}://{text}")).ok()
}

fn from_address(url: &Url, redirect_uri: &Url) -> Result<Pasted, PasteError> {
    let query = url.query().unwrap_or_default();
    let fragment = url.fragment().unwrap_or_default();
    for part in [query, fragment] {
        // Before anything else: a token must not be pasted, wherever it comes from.
        if matches!(Answer::from_query(part), Err(AnswerError::Token)) {
            return Err(PasteError::Token);
        }
    }
    let same = url.scheme() == redirect_uri.scheme()
        && url.host() == redirect_uri.host()
        && url.port_or_known_default() == redirect_uri.port_or_known_default()
        && url.path() == redirect_uri.path()
        && url.username().is_empty()
        && url.password().is_none();
    if !same {
        let asks = url
            .query_pairs()
            .any(|(name, _)| name == "response_type" || name == "code_challenge");
        return Err(if asks {
            PasteError::AuthorizeUrl
        } else {
            PasteError::OtherAddress {
                expected: start(redirect_uri),
            }
        });
    }
    let answer = Answer::from_query(query)?;
    if answer.code.is_some() || answer.error.is_some() {
        return Ok(Pasted::Answer(answer));
    }
    // We never ask for the fragment mode, but a page may keep its answer there. It is as good as
    // the query if it carries the state, and only then.
    let answer = Answer::from_query(fragment)?;
    if answer.state.is_some() && (answer.code.is_some() || answer.error.is_some()) {
        return Ok(Pasted::Answer(answer));
    }
    Err(PasteError::NoAnswer)
}

/// Whether the text has a parameter of an answer.
fn names_parameter(text: &str) -> bool {
    let text = text.trim_start_matches(['?', '&', '#']);
    text.split('&').any(|part| {
        part.split_once('=').is_some_and(|(name, _)| {
            matches!(
                name,
                "code"
                    | "state"
                    | "iss"
                    | "error"
                    | "error_description"
                    | "access_token"
                    | "id_token"
            )
        })
    })
}

/// Whether something stands before the query: an address that is not ours, or none at all.
fn is_foreign_address(text: &str) -> bool {
    let before = text.split('=').next().unwrap_or_default();
    before.contains("://") || before.find('?').is_some_and(|index| index > 0)
}

/// As [`names_parameter`], for the first one: `iss=https://…` is no address.
fn names_parameter_first(text: &str) -> bool {
    text.split('&').next().is_some_and(names_parameter)
}

fn from_parameters(text: &str) -> Result<Pasted, PasteError> {
    let text = text.trim_start_matches(['?', '&', '#']);
    // A copied query may have its empty fragment behind it.
    let query = text.split('#').next().unwrap_or_default();
    if text.contains("access_token=") {
        return Err(PasteError::Token);
    }
    let answer = Answer::from_query(query)?;
    if answer.code.is_none() && answer.error.is_none() {
        return Err(PasteError::NoAnswer);
    }
    Ok(Pasted::Answer(answer))
}

/// `code#state`, or a code alone.
fn from_code(text: &str, redirect_uri: &Url, shows_code: bool) -> Result<Pasted, PasteError> {
    let expected = || start(redirect_uri);
    let unknown = || PasteError::Unknown {
        expected: expected(),
    };
    if let Some((code, state)) = text.split_once('#') {
        if !is_code(code) || !is_code(state) {
            return Err(unknown());
        }
        return Ok(Pasted::Answer(Answer {
            code: Some(Secret::new(code)),
            state: Some(Secret::new(state)),
            ..Answer::default()
        }));
    }
    if !is_code(text) || text.contains("://") {
        return Err(unknown());
    }
    if !shows_code {
        return Err(PasteError::BareCode {
            expected: expected(),
        });
    }
    Ok(Pasted::BareCode(Secret::new(text)))
}

/// What a code or state may look like: visible ASCII of some length, without the characters that
/// separate things in addresses and shells.
fn is_code(text: &str) -> bool {
    text.len() >= SHORTEST_CODE
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=%:|!*$".contains(&byte))
}

#[cfg(test)]
mod tests;
