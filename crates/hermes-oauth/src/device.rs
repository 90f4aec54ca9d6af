//! A code to be approved on another screen (RFC 8628), and what two vendors made of it.

use std::{fmt, time::Duration};

use hermes_machine::http::Request;
use hermes_providers::{Dialect, Flow};
use hermes_secret::{Secret, plain};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Client, OAuthError, Step, TokenSet,
    client::PATIENCE,
    dialect,
    wire::{Problem, count},
};

/// RFC 8628 section 3.2: the interval where the server names none.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628 section 3.5: what every `slow_down` adds, for good.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// No code is waited for longer, whatever the server says.
pub(crate) const LONGEST_LIFE: Duration = Duration::from_secs(60 * 60);
/// The longest pause that failures of the network lead to.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A device code (RFC 8628 section 3.2).
#[derive(Clone)]
pub struct DeviceCode {
    /// What the person types, safe to show.
    pub user_code: String,
    /// Where it is typed; on a pinned host.
    pub verification_uri: Url,
    /// The same with the code in it.
    pub verification_uri_complete: Option<Url>,
    /// How long it is good for.
    pub expires_in: Duration,
    /// How long to wait between polls.
    pub interval: Duration,
    pub(crate) started_at: Timestamp,
    /// When the server was asked last.
    pub(crate) polled_at: Option<Timestamp>,
    /// What is polled with: `device_code`, or the vendor's equal.
    pub(crate) device_code: Secret,
    /// The verifier, where the vendor's flow has one that we made.
    pub(crate) verifier: Option<Secret>,
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

impl DeviceCode {
    /// A code that another machine polls for: it can be shown here, and not be waited for.
    pub fn to_show(
        user_code: &str,
        verification_uri: Url,
        verification_uri_complete: Option<Url>,
        expires_in: Duration,
        interval: Duration,
    ) -> Self {
        Self {
            user_code: plain(user_code, 64),
            verification_uri,
            verification_uri_complete,
            expires_in: expires_in.min(LONGEST_LIFE),
            interval,
            started_at: Timestamp::UNIX_EPOCH,
            polled_at: None,
            device_code: Secret::new(String::new()),
            verifier: None,
        }
    }

    /// How long it is still good for.
    pub fn left(&self, now: Timestamp) -> Duration {
        self.expires_in.saturating_sub(since(self.started_at, now))
    }

    /// How long to wait before the server may be asked again (RFC 8628 section 3.5).
    pub fn due_in(&self, now: Timestamp) -> Duration {
        let last = self.polled_at.unwrap_or(self.started_at);
        self.interval.saturating_sub(since(last, now))
    }
}

/// A clock that was set back must not make a wait longer than what is waited for.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

/// What one poll brought.
pub(crate) enum Poll {
    /// Approved.
    Done(Box<TokenSet>),
    /// Approved, with a code that has yet to be exchanged by this request.
    Exchange(Request),
    /// Not yet.
    Pending,
    /// Not yet, and less often please; with the new interval, if the server names one.
    SlowDown(Option<Duration>),
}

impl Client {
    /// Asks for a device code.
    ///
    /// # Errors
    ///
    /// If the provider has no device flow, gives no code to this client or account, or names a
    /// page that is not on a pinned host.
    pub async fn start_device(&self) -> Result<DeviceCode, OAuthError> {
        let Some(endpoint) = self.endpoints.device.clone() else {
            return Err(OAuthError::FlowUnsupported {
                provider: self.wire.name.clone(),
                flow: Flow::Device,
            });
        };
        match self.provider.dialect {
            Dialect::Codex => return dialect::codex::start(self, endpoint).await,
            Dialect::Minimax => return dialect::minimax::start(self, endpoint).await,
            _ => {}
        }
        let scope = self.scope.as_deref().map(|scope| ("scope", scope));
        let body = self.form(scope.as_slice());
        let object = self.device_answer(Request::post(endpoint, body)).await?;
        let seconds = |name| count(&object, name).map(Duration::from_secs);
        let device_code = self.wire.text(Step::DeviceCode, &object, "device_code")?;
        let expires_in = seconds("expires_in").ok_or_else(|| {
            self.wire
                .bad_answer(Step::DeviceCode, "the answer holds no `expires_in`")
        })?;
        let device = self.device_code(&object, Secret::new(device_code), expires_in)?;
        Ok(DeviceCode {
            interval: seconds("interval")
                .unwrap_or(DEFAULT_INTERVAL)
                .max(Duration::from_secs(1)),
            ..device
        })
    }

    /// Waits until the code is approved, refused or expired, polling on the clock. A network that
    /// fails slows the polls down and does not end them.
    ///
    /// # Errors
    ///
    /// If the person or the server says no, or nobody approves in time.
    pub async fn wait_for_device(&self, device: &DeviceCode) -> Result<TokenSet, OAuthError> {
        let clock = &self.wire.ports.clock;
        let mut device = device.clone();
        let mut pause = device.due_in(clock.now());
        loop {
            clock.sleep(pause.min(device.left(clock.now()))).await;
            if device.left(clock.now()).is_zero() {
                return Err(self.device_timeout(&device));
            }
            match self.ask_device(&mut device).await {
                Ok(Some(tokens)) => return tokens,
                Ok(None) => pause = device.interval,
                Err(error) if error.is_transient() => {
                    pause = backed_off(pause, device.interval, &error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks once whether the code is approved, unless it is too early to ask again: `None` is "not
    /// yet". The code remembers when it was asked, and the interval that the server wants.
    ///
    /// # Errors
    ///
    /// If the person or the server says no, the code has expired, or the server cannot be asked.
    pub async fn poll_device(
        &self,
        device: &mut DeviceCode,
    ) -> Result<Option<TokenSet>, OAuthError> {
        let now = self.wire.ports.clock.now();
        if device.left(now).is_zero() {
            return Err(self.device_timeout(device));
        }
        if !device.due_in(now).is_zero() {
            return Ok(None);
        }
        self.ask_device(device).await?.transpose()
    }

    /// One request. The inner result is that of an approved code: no error in it is one of polling.
    async fn ask_device(
        &self,
        device: &mut DeviceCode,
    ) -> Result<Option<Result<TokenSet, OAuthError>>, OAuthError> {
        device.polled_at = Some(self.wire.ports.clock.now());
        match self.poll(device).await {
            Ok(Poll::Done(tokens)) => Ok(Some(Ok(*tokens))),
            // The code is good for one request.
            Ok(Poll::Exchange(request)) => {
                let response = self.send_code(request).await;
                Ok(Some(
                    response.and_then(|response| self.exchanged(&response)),
                ))
            }
            Ok(Poll::Pending) => Ok(None),
            Ok(Poll::SlowDown(asked)) => {
                device.interval = (device.interval + SLOW_DOWN).max(asked.unwrap_or_default());
                Ok(None)
            }
            Err(OAuthError::Rejected {
                error: Some(code), ..
            }) if code == "expired_token" => Err(self.device_timeout(device)),
            Err(error) => Err(error),
        }
    }

    fn device_timeout(&self, device: &DeviceCode) -> OAuthError {
        OAuthError::DeviceTimeout {
            provider: self.wire.name.clone(),
            dialect: self.provider.dialect,
            limit: device.expires_in,
        }
    }

    async fn poll(&self, device: &DeviceCode) -> Result<Poll, OAuthError> {
        match self.provider.dialect {
            Dialect::Codex => return dialect::codex::poll(self, device).await,
            Dialect::Minimax => return dialect::minimax::poll(self, device).await,
            _ => {}
        }
        let endpoint = match &self.endpoints.device_token {
            Some(url) => url.clone(),
            None => self.token_endpoint(PATIENCE).await?,
        };
        let step = Step::DeviceToken;
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", device.device_code.expose()),
        ];
        let request = Request::post(endpoint, self.form(&pairs));
        let response = self.wire.send(step, request).await?;
        let problem = Problem::of(&response);
        match problem.code.as_deref() {
            Some("authorization_pending") => Ok(Poll::Pending),
            Some("slow_down") => {
                let object: Map<String, Value> =
                    serde_json::from_slice(&response.body).unwrap_or_default();
                Ok(Poll::SlowDown(
                    count(&object, "interval").map(Duration::from_secs),
                ))
            }
            Some("access_denied" | "authorization_denied") => Err(self.denied(&problem)),
            _ if response.status == 403 && self.provider.dialect == Dialect::Xai => {
                Err(self.not_entitled(step))
            }
            Some(_) => Err(self.wire.rejected(step, &problem)),
            None => {
                let object = self.wire.object(step, &response)?;
                let tokens = TokenSet::read(self, step, &object)?;
                Ok(Poll::Done(Box::new(tokens)))
            }
        }
    }

    /// The object in the answer to a request for a device code, or why there is no code.
    pub(crate) async fn device_answer(
        &self,
        request: Request,
    ) -> Result<Map<String, Value>, OAuthError> {
        let step = Step::DeviceCode;
        let response = self.wire.send(step, request).await?;
        let problem = Problem::of(&response);
        let refused = matches!(response.status, 401 | 403 | 404 | 405)
            || problem.is(&[
                "unauthorized_client",
                "unsupported_grant_type",
                "invalid_client",
                // Nobody has been asked yet, so it is not the person who said no.
                "access_denied",
            ]);
        if refused {
            return Err(OAuthError::DeviceRefused {
                provider: self.wire.name.clone(),
                detail: problem.detail(),
            });
        }
        if problem.code.is_some() {
            return Err(self.wire.rejected(step, &problem));
        }
        self.wire.object(step, &response)
    }

    /// What all kinds of device code have in common.
    pub(crate) fn device_code(
        &self,
        object: &Map<String, Value>,
        device_code: Secret,
        expires_in: Duration,
    ) -> Result<DeviceCode, OAuthError> {
        let step = Step::DeviceCode;
        let user_code = self.wire.text(step, object, "user_code")?;
        // It is typed by a person: what cannot be seen in it, or is too long, makes it no code.
        if plain(user_code, 64) != user_code {
            let reason = "the user code holds characters that nobody can type";
            return Err(self.wire.bad_answer(step, reason));
        }
        let verification_uri = match &self.endpoints.verification {
            Some(url) => {
                self.wire.check(url)?;
                url.clone()
            }
            None => self.wire.url(step, object, "verification_uri")?,
        };
        let complete = match object.get("verification_uri_complete") {
            Some(Value::String(text)) if !text.is_empty() => {
                Some(self.wire.url(step, object, "verification_uri_complete")?)
            }
            _ => None,
        };
        Ok(DeviceCode {
            user_code: user_code.to_owned(),
            verification_uri,
            verification_uri_complete: complete,
            expires_in: expires_in.min(LONGEST_LIFE),
            interval: DEFAULT_INTERVAL,
            started_at: self.wire.ports.clock.now(),
            polled_at: None,
            device_code,
            verifier: None,
        })
    }

    /// The error for a person or server that said no.
    pub(crate) fn denied(&self, problem: &Problem) -> OAuthError {
        let description = problem.description.clone();
        OAuthError::Denied {
            provider: self.wire.name.clone(),
            detail: description
                .or_else(|| problem.code.clone())
                .unwrap_or_else(|| "access_denied".to_owned()),
        }
    }
}

/// RFC 8628 section 3.5: twice the pause after every failure, until an answer comes.
fn backed_off(pause: Duration, interval: Duration, error: &OAuthError) -> Duration {
    let doubled = pause.saturating_mul(2).min(LONGEST_PAUSE).max(interval);
    match error {
        OAuthError::RateLimited {
            retry_after: Some(wait),
            ..
        } => doubled.max(*wait),
        _ => doubled,
    }
}

#[cfg(test)]
mod tests;
