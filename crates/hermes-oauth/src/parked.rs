//! A sign-in that outlives its process: begun in one turn, finished in another.

use std::{fmt, time::Duration};

use hermes_secret::{Secret, plain};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use url::Url;

use crate::{Attempt, Client, DeviceCode, device::LONGEST_LIFE, dialect, pkce::Pkce};

/// The form of the document; another one is not read.
const VERSION: u32 = 1;
/// The lengths of a verifier (RFC 7636 section 4.1); a state of ours is as long as the shortest.
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// What is kept between the question and the answer.
pub enum Parked {
    /// A sign-in by authorization code: its answer will be pasted.
    Code(Box<Attempt>),
    /// A device code: the server will be polled.
    Device(Box<DeviceCode>),
}

/// Why a document is not one of a sign-in that can be gone on with.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParkedError {
    /// It is not of the form that this program writes.
    #[error("it is not of the form that this program writes")]
    Form,
    /// It was begun with another server than the table names now, or names a place where nothing
    /// may go.
    #[error("it was begun with another server than the one that the table names now")]
    OtherServer,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    issuer: Option<String>,
    parked: What,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum What {
    Code(CodeFields),
    Device(DeviceFields),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFields {
    authorize_url: Url,
    redirect_uri: Url,
    state: String,
    code_verifier: String,
    nonce: Option<String>,
    iss_promised: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceFields {
    user_code: String,
    verification_uri: Url,
    verification_uri_complete: Option<Url>,
    expires_in: u64,
    interval_ms: u64,
    started_at: String,
    polled_at: Option<String>,
    device_code: String,
    code_verifier: Option<String>,
}

impl Client {
    /// The document of what is to be kept. Verifier, state, nonce and device code are in it: it
    /// belongs into a private file and nowhere else.
    pub fn expose_parked(&self, parked: &Parked) -> Value {
        let document = Document {
            version: VERSION,
            issuer: self.provider.issuer.clone(),
            parked: match parked {
                Parked::Code(attempt) => What::Code(CodeFields {
                    authorize_url: attempt.authorize_url.clone(),
                    redirect_uri: attempt.redirect_uri.clone(),
                    state: attempt.state.expose().to_owned(),
                    code_verifier: attempt.pkce.verifier.expose().to_owned(),
                    nonce: attempt
                        .nonce
                        .as_ref()
                        .map(|nonce| nonce.expose().to_owned()),
                    iss_promised: attempt.iss_promised,
                }),
                Parked::Device(device) => What::Device(DeviceFields {
                    user_code: device.user_code.clone(),
                    verification_uri: device.verification_uri.clone(),
                    verification_uri_complete: device.verification_uri_complete.clone(),
                    expires_in: device.expires_in.as_secs(),
                    interval_ms: u64::try_from(device.interval.as_millis()).unwrap_or(u64::MAX),
                    started_at: device.started_at.to_string(),
                    polled_at: device.polled_at.map(|at| at.to_string()),
                    device_code: device.device_code.expose().to_owned(),
                    code_verifier: device
                        .verifier
                        .as_ref()
                        .map(|verifier| verifier.expose().to_owned()),
                }),
            },
        };
        // Strings, numbers and addresses: nothing in it can fail.
        serde_json::to_value(document).unwrap_or_default()
    }

    /// Reads such a document again. Where the answer may go and what may be asked is checked as if
    /// the sign-in began now: the table may have changed since.
    ///
    /// # Errors
    ///
    /// If it is of another form, or the server is another one.
    pub fn unpark(&self, document: Value) -> Result<Parked, ParkedError> {
        let document: Document = serde_json::from_value(document).map_err(|_| ParkedError::Form)?;
        if document.version != VERSION {
            return Err(ParkedError::Form);
        }
        if document.issuer != self.provider.issuer {
            return Err(ParkedError::OtherServer);
        }
        match document.parked {
            What::Code(fields) => Ok(Parked::Code(Box::new(self.unpark_code(fields)?))),
            What::Device(fields) => Ok(Parked::Device(Box::new(self.unpark_device(fields)?))),
        }
    }

    fn unpark_code(&self, fields: CodeFields) -> Result<Attempt, ParkedError> {
        if !VERIFIER.contains(&fields.code_verifier.len()) || fields.state.len() < *VERIFIER.start()
        {
            return Err(ParkedError::Form);
        }
        if !dialect::allows_redirect(&self.provider, &fields.redirect_uri) {
            return Err(ParkedError::OtherServer);
        }
        self.pinned(&fields.authorize_url)?;
        Ok(Attempt {
            authorize_url: fields.authorize_url,
            redirect_uri: fields.redirect_uri,
            state: Secret::new(fields.state),
            pkce: Pkce::of(Secret::new(fields.code_verifier)),
            nonce: fields.nonce.map(Secret::new),
            issuer: self.provider.issuer.clone(),
            iss_promised: fields.iss_promised,
            spent: false.into(),
        })
    }

    fn unpark_device(&self, fields: DeviceFields) -> Result<DeviceCode, ParkedError> {
        let time = |text: &str| text.parse::<Timestamp>().map_err(|_| ParkedError::Form);
        let expires_in = Duration::from_secs(fields.expires_in);
        let interval = Duration::from_millis(fields.interval_ms);
        let is_sound = expires_in <= LONGEST_LIFE
            && !interval.is_zero()
            && !fields.device_code.is_empty()
            && plain(&fields.user_code, 64) == fields.user_code;
        if !is_sound {
            return Err(ParkedError::Form);
        }
        self.pinned(&fields.verification_uri)?;
        if let Some(complete) = &fields.verification_uri_complete {
            self.pinned(complete)?;
        }
        Ok(DeviceCode {
            user_code: fields.user_code,
            verification_uri: fields.verification_uri,
            verification_uri_complete: fields.verification_uri_complete,
            expires_in,
            interval,
            started_at: time(&fields.started_at)?,
            polled_at: fields.polled_at.as_deref().map(time).transpose()?,
            device_code: Secret::new(fields.device_code),
            verifier: fields.code_verifier.map(Secret::new),
        })
    }

    fn pinned(&self, url: &Url) -> Result<(), ParkedError> {
        self.wire.check(url).map_err(|_| ParkedError::OtherServer)
    }
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(attempt) => attempt.fmt(f),
            Self::Device(device) => device.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
