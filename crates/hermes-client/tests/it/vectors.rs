use std::time::Duration;

use hermes_client::{
    AddressError, Connection, GatewayAddress, Happened, Minted, Mode, Needed, Outage, PlainHttp,
    Refused, Shown, Signed, State, Trouble, minted,
};
use hermes_secret::Secret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

fn table<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Address {
    Bad {
        typed: String,
        error: String,
    },
    Good {
        typed: String,
        address: String,
        socket: String,
        secrets: String,
    },
}

#[test]
fn facts_5_1_addresses_and_ws12_where_secrets_go() {
    let rows: Cases<Address> = table(include_str!("../../vectors/addresses.json"));
    for row in rows.cases {
        match row {
            Address::Bad { typed, error } => {
                let word = match GatewayAddress::parse(&typed).unwrap_err() {
                    AddressError::Empty => "empty",
                    AddressError::Shape(_) => "shape",
                    AddressError::Scheme(_) => "scheme",
                    AddressError::Credentials(_) => "credentials",
                    other => panic!("{other}"),
                };
                assert_eq!(word, error, "{typed:?}");
            }
            Address::Good {
                typed,
                address,
                socket,
                secrets,
            } => {
                let read = GatewayAddress::parse(&typed).unwrap_or_else(|error| {
                    panic!("{typed:?}: {error}");
                });
                assert_eq!(read.to_string(), address, "{typed:?}");
                let again = GatewayAddress::parse(&address).unwrap();
                assert_eq!(again, read, "{typed:?}: an address means itself");
                let refused = read.clone().for_secrets(PlainHttp::Refused);
                assert_eq!(refused.is_ok(), secrets == "always", "{typed:?}");
                let agreed = read.for_secrets(PlainHttp::Agreed).unwrap();
                let ticket = Secret::new("T");
                let url = agreed.socket(Shown::Ticket(&ticket));
                assert_eq!(url.expose(), socket, "{typed:?}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Component {
    value: String,
    encoded: String,
}

#[test]
fn facts_5_2_what_is_shown_stands_alone_and_encoded() {
    let rows: Cases<Component> = table(include_str!("../../vectors/components.json"));
    let address = GatewayAddress::parse("https://h/p").unwrap();
    let address = address.for_secrets(PlainHttp::Refused).unwrap();
    for Component { value, encoded } in rows.cases {
        let value = Secret::new(value);
        let token = address.socket(Shown::Token(&value));
        assert_eq!(token.expose(), format!("wss://h/p/api/ws?token={encoded}"));
        let ticket = address.socket(Shown::Ticket(&value));
        assert_eq!(
            ticket.expose(),
            format!("wss://h/p/api/ws?ticket={encoded}")
        );
    }
}

#[derive(Deserialize)]
struct Modes {
    statuses: Vec<Answered>,
    choices: Vec<Chosen>,
}

#[derive(Deserialize)]
struct Answered {
    status: Value,
    mode: String,
}

#[derive(Deserialize)]
struct Chosen {
    chosen: Option<String>,
    kept: Option<String>,
    mode: String,
}

const fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Token => "token",
        Mode::SignIn => "sign_in",
    }
}

#[test]
fn facts_5_3_modes() {
    let rows: Modes = table(include_str!("../../vectors/modes.json"));
    for Answered { status, mode } in rows.statuses {
        assert_eq!(word(Mode::of_status(&status)), mode, "{status}");
    }
    for Chosen { chosen, kept, mode } in rows.choices {
        let resolved = Mode::resolve(chosen.as_deref(), kept.as_deref());
        assert_eq!(word(resolved), mode, "{chosen:?} {kept:?}");
    }
}

#[derive(Deserialize)]
struct Ticket {
    name: String,
    status: u16,
    body: String,
    means: String,
}

#[test]
fn facts_5_6_a_sign_in_is_asked_for_when_and_only_when_it_helps() {
    let rows: Cases<Ticket> = table(include_str!("../../vectors/tickets.json"));
    for row in rows.cases {
        let means = match minted(row.status, None, row.body.as_bytes()) {
            Minted::Ticket(ticket) => {
                assert_eq!(ticket.expose(), "T", "{}", row.name);
                "ticket".to_owned()
            }
            Minted::SignInNeeded => "sign_in_needed".to_owned(),
            Minted::Refused(_) => "refused".to_owned(),
            Minted::TooOld => "too_old".to_owned(),
            Minted::Out(Outage::NotTheGateway) => "not_the_gateway".to_owned(),
            Minted::Out(Outage::Status(status, _)) => status.to_string(),
        };
        assert_eq!(means, row.means, "{}", row.name);
    }
}

#[derive(Deserialize)]
struct Cookies {
    cookies: Vec<(String, String)>,
    is_in: bool,
    may_connect: bool,
}

#[test]
fn facts_5_5_cookies_that_count() {
    let rows: Cases<Cookies> = table(include_str!("../../vectors/cookies.json"));
    for row in rows.cases {
        let cookies = row.cookies.iter();
        let signed = Signed::of(cookies.map(|(name, value)| (&**name, &**value)));
        let wanted = Signed {
            is_in: row.is_in,
            may_connect: row.may_connect,
        };
        assert_eq!(signed, wanted, "{:?}", row.cookies);
    }
}

#[derive(Deserialize)]
struct Standing {
    state: String,
    trouble: Option<String>,
    status: Option<u16>,
    closed: Option<u16>,
    code: Option<String>,
    text: String,
}

impl Standing {
    fn state(&self) -> State {
        let named = (self.state.as_str(), self.trouble.as_deref());
        let trouble = match (named, self.status, self.closed) {
            (("probing", _), ..) => return State::Probing,
            (("connecting", _), ..) => return State::Connecting,
            (("live", _), ..) => return State::Live,
            (("needs_sign_in", _), ..) => return State::NeedsSignIn(Needed::SignIn),
            (("needs_token", _), ..) => return State::NeedsSignIn(Needed::Token),
            (("too_old", _), ..) => return State::TooOld,
            (("refused", Some("ticket")), ..) => return State::Refused(Refused::Ticket),
            (("refused", None), None, Some(code)) => return State::Refused(Refused::Closed(code)),
            (("waiting", Some("network")), ..) => Trouble::Network,
            (("waiting", Some("not_the_gateway")), ..) => Trouble::Out(Outage::NotTheGateway),
            (("waiting", None), Some(status), _) => Trouble::Out(Outage::Status(status, None)),
            (("waiting", None), None, Some(code)) => Trouble::Closed(code),
            other => panic!("{other:?}"),
        };
        State::Waiting(Duration::from_secs(1), trouble)
    }
}

#[test]
fn a_state_has_the_same_words_for_every_client() {
    let rows: Vec<Standing> = table(include_str!("../../vectors/states.json"));
    assert!(rows.len() >= 13, "every state is a row");
    for row in rows {
        let words = row.state().words();
        assert_eq!(words.text, row.text);
        assert_eq!(words.code.map(|code| code.as_str().to_owned()), row.code);
    }
}

#[derive(Deserialize)]
struct Walk {
    name: String,
    happened: Vec<String>,
    state: String,
}

fn happened(word: &str) -> Happened {
    match word {
        "probed sign_in" => Happened::Probed(Mode::SignIn),
        "probed token" => Happened::Probed(Mode::Token),
        "ticket" => Happened::Minted(Minted::Ticket(Secret::new("T"))),
        "sign_in_needed" => Happened::Minted(Minted::SignInNeeded),
        "ticket_refused" => Happened::Minted(Minted::Refused(None)),
        "no_tickets" => Happened::Minted(Minted::TooOld),
        "not_the_gateway" => Happened::Out(Outage::NotTheGateway),
        "ready" => Happened::Ready,
        "closed" => Happened::Closed(None),
        "closed 4401" => Happened::Closed(Some(4401)),
        "closed 4403" => Happened::Closed(Some(4403)),
        "unanswered" => Happened::Unanswered,
        "unauthorized" => Happened::Unauthorized,
        "nudged" => Happened::Nudged,
        "signed_in" => Happened::SignedIn,
        other => panic!("{other}"),
    }
}

#[test]
fn whatever_happens_every_client_stands_at_the_same() {
    let rows: Cases<Walk> = table(include_str!("../../vectors/walks.json"));
    for row in rows.cases {
        let mut connection = Connection::new(None);
        connection.begin();
        for word in &row.happened {
            connection.on(happened(word), Duration::ZERO, 0);
        }
        let stands = match connection.state() {
            State::Probing => "probing",
            State::NeedsSignIn(Needed::SignIn) => "needs_sign_in",
            State::NeedsSignIn(Needed::Token) => "needs_token",
            State::Connecting => "connecting",
            State::Live => "live",
            State::Waiting(..) => "waiting",
            State::Refused(_) => "refused",
            State::TooOld => "too_old",
        };
        assert_eq!(stands, row.state, "{}", row.name);
    }
}
