use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{GatewayAddress, Mode, PlainHttp, sign_in::Method};

/// A gateway that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// What the person calls it.
    pub name: String,
    /// Where it is.
    pub address: GatewayAddress,
    /// How people get in there.
    pub mode: Mode,
    /// How the person has signed in last.
    pub method: Option<Method>,
    /// Whose session it is, as the gateway calls them.
    pub user: Option<String>,
    /// Whether they have agreed to plain http to it.
    pub plain_http: PlainHttp,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
    /// Where what opens it is kept. To be read; what is kept says where it is.
    pub secret: Where,
}

/// Where the secret of a gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// There is none.
    Nowhere,
    /// In the file.
    File,
    /// In the keychain.
    Keychain,
}

impl Remembered {
    /// What an entry says; nothing if it is not one that this version can use.
    pub(super) fn of_entry(entry: &Value) -> Option<Self> {
        let text = |name: &str| entry.get(name)?.as_str().filter(|text| !text.is_empty());
        let name = text("name").filter(|name| is_name(name))?;
        let mode = match text("mode")? {
            "token" => Mode::Token,
            "sign_in" => Mode::SignIn,
            _ => return None,
        };
        let agreed = entry.get("plain_http").and_then(Value::as_bool);
        Some(Self {
            name: name.to_owned(),
            address: GatewayAddress::parse(text("address")?).ok()?,
            mode,
            method: text("method").and_then(Method::find),
            user: text("user").map(|user| plain(user, LABEL_LIMIT)),
            plain_http: match agreed {
                Some(true) => PlainHttp::Agreed,
                Some(false) | None => PlainHttp::Refused,
            },
            last_used: text("last_used").and_then(|time| time.parse().ok()),
            secret: Where::of_entry(entry),
        })
    }

    /// Writes it over what an entry has said. What is not known here stays.
    pub(super) fn over(&self, entry: &mut Map<String, Value>) {
        let mode = match self.mode {
            Mode::Token => "token",
            Mode::SignIn => "sign_in",
        };
        let fields = [
            ("name", json!(self.name)),
            ("address", json!(self.address.to_string())),
            ("mode", json!(mode)),
            ("method", json!(self.method.map(Method::as_str))),
            ("user", json!(self.user)),
            ("plain_http", json!(self.plain_http == PlainHttp::Agreed)),
            (
                "last_used",
                json!(self.last_used.map(|time| format!("{time:.0}"))),
            ),
        ];
        for (name, value) in fields {
            entry.insert(name.to_owned(), value);
        }
    }
}

impl Where {
    pub(super) fn of_entry(entry: &Value) -> Self {
        match entry.get("secret").and_then(Value::as_str) {
            Some("file") => Self::File,
            Some("keychain") => Self::Keychain,
            Some(_) | None => Self::Nowhere,
        }
    }

    pub(super) fn to_value(self) -> Value {
        match self {
            Self::Nowhere => Value::Null,
            Self::File => json!("file"),
            Self::Keychain => json!("keychain"),
        }
    }
}

/// Whether it can be typed, completed and shown as it is, and is no address with a scheme or port.
pub fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with('-')
}
