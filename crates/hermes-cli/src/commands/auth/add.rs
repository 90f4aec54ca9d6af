use std::{sync::Arc, time::Duration};

use hermes_credentials::{Credentials, Entry, Saved, State};
use hermes_errors::{Code, Failure};
use hermes_login::{Person, Place, SignIn, SignedIn, SystemOpener, SystemProbe};
use hermes_oauth::Registration;
use hermes_providers::{Flow, Lookup, Provider, Table};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::{key, shape};
use crate::{
    args::{AddArgs, CredentialType, SignInArgs},
    commands::{Done, Stop},
    output::{self, Output},
    terminal::{Human, Machine},
    world::World,
};

/// Signs in, or adds an API key.
pub(super) fn run(args: &AddArgs, mut world: World, output: Output) -> Done {
    trust(&args.sign_in, &mut world);
    let table = world.table()?;
    let wants_key = args.api_key.is_some() || args.api_key_stdin || args.api_key_file.is_some();
    if wants_key || args.kind == Some(CredentialType::ApiKey) {
        return key::run(args, table, &world, output);
    }
    if let Some(issuer) = &args.issuer {
        return super::block_on(sign_in_at(issuer, args, table, &world, output))?;
    }
    let provider = table
        .find(&args.provider, Lookup::SignIn)
        .map_err(|error| Failure::of(&error))?;
    if !provider.has_sign_in() && provider.takes_keys() && args.kind.is_none() {
        return key::run(args, table, &world, output);
    }
    let provider = able(provider)?.clone();
    super::block_on(sign_in(
        provider,
        &args.sign_in,
        Arc::new(table),
        &world,
        output,
    ))?
}

/// `hermes auth spotify`.
pub(super) fn spotify(args: &SignInArgs, mut world: World, output: Output) -> Done {
    trust(args, &mut world);
    let table = world.table()?;
    let provider = table
        .find("spotify", Lookup::SignIn)
        .map_err(|error| Failure::of(&error))?;
    let provider = able(provider)?.clone();
    super::block_on(sign_in(provider, args, Arc::new(table), &world, output))?
}

/// Puts `--ca-bundle` where the HTTP client looks for it.
fn trust(args: &SignInArgs, world: &mut World) {
    if let Some(path) = &args.ca_bundle {
        world.add_ca_bundle(path);
    }
}

fn able(provider: &Provider) -> Result<&Provider, Failure> {
    match &provider.no_sign_in {
        Some(reason) => Err(Failure::new(Code::NoSignIn, reason.clone())),
        None if provider.has_sign_in() => Ok(provider),
        None => {
            let message = format!(
                "{} has no accounts to sign in to, only API keys",
                provider.name
            );
            let next = format!("hermes auth add {} --type api-key", provider.id);
            Err(Failure::new(Code::NoSignIn, message).with_next_step(next))
        }
    }
}

/// Signs in to a server that no table names: discovers it, and keeps what was found under the name
/// before anything is stored, so that no credential is ever without its endpoints.
async fn sign_in_at(
    issuer: &str,
    args: &AddArgs,
    mut table: Table,
    world: &World,
    output: Output,
) -> Done {
    let name = args.provider.trim().to_ascii_lowercase();
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
    let provider = hermes_oauth::discover(&name, issuer, &given(&args.sign_in), &world.ports)
        .await
        .map_err(|error| Stop::about(&name, &error))?;
    if let Some(known) = known
        && !used.is_empty()
        && known.hosts != provider.hosts
    {
        trust_moved(known, &provider, args.sign_in.force, world, output)?;
    }
    let section = hermes_oauth::to_toml(&provider);
    credentials
        .save_provider(&section, &name)
        .await
        .map_err(|error| Stop::about(&name, &error))?;
    table.insert(provider.clone());
    sign_in(provider, &args.sign_in, Arc::new(table), world, output).await
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

fn given(args: &SignInArgs) -> Registration {
    Registration {
        client_id: args.client_id.clone(),
        scope: args.scope.clone(),
    }
}

/// The client to sign in as: flag, environment, the one of the last sign-in, the table's. Where
/// none of them knows, the person registers one and is asked for it.
fn registration(
    provider: &Provider,
    args: &SignInArgs,
    credentials: &Credentials,
    world: &World,
    output: Output,
) -> Result<Registration, Failure> {
    let mut registration = given(args);
    let variables = &provider.client_id_env;
    let from_environment = || {
        variables
            .iter()
            .find_map(|name| world.environment.text(name))
    };
    registration.client_id = registration
        .client_id
        .or_else(|| from_environment().map(str::to_owned));
    if registration.client_id.is_some() || provider.client_id.is_some() {
        return Ok(registration);
    }
    let pools = credentials
        .list(Some(&provider.id))
        .map_err(|error| Failure::of(&error))?;
    let stored = pools
        .into_iter()
        .flat_map(|pool| pool.entries)
        .find_map(|entry| entry.client_id);
    registration.client_id = match stored {
        Some(id) => Some(id),
        None if !output.json && !world.no_input && output::can_ask() => {
            ask_client_id(provider, output)
        }
        None => None,
    };
    Ok(registration)
}

/// Explains how to register an app, and reads its client id.
fn ask_client_id(provider: &Provider, output: Output) -> Option<String> {
    let name = provider.short_name();
    output.say(&format!(
        "{name} wants an app of your own; it takes two minutes, once:"
    ));
    if let Some(url) = &provider.client_setup_url {
        output.say(&format!("  1. Open {url} and create an app."));
    }
    if let Some(loopback) = &provider.loopback {
        let (host, port, path) = (&loopback.host, loopback.port, &loopback.path);
        output.say(&format!(
            "  2. Give it the redirect URI http://{host}:{port}{path}"
        ));
    }
    output.say("  3. Paste its client id here (it is no secret):");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|id| !id.is_empty())
}

async fn sign_in(
    provider: Provider,
    args: &SignInArgs,
    table: Arc<Table>,
    world: &World,
    output: Output,
) -> Done {
    let credentials = world.credentials(&table);
    if let Some(entry) = already(&provider, args, &credentials)? {
        report_already(&provider, &entry, output)?;
        return Ok(());
    }
    let place = Place::detect(&world.environment, &SystemProbe);
    let opener = SystemOpener;
    let registration = registration(&provider, args, &credentials, world, output)?;
    let request = request(provider, args, registration, output.json);
    let signed_in = if output.json {
        let machine = Machine::new(output);
        interruptible(&request, &place, &credentials, world, &opener, &machine).await
    } else {
        let human = Human::new(output, &world.environment, &opener, args.qr);
        let result = interruptible(&request, &place, &credentials, world, &opener, &human).await;
        human.settle();
        result
    };
    report(&request.provider, &signed_in?, &place, world, output)
}

fn request(
    provider: Provider,
    args: &SignInArgs,
    registration: Registration,
    machine_readable: bool,
) -> SignIn {
    let flow = args
        .flow
        .map(Flow::from)
        .or_else(|| args.manual_paste.then_some(Flow::Paste));
    SignIn {
        flow,
        open_browser: !args.no_browser,
        port: args.port,
        timeout: args.timeout.map(Duration::from_secs_f64),
        label: args.label.clone(),
        registration,
        redirect_uri: args.redirect_uri.clone(),
        machine_readable,
        provider,
    }
}

/// Runs the sign-in until it ends or Ctrl-C. Dropping it frees the port and the lock.
async fn interruptible(
    request: &SignIn,
    place: &Place,
    credentials: &Credentials,
    world: &World,
    opener: &SystemOpener,
    person: &dyn Person,
) -> Result<SignedIn, Stop> {
    let ports = &world.ports;
    let work = hermes_login::sign_in(
        request,
        place,
        credentials,
        ports,
        opener,
        person,
        &world.environment,
    );
    tokio::select! {
        result = work => result.map_err(|error| Stop::about(&request.provider.id, &error)),
        () = interrupted() => {
            let message = format!("sign-in to {} was stopped", request.provider.short_name());
            let next = format!("hermes auth add {}", request.provider.id);
            Err(Failure::new(Code::Interrupted, message).with_next_step(next).into())
        }
    }
}

/// Completes at Ctrl-C or when the system asks to stop.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut stop) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    let Ok(mut hang_up) = signal(SignalKind::hangup()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = stop.recv() => {}
        _ = hang_up.recv() => {}
    }
}

/// A usable account, unless the person asked for another one or for a new sign-in.
fn already(
    provider: &Provider,
    args: &SignInArgs,
    credentials: &Credentials,
) -> Result<Option<Entry>, Failure> {
    if args.force || args.label.is_some() {
        return Ok(None);
    }
    let pools = credentials
        .list(Some(&provider.id))
        .map_err(|error| Failure::of(&error))?;
    let mut entries = pools.into_iter().flat_map(|pool| pool.entries);
    let account = |entry: &Entry| entry.kind == hermes_credentials::Kind::OAuth;
    Ok(entries.find(|entry| account(entry) && entry.state == State::Ready))
}

fn report_already(provider: &Provider, entry: &Entry, output: Output) -> Result<(), Failure> {
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

fn report(
    provider: &Provider,
    signed_in: &SignedIn,
    place: &Place,
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
        }))?;
        return Ok(());
    }
    let label = plain(&entry.label, LABEL_LIMIT);
    output.say("Login successful!");
    output.say(&format!(
        "Saved {} OAuth credentials: \"{label}\"",
        provider.id
    ));
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
    output.say(&format!("  Next: hermes auth status {}", provider.id));
    Ok(())
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
