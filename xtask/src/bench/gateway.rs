//! `cargo xtask bench gateway`: the gateway beside a bare server of the same routes and, where one
//! is named, upstream's. They are measured in turns, so that a machine that slows down slows all of
//! them down.

mod app;
mod cores;
mod held;
mod load;
pub(super) mod people;
mod report;
mod server;
mod subject;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use http::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub(super) use self::cores::Cores;
use self::people::Limits;
use self::report::{Measure, Report};
pub(super) use self::report::{Side, median, shown};
pub(super) use self::server::Server;
pub(super) use self::subject::Subject;
use crate::client::TICKETS;
use crate::process;
use crate::say::{complain, say};
use crate::workspace::Workspace;

#[derive(Args)]
pub(super) struct Options {
    /// How often everything but the held sockets is measured.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each rate is taken.
    #[arg(long, default_value_t = 2, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many sockets are held; of upstream, at most 1,000.
    #[arg(long, default_value_t = 15_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    /// A Python environment with upstream's program, to measure beside ours.
    #[arg(long, value_name = "PATH")]
    upstream: Option<PathBuf>,
    /// Print JSON, with every number that was taken.
    #[arg(long)]
    json: bool,
}

/// Starts a round: their median counts.
const STARTS: u32 = 5;

/// Sockets that are opened one after another in a round.
const OPENED: u32 = 200;

/// Upstream takes as long for a socket as we for twenty, and each takes the same memory.
const UPSTREAM_SOCKETS: u32 = 1_000;

/// How long a server is left alone before its idle memory counts.
const SETTLE: Duration = Duration::from_secs(1);

/// Descriptors for everything but the held sockets.
const SPARE: u32 = 512;

/// Measures, and says how it went.
pub(super) async fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find().await?;
    if cfg!(debug_assertions) {
        return as_release(&workspace).await;
    }
    build(&workspace).await?;
    ensure_descriptors(options.sockets)?;
    let homes = tempfile::tempdir()?;
    let mut subjects = vec![
        Subject::floor(&workspace, homes.path())?,
        Subject::hermes(&workspace, homes.path())?,
    ];
    if let Some(upstream) = &options.upstream {
        subjects.push(Subject::upstream(upstream, homes.path())?);
    }
    let report = measure(&subjects, options).await?;
    if options.json {
        say!("{:#}", report.json());
    } else {
        say!("{}", report.table());
    }
    Ok(())
}

/// The load has to cost less than what it is put on, so a development build hands over to a release.
pub(super) async fn as_release(workspace: &Workspace) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package", "xtask"];
    process::run(workspace.cargo(build)).await?;
    let release = workspace.target.join("release/xtask");
    process::run(process::command(release, std::env::args_os().skip(1))).await
}

/// Builds the servers that are compared.
pub(super) async fn build(workspace: &Workspace) -> Result<()> {
    // Apart, so that the program is the one that is released, without what the other would add.
    for arguments in [
        ["hermes-cli", "--bins"].as_slice(),
        &["xtask", "--example", "floor"],
    ] {
        let mut build = workspace.cargo(["build", "--release", "--locked", "--package"]);
        build.args(arguments);
        process::run(build).await?;
    }
    Ok(())
}

/// Lets this process, and the servers that it starts, have as many descriptors as they may.
fn ensure_descriptors(sockets: u32) -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let needed = u64::from(sockets + SPARE);
    ensure!(
        maximum.is_none_or(|maximum| maximum >= needed),
        "{sockets} sockets need {needed} descriptors a process (`ulimit -Hn`); ask for fewer with `--sockets`"
    );
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).context("could not raise the limit of descriptors")
}

async fn measure(subjects: &[Subject], options: &Options) -> Result<Report> {
    let cores = Cores::divide()?;
    let mut report = Report::default();
    let limits = prepare(subjects, options).await?;
    for round in 1..=options.rounds {
        complain!("starts, round {round} of {}", options.rounds);
        for subject in subjects {
            starts(subject, &cores, &mut report).await?;
        }
    }
    let mut running = Vec::new();
    for subject in subjects {
        running.push(Running::start(subject, &cores).await?);
    }
    for round in 1..=options.rounds {
        complain!("requests and sockets, round {round} of {}", options.rounds);
        rates(&running, options, &mut report).await?;
    }
    drop(running);
    for subject in subjects {
        held(subject, &cores, limits, options.sockets, &mut report).await?;
    }
    Ok(report)
}

/// Users in the gateway's home, as many as the sockets need.
async fn prepare(subjects: &[Subject], options: &Options) -> Result<Limits> {
    let ours = subjects.iter().find(|subject| subject.side == Side::Hermes);
    let gateway = &ours.context("the gateway is measured")?.gated;
    let limits = Limits::read(gateway, options.sockets).await?;
    let users = limits.users(options.sockets);
    complain!("adding {users} users");
    people::add(gateway, users).await?;
    Ok(limits)
}

async fn starts(subject: &Subject, cores: &Cores, report: &mut Report) -> Result<()> {
    let mut took = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let (server, start) = subject.gated.start(cores).await?;
        took.push(start.as_secs_f64() * 1e3);
        memory.push(idle(&server).await? / 1024.0);
    }
    let side = subject.side;
    note(report, Measure::ColdStart, side, median(&took));
    note(report, Measure::Idle, side, median(&memory));
    Ok(())
}

/// The servers of a subject, which stay up for all rounds.
struct Running<'a> {
    subject: &'a Subject,
    gated: Server,
    token: Option<Server>,
}

impl<'a> Running<'a> {
    async fn start(subject: &'a Subject, cores: &Cores) -> Result<Self> {
        let (gated, _) = subject.gated.start(cores).await?;
        let token = match &subject.token {
            Some(program) => Some(program.start(cores).await?.0),
            None => None,
        };
        Ok(Self {
            subject,
            gated,
            token,
        })
    }
}

/// One round: each measure of one side after the other, with people who have just signed in.
async fn rates(running: &[Running<'_>], options: &Options, report: &mut Report) -> Result<()> {
    let lasts = Duration::from_secs(u64::from(options.seconds));
    let mut people = Vec::new();
    for Running { subject, gated, .. } in running {
        people.push((subject.side, gated, subject.person(gated).await?));
    }
    for (side, server, person) in &people {
        let me = (Method::GET, "/api/auth/me");
        let rate = load::rate(server, person, me, lasts).await?;
        report.note(Measure::Requests, *side, rate.of_core);
        report.note(Measure::RequestClock, *side, rate.by_clock);
        report.note(Measure::RequestServer, *side, rate.server);
        report.note(Measure::RequestLoad, *side, rate.load);
    }
    for (Running { subject, gated, .. }, (side, _, person)) in running.iter().zip(&people) {
        let Some(app) = subject.app(gated, person).await? else {
            continue;
        };
        let rate = load::rate(gated, &app, (Method::GET, "/api/auth/me"), lasts).await?;
        report.note(Measure::AppRequests, *side, rate.of_core);
        report.note(Measure::AppRequestServer, *side, rate.server);
    }
    for (side, server, person) in &people {
        let rate = load::rate(server, person, (Method::POST, TICKETS), lasts).await?;
        report.note(Measure::Tickets, *side, rate.of_core);
        report.note(Measure::TicketClock, *side, rate.by_clock);
        report.note(Measure::TicketServer, *side, rate.server);
    }
    for Running { subject, token, .. } in running {
        let Some(server) = token else { continue };
        let holder = Subject::holder()?;
        let rate = load::rate(server, &holder, (Method::POST, TICKETS), lasts).await?;
        report.note(Measure::TokenTickets, subject.side, rate.of_core);
        report.note(Measure::TokenTicketClock, subject.side, rate.by_clock);
        report.note(Measure::TokenTicketServer, subject.side, rate.server);
    }
    for (side, server, person) in &people {
        let took = load::ready(server, person, OPENED).await?;
        note(report, Measure::Ready, *side, median(&took));
    }
    Ok(())
}

/// Everything that a server takes more than after its start counts as its sockets', the sessions
/// and what the sign-ins have left behind included.
async fn held(
    subject: &Subject,
    cores: &Cores,
    limits: Limits,
    sockets: u32,
    report: &mut Report,
) -> Result<()> {
    let side = subject.side;
    let sockets = match side {
        Side::Upstream => sockets.min(UPSTREAM_SOCKETS),
        Side::Floor | Side::Hermes => sockets,
    };
    complain!("{sockets} sockets held by {side:?}");
    let (server, _) = subject.gated.start(cores).await?;
    let before = idle(&server).await?;
    let people = match side {
        Side::Hermes => people::sign_in(&server, limits, sockets).await?,
        // They know no limits, but each address has so many ports alone.
        Side::Floor | Side::Upstream => {
            let person = subject.person(&server).await?;
            let sessions = 0..limits.sessions(sockets);
            let at = |session| person.at(people::address(session));
            sessions.map(at).collect()
        }
    };
    report.note(Measure::SignedIn, side, server.memory()? / 1024.0);
    let held = held::hold(&server, &people, limits.sockets_per_session, sockets).await?;
    let each = (held - before) / f64::from(sockets);
    report.note(Measure::Socket, side, each);
    Ok(())
}

/// The memory of a server that has been left alone for a moment, in KiB.
async fn idle(server: &Server) -> Result<f64> {
    tokio::time::sleep(SETTLE).await;
    server.memory()
}

fn note(report: &mut Report, measure: Measure, side: Side, value: Option<f64>) {
    if let Some(value) = value {
        report.note(measure, side, value);
    }
}
