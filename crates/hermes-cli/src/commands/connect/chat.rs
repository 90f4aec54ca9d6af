use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use hermes_client::{
    Needed, Web,
    kept::{Kept, Remembered},
};
use hermes_errors::{Code, Failure};

use super::{ask, enter};
use crate::{
    args::{ConnectArgs, SignInAtArgs},
    chat::SignInAgain,
    commands::{
        Done, Stop,
        talk::{self, Gateway},
    },
    output::Output,
    world::World,
};

/// A gateway that lets its person in.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// What is remembered of it.
    pub(crate) gateway: Remembered,
    /// What opens it, where it is shown: the address, the credential, and the network that keeps what
    /// the gateway renews.
    pub(crate) kept: Arc<Kept>,
}

/// Chats there.
pub(super) async fn run(opened: Opened, args: &ConnectArgs, world: &World, output: Output) -> Done {
    let Opened { gateway, kept } = &opened;
    let web = Web::new(
        kept.address().clone(),
        Arc::clone(kept) as _,
        kept.http(),
        &world.environment,
        Arc::clone(&world.ports.clock),
    );
    let web = web.map_err(|error| Failure::new(Code::ConnectUnreachable, error.to_string()))?;
    let (name, again) = (gateway.name.clone(), gateway.name.clone());
    let gateway = Gateway {
        door: Arc::new(web),
        mode: Some(gateway.mode),
        back: Box::new(move |id| format!("hermes connect {again} --resume {id}")),
        sign_in: Box::new(Again {
            // What was piped in has been read.
            args: SignInAtArgs {
                token_stdin: false,
                password_stdin: false,
                ..args.sign_in.clone()
            },
            world: world.clone(),
            output,
            opened: opened.clone(),
        }),
        name,
    };
    talk::run(gateway, &args.chat, world, output).await
}

/// Whoever signs in again when the session has ended.
struct Again {
    opened: Opened,
    args: SignInAtArgs,
    world: World,
    output: Output,
}

impl Again {
    async fn again(&self) -> Result<(), Failure> {
        let name = &self.opened.gateway.name;
        if !ask::can_ask(&self.world) {
            let message = format!("the session at {name} has ended, and nobody is asked here");
            let failure = Failure::new(Code::ConnectSignInNeeded, message);
            return Err(failure.with_next_step(format!("hermes connect {name}")));
        }
        let signed_in =
            enter::sign_in_again(&self.opened, &self.args, &self.world, self.output).await;
        signed_in.map(|_| ()).map_err(|stop| match stop {
            Stop::Failed(failure) => failure,
            Stop::Said(_) => Failure::new(Code::Cancelled, "nobody is signed in"),
        })
    }
}

impl SignInAgain for Again {
    fn sign_in(&self, _: Needed) -> LocalBoxFuture<'_, Result<(), Failure>> {
        Box::pin(self.again())
    }
}
