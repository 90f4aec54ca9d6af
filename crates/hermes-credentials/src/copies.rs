//! Files beside `auth.json` in which upstream keeps a copy of the same refresh token. A refresh
//! that left one of them behind would make the next program that reads it spend a dead token, for
//! which some providers end the whole account's sign-in.

use std::{collections::BTreeMap, io, path::PathBuf};

use hermes_machine::{Environment, FileLock, Home, file};
use hermes_oauth::{TokenSet, jwt_expiry, jwt_subject};
use hermes_secret::Secret;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    StoreError,
    record::{Record, renew},
    store::FileStore,
    times,
};

const LIMIT: u64 = 1024 * 1024;

/// The Nous sign-in that all profiles of one root share, under its own lock. The lock of
/// `auth.json` is always taken first.
pub(crate) struct SharedNous {
    path: PathBuf,
    fields: Map<String, Value>,
    _lock: FileLock,
}

impl SharedNous {
    /// Takes the lock and reads the file, if there is one that is ours and can be understood.
    pub(crate) async fn open(
        store: &FileStore,
        environment: &Environment,
    ) -> Result<Option<Self>, StoreError> {
        let directory = environment
            .path("HERMES_SHARED_AUTH_DIR")
            .unwrap_or_else(|| store.home().root().join("shared"));
        let path = directory.join("nous_auth.json");
        if !path.is_file() {
            return Ok(None);
        }
        let lock = store.lock(&directory.join("nous_auth.lock")).await?;
        let bytes = file::read_bounded(&path, LIMIT).ok().flatten();
        let value = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(Value::Object(fields)) = value else {
            return Ok(None);
        };
        Ok(Some(Self {
            path,
            fields,
            _lock: lock,
        }))
    }

    /// The tokens in it, if they are later ones of the same sign-in.
    pub(crate) fn newer_than(&self, own: Record<'_>) -> Option<TokenSet> {
        let shared = Record::new(&self.fields);
        let refresh = shared.refresh_token()?;
        let newer = shared.moment("obtained_at")? > own.obtained_at()?;
        if !newer || own.refreshes_by(&refresh) || !same_sign_in(shared, own) {
            return None;
        }
        let access = shared.access_token()?;
        let mut tokens = TokenSet::new(access, shared.moment("obtained_at")?);
        tokens.expires_at = shared
            .moment("expires_at")
            .or_else(|| jwt_expiry(&tokens.access_token));
        tokens.expires_in = tokens
            .expires_at
            .map(|at| at.duration_since(tokens.obtained_at).as_secs())
            .and_then(|life| u64::try_from(life).ok());
        tokens.scope = shared.text("scope").map(ToOwned::to_owned);
        tokens.refresh_token = Some(refresh);
        Some(tokens)
    }

    /// Whether it holds exactly that refresh token.
    pub(crate) fn holds(&self, token: &Secret) -> bool {
        Record::new(&self.fields).refreshes_by(token)
    }

    /// Whether it holds tokens of the same account.
    pub(crate) fn is_of(&self, record: Record<'_>) -> bool {
        let shared = Record::new(&self.fields);
        subject(shared).is_some() && same_sign_in(shared, record)
    }

    /// Puts the new tokens in, in upstream's layout: sorted keys, no line end.
    pub(crate) fn save(&mut self, tokens: &TokenSet, now: Timestamp) -> io::Result<()> {
        renew(&mut self.fields, tokens);
        self.fields
            .insert("updated_at".into(), json!(times::micros(now)));
        let sorted: BTreeMap<&String, &Value> = self.fields.iter().collect();
        let text = Secret::new(serde_json::to_string_pretty(&sorted)?);
        file::sweep_beside(&self.path);
        file::write_private(&self.path, text.expose().as_bytes())
    }
}

/// Whether both are of one account at one portal.
fn same_sign_in(one: Record<'_>, other: Record<'_>) -> bool {
    let agree = |key: &str| match (one.text(key), other.text(key)) {
        (Some(one), Some(other)) => one.trim_end_matches('/') == other.trim_end_matches('/'),
        _ => true,
    };
    let people = match (subject(one), subject(other)) {
        (Some(one), Some(other)) => one == other,
        // Nous access tokens are JWTs with a subject; anything else proves nothing.
        _ => false,
    };
    agree("client_id") && agree("portal_base_url") && people
}

/// The `sub` claim of the access token, unverified: it only tells our own copies apart.
fn subject(record: Record<'_>) -> Option<String> {
    jwt_subject(&record.access_token()?)
}

/// Where upstream's dashboard keeps its sign-in to Anthropic.
pub(crate) fn dashboard_path(home: &Home) -> PathBuf {
    home.path().join(".anthropic_oauth.json")
}

/// Puts new tokens into the dashboard's file, if it holds the old refresh token.
pub(crate) fn renew_dashboard(home: &Home, old: &Secret, tokens: &TokenSet) -> io::Result<()> {
    let path = dashboard_path(home);
    let Some(bytes) = file::read_bounded(&path, LIMIT)? else {
        return Ok(());
    };
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(&bytes) else {
        return Ok(());
    };
    let holds = fields
        .get("refreshToken")
        .and_then(Value::as_str)
        .is_some_and(|own| old.matches(own));
    if !holds {
        return Ok(());
    }
    fields.insert("accessToken".into(), json!(tokens.access_token.expose()));
    if let Some(refresh) = &tokens.refresh_token {
        fields.insert("refreshToken".into(), json!(refresh.expose()));
    }
    let at = tokens.expires_at.map(Timestamp::as_millisecond);
    fields.insert("expiresAt".into(), json!(at));
    let text = Secret::new(serde_json::to_string_pretty(&fields)?);
    file::sweep_beside(&path);
    file::write_private(&path, text.expose().as_bytes())
}
