use std::sync::Arc;

use hermes_errors::{Code, Explain as _, Failure, Outcome};
use hermes_host::sign_in::{able, enter, superseded};
use hermes_login::{
    Event, LoginError, Person as _, Place, SignIn, Surroundings, SystemProbe, sign_in_by_relay,
    via::{
        self, HostHello, Signed,
        frame::{HostSays, PROTOCOL},
    },
};
use hermes_providers::Lookup;
use serde_json::{Map, Value};

use crate::{
    args::RelayArgs,
    commands::{
        Done, Stop,
        auth::{add, client, issuer, report, shape},
        elsewhere,
    },
    output::Output,
    world::World,
};

/// The hidden command that ssh runs on the host. Its streams belong to the protocol.
pub(crate) fn serve(args: &RelayArgs, world: &World) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::OutputFailed, format!("cannot start: {error}")))?;
    let result = runtime.block_on(converse(args, world));
    // A read of standard input cannot be cancelled, and is not waited for.
    runtime.shutdown_background();
    result
}

async fn converse(args: &RelayArgs, world: &World) -> Done {
    let place = Place::detect(&world.environment, &SystemProbe);
    let hello = HostHello {
        hermes: env!("CARGO_PKG_VERSION").to_owned(),
        user: place.user.clone(),
        host: place.host.clone(),
        home: world.display(world.home.path()),
    };
    let stopped = add::signalled();
    let done = via::host(
        tokio::io::stdin(),
        tokio::io::stdout(),
        hello,
        async |end| {
            // Between the provider's answer and the disk nothing can be stopped, so a sign-in that
            // was stopped has saved nothing.
            let outcome = tokio::select! {
                biased;
                outcome = work(args, &place, world, end) => outcome,
                () = stopped => {
                    let message = "the sign-in was stopped on the host";
                    Err(Failure::new(Code::Interrupted, message).into())
                }
            };
            match outcome {
                Ok(signed) => {
                    end.say(HostSays::SignedIn(Box::new(signed)));
                    Ok(())
                }
                Err(stop) => {
                    if let Some(failure) = stop.failure() {
                        end.say(HostSays::Error {
                            code: failure.code.as_str().to_owned(),
                            message: failure.message.clone(),
                            hint: failure.next_step.clone(),
                        });
                    }
                    // The laptop says it; here is nobody to read it.
                    Err(Stop::Said(stop.outcome()))
                }
            }
        },
    );
    match done.await {
        Ok(done) => done,
        // Nobody is at the other end any more.
        Err(error) if error.code() == Code::ViaLost => Err(Stop::Said(Outcome::Unreachable)),
        Err(error) => Err(Failure::of(&error).into()),
    }
}

async fn work(
    args: &RelayArgs,
    place: &Place,
    world: &World,
    end: &via::HostEnd,
) -> Result<Signed, Stop> {
    if args.protocol != PROTOCOL {
        let message = format!("this `hermes` speaks version {PROTOCOL} of the protocol");
        return Err(Failure::new(Code::ViaHermesForeign, message).into());
    }
    let output = Output::new(true);
    let sign_in = args.sign_in();
    let mut table = world.table()?;
    let provider = match &args.issuer {
        Some(issuer) => {
            let name = &args.provider;
            let found = issuer::discovered(issuer, name, &sign_in, table, world, output);
            let (provider, found) = found.await?;
            table = found;
            provider
        }
        None => {
            let found = table.find(&args.provider, Lookup::SignIn);
            let found = found.map_err(|error| Failure::of(&error))?;
            able(found)?.clone()
        }
    };
    let credentials = world.credentials(&Arc::new(table));
    let path = world.display(&world.home.auth_json());
    if let Some(entry) = add::already(&provider, &sign_in, &credentials)? {
        return Ok(Signed {
            provider: provider.id,
            already: true,
            file: path,
            remarks: Vec::new(),
            credential: fields(shape::entry(&entry)),
        });
    }
    let registration = client::registration(&provider, &sign_in, &credentials, world, output)?;
    let request = add::request(provider, &sign_in, registration, false);
    let (standing, voided) = enter(&request, &credentials, world).await;
    for void in &voided {
        end.tell(Event::voided(void));
    }
    let request = SignIn {
        standing,
        ..request
    };
    let around = Surroundings {
        place,
        person: end,
        credentials: &credentials,
        ports: &world.ports,
        environment: &world.environment,
    };
    let done = sign_in_by_relay(&request, around, end);
    let about = |error: LoginError| Stop::about(&request.provider.id, &error);
    let signed_in = tokio::select! {
        done = done => done.map_err(about)?,
        () = superseded(request.standing.as_deref(), world) => {
            return Err(about(LoginError::Superseded {
                name: request.provider.short_name().to_owned(),
                provider: request.provider.id.clone(),
            }));
        }
    };
    let mut remarks = report::remarks(&request.provider, &signed_in, place, world);
    let services = elsewhere::services(world);
    remarks.extend(elsewhere::remarks(&services, &request.provider.id));
    Ok(Signed {
        provider: request.provider.id.clone(),
        already: false,
        file: world.display(&signed_in.saved.path),
        remarks,
        credential: fields(shape::entry(&signed_in.saved.entry)),
    })
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
