use hermes_secret::{LABEL_LIMIT, Secret, plain};
use thiserror::Error;

/// The longest query that is looked at.
const LONGEST: usize = 8 * 1024;

/// What an authorization server sent through the browser (RFC 6749 section 4.1.2, RFC 9207).
/// Nothing in it is trusted before [`crate::Attempt::judge`] has seen it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The authorization code.
    pub code: Option<Secret>,
    /// The state.
    pub state: Option<Secret>,
    /// The issuer.
    pub iss: Option<String>,
    /// The error code, safe to show.
    pub error: Option<String>,
    /// The description of the error, safe to show.
    pub error_description: Option<String>,
}

/// Why a query is no answer at all.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// More than 8 KiB.
    #[error("the answer is longer than 8 KiB")]
    TooLong,
    /// A parameter is there twice (RFC 6749 section 3.1 forbids it).
    #[error("the answer holds `{0}` twice")]
    Doubled(&'static str),
    /// It holds a token: an answer of the implicit flow, which we never ask for.
    #[error("the answer holds a token instead of a code")]
    Token,
}

impl Answer {
    /// Reads the query of a redirect, with or without its question mark. Empty values count as
    /// absent, unknown parameters are left out.
    ///
    /// # Errors
    ///
    /// If it is too long, says something twice, or holds a token.
    pub fn from_query(query: &str) -> Result<Self, AnswerError> {
        if query.len() > LONGEST {
            return Err(AnswerError::TooLong);
        }
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut seen: [(&'static str, Option<String>); 5] = [
            ("code", None),
            ("state", None),
            ("iss", None),
            ("error", None),
            ("error_description", None),
        ];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if matches!(&*name, "access_token" | "id_token" | "refresh_token") {
                return Err(AnswerError::Token);
            }
            let Some((known, slot)) = seen.iter_mut().find(|(known, _)| *known == name) else {
                continue;
            };
            if slot.is_some() {
                return Err(AnswerError::Doubled(known));
            }
            *slot = Some(value.into_owned());
        }
        let [code, state, iss, error, description] =
            seen.map(|(_, value)| value.filter(|value| !value.is_empty()));
        Ok(Self {
            code: code.map(Secret::new),
            state: state.map(Secret::new),
            iss,
            error: error.map(|text| plain(&text, LABEL_LIMIT)),
            error_description: description.map(|text| plain(&text, LABEL_LIMIT)),
        })
    }
}

#[cfg(test)]
mod tests;
