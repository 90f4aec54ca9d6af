//! By a code that a person approves in any browser (RFC 8628).

use std::time::Duration;

use hermes_machine::http::{HttpError, Response};
use hermes_protocol::{rest::DeviceToken, routes};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use serde_json::json;
use url::Url;

use super::{Method, News, SignIn, SignInError, SignedIn, answer::seconds, says};

/// RFC 8628 section 3.2: the interval where the gateway names none.
const INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628 section 3.5: what every `slow_down` adds, for good.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest pause that failures of the network lead to.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The longest life of a code, whatever the gateway says, in seconds.
const LONGEST_LIFE: u64 = 60 * 60;
/// The most characters of a user code, and of a device code.
const CODE_LIMIT: (usize, usize) = (64, 1024);

/// A code that waits for its person.
struct Waiting {
    device_code: Secret,
    user_code: String,
    page: Url,
    limit: Duration,
    interval: Duration,
}

/// What one poll brought.
enum Poll {
    Approved(Response),
    NotYet,
    SlowDown,
    /// It could not be asked, or was out of order: for this long at least.
    Failed(Duration),
}

impl SignIn<'_> {
    /// Signs in by a code.
    ///
    /// # Errors
    ///
    /// If the gateway gives no code, nobody approves it in time, or somebody declines it.
    pub async fn by_device(&self) -> Result<SignedIn, SignInError> {
        let body = json!({
            "client_id": self.client,
            "device": plain(&self.place.host, LABEL_LIMIT),
        });
        let answer = self.ask(routes::DEVICE_CODE.path, &body).await?;
        let waiting = self.waiting(&answer)?;
        self.onlooker.tell(News::Code {
            user_code: &waiting.user_code,
            page: &waiting.page,
            limit: waiting.limit,
            interval: waiting.interval,
        });
        self.show(&waiting.page);
        let approved = self.approved(&waiting).await?;
        self.tokens(&approved, Method::Device).await
    }

    fn waiting(&self, answer: &Response) -> Result<Waiting, SignInError> {
        let refused = || self.refused(answer);
        let said = says(&answer.body).filter(|_| answer.is_success());
        let said = said.ok_or_else(refused)?;
        let text = |name: &str| said.get(name)?.as_str().filter(|text| !text.is_empty());
        let odd = || SignInError::NotTheGateway {
            host: self.host(),
            status: answer.status,
        };
        let device_code = text("device_code").filter(|code| code.len() <= CODE_LIMIT.1);
        let user_code = text("user_code").filter(|code| {
            // It is compared by eye, so it is what it looks like.
            code.len() <= CODE_LIMIT.0 && code.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let page = text("verification_uri_complete").or_else(|| text("verification_uri"));
        let page = page
            .and_then(|page| Url::parse(page).ok())
            .ok_or_else(odd)?;
        self.is_its_own(&page)?;
        let limit = seconds(&said, "expires_in", (1, LONGEST_LIFE));
        Ok(Waiting {
            device_code: Secret::new(device_code.ok_or_else(odd)?),
            user_code: user_code.ok_or_else(odd)?.to_owned(),
            page,
            limit: limit.ok_or_else(odd)?,
            interval: seconds(&said, "interval", (1, 60)).unwrap_or(INTERVAL),
        })
    }

    /// Whether the page is the gateway's: under the address that was typed, or at its public one over
    /// TLS, which it may call itself by behind a tunnel.
    fn is_its_own(&self, page: &Url) -> Result<(), SignInError> {
        let checked = match page.scheme() {
            "http" if page.origin() != self.address.at("").origin() => {
                Err("it is not encrypted, and not where the gateway is".to_owned())
            }
            _ => self.may_open(page),
        };
        checked.map_err(|reason| SignInError::UnsafePage {
            host: self.host(),
            reason,
        })
    }

    /// Polls until the code is approved, or over.
    async fn approved(&self, waiting: &Waiting) -> Result<Response, SignInError> {
        let mut interval = waiting.interval;
        let mut pause = interval;
        // By what was waited and not by a clock, which somebody may set back.
        let mut left = waiting.limit;
        loop {
            self.ports.clock.sleep(pause.min(left)).await;
            left = left.saturating_sub(pause);
            if left.is_zero() {
                return Err(SignInError::TimedOut { host: self.host() });
            }
            pause = match self.poll(waiting).await? {
                Poll::Approved(answer) => return Ok(answer),
                Poll::NotYet => interval,
                Poll::SlowDown => {
                    interval += SLOW_DOWN;
                    interval
                }
                Poll::Failed(wait) => {
                    let doubled = pause.saturating_mul(2).min(LONGEST_PAUSE);
                    doubled.max(interval).max(wait)
                }
            };
        }
    }

    async fn poll(&self, waiting: &Waiting) -> Result<Poll, SignInError> {
        let body = json!({
            "grant_type": DeviceToken::GRANT_TYPE,
            "device_code": waiting.device_code.expose(),
            "client_id": self.client,
        });
        let answer = match self.ask(routes::DEVICE_TOKEN.path, &body).await {
            Ok(answer) => answer,
            Err(error @ SignInError::Http(HttpError::Setup(_))) => return Err(error),
            Err(_) => return Ok(Poll::Failed(Duration::ZERO)),
        };
        if answer.is_success() && says(&answer.body).is_some() {
            return Ok(Poll::Approved(answer));
        }
        if matches!(answer.status, 429 | 500..) {
            return Ok(Poll::Failed(answer.retry_after.unwrap_or_default()));
        }
        let said = says(&answer.body);
        match said.as_ref().and_then(|said| said.get("error")?.as_str()) {
            Some("authorization_pending") => Ok(Poll::NotYet),
            Some("slow_down") => Ok(Poll::SlowDown),
            _ => Err(self.refused(&answer)),
        }
    }
}
