//! Conversations over HTTP: the asker's own, and no others.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use hermes_protocol::{
    limits,
    rest::{
        ArchivedQuery, ConversationChange, ConversationChanged, ConversationImport,
        ConversationsAnswer, ConversationsQuery, Done, MessagesQuery, OrderQuery, Refusal,
        SearchQuery, StoredConversation,
    },
    routes,
};
use hermes_storage::{Archived, Label, Order, PAGE_LIMIT, Page, Selection};
use serde::Serialize;

use crate::{
    conversations::{NotImported, NotOpen, Unchanged, shown},
    gateway::Gateway,
    person::Person,
    refusal::refuse,
};

/// How many conversations a list has unless somebody says.
const LISTED: u32 = 20;

/// How many kinds of client can be left out of a list.
const WITHOUT_LIMIT: usize = 20;

type Asked<T> = Result<Query<T>, QueryRejection>;

/// The routes of conversations.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::CONVERSATIONS.path, get(list))
        .route(routes::CONVERSATION_SEARCH.path, get(search))
        .route(routes::CONVERSATION_STATS.path, get(stats))
        .route(routes::CONVERSATIONS_EMPTY.path, get(empty))
        .route(
            routes::CONVERSATION_IMPORT.path,
            post(import).layer(DefaultBodyLimit::max(limits::IMPORT_BYTES)),
        )
        .route(
            routes::CONVERSATION.path,
            get(detail).patch(change).delete(delete),
        )
        .route(routes::CONVERSATION_MESSAGES.path, get(messages))
}

/// A part of somebody's conversations.
pub(super) struct Listed {
    pub(super) rows: Vec<StoredConversation>,
    pub(super) total: u64,
    pub(super) limit: u32,
    pub(super) offset: u32,
}

/// The part of the asker's conversations that a query names.
pub(super) async fn listed(
    gateway: &Gateway,
    person: &Person,
    query: Asked<ConversationsQuery>,
) -> Result<Listed, Box<Response>> {
    let query = read(query)?;
    let most = u32::try_from(PAGE_LIMIT).unwrap_or(u32::MAX);
    let limit = query.limit.unwrap_or(LISTED).min(most);
    let offset = query.offset.unwrap_or_default();
    let page = page(&query, limit, offset);
    let listed = gateway.conversations.listed(person.user(), page).await;
    let (rows, total) = listed.map_err(|why| Box::new(not_open(&why)))?;
    Ok(Listed {
        rows,
        total,
        limit,
        offset,
    })
}

fn page(query: &ConversationsQuery, limit: u32, offset: u32) -> Page {
    let whole = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let without = query.exclude_sources.as_deref().unwrap_or_default();
    Page {
        selection: shown(Selection {
            archived: match query.archived {
                Some(ArchivedQuery::Include) => Archived::Included,
                Some(ArchivedQuery::Only) => Archived::Only,
                Some(ArchivedQuery::Exclude) | None => Archived::Excluded,
            },
            min_messages: query.min_messages.unwrap_or_default(),
            source: query.source.as_deref().and_then(Label::new),
            without: without
                .split(',')
                .filter_map(Label::new)
                .take(WITHOUT_LIMIT)
                .collect(),
        }),
        order: match query.order {
            Some(OrderQuery::Created) => Order::LastBegun,
            Some(OrderQuery::Pinned) => Order::Pinned,
            Some(OrderQuery::Recent) | None => Order::LastActive,
        },
        offset: whole(offset),
        limit: whole(limit),
    }
}

async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    query: Asked<ConversationsQuery>,
) -> Response {
    match listed(&gateway, &person, query).await {
        Ok(listed) => Json(ConversationsAnswer {
            sessions: listed.rows,
            total: listed.total,
            limit: listed.limit,
            offset: listed.offset,
        })
        .into_response(),
        Err(refusal) => *refusal,
    }
}

async fn search(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    query: Asked<SearchQuery>,
) -> Response {
    let query = match read(query) {
        Ok(query) => query,
        Err(refusal) => return *refusal,
    };
    let limit = usize::try_from(query.limit.unwrap_or(LISTED)).unwrap_or(usize::MAX);
    let conversations = &gateway.conversations;
    answer(conversations.search(person.user(), &query.q, limit).await)
}

async fn stats(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    answer(gateway.conversations.stats(person.user()).await)
}

async fn empty(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    answer(gateway.conversations.empty(person.user()).await)
}

async fn detail(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Response {
    answer(gateway.conversations.detail(person.user(), &id).await)
}

async fn messages(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    query: Asked<MessagesQuery>,
) -> Response {
    let query = match read(query) {
        Ok(query) => query,
        Err(refusal) => return *refusal,
    };
    let conversations = &gateway.conversations;
    answer(conversations.messages(person.user(), &id, query).await)
}

async fn change(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Json(body): Json<ConversationChange>,
) -> Response {
    let unprocessable =
        |what: &'static str| refuse(&Refusal::Unprocessable { what: what.into() }, None);
    let (archived, pinned) = (body.archived, body.pinned);
    if body.title.is_none() && archived.is_none() && pinned.is_none() {
        return unprocessable("`title`, `archived` or `pinned` is missing");
    }
    let conversations = &gateway.conversations;
    match conversations.change(person.user(), &id, body).await {
        Ok(title) => Json(ConversationChanged {
            ok: true,
            title,
            archived,
            pinned,
        })
        .into_response(),
        Err(Unchanged::NoTitle) => unprocessable("`title` is empty"),
        Err(Unchanged::NotOpen(why)) => not_open(&why),
    }
}

async fn import(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    body: Result<Json<ConversationImport>, JsonRejection>,
) -> Response {
    let unprocessable = |what: String| refuse(&Refusal::Unprocessable { what: what.into() }, None);
    let Json(import) = match body {
        Ok(import) => import,
        Err(rejection) => return unprocessable(rejection.body_text()),
    };
    match gateway.conversations.import(person.user(), import).await {
        Ok(imported) => Json(imported).into_response(),
        Err(NotImported::Invalid(why)) => unprocessable(why.to_string()),
        Err(NotImported::NotOpen(why)) => not_open(&why),
    }
}

async fn delete(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Response {
    let conversations = &gateway.conversations;
    let deleted = conversations.delete_whole(person.user(), &id).await;
    answer(deleted.map(|()| Done { ok: true }))
}

fn read<T>(query: Asked<T>) -> Result<T, Box<Response>> {
    let Query(query) = query.map_err(|rejection| {
        let what = rejection.body_text().into();
        Box::new(refuse(&Refusal::Unprocessable { what }, None))
    })?;
    Ok(query)
}

fn answer<T: Serialize>(found: Result<T, NotOpen>) -> Response {
    match found {
        Ok(found) => Json(found).into_response(),
        Err(why) => not_open(&why),
    }
}

fn not_open(why: &NotOpen) -> Response {
    let refusal = match why {
        NotOpen::Unknown => Refusal::NoSuchConversation,
        NotOpen::TooMany => Refusal::TooManyConversations,
        NotOpen::Unavailable => Refusal::StorageUnavailable,
    };
    refuse(&refusal, None)
}
