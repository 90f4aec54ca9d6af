use hermes_credentials::{Entry, Saved};
use hermes_errors::Failure;
use hermes_login::{Place, SignedIn};
use hermes_providers::Provider;
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::shape;
use crate::{
    commands::{Done, elsewhere},
    output::Output,
    world::World,
};

/// Says that nothing had to be done, and how to do it all the same.
pub(super) fn already(provider: &Provider, entry: &Entry, output: Output) -> Result<(), Failure> {
    if output.json {
        return output.json(&json!({
            "event": "signed_in",
            "provider": provider.id,
            "credential": shape::entry(entry),
            "already": true,
        }));
    }
    let (name, label) = (provider.short_name(), plain(&entry.label, LABEL_LIMIT));
    output.say(&format!("Already signed in to {name} as \"{label}\"."));
    output.say(&format!(
        "  Sign in again:   hermes auth add {} --force",
        provider.id
    ));
    output.say(&format!(
        "  Another account: hermes auth add {} --label NAME",
        provider.id
    ));
    Ok(())
}

/// Says who is signed in, where that is kept, and what to type next.
pub(super) fn signed_in(
    provider: &Provider,
    signed_in: &SignedIn,
    place: &Place,
    services: &[elsewhere::Elsewhere],
    world: &World,
    output: Output,
) -> Done {
    let entry = &signed_in.saved.entry;
    if output.json {
        output.json(&json!({
            "event": "signed_in",
            "provider": provider.id,
            "credential": shape::entry(entry),
            "already": false,
            "plan": signed_in.plan,
            "services": elsewhere::shapes(services, &provider.id),
        }))?;
        return Ok(());
    }
    let label = plain(&entry.label, LABEL_LIMIT);
    output.say("Login successful!");
    output.say(&format!(
        "Saved {} OAuth credentials: \"{label}\"",
        provider.id
    ));
    if let Some(plan) = &signed_in.plan {
        output.say(&format!("  Plan: {}.", plain(plan, LABEL_LIMIT)));
    }
    output.say(&kept(&signed_in.saved, place, world));
    if let Some(notice) = &signed_in.notice {
        output.say(&format!(
            "  {} says: {}",
            provider.short_name(),
            plain(notice, LABEL_LIMIT)
        ));
    }
    if let Some((asked, granted)) = &signed_in.scope_differs {
        let (asked, granted) = (plain(asked, 400), plain(granted, 400));
        output.say(&format!(
            "  Granted scope differs. Asked: {asked}. Granted: {granted}"
        ));
    }
    if signed_in.tunnelled {
        output.say("  You can close the tunnel now (Ctrl-C in its terminal).");
    }
    elsewhere::after(services, &provider.id, output);
    output.say(&format!("  Next: hermes auth status {}", provider.id));
    Ok(())
}

/// The same for a person at another machine: where it is kept, and what is odd about it.
pub(crate) fn remarks(
    provider: &Provider,
    signed_in: &SignedIn,
    place: &Place,
    world: &World,
) -> Vec<String> {
    let mut remarks = vec![kept(&signed_in.saved, place, world).trim_start().to_owned()];
    if let Some(plan) = &signed_in.plan {
        remarks.push(format!("Plan: {plan}."));
    }
    if let Some(notice) = &signed_in.notice {
        remarks.push(format!("{} says: {notice}", provider.short_name()));
    }
    if let Some((asked, granted)) = &signed_in.scope_differs {
        remarks.push(format!(
            "Granted scope differs. Asked: {asked}. Granted: {granted}"
        ));
    }
    remarks
}

/// Where the credential is, who can read it, and how long it is good.
fn kept(saved: &Saved, place: &Place, world: &World) -> String {
    let path = world.display(&saved.path);
    let renewal = match (saved.entry.renews, saved.entry.expires_at) {
        (true, _) => " Renews by itself.".to_owned(),
        (false, Some(at)) => format!(" Good until {}; it cannot renew itself.", shape::time(at)),
        (false, None) => String::new(),
    };
    format!("  In {path}, which only {} can read.{renewal}", place.user)
}
