use std::sync::Arc;

use hermes_client::kept::{Kept, Remembered};

use crate::{commands::Done, output::Output, world::World};

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
pub(super) async fn run(opened: &Opened, _: &World, output: Output) -> Done {
    output.say(&format!("Connected to {}.", opened.gateway.name));
    Ok(())
}
