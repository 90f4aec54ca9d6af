use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures_util::future::{join_all, try_join_all};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};

use super::stage::{PROVIDER, Stage};

/// Many callers in many processes want the token of one account at the moment it is over.
#[derive(Clone, Debug)]
pub struct Storm {
    /// The program `hermes`, to sign in with.
    pub hermes: PathBuf,
    /// The program that calls: `examples/callers.rs` of `hermes-credentials`.
    pub callers: PathBuf,
    /// How many processes.
    pub processes: usize,
    /// How many callers in all of them.
    pub count: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct StormReport {
    /// The requests that reached the token endpoint. There must be one.
    pub requests: usize,
    /// The callers that have a token.
    pub served: usize,
    /// The different tokens that they have. There must be one.
    pub tokens: usize,
    /// From the word to start until the last process had said what it has.
    pub took: Duration,
    /// What must not be.
    pub wrong: Vec<String>,
}

impl Storm {
    /// Signs in, lets the token end, and lets everybody call at once.
    ///
    /// # Errors
    ///
    /// If a program does not run at all.
    pub async fn run(&self) -> anyhow::Result<StormReport> {
        let stage = Stage::open(&self.hermes).await?;
        stage.expire()?;
        let asked = stage.provider.requests_to("/token").len();
        let processes = (0..self.processes).map(|index| {
            // What does not divide goes to the first ones.
            let share = self.count / self.processes;
            let rest = usize::from(index < self.count % self.processes);
            Process::ready(&stage, &self.callers, share + rest)
        });
        let mut processes = try_join_all(processes).await?;
        let begin = Instant::now();
        for process in &mut processes {
            process.go().await?;
        }
        let said = join_all(processes.iter_mut().map(Process::said)).await;
        let mut report = StormReport {
            took: begin.elapsed(),
            requests: stage.provider.requests_to("/token").len() - asked,
            ..StormReport::default()
        };
        let mut tokens = BTreeSet::new();
        for answer in said {
            let answer = answer?;
            let texts = |key: &str| {
                let list = answer.get(key).and_then(Value::as_array);
                let list = list.into_iter().flatten().filter_map(Value::as_str);
                list.map(ToOwned::to_owned).collect::<Vec<_>>()
            };
            let own = texts("tokens");
            report.served += own.len();
            tokens.extend(own);
            report.wrong.extend(texts("errors"));
        }
        report.tokens = tokens.len();
        self.judge(&mut report, &stage, &tokens);
        Ok(report)
    }

    fn judge(&self, report: &mut StormReport, stage: &Stage, tokens: &BTreeSet<String>) {
        let counts = [
            ("requests at the provider", report.requests, 1),
            ("different tokens", report.tokens, 1),
            ("callers with a token", report.served, self.count),
            ("ended sign-ins", stage.provider.ended_grants(), 0),
        ];
        for (what, seen, expected) in counts {
            if seen != expected {
                report.wrong.push(format!("{seen} {what}, not {expected}"));
            }
        }
        if !tokens.iter().all(|one| stage.provider.accepts_access(one)) {
            report
                .wrong
                .push("a token that the provider refuses".to_owned());
        }
    }
}

/// One process of callers.
struct Process {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts it and waits until it says that everything is at hand.
    async fn ready(
        stage: &Stage,
        program: &std::path::Path,
        callers: usize,
    ) -> anyhow::Result<Self> {
        let mut command = stage.program(program);
        command.args([PROVIDER, &callers.to_string()]);
        command.stderr(std::process::Stdio::inherit());
        let mut child = command.spawn().context("the callers do not start")?;
        let input = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        let mut process = Self {
            _child: child,
            input,
            output: BufReader::new(output).lines(),
        };
        process.line().await?;
        Ok(process)
    }

    async fn go(&mut self) -> anyhow::Result<()> {
        Ok(self.input.write_all(b"go\n").await?)
    }

    async fn said(&mut self) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.line().await?)?)
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let line = self.output.next_line().await?;
        line.context("the callers ended without a word")
    }
}
