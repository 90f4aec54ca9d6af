//! The one profile, its model and its settings, as far as every client may see them.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse as _, Response},
    routing::get,
};
use hermes_protocol::{
    methods::{Nothing, PublicConfig},
    rest::{
        ActiveProfile, ConversationsQuery, ModelInfo, PROFILE, ProfileConversation,
        ProfileConversations, ProfileRow, ProfilesAnswer,
    },
    routes,
};

use super::conversations::listed;
use crate::{conversations::Choosing, gateway::Gateway, person::Person};

/// The routes of the profile.
pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::PROFILES.path, get(list))
        .route(routes::PROFILE_ACTIVE.path, get(active))
        .route(routes::PROFILE_CONVERSATIONS.path, get(conversations))
        .route(routes::MODEL_INFO.path, get(model))
        .route(routes::CONFIG.path, get(config))
}

async fn list(State(gateway): State<Arc<Gateway>>) -> Json<ProfilesAnswer> {
    let usual = gateway.ports.answering.catalogue.sources().usual();
    Json(ProfilesAnswer {
        profiles: vec![ProfileRow {
            name: PROFILE,
            path: "",
            is_default: true,
            model: usual.as_ref().and_then(|usual| usual.model.clone()),
            provider: usual.map(|usual| usual.source),
            has_env: false,
            skill_count: 0,
            gateway_running: false,
            description: "",
            description_auto: false,
            distribution_name: None,
            distribution_version: None,
            distribution_source: None,
            has_alias: false,
        }],
    })
}

async fn active() -> Json<ActiveProfile> {
    Json(ActiveProfile {
        active: PROFILE,
        current: PROFILE,
    })
}

async fn conversations(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    query: Result<Query<ConversationsQuery>, QueryRejection>,
) -> Response {
    let listed = match listed(&gateway, &person, query).await {
        Ok(listed) => listed,
        Err(refusal) => return *refusal,
    };
    let rows = listed.rows.into_iter().map(|row| ProfileConversation {
        row,
        profile: PROFILE,
        is_default_profile: true,
    });
    Json(ProfileConversations {
        sessions: rows.collect(),
        total: listed.total,
        limit: listed.limit,
        offset: listed.offset,
        profile_totals: [(PROFILE, listed.total)].into(),
        errors: Vec::new(),
    })
    .into_response()
}

async fn model(State(gateway): State<Arc<Gateway>>) -> Json<ModelInfo> {
    let catalogue = &gateway.ports.answering.catalogue;
    let usual = catalogue.sources().usual();
    let (provider, model) = usual.map_or_else(Default::default, |usual| {
        (usual.source, usual.model.unwrap_or_default())
    });
    let context = catalogue.context(&provider, &model).unwrap_or_default();
    Json(ModelInfo {
        model,
        provider,
        auto_context_length: context,
        config_context_length: 0,
        effective_context_length: context,
        capabilities: Nothing {},
    })
}

/// The same as `config.get` on the socket.
async fn config(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Json<PublicConfig> {
    let choosing = Choosing {
        conversations: &gateway.conversations,
        owner: person.user(),
    };
    Json(choosing.public_config())
}
