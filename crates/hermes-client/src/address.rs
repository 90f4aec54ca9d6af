//! Where a gateway is: what a person typed, as an address, and whether a secret may go there.
//!
//! An address is read as the WHATWG URL standard says, since browsers and upstream's clients do.
//! Beyond upstream, a host without a scheme is taken as `https`, and as `http` on this machine; and
//! the address of a page of the gateway is taken as that of the gateway.

use std::fmt;

use hermes_machine::http::is_loopback;
use hermes_protocol::routes::{self, query};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use thiserror::Error;
use url::Url;

/// The pages whose address a person may have copied.
const PAGES: [&str; 3] = [
    routes::LOGIN_PAGE.path,
    routes::SOCKET.path,
    routes::STATUS.path,
];

/// The address of a gateway: `http` or `https`, a host, perhaps a port and a path, and nothing else.
/// The path has no slash at its end.
///
/// Anybody may be asked there who they are; a secret goes to a [`SecretAddress`] alone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GatewayAddress(Url);

/// Why a text is no address of a gateway.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing was typed.
    #[error("the address of a gateway is needed, such as `https://gateway.example.com`")]
    Empty,
    /// It is no URL.
    #[error("`{0}` is no address of a gateway: `https://host`, perhaps with a port and a path")]
    Shape(String),
    /// It is a URL of something else.
    #[error(
        "`{0}:` is no scheme of a gateway's address, which begins with `https://` or `http://`"
    )]
    Scheme(String),
    /// A name or a password is in it, which would be shown wherever the address is.
    #[error(
        "the address of `{0}` has a name or a password in it; leave out what is before the `@`"
    )]
    Credentials(String),
}

/// Whether a person has agreed to plain `http` to a gateway on another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Nobody has.
    Refused,
    /// They have typed that they want it, for this gateway.
    Agreed,
}

/// A secret would go over the network without TLS.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "`{address}` is not encrypted, and `{host}` is another machine: whoever is between could read what is sent"
)]
pub struct ReadableError {
    /// The address.
    pub address: String,
    /// Its host.
    pub host: String,
}

/// What opens a socket: one of the two, and never both (checklist WS12).
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// The token of a gateway where nobody signs in.
    Token(&'a Secret),
    /// A ticket, which opens one socket.
    Ticket(&'a Secret),
}

impl GatewayAddress {
    /// Reads what a person typed.
    ///
    /// # Errors
    ///
    /// If it is no address of a gateway.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let mut url = read(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            let host = url.host_str().unwrap_or_default();
            return Err(AddressError::Credentials(host.to_owned()));
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        let base = PAGES.iter().find_map(|page| path.strip_suffix(page));
        let base = base.unwrap_or(path).trim_end_matches('/').to_owned();
        url.set_path(&base);
        Ok(Self(url))
    }

    /// The host.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The URL of a path of the gateway, which begins with a slash.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.path()));
        url
    }

    /// The same address for what nobody else may read.
    ///
    /// # Errors
    ///
    /// If others could read it on its way, and the person has not agreed to that.
    pub fn for_secrets(self, plain_http: PlainHttp) -> Result<SecretAddress, ReadableError> {
        let is_private = self.0.scheme() == "https"
            || self.0.host().is_some_and(|host| is_loopback(&host))
            || plain_http == PlainHttp::Agreed;
        match is_private {
            true => Ok(SecretAddress(self)),
            false => Err(ReadableError {
                host: self.host().to_owned(),
                address: self.to_string(),
            }),
        }
    }

    /// The path, or nothing: the URL of a host alone has the path `/`.
    fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

/// An address that secrets may be sent to: nobody reads along, or the person has agreed to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretAddress(GatewayAddress);

impl SecretAddress {
    /// The address.
    pub const fn address(&self) -> &GatewayAddress {
        &self.0
    }

    /// The URL of a path of the gateway, which begins with a slash.
    pub fn at(&self, path: &str) -> Url {
        self.0.at(path)
    }

    /// The URL of the gateway's socket, which is as secret as what is shown there.
    pub fn socket(&self, shown: Shown<'_>) -> Secret {
        let url = self.at(routes::SOCKET.path);
        let (name, value) = match shown {
            Shown::Token(token) => (query::TOKEN, token),
            Shown::Ticket(ticket) => (query::TICKET, ticket),
        };
        let rest = url.as_str().strip_prefix("http").unwrap_or_default();
        let mut text = format!("ws{rest}?{name}=");
        component(value.expose(), &mut text);
        Secret::new(text)
    }
}

impl fmt::Display for GatewayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for GatewayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayAddress({self})")
    }
}

/// The URL that was typed, or meant.
fn read(text: &str) -> Result<Url, AddressError> {
    let shape = || AddressError::Shape(plain(text, LABEL_LIMIT));
    match Url::parse(text) {
        Ok(url) if is_web(&url) => Ok(url),
        Ok(url) if text.contains("://") => {
            Err(AddressError::Scheme(plain(url.scheme(), LABEL_LIMIT)))
        }
        // `localhost:9119` is a URL too, of the scheme `localhost`.
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) if !text.starts_with('/') => {
            let url = Url::parse(&format!("https://{text}")).map_err(|_| shape())?;
            match url.host().is_some_and(|host| is_loopback(&host)) {
                true => Url::parse(&format!("http://{text}")).map_err(|_| shape()),
                false => Ok(url),
            }
        }
        Ok(_) | Err(_) => Err(shape()),
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// As JavaScript's `encodeURIComponent` writes it, which is what upstream's clients send.
fn component(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
