//! Spotify: standard, with the person's own app. Its redirect URIs are 127.0.0.1 or localhost.

use serde_json::{Map, Value};

use crate::{Account, jwt::label, userinfo::plan};

/// The profile of the Web API.
pub(crate) fn account(object: &Map<String, Value>) -> Option<Account> {
    Some(Account {
        label: label(object, &["email", "display_name", "id"])?,
        plan: plan(object, "product"),
    })
}
