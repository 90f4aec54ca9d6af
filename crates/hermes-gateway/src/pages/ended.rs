//! The pages on which a sign-in or a session ends. What they say is for a person; the words that
//! clients know are on the wire.

use axum::response::Response;
use hermes_protocol::{rest::Refusal, routes};
use http::StatusCode;

use super::{Message, Tone, message};
use crate::{
    forwarded::Seen,
    landing::{self, Landing},
};

/// From where somebody begins again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Back<'a> {
    /// From the sign-in page, for where they wanted to go.
    SignIn(Option<&'a Landing>),
    /// From the link of their invitation, which we do not know.
    Invitation,
}

/// A sign-in that did not begin or end well, with the way to begin again.
pub(crate) fn sign_in_failed(
    seen: &Seen,
    status: StatusCode,
    text: &str,
    command: Option<&str>,
    back: Back<'_>,
) -> Response {
    let (path, text) = match back {
        Back::SignIn(landing) => (Some(landing::sign_in_path(landing)), text.to_owned()),
        Back::Invitation => {
            let again = "A link that was not used goes on working: open it again.";
            (None, format!("{text} {again}"))
        }
    };
    let page = Message {
        tone: Tone::Bad,
        state: "Sign-in failed",
        title: "You are not signed in",
        text: &text,
        command,
        link: path
            .as_deref()
            .map(|path| (path, "Back to the sign-in page")),
    };
    message(seen, status, page)
}

/// A hint as a person reads it: with a capital, without the marks of commands, and with its end.
pub(crate) fn as_sentence(hint: &str) -> String {
    let mut letters = hint.chars().filter(|letter| *letter != '`');
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with(['.', ':']) {
        sentence.push('.');
    }
    sentence
}

/// What a refusal means to the person who wanted to sign in.
pub(crate) fn sentence(refusal: &Refusal<'_>) -> String {
    match refusal {
        Refusal::NoAttempt => {
            "This sign-in was begun in another browser, or is over. Begin again.".to_owned()
        }
        Refusal::StateMismatch => {
            "This answer belongs to another sign-in, or was used before. Begin again.".to_owned()
        }
        Refusal::SignInRefused { error, description } => {
            let why = if description.is_empty() {
                error
            } else {
                description
            };
            format!("The identity provider did not let you in. It says: {why}")
        }
        Refusal::SignInUnreachable { host } => {
            format!("{host} does not answer. Try again in a minute.")
        }
        Refusal::UnknownProvider { .. } | Refusal::Unprocessable { .. } => {
            "There is no such way to sign in here.".to_owned()
        }
        Refusal::AttemptOutlived { .. } => {
            "The way that this sign-in was begun by is gone. Begin again.".to_owned()
        }
        Refusal::CodeInvalid { why } => {
            format!("The identity provider's answer does not hold: {why}. Begin again.")
        }
        Refusal::TooManyAttempts => {
            "Too many sign-ins have begun from where you are. Try again in a minute.".to_owned()
        }
        Refusal::Unclaimed => {
            "This gateway has no owner yet: whom its settings name has to sign in first.".to_owned()
        }
        Refusal::StorageUnavailable => {
            "Nobody can be looked up just now. Try again in a minute.".to_owned()
        }
        Refusal::AppRequestInvalid { what } => {
            format!("What the app asks for cannot be asked: {what}. An update of it may help.")
        }
        Refusal::GrantUnsupported { what } => as_sentence(what),
        other => other.body().detail().to_owned(),
    }
}

/// Signed out here, on the way to sign out at the identity provider too.
pub(crate) fn signed_out(seen: &Seen, at: &str) -> Response {
    let text = format!("Your session here has ended. Next, {at} asks whether to end its own.");
    let page = Message {
        tone: Tone::Bad,
        state: "Signed out",
        title: "You are signed out",
        text: &text,
        command: None,
        link: Some((routes::LOGIN_PAGE.path, "To the sign-in page")),
    };
    message(seen, StatusCode::OK, page)
}
