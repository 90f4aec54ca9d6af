//! `hermes chat`: the agent of this host, through the gateway that runs, or through one that is run for
//! the chat.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use hermes_client::{Local, Mode, Needed};
use hermes_errors::{Code, Failure};
use hermes_host::Hosted;

use super::{
    Done,
    talk::{self, Gateway},
};
use crate::{
    chat::{ChatArgs, SignInAgain},
    output::Output,
    world::World,
};

/// Chats.
pub(crate) fn run(args: &ChatArgs, world: &World, output: Output) -> Done {
    talk::block_on(chat(args, world, output))
}

async fn chat(args: &ChatArgs, world: &World, output: Output) -> Done {
    let hosted = Hosted::begin(world).await?;
    let profile = world.profile.clone();
    let local = Local::new(world.home.gateway_sock(), Arc::clone(&world.ports.clock));
    let gateway = Gateway {
        name: "this host".to_owned(),
        door: Arc::new(local),
        mode: Some(Mode::Token),
        back: Box::new(move |id| match &profile {
            Some(profile) => format!("hermes -p {profile} chat --resume {id}"),
            None => format!("hermes chat --resume {id}"),
        }),
        sign_in: Box::new(OnThisHost),
    };
    let done = talk::run(gateway, args, world, output).await;
    if let Some(hosted) = hosted {
        hosted.end().await;
    }
    done
}

/// On the host itself nobody signs in: whose gateway it is, the kernel says.
struct OnThisHost;

impl SignInAgain for OnThisHost {
    fn sign_in(&self, _: Needed) -> LocalBoxFuture<'_, Result<(), Failure>> {
        let message = "the gateway of this home is another user's";
        let failure = Failure::new(Code::ControlRefused, message);
        Box::pin(std::future::ready(Err(failure)))
    }
}
