use std::fmt;

use hermes_secret::Secret;
use thiserror::Error;
use url::Url;

use crate::{Answer, Attempt, Verdict, attempt};

/// The parameters that a machine draws for itself. Each is 256 bits in base64url.
const DRAWN: [&str; 3] = ["code_challenge", "state", "nonce"];
/// How long they are.
const DRAWN_LENGTH: usize = 43;

/// How the request of another machine differs from the one that this machine would make.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unlike {
    /// Scheme, host, port or path, or user information, or a fragment.
    #[error("it leads to another place than the provider's authorization endpoint")]
    Endpoint,
    /// A parameter that we would send is not there, or is another one, or has another value.
    #[error("its `{0}` is not what this machine would send")]
    Parameter(String),
    /// It holds more than we would send.
    #[error("it holds more parameters than this machine would send")]
    More,
    /// A value that has to be drawn at random cannot have been.
    #[error("its `{0}` is no random value")]
    NotDrawn(&'static str),
}

/// What a machine knows of an attempt that another machine makes: enough to tell its answer from
/// strays, and nothing to exchange it with.
#[derive(Clone)]
pub struct Witness {
    state: Secret,
    issuer: Option<String>,
    iss_promised: bool,
}

impl Attempt {
    /// Vouches for the authorization URL of another machine, if it is this attempt's in all but
    /// the values that each machine draws for itself. This attempt is begun with the same redirect
    /// URI and never used.
    ///
    /// # Errors
    ///
    /// If it differs in anything else.
    pub fn witness(&self, url: &Url) -> Result<Witness, Unlike> {
        let own = &self.authorize_url;
        if place(url) != place(own) || url.fragment().is_some() {
            return Err(Unlike::Endpoint);
        }
        let mut theirs = url.query_pairs();
        let mut state = None;
        for (name, value) in own.query_pairs() {
            let found = theirs
                .next()
                .filter(|(found, _)| *found == name)
                .map(|(_, value)| value)
                .ok_or_else(|| Unlike::Parameter(name.clone().into_owned()))?;
            match DRAWN.into_iter().find(|drawn| *drawn == name) {
                Some(drawn) if !is_drawn(&found) => return Err(Unlike::NotDrawn(drawn)),
                Some("state") => state = Some(Secret::new(found.into_owned())),
                Some(_) => {}
                None if found == value => {}
                None => return Err(Unlike::Parameter(name.into_owned())),
            }
        }
        if theirs.next().is_some() {
            return Err(Unlike::More);
        }
        Ok(Witness {
            state: state.ok_or(Unlike::NotDrawn("state"))?,
            issuer: self.issuer.clone(),
            iss_promised: self.iss_promised,
        })
    }
}

impl Witness {
    /// What an answer means for the attempt of the other machine, which judges it again.
    pub fn judge(&self, answer: &Answer) -> Verdict {
        let issuer = self.issuer.as_deref();
        attempt::judge(answer, &self.state, issuer, self.iss_promised)
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

/// Everything up to the query.
fn place(url: &Url) -> &str {
    let text = url.as_str();
    let end = text.find(['?', '#']).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn is_drawn(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    value.len() == DRAWN_LENGTH && value.bytes().all(allowed)
}
