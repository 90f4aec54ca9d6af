use std::sync::Arc;

use hermes_errors::Failure;
use hermes_login::{
    Place, SignIn, SignedIn, Surroundings, SystemOpener, SystemProbe,
    turns::{self, Attempts, PendingError, Resumed, Waiting},
};
use hermes_providers::Lookup;
use serde_json::json;

use super::{
    add, report,
    turns::{Attended, event, finish_command, line, not_yet},
};
use crate::{
    args::{FinishArgs, SignInArgs},
    commands::{Done, Stop, elsewhere},
    output::Output,
    terminal::{Human, Machine},
    world::World,
};

/// Finishes a sign-in that `auth add --no-wait` began.
pub(super) fn run(args: &FinishArgs, mut world: World, output: Output) -> Done {
    add::trust(args.ca_bundle.as_deref(), &mut world);
    let credentials = world.credentials(&Arc::new(world.table()?));
    // Where another user's sign-in would be taken up, nothing is touched.
    credentials
        .check_can_save()
        .map_err(|error| Failure::of(&error))?;
    super::block_on(async {
        match args.cancel {
            true => cancel(args, &world, output).await,
            false => finish(args, &world, output).await,
        }
    })?
}

async fn finish(args: &FinishArgs, world: &World, output: Output) -> Done {
    let resumed = resume(args, world, output).await?;
    let table = world.table()?;
    let provider = table
        .find(&resumed.waiting.provider, Lookup::Exact)
        .map_err(|error| Failure::of(&error))?
        .clone();
    let credentials = world.credentials(&Arc::new(table));
    let services = elsewhere::services(world);
    let place = Place::detect(&world.environment, &SystemProbe);
    let request = request(provider, &resumed, output);
    let work = async |around: Surroundings<'_>| match args.no_wait {
        true => turns::finish_now(&resumed, &request, around).await,
        false => turns::finish(&resumed, &request, around).await.map(Some),
    };
    let unfinished = |done: &Option<SignedIn>| match done {
        Some(_) => None,
        None => Some(not_yet(&resumed.waiting, world)),
    };
    let attended = Attended {
        request: &request,
        place: &place,
        credentials: &credentials,
        next: finish_command(&resumed.waiting.id, world),
        world,
    };
    let lines = add::lines(&request, world)?;
    let done = if output.json {
        let machine = Machine::new(output, lines);
        attended.run_to(&machine, work, unfinished).await?
    } else {
        let human = Human::new(output, lines, &world.environment, &SystemOpener, false);
        let result = attended.run_to(&human, work, unfinished).await;
        human.settle();
        result?
    };
    match done {
        Some(signed_in) => report::signed_in(
            &request.provider,
            &signed_in,
            &place,
            &services,
            world,
            output,
        ),
        None => Err(not_yet(&resumed.waiting, world).into()),
    }
}

/// The sign-in as it was begun.
fn request(provider: hermes_providers::Provider, resumed: &Resumed, output: Output) -> SignIn {
    let args = SignInArgs {
        no_browser: true,
        label: resumed.waiting.label.clone(),
        ..SignInArgs::default()
    };
    let registration = resumed.registration.clone();
    SignIn {
        flow: resumed.waiting.flow,
        standing: Some(Arc::clone(&resumed.standing)),
        ..add::request(provider, &args, registration, output.json)
    }
}

async fn resume(args: &FinishArgs, world: &World, output: Output) -> Result<Resumed, Stop> {
    let attempts = Attempts::of(&world.home);
    let resumed = attempts.resume(args.id.as_deref(), &world.ports).await;
    if matches!(resumed, Err(PendingError::Several { .. })) {
        for waiting in attempts.kept(world.ports.clock.now()) {
            show(&waiting, world, output)?;
        }
    }
    resumed.map_err(|error| Failure::of(&error).into())
}

fn show(waiting: &Waiting, world: &World, output: Output) -> Result<(), Failure> {
    match output.json {
        true => output.json(&event("pending", waiting, world)),
        false => {
            output.say(&line(waiting, world));
            Ok(())
        }
    }
}

async fn cancel(args: &FinishArgs, world: &World, output: Output) -> Done {
    let attempts = Attempts::of(&world.home);
    let id = attempts.cancel(args.id.as_deref(), &world.ports).await;
    let id = id.map_err(|error| Failure::of(&error))?;
    if output.json {
        output.json(&json!({ "event": "cancelled", "id": id }))?;
    } else {
        output.say(&format!("Gave up the sign-in `{id}`; nothing was saved."));
    }
    Ok(())
}
