use std::{
    future::{pending, poll_fn},
    path::Path,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use hermes_credentials::{Credentials, Entry, State};
use hermes_errors::{Code, Failure};
use hermes_host::sign_in::{able, enter};
use hermes_login::{Event, Place, SignIn, Surroundings, SystemOpener, SystemProbe, ladder};
use hermes_oauth::Registration;
use hermes_providers::{Flow, Lookup, Provider, Table};

use super::{
    client, issuer, key, report,
    turns::{self, Attended},
};
use crate::{
    args::{AddArgs, CredentialType, SignInArgs},
    commands::{Done, elsewhere},
    output::Output,
    terminal::{Human, Lines, Machine, reader_gone},
    world::World,
};

/// Signs in, or adds an API key.
pub(super) fn run(args: &AddArgs, mut world: World, output: Output) -> Done {
    trust(args.sign_in.ca_bundle.as_deref(), &mut world);
    if let Some(via) = &args.via.via {
        return super::block_on(crate::via::run(via, args, &world, output))?;
    }
    let table = world.table()?;
    let wants_key = args.api_key.is_some() || args.api_key_stdin || args.api_key_file.is_some();
    if wants_key || args.kind == Some(CredentialType::ApiKey) {
        return key::run(args, table, &world, output);
    }
    if let Some(issuer) = &args.issuer {
        return super::block_on(async {
            let found =
                issuer::discovered(issuer, &args.provider, &args.sign_in, table, &world, output)
                    .await?;
            let (provider, table) = found;
            sign_in(provider, &args.sign_in, Arc::new(table), &world, output).await
        })?;
    }
    let provider = table
        .find(&args.provider, Lookup::SignIn)
        .map_err(|error| Failure::of(&error))?;
    let wants_turns = args.sign_in.no_wait;
    if !provider.has_sign_in() && provider.takes_keys() && args.kind.is_none() && !wants_turns {
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
    trust(args.ca_bundle.as_deref(), &mut world);
    let table = world.table()?;
    let provider = table
        .find("spotify", Lookup::SignIn)
        .map_err(|error| Failure::of(&error))?;
    let provider = able(provider)?.clone();
    super::block_on(sign_in(provider, args, Arc::new(table), &world, output))?
}

/// Puts `--ca-bundle` where the HTTP client looks for it.
pub(super) fn trust(ca_bundle: Option<&Path>, world: &mut World) {
    if let Some(path) = ca_bundle {
        world.add_ca_bundle(path);
    }
}

/// Signs in, unless a usable account is there already.
pub(super) async fn sign_in(
    provider: Provider,
    args: &SignInArgs,
    table: Arc<Table>,
    world: &World,
    output: Output,
) -> Done {
    let credentials = world.credentials(&table);
    if let Some(entry) = already(&provider, args, &credentials)? {
        report::already(&provider, &entry, output)?;
        return Ok(());
    }
    let services = elsewhere::services(world);
    elsewhere::before(&services, &provider.id, output)?;
    let place = Place::detect(&world.environment, &SystemProbe);
    let registration = client::registration(&provider, args, &credentials, world, output)?;
    let request = request(provider, args, registration, output.json);
    if args.no_wait {
        return turns::begin(&request, &place, &credentials, args.qr, world, output).await;
    }
    let lines = lines(&request, world)?;
    let (standing, voided) = enter(&request, &credentials, world).await;
    let request = SignIn {
        standing,
        ..request
    };
    let work = async |around: Surroundings<'_>| {
        for void in &voided {
            around.person.tell(Event::voided(void));
        }
        hermes_login::sign_in(&request, around, &SystemOpener).await
    };
    let attended = Attended {
        request: &request,
        place: &place,
        credentials: &credentials,
        next: format!("hermes auth add {}", request.provider.id),
        world,
    };
    let signed_in = if output.json {
        let machine = Machine::new(output, lines);
        attended.run(&machine, work).await
    } else {
        let human = Human::new(output, lines, &world.environment, &SystemOpener, args.qr);
        let result = attended.run(&human, work).await;
        human.settle();
        result
    };
    let provider = &request.provider;
    report::signed_in(provider, &signed_in?, &place, &services, world, output)
}

/// What the person types, unless questions are forbidden; then a flow that is nothing but a
/// question is.
pub(crate) fn lines(request: &SignIn, world: &World) -> Result<Lines, Failure> {
    if !world.no_input {
        return Ok(Lines::of_stdin());
    }
    let flows = &request.provider.flows;
    let wanted = request.flow == Some(Flow::Paste) && ladder::offers(flows, Flow::Paste);
    if wanted || *flows == [Flow::Paste] {
        let message = "the answer has to be pasted, and --no-input forbids to ask for it";
        let next = format!("hermes auth add {} --json", request.provider.id);
        return Err(Failure::new(Code::NoTerminal, message).with_next_step(next));
    }
    Ok(Lines::none())
}

pub(crate) fn request(
    provider: Provider,
    args: &SignInArgs,
    registration: Registration,
    machine_readable: bool,
) -> SignIn {
    let flow = args.wanted_flow();
    SignIn {
        flow,
        open_browser: !args.no_browser,
        port: args.port,
        timeout: args.timeout.map(Duration::from_secs_f64),
        label: args.label.clone(),
        registration,
        redirect_uri: args.redirect_uri.clone(),
        machine_readable,
        standing: None,
        provider,
    }
}

/// Completes at Ctrl-C, when the system asks to stop, or when the person has gone.
pub(crate) fn interrupted() -> impl Future<Output = ()> {
    let signalled = signalled();
    async {
        tokio::select! {
            () = signalled => {}
            () = reader_gone() => {}
        }
    }
}

/// Completes at Ctrl-C, or when the system asks to stop. It listens from the call on, not from the
/// first poll: by then the sign-in may have said that it waits, and a person may have answered.
pub(crate) fn signalled() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let signals: Result<Vec<_>, _> = kinds.into_iter().map(signal).collect();
    async {
        let Ok(mut signals) = signals else {
            return pending().await;
        };
        poll_fn(|context| {
            let mut signals = signals.iter_mut();
            match signals.any(|signal| signal.poll_recv(context).is_ready()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

/// A usable account, unless the person asked for another one or for a new sign-in.
pub(crate) fn already(
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
