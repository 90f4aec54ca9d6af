use std::fmt::Write as _;

use hermes_errors::Failure;
use hermes_storage::{Identity, Storage, User};
use serde_json::{Value, json};

use super::{explain, shape, with_storage};
use crate::{commands::Done, output::Output, world::World};

/// A user, and the ways in they have.
struct Row {
    user: User,
    has_password: bool,
    passkeys: usize,
    identities: Vec<Identity>,
}

/// Shows who may use the gateway.
pub(super) fn run(world: &World, output: Output) -> Done {
    let rows = with_storage(world, async |storage| read(storage).await)?;
    if output.json {
        let users: Vec<_> = rows.iter().map(to_json).collect();
        output.json(&json!({ "users": users }))?;
        return Ok(());
    }
    if rows.is_empty() {
        output.say("The gateway has no users. The first one becomes the owner:");
        output.say("  hermes users add NAME");
        return Ok(());
    }
    let names: Vec<_> = rows.iter().map(|row| shape::name(&row.user)).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for (row, name) in rows.iter().zip(&names) {
        let line = [
            Some(format!("{:<6}", shape::role(row.user.role))),
            Some(ways(row)),
            row.user.disabled.then(|| "disabled".to_owned()),
            row.user.display_name.as_ref().map(ToString::to_string),
        ];
        let line: Vec<_> = line.into_iter().flatten().collect();
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{name:<width$}  {}", line.join("  "));
    }
    output.data(&text)?;
    Ok(())
}

async fn read(storage: &dyn Storage) -> Result<Vec<Row>, Failure> {
    let users = storage.users();
    let listed = users.list().await.map_err(|error| explain(&error))?;
    let mut rows = Vec::with_capacity(listed.len());
    for user in listed {
        let password = users.password(user.id).await;
        let passkeys = storage.passkeys().list(user.id).await;
        let identities = users.identities(user.id).await;
        rows.push(Row {
            has_password: password.map_err(|error| explain(&error))?.is_some(),
            passkeys: passkeys.map_err(|error| explain(&error))?.len(),
            identities: identities.map_err(|error| explain(&error))?,
            user,
        });
    }
    Ok(rows)
}

/// How the user signs in.
fn ways(row: &Row) -> String {
    let password = row.has_password.then(|| "password".to_owned());
    let passkeys = match row.passkeys {
        0 => None,
        1 => Some("passkey".to_owned()),
        more => Some(format!("{more} passkeys")),
    };
    let identities = row.identities.iter().map(|identity| {
        let issuer = identity.issuer.trim_start_matches("https://");
        hermes_secret::plain(issuer, 60)
    });
    let ways: Vec<_> = password
        .into_iter()
        .chain(passkeys)
        .chain(identities)
        .collect();
    match ways.is_empty() {
        true => "-".to_owned(),
        false => ways.join(", "),
    }
}

fn to_json(row: &Row) -> Value {
    let identities: Vec<_> = row
        .identities
        .iter()
        .map(|identity| json!({ "issuer": identity.issuer, "subject": identity.subject }))
        .collect();
    let mut shown = shape::user(&row.user);
    shown["has_password"] = row.has_password.into();
    shown["passkeys"] = row.passkeys.into();
    shown["identities"] = identities.into();
    shown
}
