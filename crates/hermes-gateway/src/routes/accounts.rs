//! Signing the gateway's host in to providers, from a client: the owner's alone (checklist RZ6).

mod pool;

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use hermes_errors::{Code, Failure, Outcome};
use hermes_protocol::{
    rest::{
        AccountFlow, AccountPoll, AccountProgress, AccountProvider, AccountSignedOut, AccountStart,
        AccountStatus, AccountSubmit, AccountSubmitted, AccountsAnswer, Done, Refusal,
    },
    routes,
};
use hermes_secret::Secret;
use hermes_storage::Role;

use crate::{
    accounts::{How, NotTaken, ProviderAccount, Status, Step},
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    limiter::{Keys, network},
    person::Person,
    refusal::{refuse, refuse_for, whole_seconds},
};

/// The routes of the host's accounts.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::ACCOUNTS.path, get(list))
        .route(routes::ACCOUNT_START.path, post(start))
        .route(routes::ACCOUNT_SUBMIT.path, post(submit))
        .route(routes::ACCOUNT_POLL.path, get(poll))
        .route(routes::ACCOUNT_CANCEL.path, delete(cancel))
        .route(routes::ACCOUNT_SIGN_OUT.path, delete(sign_out))
        .merge(pool::router())
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    if let Err(refusal) = owner(&person) {
        return *refusal;
    }
    match gateway.ports.accounts.list().await {
        Ok(accounts) => Json(AccountsAnswer {
            providers: accounts.into_iter().map(row).collect(),
        })
        .into_response(),
        Err(failure) => failed(&failure),
    }
}

fn row(it: ProviderAccount) -> AccountProvider {
    let status = match it.account {
        Some(account) => AccountStatus {
            logged_in: true,
            source: Some(account.source),
            source_label: Some(account.label),
            token_preview: None,
            expires_at: account.expires_at.map(|at| at.to_string()),
            has_refresh_token: account.renews,
        },
        None => AccountStatus {
            logged_in: false,
            source: None,
            source_label: None,
            token_preview: None,
            expires_at: None,
            has_refresh_token: false,
        },
    };
    AccountProvider {
        flow: match it.how {
            Some(How::Device) => AccountFlow::DeviceCode,
            Some(How::Paste) => AccountFlow::Pkce,
            None => AccountFlow::External,
        },
        cli_command: it.command,
        terms: it.terms,
        docs_url: it.docs_url.unwrap_or_default(),
        disconnectable: status.logged_in,
        disconnect_hint: None,
        disconnect_command: format!("hermes auth logout {}", it.id),
        status,
        credentials: it
            .pool
            .iter()
            .map(|entry| pool::row(&it.id, entry))
            .collect(),
        id: it.id,
        name: it.name,
    }
}

async fn start(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(provider): Path<String>,
) -> Response {
    if let Err(refusal) = owner(&person).and_then(|()| admit(&gateway, &person, &seen)) {
        return *refusal;
    }
    let begun = match gateway.ports.accounts.begin(&provider).await {
        Ok(begun) => begun,
        Err(failure) => return failed(&failure),
    };
    note(&gateway, &person, &seen, &provider, "sign_in_begun");
    let (step, expires_in) = (begun.step.clone(), begun.lifetime.as_secs());
    let session_id = gateway.accounts.run(&provider, begun);
    Json(match step {
        Step::Type {
            user_code,
            page,
            interval,
        } => AccountStart::DeviceCode {
            session_id,
            user_code,
            verification_url: page,
            expires_in,
            poll_interval: interval,
        },
        Step::Paste { page } => AccountStart::Pkce {
            session_id,
            auth_url: page,
            expires_in,
        },
    })
    .into_response()
}

async fn submit(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(provider): Path<String>,
    Json(body): Json<AccountSubmit>,
) -> Response {
    if let Err(refusal) = owner(&person).and_then(|()| admit(&gateway, &person, &seen)) {
        return *refusal;
    }
    let (id, text) = (body.session_id, Secret::new(body.code));
    let (status, message) = match gateway.accounts.paste(&provider, &id, text).await {
        Ok(status) => progress(&status),
        Err(NotTaken::Refused(reason)) => (AccountProgress::Error, Some(reason)),
        Err(NotTaken::Unknown) => return refuse(&Refusal::NoSuchAccountSignIn, None),
    };
    Json(AccountSubmitted {
        ok: status == AccountProgress::Approved,
        status,
        message,
    })
    .into_response()
}

async fn poll(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path((provider, id)): Path<(String, String)>,
) -> Response {
    if let Err(refusal) = owner(&person) {
        return *refusal;
    }
    let Some((status, ends_at)) = gateway.accounts.status(&provider, &id) else {
        return refuse(&Refusal::NoSuchAccountSignIn, None);
    };
    let (status, error_message) = progress(&status);
    Json(AccountPoll {
        session_id: id,
        status,
        error_message,
        expires_at: u64::try_from(ends_at.as_second()).unwrap_or_default(),
    })
    .into_response()
}

async fn cancel(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Response {
    if let Err(refusal) = owner(&person) {
        return *refusal;
    }
    match gateway.accounts.forget(&id) {
        true => Json(Done { ok: true }).into_response(),
        false => refuse(&Refusal::NoSuchAccountSignIn, None),
    }
}

async fn sign_out(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(provider): Path<String>,
) -> Response {
    if let Err(refusal) = owner(&person) {
        return *refusal;
    }
    match gateway.ports.accounts.sign_out(&provider).await {
        Ok(signed_out) => {
            note(&gateway, &person, &seen, &provider, "signed_out");
            Json(AccountSignedOut {
                ok: true,
                provider,
                message: signed_out.warning,
            })
            .into_response()
        }
        Err(failure) => failed(&failure),
    }
}

/// Accounts are the host's, and the host is its owner's.
fn owner(person: &Person) -> Result<(), Box<Response>> {
    match person.role() {
        Role::Owner => Ok(()),
        Role::Member => Err(Box::new(refuse(&Refusal::Forbidden, None))),
    }
}

/// Each of these asks a provider in the host's name.
fn admit(gateway: &Gateway, person: &Person, seen: &Seen) -> Result<(), Box<Response>> {
    let user = person.user();
    let keys = Keys::of("account", user.as_str(), network(seen.address));
    let admitted = gateway
        .account_sign_ins
        .admit(&keys, gateway.ports.clock.now());
    admitted.map_err(|wait| {
        let seconds = whole_seconds(wait);
        Box::new(refuse_for(&Refusal::TooManyAttempts, seconds))
    })
}

fn progress(status: &Status) -> (AccountProgress, Option<String>) {
    match status {
        Status::Pending => (AccountProgress::Pending, None),
        Status::Approved => (AccountProgress::Approved, None),
        Status::Failed(failure) => {
            let progress = match failure.code {
                Code::Denied | Code::DeviceRefused => AccountProgress::Denied,
                Code::CallbackTimeout | Code::DeviceTimeout => AccountProgress::Expired,
                _ => AccountProgress::Error,
            };
            (progress, Some(failure.message.clone()))
        }
    }
}

fn failed(failure: &Failure) -> Response {
    let (code, what) = (failure.code.as_str(), failure.message.as_str().into());
    let refusal = match failure.code.outcome() {
        _ if failure.code == Code::CredentialUnknown => Refusal::NoSuchCredential { code, what },
        Outcome::Unreachable => Refusal::AccountUnreachable { code, what },
        _ => Refusal::AccountRefused { code, what },
    };
    refuse(&refusal, Some(&failure.next_step))
}

fn note(gateway: &Gateway, person: &Person, seen: &Seen, provider: &str, reason: &str) {
    gateway.ports.audit.record(
        Line::new(Event::AccountChanged, Some(seen.address))
            .user(person.user().as_str(), None)
            .provider(provider)
            .reason(reason),
    );
}
