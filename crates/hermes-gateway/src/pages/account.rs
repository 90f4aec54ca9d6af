use std::sync::Arc;

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use hermes_protocol::routes;
use hermes_storage::{Passkey, Role, Session, SessionKind};
use http::{HeaderMap, StatusCode};
use jiff::{Timestamp, tz::TimeZone};

use super::{Frame, Message, Tone, first, message, passkeys_origin, render};
use crate::{
    forwarded::Seen,
    gateway::Gateway,
    passkeys::is_fresh,
    person::Person,
    sessions::{Live, program},
    strangers::Stranger,
    vouch,
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    who: String,
    /// Email, role and sign-in method, as far as they say something new.
    about: String,
    rows: Vec<Row>,
    others: usize,
    /// Who waits for the owner, whose page it is.
    strangers: Vec<Waiting>,
    passkeys: Passkeys,
    /// The fewest characters of a new password.
    least: usize,
    password: Password,
}

/// What the person can do about a password.
enum Password {
    /// Change the one that they have.
    Change,
    /// Add one to their passkeys, with this name unless they choose another.
    Add(String),
    /// Nothing: others know them, or their settings do.
    None,
}

/// A session of the person, or a passkey.
struct Row {
    id: String,
    name: String,
    /// The name, or else what is known of it.
    title: String,
    about: String,
    /// Whether it is the session that asks, or the passkey that opened it.
    current: bool,
}

/// Somebody who waits.
struct Waiting {
    identity: String,
    title: String,
    about: String,
}

/// The passkeys of the person.
struct Passkeys {
    /// The origin at which they work; empty if there is none.
    origin: String,
    /// Whether the person has signed in a moment ago, and may change how they do.
    fresh: bool,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "local.html")]
struct Local {
    frame: Frame,
}

/// `GET /account`: who is signed in, and where else. It needs no script but for changes.
pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    person: Option<Extension<Person>>,
    headers: HeaderMap,
) -> Response {
    match (person, &gateway.fixed.token) {
        (Some(Extension(Person::SignedIn(live))), _) => account(&gateway, &seen, &live).await,
        (_, Some(token)) if first::is_open(token, &seen, &headers) => {
            let frame = Frame::of(&seen);
            render(StatusCode::OK, &Local { frame })
        }
        (_, Some(token)) => first::open(token, &seen),
        // The gate lets nobody else through.
        _ => message(&seen, StatusCode::FORBIDDEN, NOT_SIGNED_IN),
    }
}

const NOT_SIGNED_IN: Message<'_> = Message {
    tone: Tone::Bad,
    state: "Not signed in",
    title: "Sign in first",
    text: "",
    command: None,
    link: Some((routes::LOGIN_PAGE.path, "Sign in")),
};

async fn account(gateway: &Gateway, seen: &Seen, live: &Live) -> Response {
    let now = gateway.ports.clock.now();
    let horizon = gateway.sessions.horizon(now);
    let storage = &gateway.ports.storage;
    let sessions = storage.sessions().list(live.user, horizon).await;
    let password = storage.users().password(live.user).await;
    let passkeys = storage.passkeys().list(live.user).await;
    let user = storage.users().find(live.user).await;
    let (Ok(sessions), Ok(password), Ok(passkeys), Ok(user)) = (sessions, password, passkeys, user)
    else {
        let problem = Message {
            tone: Tone::Bad,
            state: "Unavailable",
            title: "Your sessions cannot be read just now",
            text: "You are still signed in. Try again in a minute; if it stays, the host's owner \
                   finds the reason with this command.",
            command: Some("hermes doctor"),
            link: Some(("/account", "Try again")),
        };
        return message(seen, StatusCode::SERVICE_UNAVAILABLE, problem);
    };
    let rows: Vec<_> = sessions
        .into_iter()
        .map(|session| row(gateway, live, session, now))
        .collect();
    let has_passkeys = !passkeys.is_empty();
    let login = user
        .and_then(|user| user.login)
        .map(|login| login.to_string());
    let page = AccountPage {
        frame: Frame::of(seen),
        who: who(live),
        about: about(live),
        passkeys: Passkeys {
            origin: passkeys_origin(gateway),
            fresh: is_fresh(live, now),
            rows: passkeys
                .into_iter()
                .map(|passkey| passkey_row(live, passkey, now))
                .collect(),
        },
        least: gateway.rules().password_min_length,
        password: match password {
            Some(_) => Password::Change,
            None if has_passkeys => Password::Add(login.unwrap_or_default()),
            None => Password::None,
        },
        others: rows.iter().filter(|row| !row.current).count(),
        strangers: strangers(gateway, live, now),
        rows,
    };
    render(StatusCode::OK, &page)
}

pub(super) fn who(live: &Live) -> String {
    let label = live.display_name.as_ref().or(live.email.as_ref());
    label.map_or_else(|| live.user.to_string(), ToString::to_string)
}

pub(super) fn about(live: &Live) -> String {
    let email = live.email.as_ref().map(ToString::to_string);
    let email = email.filter(|email| *email != who(live));
    let role = match live.role {
        Role::Owner => "Owner of this gateway",
        Role::Member => "User of this gateway",
    };
    let parts = [email, Some(role.to_owned())];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

fn strangers(gateway: &Gateway, live: &Live, now: Timestamp) -> Vec<Waiting> {
    if live.role != Role::Owner {
        return Vec::new();
    }
    let waiting = gateway.strangers.waiting().into_iter();
    waiting.map(|stranger| waits(stranger, now)).collect()
}

/// The title is what the provider vouches for; a name is what somebody calls themselves.
fn waits(stranger: Stranger, now: Timestamp) -> Waiting {
    let Stranger {
        identity,
        provider,
        name,
        email,
        address,
        at,
    } = stranger;
    let email = email.map(|email| email.to_string());
    let about = [
        name.map(|name| format!("calls themselves {name}")),
        email.is_some().then(|| identity.subject.clone()),
        Some(format!("at {provider} ({})", identity.issuer)),
        Some(address.to_string()),
        Some(moment(at, now)),
    ];
    let about: Vec<_> = about.into_iter().flatten().collect();
    Waiting {
        identity: vouch::word(&identity),
        title: email.unwrap_or(identity.subject),
        about: about.join(" · "),
    }
}

fn row(gateway: &Gateway, live: &Live, session: Session, now: Timestamp) -> Row {
    let current = live.session == session.id;
    let client = session.client.map(|client| program(client.as_str()));
    let client = client.unwrap_or_else(|| "A program without a name".to_owned());
    let sockets = match gateway.sessions.sockets(session.id) {
        0 => None,
        1 => Some("1 open connection".to_owned()),
        more => Some(format!("{more} open connections")),
    };
    let name = session.name.map(|name| name.to_string());
    let used = if current {
        "now".to_owned()
    } else {
        format!("last used {}", moment(session.last_seen_at, now))
    };
    let about = [
        (session.kind == SessionKind::App).then(|| "App".to_owned()),
        (live.role.at_most(session.at_most) != live.role).then(|| "a user's rights".to_owned()),
        name.is_some().then(|| client.clone()),
        Some(used),
        Some(session.address.to_string()),
        Some(format!("by {}", session.method)),
        sockets,
    ];
    let about: Vec<_> = about.into_iter().flatten().collect();
    Row {
        id: session.id.to_string(),
        title: name.clone().unwrap_or(client),
        name: name.unwrap_or_default(),
        about: about.join(" · "),
        current,
    }
}

fn passkey_row(live: &Live, passkey: Passkey, now: Timestamp) -> Row {
    let name = passkey.name.map(|name| name.to_string());
    let current = live.passkey == Some(passkey.id);
    let used = match passkey.last_used_at {
        _ if current => "used now".to_owned(),
        Some(at) => format!("last used {}", moment(at, now)),
        None => "not used yet".to_owned(),
    };
    Row {
        current,
        id: passkey.id.to_string(),
        title: name.clone().unwrap_or_else(|| "Passkey".to_owned()),
        name: name.unwrap_or_default(),
        about: format!("added {} · {used}", moment(passkey.created_at, now)),
    }
}

/// How long ago, or the day in UTC.
fn moment(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins();
    match minutes {
        ..=1 => "a minute ago".to_owned(),
        2..=59 => format!("{minutes} minutes ago"),
        60..=119 => "an hour ago".to_owned(),
        120..=1439 => format!("{} hours ago", minutes / 60),
        _ => {
            let day = at.to_zoned(TimeZone::UTC);
            day.strftime("on %-d %B %Y").to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_near_or_a_day() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (at, shown) in [
            ("2026-11-22T12:00:30Z", "a minute ago"),
            ("2026-11-22T11:59:30Z", "a minute ago"),
            ("2026-11-22T11:30:00Z", "30 minutes ago"),
            ("2026-11-22T10:30:00Z", "an hour ago"),
            ("2026-11-22T02:00:00Z", "10 hours ago"),
            ("2026-11-01T02:00:00Z", "on 1 November 2026"),
        ] {
            assert_eq!(moment(at.parse().unwrap(), now), shown, "{at}");
        }
    }
}
