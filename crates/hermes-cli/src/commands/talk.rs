//! A chat with the agent behind a gateway, wherever that is: `hermes chat` and `hermes connect` differ in
//! the way there, and in nothing else.

use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
};

use hermes_client::{Door, Drive, Driver, Mode, SystemNetwork, calls, talk};
use hermes_errors::{Code, Failure, Outcome};

use super::{Done, Stop, one_shot};
use crate::{
    chat::{About, ChatArgs, Left, Place, SignInAgain, chat, once, with},
    output::Output,
    world::World,
};

/// Which kind of client this is, for lists of conversations.
const SOURCE: &str = "cli";

/// The folder of what a chat keeps, in the home.
const FOLDER: &str = "chat";

/// A gateway, as a chat has to know it.
pub(super) struct Gateway {
    /// What it is called.
    pub(super) name: String,
    /// The way to it.
    pub(super) door: Arc<dyn Door>,
    /// How people get in there, if that is known.
    pub(super) mode: Option<Mode>,
    /// The command that comes back to a conversation there.
    pub(super) back: Box<dyn Fn(&str) -> String + Send + Sync>,
    /// Who signs in again.
    pub(super) sign_in: Box<dyn SignInAgain>,
}

/// Runs a command that may chat. Standard input that nobody ends is not waited for.
pub(super) fn block_on(command: impl Future<Output = Done>) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::OutputFailed, format!("cannot start: {error}")))?;
    let done = runtime.block_on(command);
    runtime.shutdown_background();
    done
}

/// Chats there until the person leaves, or asks one prompt.
pub(super) async fn run(gateway: Gateway, args: &ChatArgs, world: &World, output: Output) -> Done {
    let place = Place::of_process(&world.environment);
    let prompt = match &args.print {
        Some(typed) => Some(prompt(typed, &place, world, output).await?),
        None => None,
    };
    let (ours, theirs) = talk::line();
    let (_rpc, asked) = calls();
    let drive = Drive {
        driver: Driver {
            door: gateway.door,
            clock: Arc::clone(&world.ports.clock),
            random: Arc::clone(&world.ports.random),
            network: Arc::new(SystemNetwork),
            mode: gateway.mode,
        },
        source: SOURCE.to_owned(),
    };
    let driving = tokio::spawn(drive.run(theirs, asked));
    let about = About {
        gateway: gateway.name,
        back: gateway.back,
        folder: world.home.path().join(FOLDER),
        place,
        plain: args.plain,
        extent: args.extent(),
        sign_in: gateway.sign_in,
        environment: world.environment.clone(),
        output,
        clock: Arc::clone(&world.ports.clock),
        random: Arc::clone(&world.ports.random),
    };
    let start = args.start();
    let done = match prompt {
        Some(text) => once(ours, &about, start, text, args.output_format).await,
        None => ended(chat(ours, about, start).await),
    };
    // Nobody is there any more whom it could tell something.
    driving.abort();
    done
}

/// What is asked, with the files that the person has named. What comes through a pipe names none: who
/// knows who wrote it.
async fn prompt(
    typed: &str,
    place: &Place,
    world: &World,
    output: Output,
) -> Result<String, Failure> {
    let text = one_shot::prompt::text(typed, world, output).await?;
    let named = match typed {
        one_shot::prompt::STDIN if io::stdin().is_terminal() => &text,
        one_shot::prompt::STDIN => "",
        typed => typed,
    };
    let gathered = place.gather(named, &world.ports.clock).await;
    let gathered = gathered.map_err(|why| {
        Failure::new(Code::PromptUnusable, why).with_next_step("hermes guide connect")
    })?;
    if let Some(with) = with(&gathered.files) {
        output.say(&with);
    }
    Ok(format!("{text}{}", gathered.blocks))
}

fn ended(left: Result<Left, Failure>) -> Done {
    match left? {
        Left::ByPerson => Ok(()),
        Left::Stopped => Err(Stop::Said(Outcome::Interrupted)),
        Left::GivenUp => {
            let message = "the connection was given up";
            Err(Failure::new(Code::ConnectUnreachable, message).into())
        }
    }
}
