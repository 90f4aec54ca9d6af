use axum::{
    Extension, Json,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{MeAnswer, Refusal};
use hermes_storage::Label;

use crate::{person::Person, refusal::refuse};

/// Who is signed in. The holder of a token has not signed in, and upstream's clients know that
/// there is nobody to show then.
pub(super) async fn me(Extension(person): Extension<Person>) -> Response {
    let Person::SignedIn(live) = person else {
        return refuse(&Refusal::TokenRequired, None);
    };
    Json(MeAnswer {
        user_id: live.user.as_str(),
        email: text(live.email.as_ref()),
        display_name: text(live.display_name.as_ref()),
        org_id: "",
        provider: &live.method,
        expires_at: u64::try_from(live.ends_at.as_second()).unwrap_or_default(),
    })
    .into_response()
}

fn text(label: Option<&Label>) -> &str {
    label.map_or("", Label::as_str)
}
