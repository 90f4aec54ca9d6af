use hermes_errors::Failure;
use hermes_providers::{Flow, Provider};
use serde_json::{Value, json};

use crate::{commands::Done, output::Output, world::World};

/// Lists the provider table.
pub(super) fn run(world: &World, output: Output) -> Done {
    let table = world.table()?;
    if output.json {
        let providers: Vec<Value> = table.iter().map(shape).collect();
        output.json(&json!({ "providers": providers }))?;
        return Ok(());
    }
    let mut text = String::new();
    let (accounts, others): (Vec<_>, Vec<_>) = table.iter().partition(|one| one.has_sign_in());
    text.push_str("Accounts (hermes auth add <provider>)\n");
    for provider in accounts {
        let flows: Vec<_> = provider.flows.iter().map(|flow| flow.as_str()).collect();
        let owner = provider
            .client_owner
            .as_deref()
            .unwrap_or("your own client id");
        let (id, flows) = (&provider.id, flows.join(", "));
        text.push_str(&format!("  {id:<16} {flows:<24} client id of {owner}\n"));
    }
    text.push_str("\nAPI keys (hermes auth add <provider> --type api-key)\n");
    for provider in table.iter().filter(|one| one.takes_keys()) {
        text.push_str(&format!(
            "  {:<20} {}\n",
            provider.id,
            provider.key_env.join(", ")
        ));
    }
    text.push_str("\nNo sign-in of their own here\n");
    for provider in others {
        if let Some(reason) = &provider.no_sign_in {
            text.push_str(&format!("  {}\n    {reason}\n", provider.id));
        }
    }
    text.push_str("\nAny other server: hermes auth add NAME --issuer URL --client-id ID\n");
    output
        .data(&text)
        .map_err(|failure: Failure| failure.into())
}

fn shape(provider: &Provider) -> Value {
    json!({
        "id": provider.id,
        "name": provider.name,
        "aliases": provider.aliases,
        "flows": provider.flows.iter().map(|flow: &Flow| flow.as_str()).collect::<Vec<_>>(),
        "client_id": provider.client_id,
        "client_owner": provider.client_owner,
        "client_id_env": provider.client_id_env,
        "hosts": provider.hosts,
        "redirect_port": provider.loopback.as_ref().map(|loopback| loopback.port),
        "any_port": provider.loopback.as_ref().map(|loopback| loopback.any_port),
        "key_env": provider.key_env,
        "api_mode": provider.api.as_ref().map(|api| api.mode.as_str()),
        "base_url": provider.api.as_ref().and_then(|api| api.base_url.as_ref()).map(url::Url::as_str),
        "terms": provider.terms,
        "no_sign_in": provider.no_sign_in,
    })
}
