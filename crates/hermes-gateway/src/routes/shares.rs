//! Links to conversations: their person makes, lists and revokes them, and anybody opens them.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, State, rejection::JsonRejection},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use hermes_protocol::{
    rest::{Done, Refusal, ShareMade, ShareMake, ShareRow, SharesAnswer, SharesRevoked},
    routes,
};
use hermes_storage::{Label, NewShare, Share, ShareId, Shared, StorageError, TokenHash, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::{
    audit::{Event, Line},
    conversations::NotOpen,
    departure::own_address,
    forwarded::Seen,
    gateway::Gateway,
    limiter::Keys,
    pages,
    person::Person,
    refusal::{refuse, whole_seconds},
    sharing::{Snapshot, said},
};

/// How many random bytes a link has.
const LINK_BYTES: usize = 32;

/// The most days of a link that ends by itself.
const DAYS_LIMIT: u32 = 365;

/// What a conversation is called that is called nothing.
const UNTITLED: &str = "A conversation";

const OFF: &str = "`gateway.sharing.enabled` turns it on";

/// The routes of links.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::SHARES.path, get(list).delete(revoke_all))
        .route(routes::SHARE_REVOKE.path, delete(revoke))
        .route(routes::SHARE_MAKE.path, post(make))
        .route(routes::SHARE_PAGE.path, get(open))
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    let now = gateway.ports.clock.now();
    let shares = gateway.ports.storage.shares().list(person.user(), now);
    match shares.await {
        Ok(shares) => Json(SharesAnswer {
            enabled: gateway.rules().sharing,
            shares: shares.iter().map(row).collect(),
        })
        .into_response(),
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

async fn make(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(id): Path<String>,
    body: Result<Json<ShareMake>, JsonRejection>,
) -> Response {
    if !gateway.rules().sharing {
        return refuse(&Refusal::SharingOff, Some(OFF));
    }
    let made = match body {
        Ok(Json(asked)) => share(&gateway, &person, &seen, &id, asked).await,
        Err(rejection) => Err(Refusal::Unprocessable {
            what: rejection.body_text().into(),
        }),
    };
    match made {
        Ok(made) => {
            note(&gateway, &seen, &person, Event::ShareMade, &made.share.id);
            Json(made).into_response()
        }
        Err(refusal) => refuse(&refusal, None),
    }
}

async fn share(
    gateway: &Gateway,
    person: &Person,
    seen: &Seen,
    id: &str,
    asked: ShareMake,
) -> Result<ShareMade, Refusal<'static>> {
    let unprocessable = |what: &'static str| Refusal::Unprocessable { what: what.into() };
    let found = gateway.conversations.find(person.user(), id).await;
    let open = found.map_err(not_open)?;
    if asked
        .days
        .is_some_and(|days| days == 0 || days > DAYS_LIMIT)
    {
        return Err(unprocessable("`days` is a number from 1 to 365"));
    }
    let live = open.live().map_err(not_open)?;
    // A link belongs to a conversation of which something is kept.
    if !live.until_kept().await {
        return Err(Refusal::StorageUnavailable);
    }
    let prompts = usize::try_from(asked.prompts).unwrap_or(usize::MAX);
    let (said, title) = live.look(|transcript, _| {
        let summary = transcript.summary();
        let title = summary.title.unwrap_or(summary.preview);
        (said(transcript, prompts), title)
    });
    let said = said.ok_or_else(|| {
        unprocessable("the conversation has not so many answered prompts: look at it again")
    })?;
    let now = gateway.ports.clock.now();
    let title = Label::new(&title)
        .or_else(|| Label::new(UNTITLED))
        .ok_or(Refusal::StorageUnavailable)?;
    let by = match asked.with_name {
        true => name(gateway, person.user()).await.map_err(unavailable)?,
        false => None,
    };
    let snapshot = Snapshot {
        title: title.to_string(),
        by,
        at: now.as_millisecond(),
        said,
    };
    let content = serde_json::to_string(&snapshot).map_err(|_| Refusal::StorageUnavailable)?;
    let value = gateway.ports.random.token(LINK_BYTES);
    let path = routes::SHARE_PAGE.path.replace("{id}", value.expose());
    let url = own_address(gateway, seen, &path).ok_or(Refusal::HostNotAllowed)?;
    let days = asked
        .days
        .map(|days| SignedDuration::from_hours(i64::from(days) * 24));
    let new = NewShare {
        id: ShareId::new(&*gateway.ports.random),
        conversation: open.id,
        title,
        made_at: now,
        ends_at: days.and_then(|days| now.checked_add(days).ok()),
        content,
    };
    let share = Share {
        id: new.id,
        conversation: new.conversation,
        title: new.title.clone(),
        made_at: now,
        ends_at: new.ends_at,
        opened: 0,
    };
    let hash = TokenHash::of_secret(&value);
    let shared = gateway.ports.storage.shares().share(hash, new).await;
    match shared.map_err(unavailable)? {
        Shared::Made => Ok(ShareMade {
            url,
            share: row(&share),
        }),
        Shared::Full => Err(Refusal::TooManyShares),
        Shared::Gone => Err(Refusal::NoSuchConversation),
    }
}

/// As somebody is known to others. Whoever holds the token of a gateway without sign-in has no name.
async fn name(gateway: &Gateway, user: UserId) -> Result<Option<String>, StorageError> {
    let user = gateway.ports.storage.users().find(user).await?;
    Ok(user.and_then(|user| {
        let login = || user.login.as_ref().map(ToString::to_string);
        user.display_name
            .as_ref()
            .map(ToString::to_string)
            .or_else(login)
    }))
}

async fn revoke(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(id): Path<String>,
) -> Response {
    let Ok(share) = id.parse() else {
        return refuse(&Refusal::NoSuchShare, None);
    };
    let shares = gateway.ports.storage.shares();
    match shares.revoke(person.user(), share).await {
        Ok(true) => {
            note(&gateway, &seen, &person, Event::ShareRevoked, &id);
            Json(Done { ok: true }).into_response()
        }
        Ok(false) => refuse(&Refusal::NoSuchShare, None),
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

async fn revoke_all(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
) -> Response {
    let shares = gateway.ports.storage.shares();
    match shares.revoke_all(person.user()).await {
        Ok(revoked) => {
            note(&gateway, &seen, &person, Event::ShareRevoked, "all");
            Json(SharesRevoked { revoked }).into_response()
        }
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

/// What is shared under a link, for anybody. A link that is over, was revoked or never was is answered
/// alike.
async fn open(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    Path(value): Path<String>,
) -> Response {
    let now = gateway.ports.clock.now();
    let keys = Keys::of("share", "", seen.address);
    if let Err(wait) = gateway.share_views.admit(&keys, now) {
        return pages::too_often(&seen, whole_seconds(wait));
    }
    if !gateway.rules().sharing {
        return pages::not_shared(&seen);
    }
    let hash = TokenHash::of(&value);
    match gateway.ports.storage.shares().open(&hash, now).await {
        Ok(Some(content)) => match serde_json::from_str::<Snapshot>(&content) {
            Ok(snapshot) => pages::shared(&seen, &snapshot),
            // What this program wrote it reads; another version's is not shown half.
            Err(_) => pages::not_shared(&seen),
        },
        Ok(None) => pages::not_shared(&seen),
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

fn row(share: &Share) -> ShareRow {
    let seconds = |at: Timestamp| at.as_millisecond() as f64 / 1000.0;
    ShareRow {
        id: share.id.to_string(),
        session_id: share.conversation.to_string(),
        title: share.title.to_string(),
        made_at: seconds(share.made_at),
        ends_at: share.ends_at.map(seconds),
        opened: share.opened,
    }
}

fn note(gateway: &Gateway, seen: &Seen, person: &Person, event: Event, share: &str) {
    let line = Line::new(event, Some(seen.address)).share(share);
    let user = person.user();
    let line = match person.session() {
        Some(live) => line.live(live),
        None => line.provider("token").user(user.as_str(), None),
    };
    gateway.ports.audit.record(line);
}

fn not_open(why: NotOpen) -> Refusal<'static> {
    match why {
        NotOpen::Unknown => Refusal::NoSuchConversation,
        NotOpen::TooMany => Refusal::TooManyConversations,
        NotOpen::Unavailable => Refusal::StorageUnavailable,
    }
}

fn unavailable(_: StorageError) -> Refusal<'static> {
    Refusal::StorageUnavailable
}
