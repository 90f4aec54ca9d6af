//! What is asked of systemd, through `systemctl`.

use std::time::Duration;

use hermes_errors::{Code, Failure};
use hermes_machine::program;

use super::Scope;
use crate::{commands::auth::block_on, world::World};

/// How long systemd may take: a start waits until the gateway serves, for a minute and a half at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// The most bytes of an answer.
const LIMIT: u64 = 64 * 1024;

/// The systemd of a machine or of a person.
pub(super) struct Manager<'a> {
    pub(super) scope: Scope,
    pub(super) world: &'a World,
}

impl Manager<'_> {
    /// The version, which says that it answers at all; a failure that says what to do where it does
    /// not.
    pub(super) fn version(&self) -> Result<u32, Failure> {
        let said = self.ask(&["show", "--property=Version", "--value"]);
        let said = said.map_err(|why| {
            let whose = match self.scope {
                Scope::System => "of this machine",
                Scope::User => "of this user",
            };
            let message = format!("the systemd {whose} does not answer: {why}");
            Failure::new(Code::ServiceNoSystemd, message)
        })?;
        let digits: String = said.chars().take_while(char::is_ascii_digit).collect();
        Ok(digits.parse().unwrap_or_default())
    }

    /// What it knows of a unit, by property.
    pub(super) fn properties(&self, unit: &str) -> Vec<(String, String)> {
        let wanted = "--property=ActiveState,SubState,UnitFileState,MainPID";
        let said = self.ask(&["show", unit, wanted]).unwrap_or_default();
        let pairs = said.lines().filter_map(|line| line.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Tells it to do something. Why it did not is for the person to see: the command itself says it.
    pub(super) fn run(&self, words: &[&str]) -> Result<(), Failure> {
        self.ask(words).map(|_| ()).map_err(|why| {
            let line = self.line(words);
            Failure::new(Code::ServiceFailed, format!("`{line}`: {why}")).with_next_step(line)
        })
    }

    /// The line that a person would type.
    pub(super) fn line(&self, words: &[&str]) -> String {
        let scope = self.scope.flag().map(|flag| format!("{flag} "));
        format!("systemctl {}{}", scope.unwrap_or_default(), words.join(" "))
    }

    fn ask(&self, words: &[&str]) -> Result<String, String> {
        let arguments: Vec<&str> = self
            .scope
            .flag()
            .into_iter()
            .chain(words.iter().copied())
            .collect();
        let asked = program::ask(
            "systemctl",
            &arguments,
            &self.world.environment,
            &*self.world.ports.clock,
            PATIENCE,
            LIMIT,
        );
        let answer = block_on(asked).map_err(|failure| failure.message)?;
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.success {
            true => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
            false => Err("it failed".to_owned()),
        }
    }
}
