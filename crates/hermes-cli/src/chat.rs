//! A conversation in a terminal: drawn at the end of the normal screen, as lines, or as one answer for
//! a program. It knows nothing of gateways but what [`Talk`] tells.

mod answer;
mod args;
mod block;
mod calling;
mod commands;
mod composer;
mod copying;
mod draw;
mod editor;
mod files;
mod ground;
mod guard;
mod ink;
mod keys;
mod lines;
mod link;
mod markdown;
mod matching;
mod model;
mod once;
mod page;
mod picker;
mod prompts;
mod region;
mod screen;
mod signals;
mod surface;
#[cfg(test)]
mod tests;
mod wrap;

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::Arc,
};

use futures_util::future::LocalBoxFuture;
use hermes_client::{Needed, talk::Talk};
use hermes_errors::Failure;
use hermes_machine::{Clock, Environment, Random};

use self::{
    args::Start,
    keys::Keys,
    model::{Form, Model, Setting},
};
pub(crate) use self::{
    args::{ChatArgs, Extent},
    files::{Place, with},
    once::once,
};
use crate::output::Output;

/// The file of prompts, within the folder of the chat.
const PROMPTS: &str = "prompts";

/// The file of keys, beside it.
const KEYS: &str = "keys.toml";

/// What a chat has to know of where it is.
pub(crate) struct About {
    /// What the gateway is called.
    pub(crate) gateway: String,
    /// The command that comes back to the conversation with this id.
    pub(crate) back: Box<dyn Fn(&str) -> String + Send + Sync>,
    /// Where prompts and copies are kept, which is made when there are some.
    pub(crate) folder: PathBuf,
    /// Where the files are that a prompt names.
    pub(crate) place: Place,
    /// Whether lines alone are written.
    pub(crate) plain: bool,
    /// How much of the terminal is drawn on.
    pub(crate) extent: Extent,
    /// Who signs in again.
    pub(crate) sign_in: Box<dyn SignInAgain>,
    /// The variables.
    pub(crate) environment: Environment,
    /// Where words go that are no conversation.
    pub(crate) output: Output,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// Whoever can sign in at the gateway again.
pub(crate) trait SignInAgain: Send + Sync {
    /// Signs in, or asks for the token. The terminal is free for it meanwhile. Who asks nobody, since
    /// nobody is there, fails with what a script should know.
    fn sign_in(&self, needed: Needed) -> LocalBoxFuture<'_, Result<(), Failure>>;
}

/// How a chat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// The person left.
    ByPerson,
    /// The system wanted it, or the terminal has gone.
    Stopped,
    /// There will be no connection any more.
    GivenUp,
}

/// Chats until the person leaves.
pub(crate) async fn chat(talk: Talk, about: About, start: Start) -> Result<Left, Failure> {
    let is_drawn = !about.plain
        && io::stdin().is_terminal()
        && io::stdout().is_terminal()
        && about
            .environment
            .text("TERM")
            .is_some_and(|term| term != "dumb");
    match is_drawn {
        true => {
            let keys = keys::read(&about.folder.join(KEYS))?;
            screen::run(talk, &about, keys, start).await
        }
        false => lines::run(talk, &about, start).await,
    }
}

impl About {
    fn setting(&self, form: Form, keys: Keys) -> Setting {
        Setting {
            gateway: self.gateway.clone(),
            form,
            extent: self.extent,
            seed: self.random.hex(8),
            epoch: self.clock.now().as_duration().as_secs_f64(),
            prompts: match form {
                Form::Drawn => prompts::read(&self.folder.join(PROMPTS)),
                Form::Lines => Vec::new(),
            },
            keys,
        }
    }

    /// What is said to a person who leaves.
    fn farewell(&self, model: &Model) -> Vec<String> {
        let conversation = &model.conversation;
        let mut lines = Vec::new();
        if conversation.turn.is_some() {
            lines.push("The answer goes on at the gateway.".to_owned());
        }
        if let Some(id) = &conversation.id
            && !conversation.is_empty()
        {
            let command = (self.back)(&hermes_secret::visible(id));
            lines.push(format!("To come back: {command}"));
        }
        lines
    }
}
