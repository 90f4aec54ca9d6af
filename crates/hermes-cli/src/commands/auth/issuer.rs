use std::sync::Arc;

use hermes_errors::{Code, Explain, Failure};
use hermes_providers::{Provider, Table};
use hermes_secret::{LABEL_LIMIT, plain};

use super::client;
use crate::{
    args::SignInArgs,
    commands::Stop,
    output::{self, Output},
    world::World,
};

/// Discovers a server that no table names, and keeps what was found under the name before anybody
/// signs in, so that no credential is ever without its endpoints.
pub(crate) async fn discovered(
    issuer: &str,
    name: &str,
    args: &SignInArgs,
    mut table: Table,
    world: &World,
    output: Output,
) -> Result<(Provider, Table), Stop> {
    let name = name.trim().to_ascii_lowercase();
    let before = Arc::new(table.clone());
    let credentials = world.credentials(&before);
    let used = credentials
        .list(Some(&name))
        .map_err(|error| Failure::of(&error))?;
    let known = table.get(&name);
    if let Some(known) = known
        && known.issuer.as_deref() != Some(issuer)
        && (!used.is_empty() || Table::load(None).is_ok_and(|table| table.get(&name).is_some()))
    {
        return Err(name_taken(&name, known, issuer).into());
    }
    let provider = hermes_oauth::discover(&name, issuer, &client::given(args), &world.ports)
        .await
        .map_err(|error| undiscovered(&name, issuer, &error))?;
    if let Some(known) = known
        && !used.is_empty()
        && known.hosts != provider.hosts
    {
        trust_moved(known, &provider, args.force, world, output)?;
    }
    credentials
        .save_provider(&provider)
        .await
        .map_err(|error| Stop::about(&name, &error))?;
    table.insert(provider.clone());
    Ok((provider, table))
}

/// A failure that keeps what the person has typed already in the next command.
fn undiscovered(name: &str, issuer: &str, error: &impl Explain) -> Stop {
    let failure = Failure::of(error).for_provider(name);
    Stop::Failed(match failure.code {
        Code::ClientIdMissing => {
            let issuer = plain(issuer, LABEL_LIMIT);
            let next = format!("hermes auth add {name} --issuer {issuer} --client-id ID");
            failure.with_next_step(next)
        }
        _ => failure,
    })
}

fn name_taken(name: &str, known: &Provider, issuer: &str) -> Failure {
    let message = format!(
        "`{name}` is {} already; another server needs another name",
        known.name
    );
    let issuer = plain(issuer, LABEL_LIMIT);
    Failure::new(Code::UnknownProvider, message).with_next_step(format!(
        "hermes auth add my-{name} --issuer {issuer} --client-id ID"
    ))
}

/// The server's endpoints are on other hosts than at the last sign-in: a person has to say that
/// this is meant (PC4).
fn trust_moved(
    known: &Provider,
    found: &Provider,
    force: bool,
    world: &World,
    output: Output,
) -> Result<(), Failure> {
    let (old, new) = (known.hosts.join(", "), found.hosts.join(", "));
    if force {
        return Ok(());
    }
    if !output.json && !world.no_input && output::can_ask() {
        output.say(&format!(
            "The endpoints of `{}` were on {old}, and now are on {new}.",
            known.id
        ));
        output.say("Trust the new hosts with its tokens? [y/N]");
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
    }
    let message = format!("the endpoints of `{}` moved from {old} to {new}", known.id);
    let issuer = found.issuer.as_deref().unwrap_or_default();
    Err(
        Failure::new(Code::DiscoveryUntrusted, message).with_next_step(format!(
            "if that is meant: hermes auth add {} --issuer {issuer} --force",
            known.id
        )),
    )
}
