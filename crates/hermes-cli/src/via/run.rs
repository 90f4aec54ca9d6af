use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use hermes_errors::{Code, Failure};
use hermes_host::sign_in::able;
use hermes_login::{
    Person, Place, SignIn, SystemOpener, SystemProbe,
    via::{Laptop, Signed, Standing, ViaError, laptop},
};
use hermes_providers::{Lookup, Provider};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::{Value, json};

use super::{destination::Destination, explain::explain, retry::retry, ssh};
use crate::{
    args::AddArgs,
    commands::{
        Done, Stop,
        auth::{add, client},
    },
    output::Output,
    terminal::{Human, Machine},
    world::World,
};

/// How long ssh may take to end after the last word.
const PARTING: Duration = Duration::from_secs(5);

/// What is the same for every host.
pub(super) struct Errand<'a> {
    pub(super) args: &'a AddArgs,
    pub(super) request: &'a SignIn,
    place: &'a Place,
    world: &'a World,
    output: Output,
    person: &'a dyn Person,
    command: String,
}

/// Signs in on each of the hosts, one after another.
pub(crate) async fn run(via: &str, args: &AddArgs, world: &World, output: Output) -> Done {
    let hosts = Destination::all(via)?;
    if args
        .via
        .ssh_options
        .first()
        .is_some_and(|option| !option.starts_with('-'))
    {
        let message = "after `--` come options of ssh, which start with a dash";
        return Err(Failure::new(Code::ViaDestination, message).into());
    }
    let request = wanted(args, world, output).await?;
    let place = Place::detect(&world.environment, &SystemProbe);
    let opener = SystemOpener;
    let client_id = request.registration.client_id.as_deref();
    let command = ssh::remote_command(args, client_id, world.profile.as_deref())?;
    let lines = add::lines(&request, world)?;
    let errand = |person| Errand {
        args,
        request: &request,
        place: &place,
        world,
        output,
        person,
        command: command.clone(),
    };
    if output.json {
        all(&hosts, &errand(&Machine::new(output, lines)), || {}).await
    } else {
        let human = Human::new(output, lines, &world.environment, &opener, args.sign_in.qr);
        all(&hosts, &errand(&human), || human.settle()).await
    }
}

async fn all(hosts: &[Destination], errand: &Errand<'_>, settle: impl Fn()) -> Done {
    let output = errand.output;
    let mut ends = Vec::new();
    let mut stop = pin!(add::interrupted());
    for host in hosts {
        let ended = one(host, errand, stop.as_mut()).await;
        settle();
        let ended = match ended {
            Err(Unfinished::Stopped(failure)) => return Err(failure.into()),
            Err(Unfinished::Failed(failure)) => Err(failure),
            Ok(()) => Ok(()),
        };
        if hosts.len() == 1 {
            return ended.map_err(Stop::from);
        }
        if let Err(failure) = &ended {
            output.failure(failure);
        }
        ends.push((host.text(), ended.err()));
    }
    summary(&ends, output)?;
    match ends.into_iter().find_map(|(_, failure)| failure) {
        Some(failure) => Err(Stop::Said(failure.code.outcome())),
        None => Ok(()),
    }
}

fn summary(ends: &[(String, Option<Failure>)], output: Output) -> Result<(), Failure> {
    let code = |failure: &Option<Failure>| failure.as_ref().map(|failure| failure.code.as_str());
    if output.json {
        let hosts: Vec<Value> = ends
            .iter()
            .map(|(host, failure)| json!({"host": host, "code": code(failure)}))
            .collect();
        return output.json(&json!({"event": "via_summary", "hosts": hosts}));
    }
    output.say("");
    for (host, failure) in ends {
        let how = code(failure).unwrap_or("signed in");
        output.say(&format!("  {host}: {how}"));
    }
    Ok(())
}

/// Why a host has no credential now, as far as is known.
enum Unfinished {
    /// It failed; the next host may not.
    Failed(Failure),
    /// The person stopped it, and the others with it.
    Stopped(Failure),
}

impl From<Failure> for Unfinished {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// One host, from ssh's start to its end.
async fn one(
    host: &Destination,
    errand: &Errand<'_>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), Unfinished> {
    let output = errand.output;
    let name = host.text();
    if output.json {
        output.json(&json!({"event": "via", "host": name}))?;
    } else {
        output.say(&format!("Connecting to {name} by ssh."));
    }
    let options = &errand.args.via.ssh_options;
    let arguments = ssh::arguments(host, options, errand.command.clone());
    let mut child = ssh::start(&arguments)?;
    let (Some(reader), Some(writer)) = (child.stdout.take(), child.stdin.take()) else {
        return Err(Failure::new(Code::ViaSshFailed, "ssh has no streams").into());
    };
    let again = retry(errand.args, errand.world.profile.as_deref(), host);
    let end = Laptop {
        request: errand.request,
        place: errand.place,
        ports: &errand.world.ports,
        opener: &SystemOpener,
        person: errand.person,
        environment: &errand.world.environment,
        retry: &again,
        hermes: env!("CARGO_PKG_VERSION"),
    };
    // Its end closes the host's standard input, and with that whatever is still there.
    let result = laptop(end, reader, writer, stop.as_mut()).await;
    let status = tokio::select! {
        biased;
        status = child.wait() => status.ok().and_then(|status| status.code()),
        () = errand.world.ports.clock.sleep(PARTING) => None,
    };
    let result = match result {
        Err(ViaError::Lost { standing }) if is_ready(stop.as_mut()).await => {
            Err(ViaError::Stopped { standing })
        }
        Err(ViaError::NoHello) if is_ready(stop.as_mut()).await => Err(ViaError::Stopped {
            standing: Standing::NotSaved,
        }),
        result => result,
    };
    match result {
        Ok(signed) => Ok(report(&signed, host, output)?),
        Err(error) => {
            let failure = explain(&error, status, &name, &again, errand);
            Err(match error {
                ViaError::Stopped { .. } => Unfinished::Stopped(failure),
                _ => Unfinished::Failed(failure),
            })
        }
    }
}

/// Whether Ctrl-C was the reason: in a terminal it ends ssh as well, and the end of ssh may have been
/// seen first.
async fn is_ready(stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    // Signals are looked at between two turns.
    tokio::task::yield_now().await;
    tokio::select! {
        biased;
        () = stop => true,
        () = std::future::ready(()) => false,
    }
}

fn report(signed: &Signed, host: &Destination, output: Output) -> Result<(), Failure> {
    let name = host.text();
    if output.json {
        return output.json(&json!({
            "event": "signed_in",
            "provider": signed.provider,
            "credential": signed.credential,
            "already": signed.already,
            "remarks": signed.remarks,
            "via": name,
        }));
    }
    let label = signed.credential.get("label").and_then(Value::as_str);
    let label = plain(label.unwrap_or_default(), LABEL_LIMIT);
    let provider = &signed.provider;
    if signed.already {
        output.say(&format!(
            "Already signed in to {provider} on {name} as \"{label}\"."
        ));
        output.say(&format!(
            "  Sign in again: hermes auth add {provider} --force --via {name}"
        ));
        return Ok(());
    }
    output.say("Login successful!");
    output.say(&format!(
        "Saved {provider} OAuth credentials on {name}: \"{label}\""
    ));
    for remark in &signed.remarks {
        output.say(&format!("  {remark}"));
    }
    Ok(())
}

/// The sign-in as this machine understands it: its own table, or its own discovery, which is not
/// kept here.
async fn wanted(args: &AddArgs, world: &World, output: Output) -> Result<SignIn, Stop> {
    let table = world.table()?;
    let provider: Provider = match &args.issuer {
        Some(issuer) => {
            let name = args.provider.trim().to_ascii_lowercase();
            let given = client::given(&args.sign_in);
            hermes_oauth::discover(&name, issuer, &given, &world.ports)
                .await
                .map_err(|error| Stop::about(&name, &error))?
        }
        None => {
            let found = table.find(&args.provider, Lookup::SignIn);
            able(found.map_err(|error| Failure::of(&error))?)?.clone()
        }
    };
    let credentials = world.credentials(&Arc::new(table));
    let registration = client::registration(&provider, &args.sign_in, &credentials, world, output)?;
    Ok(add::request(
        provider,
        &args.sign_in,
        registration,
        output.json,
    ))
}
