//! `cargo xtask bench`: what Hermes costs, beside programs that do nothing else and, where one is
//! named, upstream's program. Ratios of one run on one machine.

mod commands;
mod gateway;
mod stream;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    commands: commands::CommandOptions,
}

#[derive(Subcommand)]
enum What {
    /// Measure the gateway, against a bare server of the same routes.
    ///
    /// Requests, tickets, sockets that are opened and held, starts and memory. Each server has one
    /// core, and what loads it has the others. It takes minutes: the sockets are as many people's as
    /// the default limits want, and those sign in no faster than they may.
    Gateway(gateway::Options),
    /// Measure how a model's tokens come through the gateway, against a bare server.
    ///
    /// The first token, the others, how many a second, and the memory of a conversation. The model is a
    /// scripted one, in the program that measures.
    Stream(stream::Options),
}

/// Builds the release and measures it.
pub(crate) async fn run(options: &Options) -> Result<()> {
    match &options.what {
        None => commands::run(&options.commands).await,
        Some(What::Gateway(options)) => gateway::run(options).await,
        Some(What::Stream(options)) => stream::run(options).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{Cli, Task};

    fn parse(line: &str) -> Option<Options> {
        let words = ["xtask", "bench"].into_iter();
        let words = words.chain(line.split_whitespace());
        match Cli::try_parse_from(words).ok()?.task {
            Task::Bench(options) => Some(options),
            _ => None,
        }
    }

    #[test]
    fn commands_are_measured_unless_the_gateway_is_named() {
        for line in ["", "--runs 40 --upstream venv/bin/hermes"] {
            assert!(parse(line).unwrap().what.is_none(), "{line}");
        }
        for line in [
            "gateway",
            "gateway --upstream venv --json",
            "gateway --rounds 3 --seconds 1 --sockets 500",
        ] {
            let what = parse(line).unwrap().what;
            assert!(matches!(what, Some(What::Gateway(_))), "{line}");
        }
        for line in ["stream", "stream --rounds 1 --upstream venv --json"] {
            let what = parse(line).unwrap().what;
            assert!(matches!(what, Some(What::Stream(_))), "{line}");
        }
        for line in ["--runs 40 gateway", "gateway --runs 40", "other"] {
            assert!(parse(line).is_none(), "{line}");
        }
    }
}
