//! `cargo xtask bench stream`: how a model's tokens come through the gateway, beside a bare server
//! that hands them on and keeps nothing.
//!
//! The model is in this process and writes into each token when it was sent, so how long a token took is
//! the difference to when it came.

mod client;
mod model;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use tokio::task::JoinSet;

use self::client::{Chat, Tokens};
use self::model::Model;
use self::report::{Measure, Report, Side};
use super::gateway::{Cores, Server, Subject, median, people};
use crate::client::Person;
use crate::say::{complain, say};
use crate::workspace::Workspace;

#[derive(Args)]
pub(super) struct Options {
    /// How often everything is measured.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// A Python environment with upstream's program, to measure beside ours.
    #[arg(long, value_name = "PATH")]
    upstream: Option<PathBuf>,
    /// Print JSON, with every number that was taken.
    #[arg(long)]
    json: bool,
}

/// How many conversations a user has, each with a socket: as many as the gateway gives a session.
const OF_A_USER: usize = 32;

/// Prompts one after another for the first token.
const PROMPTS: usize = 40;

/// The tokens of an answer that comes at the pace of a model, and that pace.
const PACED: (usize, Duration) = (40, Duration::from_millis(20));

/// How much is measured of a side.
struct Extent {
    /// The most conversations.
    conversations: usize,
    /// Conversations and tokens in each, as fast as they come.
    floods: &'static [(usize, usize, Measure, Measure)],
}

/// Of the floor and of ours.
const WHOLE: Extent = Extent {
    conversations: 256,
    floods: &[
        (1, 40_000, Measure::Relay1, Measure::RelayCore1),
        (32, 4_000, Measure::Relay32, Measure::RelayCore32),
        (256, 500, Measure::Relay256, Measure::RelayCore256),
    ],
};

/// Of upstream, which holds 16 conversations and ends others for more.
const UPSTREAM: Extent = Extent {
    conversations: 8,
    floods: &[(1, 2_000, Measure::Relay1, Measure::RelayCore1)],
};

/// How long a server is left alone before its memory counts.
const SETTLE: Duration = Duration::from_secs(1);

/// Measures, and says how it went.
pub(super) async fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find().await?;
    if cfg!(debug_assertions) {
        return super::gateway::as_release(&workspace).await;
    }
    super::gateway::build(&workspace).await?;
    let homes = tempfile::tempdir()?;
    let cores = Cores::divide()?;
    let model = Model::start().await?;
    let mut floor = Subject::floor(&workspace, homes.path())?;
    floor.gated.arguments.push(model.address().to_string());
    let mut hermes = Subject::hermes(&workspace, homes.path())?;
    hermes.gated.environment.extend([
        ("HERMES_MODEL_BASE_URL", model.base_url().into()),
        ("HERMES_MODEL_DEFAULT", "bench".into()),
        ("HERMES_MODEL_TITLES", "false".into()),
    ]);
    let users = WHOLE.users();
    complain!("adding {users} users");
    people::add(&hermes.gated, u32::try_from(users)?).await?;
    let mut subjects = vec![floor, hermes];
    if let Some(upstream) = &options.upstream {
        let upstream = Subject::upstream(upstream, homes.path())?;
        let settings = upstream.gated.home.join("config.yaml");
        std::fs::write(settings, upstream_settings(&model))?;
        subjects.push(upstream);
    }
    let mut report = Report::default();
    for round in 1..=options.rounds {
        for subject in &subjects {
            complain!("{:?}, round {round} of {}", subject.side, options.rounds);
            measure(subject, &cores, &mut report).await?;
        }
    }
    if options.json {
        say!("{:#}", report.json());
    } else {
        say!("{}", report.table());
        if options.upstream.is_some() {
            say!("{UPSTREAM_NOTE}");
        }
    }
    Ok(())
}

/// What stands under a table with upstream.
const UPSTREAM_NOTE: &str = "Upstream held 8 conversations, since beyond 16 it ends others; \
its tokens a second are those of an answer of 2,000.";

/// What has upstream ask the model, and nothing else of it.
fn upstream_settings(model: &Model) -> String {
    format!(
        "model:\n  provider: custom\n  default: bench\n  base_url: {}\n  api_key: none\n\
         auxiliary:\n  title_generation:\n    enabled: false\n",
        model.base_url()
    )
}

impl Extent {
    const fn of(side: Side) -> Self {
        match side {
            Side::Floor | Side::Hermes => WHOLE,
            Side::Upstream => UPSTREAM,
        }
    }

    /// How many users have so many conversations.
    const fn users(&self) -> usize {
        self.conversations.div_ceil(OF_A_USER)
    }
}

async fn measure(subject: &Subject, cores: &Cores, report: &mut Report) -> Result<()> {
    let side = subject.side;
    let extent = Extent::of(side);
    let (server, _) = subject.gated.start(cores).await?;
    let mut people = Vec::new();
    for user in 0..extent.users() {
        people.push(person(subject, &server, user).await?);
    }
    let each = people.iter().flat_map(|person| [person; OF_A_USER]);
    let mut each = each.take(extent.conversations);
    let begun = async |person| -> Result<Chat> {
        let mut chat = Chat::open(&server, person).await?;
        chat.ask("flood 1").await?;
        Ok(chat)
    };
    // What is loaded for the first conversation is for all of them, and does not count.
    let first = each.next().context("there is nobody")?;
    let mut chats = vec![begun(first).await?];
    tokio::time::sleep(SETTLE).await;
    let before = server.memory()?;
    for person in each {
        chats.push(begun(person).await?);
    }
    tokio::time::sleep(SETTLE).await;
    let more = chats.len() - 1;
    let all = server.memory()? - before;
    report.note(Measure::Conversation, side, all / more as f64);

    let mut first = Vec::new();
    for _ in 0..PROMPTS {
        let chat = chats.first_mut().context("there is no conversation")?;
        first.push(chat.ask("flood 1").await?.first);
    }
    note(report, Measure::First1, side, &first);
    let (tokens, pace) = PACED;
    let prompt = format!("paced {tokens} {}", pace.as_millis());
    let (eight, _, rest) = together(chats, 8, &prompt).await?;
    chats = rest;
    let first: Vec<_> = eight.iter().map(|tokens| tokens.first).collect();
    note(report, Measure::First8, side, &first);
    let delays: Vec<_> = eight
        .iter()
        .flat_map(|tokens| tokens.delays.clone())
        .collect();
    note(report, Measure::Delay8, side, &delays);

    for &(conversations, tokens, by_clock, of_core) in extent.floods {
        let before = server.time()?;
        let prompt = format!("flood {tokens}");
        let (all, took, rest) = together(chats, conversations, &prompt).await?;
        chats = rest;
        let came: usize = all.iter().map(|tokens| tokens.came).sum();
        report.note(by_clock, side, came as f64 / took.as_secs_f64());
        let had = server.time()?.saturating_sub(before).as_secs_f64();
        if had > 0.0 {
            report.note(of_core, side, came as f64 / had);
        }
    }
    Ok(())
}

async fn person(subject: &Subject, server: &Server, user: usize) -> Result<Person> {
    match subject.side {
        Side::Hermes => people::one(server, u32::try_from(user)?).await,
        Side::Floor | Side::Upstream => subject.person(server).await,
    }
}

/// Asks the same in so many conversations at once: what came, how long all of it took, and the
/// conversations again.
async fn together(
    mut chats: Vec<Chat>,
    conversations: usize,
    prompt: &str,
) -> Result<(Vec<Tokens>, Duration, Vec<Chat>)> {
    let begin = std::time::Instant::now();
    let mut asking: JoinSet<Result<(Chat, Tokens)>> = JoinSet::new();
    for mut chat in chats.drain(..conversations) {
        let prompt = prompt.to_owned();
        asking.spawn(async move {
            let tokens = chat.ask(&prompt).await?;
            Ok((chat, tokens))
        });
    }
    let mut all = Vec::new();
    while let Some(asked) = asking.join_next().await {
        let (chat, tokens) = asked??;
        chats.push(chat);
        all.push(tokens);
    }
    Ok((all, begin.elapsed(), chats))
}

fn note(report: &mut Report, measure: Measure, side: Side, samples: &[f64]) {
    if let Some(value) = median(samples) {
        report.note(measure, side, value);
    }
}
