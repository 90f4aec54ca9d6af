//! The settings of the gateway, and where each came from.
//!
//! Four layers, the strongest first: flag, environment, file, default. A key means the same in all
//! of them, one table is the place that knows the keys, and a value that is not good is an error
//! that names its key, never silently another value.

mod allow;
mod check;
mod file;
mod flags;
mod key;
mod methods;
mod model;
mod problem;
mod proxy;
mod reader;
mod schema;
mod table;
mod tls;
mod unknown;

use std::net::SocketAddr;

use hermes_secret::Secret;
use serde_json::{Value, json};
use url::Url;

pub use self::{
    allow::{Allow, Claims},
    check::check,
    file::default_file,
    flags::{Flag, Flags, Takes},
    methods::{Basic, BasicPassword, Issuer, Nous},
    model::{Model, ModelSource},
    problem::{Origin, Problem},
    proxy::Proxy,
    reader::{ReadSecret, Sources},
    schema::schema,
    tls::TlsFiles,
};
use self::{
    key::Section,
    reader::{Place, Reader},
};
use crate::{
    lifetimes::Lifetimes,
    mode::{self, Circumstances, Mode},
    site::{Host, Scheme},
};

/// Settings that have been checked as a whole.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on, as it was typed.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Whether the page is opened in a browser.
    pub open: bool,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Where numbers for Prometheus are served.
    pub metrics: Option<SocketAddr>,
    /// The token of token mode, if it is not to be made.
    pub token: Option<Secret>,
    /// Whether the page holds the token, for old clients.
    pub token_in_page: bool,
    /// The certificate of its own, if it has one.
    pub tls: Option<TlsFiles>,
    /// What people see of the gateway, and the proxies in between.
    pub proxy: Proxy,
    /// How long a sign-in lasts.
    pub lifetimes: Lifetimes,
    /// How much the gateway puts up with.
    pub limits: Limits,
    /// The fewest characters of a new password.
    pub password_min_length: usize,
    /// Whether machines without a browser may ask to be approved.
    pub device_approval: bool,
    /// Whether browsers may be told of what happens while they are closed.
    pub push: bool,
    /// Whether the networks of this machine are told that a gateway is there.
    pub announce: bool,
    /// Whether people may share conversations by links.
    pub sharing: bool,
    /// The one user of the environment.
    pub basic: Option<Basic>,
    /// Sign-in by Nous Research.
    pub nous: Option<Nous>,
    /// The OpenID Connect issuers, each of another name.
    pub issuers: Vec<Issuer>,
    /// Who answers in conversations, if anybody was chosen.
    pub model: Option<Model>,
    rows: Vec<Row>,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// An object a line.
    Json,
}

/// How much the gateway puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tries to sign in from one address in a minute.
    pub sign_ins_per_address: u32,
    /// Tries to sign in to one account in a minute.
    pub sign_ins_per_account: u32,
    /// Tries to sign in from anywhere in a minute.
    pub sign_ins_in_all: u32,
    /// Unused tickets of one session.
    pub tickets_per_session: usize,
    /// Open sockets in all.
    pub sockets: usize,
    /// Open sockets of one session.
    pub sockets_per_session: usize,
    /// Open sockets of one user.
    pub sockets_per_user: usize,
    /// The largest body of a request.
    pub body_bytes: usize,
}

/// One key as `hermes config show` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key, with its table.
    pub key: String,
    /// What holds.
    pub value: Shown,
    /// Where it came from.
    pub origin: Origin,
    /// Whether a running gateway reads it at its start alone.
    pub(crate) waits: bool,
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nobody set it, and it has no default.
    Unset,
    /// It is a secret, and it is set.
    Secret,
    /// The value.
    Value(Value),
}

impl Row {
    /// The row for a program.
    pub fn to_json(&self) -> Value {
        let value = match &self.value {
            Shown::Unset => Value::Null,
            Shown::Secret => json!("set"),
            Shown::Value(value) => value.clone(),
        };
        let (origin, name) = match &self.origin {
            Origin::Flag(flag) => ("flag", Some(*flag)),
            Origin::Variable(name) => ("environment", Some(name.as_str())),
            Origin::File => ("file", None),
            Origin::Default => ("default", None),
        };
        json!({ "key": self.key, "value": value, "origin": origin, "name": name })
    }
}

impl Settings {
    /// Reads the layers.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them at once: a file that does not parse, unknown keys, and
    /// values that are of the wrong kind, out of bounds or at odds with each other.
    pub fn load(sources: Sources<'_>) -> Result<Self, Vec<Problem>> {
        let file =
            file::parse(sources.file.unwrap_or_default()).map_err(|problem| vec![problem])?;
        let mut reader = Reader {
            sources,
            rows: Vec::new(),
            problems: unknown::keys(&file),
        };
        let settings = read(&mut reader, &file);
        if reader.problems.is_empty() {
            Ok(Self {
                rows: reader.rows,
                ..settings
            })
        } else {
            Err(reader.problems)
        }
    }

    /// Every key with its value and origin, in the order of the file; secrets as "set".
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Where the value of a key came from.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        let row = self.rows.iter().find(|row| row.key == key)?;
        Some(&row.origin)
    }

    /// What lets a request in under these settings, once it is known whether there are users.
    pub fn mode(&self, has_users: bool) -> Mode {
        mode::decide(&Circumstances {
            bind: &self.host,
            public_url: self.proxy.public_url.as_ref(),
            trusts_proxies: !self.proxy.trusted_proxies.is_empty(),
            has_methods: self.has_methods() || has_users,
            has_owner: self.names_owner(),
        })
    }

    /// The keys in which these settings differ from those that a gateway was started with, and that
    /// it reads at its start alone. A gateway in token mode reads all of them so but who answers: were
    /// it to get a sign-in while it runs, the token would go on to open it.
    pub fn waiting(&self, started: &Self, mode: Mode) -> Vec<String> {
        let is_token = |row: &Row| row.key == "gateway.token";
        let same_token = match (&self.token, &started.token) {
            (Some(one), Some(other)) => one.same(other),
            (one, other) => one.is_none() == other.is_none(),
        };
        let as_before = |rows: &[Row], row: &Row| {
            let other = rows.iter().find(|other| other.key == row.key);
            let same = other.is_some_and(|other| other.value == row.value);
            same && (!is_token(row) || same_token)
        };
        let (ours, theirs) = (self.rows.iter(), started.rows.iter());
        let changed = ours
            .filter(|row| !as_before(&started.rows, row))
            .chain(theirs.filter(|row| !as_before(&self.rows, row)));
        let is_about_the_model = |row: &Row| row.key.starts_with("model.");
        let waits = |row: &Row| row.waits || (mode == Mode::Token && !is_about_the_model(row));
        let waiting = changed.filter(|row| waits(row));
        let mut keys: Vec<_> = waiting.map(|row| row.key.clone()).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Where this machine reaches the gateway, at this port.
    ///
    /// # Errors
    ///
    /// If the host makes no address.
    pub fn here(&self, port: u16) -> Result<Url, url::ParseError> {
        let host = match self.host.as_str() {
            _ if self.is_everywhere() => "127.0.0.1".to_owned(),
            name => Host::typed(name).map_or_else(|| name.to_owned(), |host| host.to_string()),
        };
        Url::parse(&format!("{}://{host}:{port}/", self.scheme()))
    }

    /// Whether the gateway listens on all addresses of its machine.
    pub fn is_everywhere(&self) -> bool {
        matches!(self.host.as_str(), "0.0.0.0" | "::")
    }

    /// What the gateway itself speaks.
    pub const fn scheme(&self) -> Scheme {
        match self.tls {
            Some(_) => Scheme::Https,
            None => Scheme::Http,
        }
    }

    /// Whether the settings hold a method to sign in by.
    pub fn has_methods(&self) -> bool {
        self.basic.is_some() || self.nous.is_some() || !self.issuers.is_empty()
    }

    /// Whether the settings say who the owner is.
    pub fn names_owner(&self) -> bool {
        self.basic.is_some()
            || self
                .nous
                .as_ref()
                .is_some_and(|nous| nous.allow.names_owner())
            || self.issuers.iter().any(|issuer| issuer.allow.names_owner())
    }
}

/// A table as the file has it.
fn place<'a>(file: &'a toml::Table, section: &'static Section) -> Place<'a> {
    let mut table = Some(file);
    for name in section.table.split('.') {
        table = table
            .and_then(|table| table.get(name))
            .and_then(toml::Value::as_table);
    }
    Place {
        section,
        path: section.table.to_owned(),
        table,
        has_variables: true,
    }
}

fn read(reader: &mut Reader<'_>, file: &toml::Table) -> Settings {
    let top = place(file, &table::GATEWAY);
    let host = reader.text(&top, "host", |text| match Host::typed(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("must be an address or a name to listen on".to_owned()),
    });
    Settings {
        host,
        port: reader.whole(&top, "port"),
        open: reader.switch(&top, "open"),
        log_format: reader.text(&top, "log_format", |text| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be `text` or `json`".to_owned()),
        }),
        metrics: reader.text(&top, "metrics", |text| {
            let address = text.parse().map(Some);
            address.map_err(|_| "must be an address and a port, such as `127.0.0.1:9120`".into())
        }),
        token: read_token(reader, &top),
        token_in_page: reader.switch(&top, "token_in_page"),
        push: reader.switch(&top, "push"),
        announce: reader.switch(&top, "announce"),
        tls: tls::read(reader, &place(file, &table::TLS)),
        proxy: proxy::read(reader, &place(file, &table::PROXY)),
        lifetimes: read_lifetimes(reader, &place(file, &table::SESSIONS)),
        limits: read_limits(reader, &place(file, &table::LIMITS)),
        password_min_length: reader.whole(&place(file, &table::PASSWORD), "min_length"),
        device_approval: reader.switch(&place(file, &table::DEVICE), "enabled"),
        sharing: reader.switch(&place(file, &table::SHARING), "enabled"),
        basic: methods::basic(reader, &place(file, &table::BASIC)),
        nous: methods::nous(reader, &place(file, &table::NOUS)),
        issuers: methods::issuers(reader, file),
        model: model::read(reader, &place(file, &table::MODEL)),
        rows: Vec::new(),
    }
}

/// The fewest characters of a token that is set by hand: 128 bits as hexadecimal digits.
const TOKEN_LEAST: usize = 32;

fn read_token(reader: &mut Reader<'_>, place: &Place<'_>) -> Option<Secret> {
    let token = reader.secret(place, "token")?;
    let text = token.expose();
    if text.len() < TOKEN_LEAST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = format!(
            "must have {TOKEN_LEAST} characters or more, without blanks and beyond guessing"
        );
        reader.problem(place, "token", reason);
    }
    Some(token)
}

fn read_lifetimes(reader: &mut Reader<'_>, place: &Place<'_>) -> Lifetimes {
    let problems = reader.problems.len();
    let lifetimes = Lifetimes {
        idle: reader.span(place, "idle"),
        absolute: reader.span(place, "absolute"),
        short_lived: reader.span(place, "short_lived"),
    };
    if reader.problems.len() > problems {
        // The stand-in of a bad value is at odds with everything.
        return lifetimes;
    }
    if lifetimes.idle > lifetimes.absolute {
        reader.problem(
            place,
            "idle",
            "must not be longer than `gateway.sessions.absolute`",
        );
    }
    if lifetimes.short_lived > lifetimes.idle {
        reader.problem(
            place,
            "short_lived",
            "must not be longer than `gateway.sessions.idle`",
        );
    }
    lifetimes
}

fn read_limits(reader: &mut Reader<'_>, place: &Place<'_>) -> Limits {
    Limits {
        sign_ins_per_address: reader.whole(place, "sign_ins_per_address"),
        sign_ins_per_account: reader.whole(place, "sign_ins_per_account"),
        sign_ins_in_all: reader.whole(place, "sign_ins_in_all"),
        tickets_per_session: reader.whole(place, "tickets_per_session"),
        sockets: reader.whole(place, "sockets"),
        sockets_per_session: reader.whole(place, "sockets_per_session"),
        sockets_per_user: reader.whole(place, "sockets_per_user"),
        body_bytes: reader.whole(place, "body_bytes"),
    }
}

#[cfg(test)]
mod tests;
