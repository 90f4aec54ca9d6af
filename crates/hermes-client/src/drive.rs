//! Follows a conversation over a connection that comes and goes.

mod caught;
mod following;
mod outbox;
mod words;

use std::collections::VecDeque;

use self::following::Following;
use crate::{
    Calls, Driver, State,
    driver::{Cargo, Useless, Wanted},
    talk::{Backstage, Told, Wish},
};

/// How much may wait to be told before nothing more is read.
const UNTOLD: usize = 4096;

/// What it takes to follow a conversation.
pub struct Drive {
    /// What reaches the gateway.
    pub driver: Driver,
    /// Which kind of client this is, for lists of conversations.
    pub source: String,
}

impl Drive {
    /// Fulfils wishes and calls until whoever shows the conversation is gone.
    pub async fn run(self, backstage: Backstage, calls: Calls) {
        let shown = Shown {
            following: Following::new(self.source),
            backstage,
            calls,
        };
        self.driver.run(shown).await;
    }
}

/// A conversation that is followed, for somebody who shows it.
struct Shown {
    following: Following,
    backstage: Backstage,
    calls: Calls,
}

impl Cargo for Shown {
    async fn next(&mut self) -> Wanted {
        let Self {
            following,
            backstage,
            calls,
        } = self;
        tokio::select! {
            permit = backstage.told.reserve(), if !following.told.is_empty() => {
                let (Ok(permit), Some(told)) = (permit, following.told.pop_front()) else {
                    return Wanted::Over;
                };
                permit.send(told);
            }
            wish = backstage.wishes.recv() => match wish {
                Some(Wish::Retry) => return Wanted::Retry,
                Some(Wish::SignedIn) => return Wanted::SignedIn,
                Some(wish) => following.wish(wish),
                None => return Wanted::Over,
            },
            Some(asked) = calls.asked.recv() => following.call(asked),
        }
        Wanted::Nothing
    }

    fn is_full(&self) -> bool {
        self.following.told.len() >= UNTOLD
    }

    fn stands(&mut self, state: State) {
        self.following.told.push_back(Told::State(state));
    }

    fn connected(&mut self, ready: String) {
        self.following.connected(&ready);
    }

    fn frame(&mut self, frame: &str) -> Result<(), Useless> {
        self.following.frame(frame)
    }

    fn frames(&mut self) -> &mut VecDeque<String> {
        &mut self.following.frames
    }

    fn doubt(&mut self) {
        self.following.doubt();
    }

    fn tick(&mut self) -> Result<(), Useless> {
        self.following.tick()
    }

    fn lost(&mut self) {
        self.following.lost();
    }
}
