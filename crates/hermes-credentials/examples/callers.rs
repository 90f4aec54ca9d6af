//! Many callers in one process, for `cargo xtask storm`: `callers PROVIDER NUMBER`, in the home of
//! `HERMES_HOME`.
//!
//! It says `ready`, waits for a line, lets all of them ask for the token at once, and prints one
//! line of JSON with everybody's token or error. Half of the callers share one `Credentials`, as
//! the tasks of a service do; the others have each their own, as processes do.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use futures_util::future::join_all;
use hermes_credentials::Credentials;
use hermes_machine::{
    Clock, Environment, Home, SystemClock, SystemRandom, file, http::BoundedClient,
};
use hermes_oauth::Ports;
use hermes_providers::Table;
use serde_json::json;

/// More than any table.
const LIMIT: u64 = 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(provider), Some(number)) = (arguments.next(), arguments.next()) else {
        return Err("usage: callers PROVIDER NUMBER".into());
    };
    let number: usize = number.parse()?;
    let environment = Environment::of_process();
    let home = Home::locate(&environment, None)?;
    let table = file::read_bounded(&home.providers_toml(), LIMIT)?;
    let table = table.map(String::from_utf8).transpose()?;
    let table = Arc::new(Table::load(table.as_deref())?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ports = Ports {
        http: Arc::new(BoundedClient::new(&environment, Arc::clone(&clock))),
        clock,
        random: Arc::new(SystemRandom),
    };
    let open = || {
        let table = Arc::clone(&table);
        Credentials::open(home.clone(), environment.clone(), table, ports.clone())
    };
    let shared = open();
    let callers: Vec<_> = (0..number)
        .map(|index| match index % 2 {
            0 => shared.clone(),
            _ => open(),
        })
        .collect();

    say("ready")?;
    io::stdin().read_line(&mut String::new())?;
    let asked = callers.into_iter().map(|credentials| {
        let provider = provider.clone();
        tokio::spawn(async move { credentials.access_token(&provider).await })
    });
    let (mut tokens, mut errors) = (Vec::new(), Vec::new());
    for answer in join_all(asked).await {
        match answer? {
            Ok(found) => tokens.push(found.token.expose().to_owned()),
            Err(error) => errors.push(error.to_string()),
        }
    }
    say(&json!({"tokens": tokens, "errors": errors}).to_string())?;
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
