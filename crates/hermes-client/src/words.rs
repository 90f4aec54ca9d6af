//! How a connection stands, in the words of every client: the terminal, the page and the desktop say the
//! same of the same. What a person can do about it is said by each in its own way.

use hermes_errors::Code;
use hermes_protocol::close::Close;

use crate::{Needed, Outage, Refused, State, Trouble};

/// How a connection stands, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The stable code; none while nothing is wrong.
    pub code: Option<Code>,
    /// One sentence.
    pub text: String,
}

impl State {
    /// This state, for a person.
    pub fn words(&self) -> Words {
        let (code, text) = match self {
            Self::Probing | Self::Connecting => (None, "Connecting to the gateway.".to_owned()),
            Self::Live => (None, "Connected.".to_owned()),
            Self::NeedsSignIn(Needed::SignIn) => (
                Some(Code::ConnectSignInNeeded),
                "The sign-in has ended.".to_owned(),
            ),
            Self::NeedsSignIn(Needed::Token) => (
                Some(Code::ConnectTokenWrong),
                "The gateway wants another token.".to_owned(),
            ),
            Self::Waiting(_, trouble) => of_trouble(*trouble),
            Self::Refused(Refused::Ticket) => (
                Some(Code::ConnectNotAllowed),
                "The gateway lets this program in for nobody.".to_owned(),
            ),
            Self::Refused(Refused::Closed(code)) => (
                Some(Code::ConnectNotAllowed),
                format!("The gateway closes the connection: {}.", reason(*code)),
            ),
            Self::TooOld => (
                Some(Code::ConnectGatewayTooOld),
                "The gateway is too old for this program.".to_owned(),
            ),
        };
        Words { code, text }
    }
}

fn of_trouble(trouble: Trouble) -> (Option<Code>, String) {
    match trouble {
        Trouble::Network => (
            Some(Code::ConnectUnreachable),
            "No connection to the gateway.".to_owned(),
        ),
        Trouble::Out(Outage::NotTheGateway) => (
            Some(Code::ConnectNotAGateway),
            "Something else answers in place of the gateway.".to_owned(),
        ),
        Trouble::Out(Outage::Status(status, _)) => (
            Some(Code::ConnectBusy),
            format!("The gateway is out of order (status {status})."),
        ),
        Trouble::Closed(code) => (
            Some(Code::ConnectBusy),
            format!("The gateway has closed the connection: {}.", reason(code)),
        ),
    }
}

/// Why a socket was closed, as far as the code tells.
fn reason(code: u16) -> String {
    let reasons = Close::ALL.iter().filter(|close| close.code() == code);
    let reasons: Vec<_> = reasons.map(|close| close.reason()).collect();
    match reasons.is_empty() {
        true => format!("code {code}"),
        false => reasons.join(", or "),
    }
}
