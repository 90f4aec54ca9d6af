//! How long a command takes as a whole process, beside a program that does nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;

#[derive(Args)]
pub(super) struct CommandOptions {
    /// How often each command runs.
    #[arg(long, default_value_t = 200, value_name = "N")]
    runs: u32,
    /// Upstream's `hermes`, to measure beside ours.
    #[arg(long, value_name = "PATH")]
    upstream: Option<PathBuf>,
}

/// A program and what it is asked.
struct Subject {
    name: String,
    program: PathBuf,
    arguments: Vec<&'static str>,
    /// The aim of DESIGN section 8, in milliseconds.
    aim: Option<f64>,
    times: Vec<Duration>,
}

/// The keys that the measured home holds, so that a list has something to list.
const HOME: &str = r#"{"version":1,"providers":{},"credential_pool":{"openrouter":[
 {"id":"000001","label":"one","auth_type":"api_key","priority":0,"source":"manual","access_token":"sk-bench-one"},
 {"id":"000002","label":"two","auth_type":"api_key","priority":1,"source":"manual","access_token":"sk-bench-two"}]}}
"#;

/// Builds the release and measures it.
pub(super) async fn run(options: &CommandOptions) -> Result<()> {
    let workspace = Workspace::find().await?;
    process::run(workspace.cargo(["build", "--release", "--locked", "--package", "hermes-cli"]))
        .await?;
    let ours = workspace.target.join("release/hermes");
    let home = tempfile::tempdir()?;
    std::fs::write(home.path().join("auth.json"), HOME)?;
    let mut subjects = vec![subject(
        "nothing (`true`)",
        Path::new("/bin/true"),
        &[],
        None,
    )];
    for (arguments, aim) in [
        (&["--version"][..], Some(3.0)),
        (&["auth", "list"], Some(6.0)),
        (&["auth", "token", "openrouter"], None),
    ] {
        subjects.push(subject("hermes", &ours, arguments, aim));
        if let Some(upstream) = options.upstream.as_deref().filter(|_| aim.is_some()) {
            subjects.push(subject("upstream", upstream, arguments, None));
        }
    }
    // In turns, so that a machine that slows down slows all of them down.
    for _ in 0..options.runs {
        for subject in &mut subjects {
            subject.run(home.path())?;
        }
    }
    report(&mut subjects, &ours)
}

fn subject(name: &str, program: &Path, arguments: &[&'static str], aim: Option<f64>) -> Subject {
    let words = arguments.iter().copied();
    Subject {
        name: std::iter::once(name)
            .chain(words)
            .collect::<Vec<_>>()
            .join(" "),
        program: program.to_owned(),
        arguments: arguments.to_vec(),
        aim,
        times: Vec::new(),
    }
}

impl Subject {
    fn run(&mut self, home: &Path) -> Result<()> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .env("HOME", home)
            .env("HERMES_HOME", home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let begin = Instant::now();
        let status = command
            .status()
            .with_context(|| format!("{} does not run", self.name))?;
        self.times.push(begin.elapsed());
        ensure!(status.success(), "`{}` failed ({status})", self.name);
        Ok(())
    }

    /// Milliseconds at this share of the sorted runs.
    fn at(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "an index among some hundred runs"
        )]
        let index = (last as f64 * share).round() as usize;
        self.times
            .get(index)
            .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

fn report(subjects: &mut [Subject], ours: &Path) -> Result<()> {
    for subject in &mut *subjects {
        subject.times.sort_unstable();
    }
    let floor = subjects.first().map_or(0.0, |subject| subject.at(0.5));
    say!("\n| command | median ms | p95 ms | over nothing | aim ms |\n|---|---|---|---|---|");
    for subject in &*subjects {
        let (median, p95) = (subject.at(0.5), subject.at(0.95));
        let aim = subject
            .aim
            .map_or_else(String::new, |aim| format!("{aim:.0}"));
        let ratio = median / floor;
        say!(
            "| {} | {median:.2} | {p95:.2} | {ratio:.1} x | {aim} |",
            subject.name
        );
    }
    #[expect(clippy::cast_precision_loss, reason = "a size in megabytes")]
    let size = std::fs::metadata(ours)?.len() as f64 / 1e6;
    say!("\nThe release binary has {size:.1} MB (aim: 25).");
    Ok(())
}
