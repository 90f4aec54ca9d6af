use hermes_storage::{Label, LoginName, NewUser, Role, User};
use serde_json::{Value, json};

/// The name to type: the login name, or else the id.
pub(super) fn name(user: &User) -> String {
    let login = user.login.as_ref().map(ToString::to_string);
    login.unwrap_or_else(|| user.id.to_string())
}

/// What a user may do, in a word.
pub(in crate::commands) const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Member => "member",
    }
}

/// A user for a program.
pub(super) fn user(user: &User) -> Value {
    json!({
        "id": user.id.as_str(),
        "login": user.login.as_ref().map(LoginName::as_str),
        "display_name": user.display_name.as_ref().map(Label::as_str),
        "email": user.email.as_ref().map(Label::as_str),
        "role": role(user.role),
        "disabled": user.disabled,
        "created_at": user.created_at.to_string(),
    })
}

/// A user who has just been added.
pub(super) fn new_user(new: &NewUser) -> Value {
    user(&User {
        id: new.id,
        login: new.login.clone(),
        display_name: new.display_name.clone(),
        email: new.email.clone(),
        role: new.role,
        disabled: false,
        created_at: new.created_at,
    })
}
