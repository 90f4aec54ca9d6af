//! Why something was not done, as the page is told.

use hermes_errors::{Code, Explain, Failure, Outcome};
use hermes_protocol::bridge::BridgeRefusal;

/// The refusal of an error that has a code.
pub(crate) fn of(error: &(impl Explain + ?Sized)) -> BridgeRefusal {
    failed(&Failure::of(error))
}

/// The refusal of a failure.
pub(crate) fn failed(failure: &Failure) -> BridgeRefusal {
    BridgeRefusal {
        code: Some(failure.code.as_str().to_owned()),
        message: sentence(&failure.message),
        // The table's next steps are commands of the terminal, which this program is not.
        hint: None,
        status: 0,
        retryable: failure.code.outcome() == Outcome::Unreachable,
    }
}

/// A refusal of our own.
pub(crate) fn said(code: Code, message: &str) -> BridgeRefusal {
    failed(&Failure::new(code, message))
}

/// The gateway that is named is not in the list.
pub(crate) fn unknown() -> BridgeRefusal {
    said(Code::ConnectUnknown, "there is no such gateway any more")
}

/// Something that no code is for: the desktop does not do it.
pub(crate) fn plain(message: &str) -> BridgeRefusal {
    BridgeRefusal {
        code: None,
        message: sentence(message),
        hint: None,
        status: 0,
        retryable: false,
    }
}

/// A sentence as a person reads it.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let text: String = first.into_iter().flatten().chain(letters).collect();
    match text.ends_with(['.', '!', '?']) {
        true => text,
        false => format!("{text}."),
    }
}
