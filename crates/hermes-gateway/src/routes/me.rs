use axum::{
    Extension, Json,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{MeAnswer, Refusal};

use crate::{person::Person, refusal::refuse};

/// Who is signed in. The holder of a token has not signed in, and upstream's clients know that
/// there is nobody to show then.
pub(super) async fn me(Extension(person): Extension<Person>) -> Response {
    let Person::SignedIn(live) = person else {
        return refuse(&Refusal::TokenRequired, None);
    };
    let text = |label: &Option<hermes_storage::Label>| {
        label.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    Json(MeAnswer {
        user_id: live.user.to_string(),
        email: text(&live.email),
        display_name: text(&live.display_name),
        org_id: String::new(),
        provider: live.method.clone(),
        expires_at: u64::try_from(live.ends_at.as_second()).unwrap_or_default(),
    })
    .into_response()
}
