//! Signing in at an identity provider: there, and back (facts 1.6).

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use hermes_protocol::{rest::Refusal, routes};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use hermes_storage::{ProviderSession, SessionId, UserId};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{device, native};
use crate::{
    approval::Approval,
    audit::{Event, Line},
    begin::{self, Proved},
    claim,
    cookies::{self, Kind, Shape},
    departure::{Stayed, depart, unreachable},
    forwarded::Seen,
    gateway::Gateway,
    landing::{self, Landing},
    methods::{
        self, Attempt, Described, IdentityProvider, MethodKind, ProviderError, Purpose, Returned,
        SignIn, Unadmitted,
    },
    native::codes::Grant,
    pages::{self, Back},
    refusal::{refuse, whole_seconds},
    sessions::FromProvider,
    sso, vouch,
};

/// Why nothing is let in by somebody else than who has said yes.
const OTHER_ACCOUNT: &str = "This is another account than the one that you have said yes with. Begin again where you began.";

/// Why no machine is let in by a provider that does not say when its person has signed in.
const UNDATED: &str = "Your identity provider does not say when you last signed in there (auth_time), and only somebody who just has may let a machine in. Sign in here by a password or a passkey instead: the owner gets you one with hermes users invite.";

/// Sends a browser to a provider.
pub(super) async fn begin(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::read(query.as_deref());
    let landing = query.next.as_deref();
    let landing = landing.and_then(|next| Landing::parse(next, &seen.prefix));
    let back = Back::SignIn(landing.as_ref());
    let failed = |refusal: &Refusal<'_>| failure(&seen, &headers, refusal, None, back);
    let Some(name) = &query.provider else {
        let what = "`provider` is missing from the query".into();
        return failed(&Refusal::Unprocessable { what });
    };
    let page = landing::sign_in_page(&seen.prefix, landing.as_ref());
    let rules = gateway.rules();
    let Some(provider) = rules.methods.providers.get(name) else {
        let mut offered = gateway.offered().into_iter();
        if offered.any(|method| method.kind != MethodKind::Provider && method.name == *name) {
            return sso::to(&page).unwrap_or_else(|| failed(&Refusal::Forbidden));
        }
        let name = plain(name, LABEL_LIMIT).into();
        return failed(&Refusal::UnknownProvider { name });
    };
    if !sso::is_meant(&headers) {
        // Another site's page sent the browser here: the person clicks for themselves (RP11).
        return sso::to(&page).unwrap_or_else(|| failed(&Refusal::Forbidden));
    }
    let purpose = Purpose::Here(landing.clone());
    let stayed = match depart(&gateway, &seen, &headers, &**provider, purpose).await {
        Ok(departed) => {
            let answer = sso::to(departed.address.as_str());
            let answer = answer.map(|answer| departed.remembered(answer));
            return answer.unwrap_or_else(|| failed(&Refusal::Forbidden));
        }
        Err(stayed) => stayed,
    };
    let mut refused = failed(&stayed.refusal());
    if let Stayed::TooMany(wait) = stayed {
        let seconds = HeaderValue::from(whole_seconds(wait));
        refused.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    refused
}

/// Takes a browser back from a provider.
pub(super) async fn finish(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::read(query.as_deref());
    let shape = Shape::of(&seen);
    let held = cookies::read(&headers, Kind::Flow, &shape).ok().flatten();
    let mut response = match finished(&gateway, &seen, &headers, query, held).await {
        Ok(response) => response,
        Err(response) => *response,
    };
    if !held.is_some_and(|held| gateway.attempts.knows(held)) {
        for line in cookies::delete(Kind::Flow, &shape) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    response
}

async fn finished(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    query: Query,
    held: Option<&str>,
) -> Result<Response, Box<Response>> {
    // Taken before anything is asked: a callback counts once (RP2).
    let state = query.state.as_deref().unwrap_or_default();
    let browser = held.filter(|held| gateway.attempts.knows(held));
    let attempt = browser.and_then(|browser| gateway.attempts.take(browser, state));
    let back = attempt.as_ref().map_or(Back::SignIn(None), back_of);
    let failed = |method: Option<&str>, reason: &str, refusal: &Refusal<'_>| {
        note(gateway, seen, method, reason);
        Box::new(failure(seen, headers, refusal, None, back))
    };
    if browser.is_none() {
        return Err(failed(None, "missing_pkce_cookie", &Refusal::NoAttempt));
    }
    let method = attempt.as_ref().map(|attempt| attempt.method.as_str());
    if let Some(error) = &query.error {
        let refusal = Refusal::SignInRefused {
            error: plain(error, LABEL_LIMIT).into(),
            description: plain(
                query.description.as_deref().unwrap_or_default(),
                LABEL_LIMIT,
            )
            .into(),
        };
        return Err(failed(method, "idp_error", &refusal));
    }
    let Some(attempt) = &attempt else {
        return Err(failed(None, "state_mismatch", &Refusal::StateMismatch));
    };
    let name = attempt.method.as_str();
    let providers = &gateway.rules().methods.providers;
    let (Some(provider), Some(sealer)) = (providers.get(name), providers.sealer()) else {
        let refusal = Refusal::AttemptOutlived { name: name.into() };
        return Err(failed(Some(name), "unknown_provider", &refusal));
    };
    let Some(code) = query.code.filter(|code| !code.is_empty()) else {
        let why = "the answer holds none".into();
        return Err(failed(
            Some(name),
            "invalid_code",
            &Refusal::CodeInvalid { why },
        ));
    };
    let returned = Returned {
        code: Secret::new(code),
        issuer: query.issuer,
    };
    let found = provider.finish(attempt, returned).await;
    let SignIn { person, sid, kept } = found.map_err(|error| match &error {
        ProviderError::Unreachable { .. } => {
            failed(Some(name), "provider_unreachable", &unreachable(&error))
        }
        ProviderError::Undated => {
            note(gateway, seen, Some(name), "auth_time_missing");
            let why = error.to_string().into();
            let refusal = Refusal::CodeInvalid { why };
            let hint = Hint {
                sentence: UNDATED,
                command: None,
            };
            Box::new(failure(seen, headers, &refusal, Some(&hint), back))
        }
        ProviderError::Refused | ProviderError::Invalid(_) => {
            let why = error.to_string().into();
            failed(Some(name), "invalid_code", &Refusal::CodeInvalid { why })
        }
    })?;
    let known = who(gateway, seen, &**provider, attempt, &person).await;
    let user = known.map_err(|unknown| {
        note(gateway, seen, Some(name), unknown.reason);
        let hint = unknown.hint.as_ref();
        Box::new(failure(seen, headers, &unknown.refusal, hint, back))
    })?;
    let identity = person.identity();
    let sealer = Arc::clone(sealer);
    let from_provider = move |session: SessionId| ProviderSession {
        identity,
        sid,
        tokens: Some(methods::sealed(&sealer, session, &kept)),
    };
    let approval = |session, provider: FromProvider| Approval {
        user,
        method: name.to_owned(),
        session,
        provider: Some(provider),
    };
    match &attempt.purpose {
        Purpose::App(app, _) if app.user == user => {
            let grant = Grant {
                ask: app.ask.clone(),
                approval: approval(app.session, Box::new(from_provider)),
            };
            return Ok(native::give(gateway, seen, headers, grant));
        }
        Purpose::Device(machine, _) if machine.user == user => {
            let approval = approval(machine.session, Box::new(from_provider));
            return Ok(device::granted(gateway, seen, &machine.code, approval));
        }
        Purpose::App(..) | Purpose::Device(..) => {
            let hint = Hint {
                sentence: OTHER_ACCOUNT,
                command: None,
            };
            note(gateway, seen, Some(name), "other_account");
            let refusal = Refusal::Forbidden;
            let page = failure(seen, headers, &refusal, Some(&hint), back);
            return Err(Box::new(page));
        }
        Purpose::Here(_) | Purpose::Invitation(_) => {}
    }
    let proved = Proved {
        user,
        method: provider.name().to_owned(),
        provider: Some(Box::new(from_provider)),
        passkey: None,
    };
    let location = match &attempt.purpose {
        Purpose::Here(Some(landing)) => landing.location(&seen.prefix),
        _ => seen.prefix.join("/"),
    };
    let answer = sso::to(&location);
    let mut answer =
        answer.ok_or_else(|| failed(Some(name), "invalid_next", &Refusal::Forbidden))?;
    sso::forget_attempt(answer.headers_mut(), &Shape::of(seen));
    begin::begin(gateway, seen, headers, proved, answer).await
}

/// Why somebody who is known to a provider is not signed in.
struct Unknown {
    reason: &'static str,
    refusal: Refusal<'static>,
    hint: Option<Hint>,
}

/// What would change it.
struct Hint {
    sentence: &'static str,
    command: Option<String>,
}

/// Who the person is here: the user of the invitation with which they went, or whoever they always
/// are.
async fn who(
    gateway: &Gateway,
    seen: &Seen,
    provider: &dyn IdentityProvider,
    attempt: &Attempt,
    person: &Described,
) -> Result<UserId, Unknown> {
    if let Purpose::Invitation(invitation) = &attempt.purpose {
        let accepting = claim::at_provider(gateway, seen, invitation, person);
        return accepting.await.map_err(|why| Unknown {
            reason: why.reason(),
            hint: why.hint().map(|sentence| Hint {
                sentence,
                command: None,
            }),
            refusal: why.refusal(),
        });
    }
    let admitted = methods::admit(gateway, provider, person).await;
    admitted.map_err(|unadmitted| match unadmitted {
        Unadmitted::Stranger => {
            let (from, at) = (provider.display_name(), seen.address);
            gateway.strangers.came(person, from, at);
            Unknown {
                reason: "not_allowed",
                refusal: Refusal::Forbidden,
                hint: Some(Hint {
                    sentence: "This account is not on the list of this gateway. Ask its owner, \
                               who sees it after signing in, or lets it in by this command, on \
                               the gateway's host:",
                    command: Some(vouch::command(&person.identity())),
                }),
            }
        }
        Unadmitted::NoOwner => Unknown {
            reason: "no_owner",
            refusal: Refusal::Unclaimed,
            hint: None,
        },
        Unadmitted::Storage => Unknown {
            reason: "storage_unavailable",
            refusal: Refusal::StorageUnavailable,
            hint: None,
        },
    })
}

/// Where somebody begins again.
fn back_of(attempt: &Attempt) -> Back<'_> {
    match &attempt.purpose {
        Purpose::Here(landing) => Back::SignIn(landing.as_ref()),
        Purpose::App(_, page) | Purpose::Device(_, page) => Back::SignIn(Some(page)),
        Purpose::Invitation(_) => Back::Invitation,
    }
}

/// A page for a browser, the body that clients know for the rest.
fn failure(
    seen: &Seen,
    headers: &HeaderMap,
    refusal: &Refusal<'_>,
    hint: Option<&Hint>,
    back: Back<'_>,
) -> Response {
    let command = hint.and_then(|hint| hint.command.as_deref());
    if !pages::wanted(headers) {
        let hint = hint.map(|hint| match command {
            Some(command) => format!("{} {command}", hint.sentence),
            None => hint.sentence.to_owned(),
        });
        return refuse(refusal, hint.as_deref());
    }
    let status = StatusCode::from_u16(refusal.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = hint.map_or_else(
        || pages::sentence(refusal),
        |hint| pages::as_sentence(hint.sentence),
    );
    pages::sign_in_failed(seen, status, &text, command, back)
}

fn note(gateway: &Gateway, seen: &Seen, method: Option<&str>, reason: &str) {
    let line = Line::new(Event::LoginFailure, Some(seen.address)).reason(reason);
    let line = match method {
        Some(method) => line.provider(method),
        None => line,
    };
    gateway.ports.audit.record(line);
}

/// What these routes read of a query. A name that is there twice counts for nothing: whoever wrote
/// the second one is somebody else.
#[derive(Default)]
struct Query {
    provider: Option<String>,
    next: Option<String>,
    code: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Query {
    fn read(query: Option<&str>) -> Self {
        let pairs = || url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let one = |name: &str| {
            let mut values = pairs().filter(|(known, _)| known == name);
            let value = values.next().map(|(_, value)| value.into_owned());
            value.filter(|_| values.next().is_none())
        };
        Self {
            provider: one(routes::query::PROVIDER),
            next: one(routes::query::NEXT),
            code: one("code"),
            state: one("state"),
            issuer: one("iss"),
            error: one("error"),
            description: one("error_description"),
        }
    }
}
