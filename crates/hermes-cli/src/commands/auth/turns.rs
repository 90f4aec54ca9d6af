//! A sign-in as one of several: it may be void, stopped, or finished by another process.

use hermes_credentials::Credentials;
use hermes_errors::{Code, Failure};
use hermes_host::sign_in::superseded;
use hermes_login::{
    LoginError, Person, Place, SignIn, Surroundings, SystemOpener,
    turns::{self, Attempts, Waiting},
};
use serde_json::{Value, json};

use super::{add, shape};
use crate::{
    commands::{Done, Stop},
    last_sign_in::{Dated, Recorder},
    output::Output,
    terminal::{Human, Lines, Machine},
    world::World,
};

/// What a sign-in that somebody waits for has at hand.
pub(super) struct Attended<'a> {
    pub(super) request: &'a SignIn,
    pub(super) place: &'a Place,
    pub(super) credentials: &'a Credentials,
    /// What to type after Ctrl-C.
    pub(super) next: String,
    pub(super) world: &'a World,
}

impl Attended<'_> {
    /// Runs the work until it ends, is void, or Ctrl-C; dropping it frees the port and the lock.
    /// What `hermes doctor` needs to explain it is kept.
    pub(super) async fn run<T>(
        &self,
        person: &dyn Person,
        work: impl AsyncFnOnce(Surroundings<'_>) -> Result<T, LoginError>,
    ) -> Result<T, Stop> {
        self.run_to(person, work, |_| None).await
    }

    /// The same for work that may end well with nobody signed in yet: `unfinished` says so.
    pub(super) async fn run_to<T>(
        &self,
        person: &dyn Person,
        work: impl AsyncFnOnce(Surroundings<'_>) -> Result<T, LoginError>,
        unfinished: impl FnOnce(&T) -> Option<Failure>,
    ) -> Result<T, Stop> {
        let (dated, ports) = Dated::over(&self.world.ports);
        let recorder = Recorder::begin(person, self.world, &dated, self.request, self.place);
        let around = Surroundings {
            place: self.place,
            person: &recorder,
            credentials: self.credentials,
            ports: &ports,
            environment: &self.world.environment,
        };
        let provider = &self.request.provider;
        let about = |error: LoginError| Stop::about(&provider.id, &error);
        let stopped = add::interrupted();
        let result = tokio::select! {
            result = work(around) => result.map_err(about),
            () = stopped => {
                let message = format!("sign-in to {} was stopped", provider.short_name());
                let failure = Failure::new(Code::Interrupted, message);
                Err(failure.with_next_step(self.next.as_str()).into())
            }
            () = superseded(self.request.standing.as_deref(), self.world) => {
                Err(about(LoginError::Superseded {
                    name: provider.short_name().to_owned(),
                    provider: provider.id.clone(),
                }))
            }
        };
        match &result {
            // The record is that of the newer one by now.
            Err(stop) if stop.is(Code::Superseded) => {}
            Ok(done) => match unfinished(done) {
                Some(failure) => recorder.end::<()>(&Err(failure.into())),
                None => recorder.end(&result),
            },
            Err(_) => recorder.end(&result),
        }
        result
    }
}

/// The first turn of a sign-in in two.
pub(super) async fn begin(
    request: &SignIn,
    place: &Place,
    credentials: &Credentials,
    qr: bool,
    world: &World,
    output: Output,
) -> Done {
    let attempts = Attempts::of(&world.home);
    let work = async |around: Surroundings<'_>| turns::begin(request, around, &attempts).await;
    let unfinished = |waiting: &Waiting| Some(not_yet(waiting, world));
    let attended = Attended {
        request,
        place,
        credentials,
        next: format!("hermes auth add {} --no-wait", request.provider.id),
        world,
    };
    let lines = Lines::none();
    let waiting = if output.json {
        let machine = Machine::new(output, lines);
        attended.run_to(&machine, work, unfinished).await?
    } else {
        let human = Human::new(output, lines, &world.environment, &SystemOpener, qr);
        attended.run_to(&human, work, unfinished).await?
    };
    if output.json {
        return Ok(output.json(&event("pending", &waiting, world))?);
    }
    output.say("");
    output.say(match waiting.flow {
        Some(hermes_providers::Flow::Device) => "Nothing waits here. Once it is approved:",
        _ => "Nothing waits here. Then give the address of the page you end up on, or the code it shows, to:",
    });
    output.say(&format!("  {}", finish_command(&waiting.id, world)));
    output.say(&format!(
        "It is good until {}.",
        shape::time(waiting.expires_at)
    ));
    Ok(())
}

/// That nobody has approved it yet.
pub(super) fn not_yet(waiting: &Waiting, world: &World) -> Failure {
    let message = format!(
        "the sign-in `{}` to {} is not approved yet",
        waiting.id, waiting.provider
    );
    Failure::new(Code::Pending, message).with_next_step(finish_command(&waiting.id, world))
}

/// The command for the second turn.
pub(super) fn finish_command(id: &str, world: &World) -> String {
    match &world.profile {
        Some(profile) => format!("hermes -p {profile} auth finish {id}"),
        None => format!("hermes auth finish {id}"),
    }
}

/// The JSON shape of a sign-in that waits to be finished.
pub(super) fn pending(waiting: &Waiting, world: &World) -> Value {
    json!({
        "id": waiting.id,
        "provider": waiting.provider,
        "label": waiting.label,
        "flow": waiting.flow.map(hermes_providers::Flow::as_str),
        "since": shape::time(waiting.since),
        "expires_at": shape::time(waiting.expires_at),
        "finish": finish_command(&waiting.id, world),
    })
}

/// The same as an event.
pub(super) fn event(name: &str, waiting: &Waiting, world: &World) -> Value {
    let mut event = json!({ "event": name });
    merge(&mut event, pending(waiting, world));
    event
}

fn merge(event: &mut Value, fields: Value) {
    if let (Value::Object(event), Value::Object(fields)) = (event, fields) {
        event.extend(fields);
    }
}

/// A line about one that waits to be finished.
pub(super) fn line(waiting: &Waiting, world: &World) -> String {
    format!(
        "{}: a sign-in waits to be finished until {}: {}",
        waiting.provider,
        shape::time(waiting.expires_at),
        finish_command(&waiting.id, world)
    )
}
