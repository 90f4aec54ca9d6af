use std::fmt::Write as _;

use hermes_client::{
    Mode, PlainHttp,
    kept::{Found, Remembered, Where},
    sign_in::Method,
};
use hermes_errors::Failure;
use hermes_secret::visible;
use serde_json::{Value, json};

use crate::output::Output;

/// Shows the gateways that are remembered, the one used last first.
pub(super) fn run(found: &Found, output: Output) -> Result<(), Failure> {
    let mut gateways: Vec<_> = found.gateways.iter().collect();
    gateways.sort_by_key(|gateway| std::cmp::Reverse(gateway.last_used));
    if output.json {
        let gateways: Vec<_> = gateways.into_iter().map(shape).collect();
        return output.json(&json!({ "gateways": gateways }));
    }
    if gateways.is_empty() {
        output.say("No gateway is remembered. To connect to one: hermes connect https://HOST");
        return Ok(());
    }
    let names = gateways.iter().map(|gateway| gateway.name.len());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for gateway in gateways {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "{:<width$}  {}",
            gateway.name,
            details(gateway).join("  ")
        );
    }
    output.data(&text)
}

fn details(gateway: &Remembered) -> Vec<String> {
    let address = visible(&gateway.address.to_string()).into_owned();
    let is_in = gateway.secret != Where::Nowhere;
    let who = match (&gateway.user, is_in) {
        (_, false) => "not signed in".to_owned(),
        (Some(user), true) => user.clone(),
        (None, true) => "signed in".to_owned(),
    };
    let method = gateway.method.filter(|_| is_in);
    let used = gateway.last_used.map(|time| format!("used {time:.0}"));
    let parts = [
        Some(address),
        Some(who),
        method.map(|method| format!("by {}", method.as_str())),
        used,
    ];
    parts.into_iter().flatten().collect()
}

fn shape(gateway: &Remembered) -> Value {
    json!({
        "name": gateway.name,
        "address": gateway.address.to_string(),
        "mode": match gateway.mode {
            Mode::Token => "token",
            Mode::SignIn => "sign_in",
        },
        "signed_in": gateway.secret != Where::Nowhere,
        "method": gateway.method.map(Method::as_str),
        "user": gateway.user,
        "kept_in": match gateway.secret {
            Where::Nowhere => None,
            Where::File => Some("file"),
            Where::Keychain => Some("keychain"),
        },
        "plain_http": gateway.plain_http == PlainHttp::Agreed,
        "last_used": gateway.last_used.map(|time| format!("{time:.0}")),
    })
}
