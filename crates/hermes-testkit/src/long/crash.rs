use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use hermes_machine::Random as _;
use tokio::process::Child;

use super::stage::{PROVIDER, Stage, Way};
use crate::FixedRandom;

/// How often each command runs to its end, to learn how long it lasts.
const MEASURED: usize = 5;

/// Commands that change the file are killed with `kill -9`, at moments that are spread over their
/// whole life.
///
/// For every second kill the moment is counted from the start of the process; for the others it is
/// counted from the request that spends the token, so that half of them fall into the short time
/// in which a login can be lost: answer, temporary file, fsync, rename, fsync.
#[derive(Clone, Debug)]
pub struct Crash {
    /// The program `hermes`.
    pub hermes: PathBuf,
    /// How many kills.
    pub kills: usize,
    /// Stop after this time, whatever the number.
    pub limit: Option<Duration>,
    /// Where the moments come from: the same ones for the same seed.
    pub seed: u64,
}

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `auth refresh`.
    Refresh,
    /// `auth add` with the listener and a browser.
    Loopback,
    /// `auth add` with a pasted address.
    Paste,
}

impl Kind {
    /// All of them, in the order in which they take turns.
    pub const ALL: [Self; 3] = [Self::Refresh, Self::Loopback, Self::Paste];

    /// The command, in short.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refresh => "auth refresh",
            Self::Loopback => "auth add, loopback",
            Self::Paste => "auth add, paste",
        }
    }
}

/// What came of the kills of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// How often the command was killed or had ended just before.
    pub kills: usize,
    /// How often it had ended just before.
    pub ended: usize,
    /// How often the file still held the old token, and the token was good.
    pub old: usize,
    /// How often the file held the new token.
    pub new: usize,
    /// How often the provider had answered, and the answer was not in the file: an account, if it
    /// was a refresh; a sign-in that has to be done again, otherwise.
    pub lost: usize,
    /// How often a lost account was reported by `auth list` and by the next refresh.
    pub reported: usize,
}

/// What came of all of them.
#[derive(Clone, Debug, Default)]
pub struct CrashReport {
    /// In the order of [`Kind::ALL`].
    pub tallies: [Tally; 3],
    /// The most unfinished files that lay about after a kill.
    pub unfinished: usize,
    /// What must not be.
    pub wrong: Vec<String>,
}

/// From when a moment is counted.
#[derive(Clone, Copy)]
enum From {
    Start,
    Request,
}

/// How long a command lasts from both.
#[derive(Clone, Copy, Default)]
struct Life {
    start: Duration,
    request: Duration,
}

/// One kill.
struct Shot {
    kind: Kind,
    from: From,
    delay: Duration,
}

impl Crash {
    /// Kills and looks, again and again.
    ///
    /// # Errors
    ///
    /// If a program does not run at all, or a home cannot be mended for the next round.
    pub async fn run(&self) -> anyhow::Result<CrashReport> {
        let begin = Instant::now();
        let stage = Stage::open(&self.hermes).await?;
        let mut lives = [Life::default(); 3];
        for (life, kind) in lives.iter_mut().zip(Kind::ALL) {
            *life = measure(&stage, kind).await?;
        }
        let moments = FixedRandom::seeded(self.seed);
        let mut report = CrashReport::default();
        for round in 0..self.kills {
            if self.limit.is_some_and(|limit| begin.elapsed() >= limit) {
                break;
            }
            let index = round % Kind::ALL.len();
            let (Some(kind), Some(life)) = (Kind::ALL.get(index), lives.get(index)) else {
                continue;
            };
            let (from, longest) = match round / Kind::ALL.len() % 2 {
                0 => (From::Start, life.start),
                _ => (From::Request, life.request),
            };
            let shot = Shot {
                kind: *kind,
                from,
                delay: longest.mul_f64(share(&moments)),
            };
            let mut wrong = Vec::new();
            if let Some(tally) = report.tallies.get_mut(index) {
                report.unfinished = report
                    .unfinished
                    .max(shot.fire(&stage, tally, &mut wrong).await?);
            }
            let when = format!("kill {round}, {}, {:?}", kind.name(), shot.delay);
            let told = wrong.into_iter().map(|what| format!("{when}: {what}"));
            report.wrong.extend(told);
        }
        Ok(report)
    }
}

/// A number from 0 to 1.
fn share(moments: &Arc<FixedRandom>) -> f64 {
    let mut bytes = [0; 4];
    moments.fill(&mut bytes);
    f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
}

fn start(stage: &Stage, kind: Kind) -> anyhow::Result<Child> {
    match kind {
        Kind::Refresh => stage.start(&["auth", "refresh", PROVIDER]),
        Kind::Loopback => stage.start_sign_in(Way::Loopback),
        Kind::Paste => stage.start_sign_in(Way::Paste),
    }
}

/// Does the person's part, until the command has ended.
async fn finish(stage: &Stage, kind: Kind, child: &mut Child) -> anyhow::Result<()> {
    match kind {
        Kind::Refresh => {
            child.wait().await?;
            Ok(())
        }
        Kind::Loopback => stage.approve(child, Way::Loopback).await,
        Kind::Paste => stage.approve(child, Way::Paste).await,
    }
}

/// The longest of some lives, and a fifth more.
async fn measure(stage: &Stage, kind: Kind) -> anyhow::Result<Life> {
    let mut life = Life::default();
    for _ in 0..MEASURED {
        let asked = stage.provider.requests_to("/token").len();
        let begin = Instant::now();
        let mut child = start(stage, kind)?;
        let request = async {
            stage.provider.until_requests("/token", asked + 1).await;
            Instant::now()
        };
        let (ended, request) =
            futures_util::future::join(finish(stage, kind, &mut child), request).await;
        ended?;
        let status = child.wait().await?;
        anyhow::ensure!(status.success(), "{} failed ({status})", kind.name());
        life.start = life.start.max(begin.elapsed());
        life.request = life.request.max(request.elapsed());
    }
    Ok(Life {
        start: life.start.mul_f64(1.2),
        request: life.request.mul_f64(1.2),
    })
}

impl Shot {
    /// One round: the kill, what it left, and the next command. Gives the number of unfinished
    /// files.
    async fn fire(
        &self,
        stage: &Stage,
        tally: &mut Tally,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<usize> {
        let before = stage.refresh_token()?;
        let asked = stage.provider.requests_to("/token").len();
        tally.kills += 1;
        tally.ended += usize::from(self.kill(stage, asked).await?);

        let answered = stage.provider.requests_to("/token").len() > asked;
        let unfinished = stage.unfinished()?;
        if !stage.lock_is_free().await {
            wrong.push("the lock is held".to_owned());
        }
        // A file that is not whole ends the run: nothing that follows would mean anything.
        let after = stage
            .refresh_token()
            .with_context(|| format!("after {} was killed", self.kind.name()))?;
        let good = stage.provider.accepts_refresh(&after);
        match (after == before, good) {
            (false, true) => tally.new += 1,
            (true, true) => {
                tally.old += 1;
                tally.lost += usize::from(answered && self.kind != Kind::Refresh);
            }
            (true, false) if self.kind == Kind::Refresh && answered => {
                tally.lost += 1;
                match self.reported(stage).await? {
                    None => tally.reported += 1,
                    Some(problem) => wrong.push(problem),
                }
                stage.sign_in().await?;
            }
            _ => {
                wrong.push("the file holds a token that the provider refuses".to_owned());
                stage.sign_in().await?;
            }
        }
        self.next_writer(stage, wrong).await?;
        Ok(unfinished)
    }

    /// Whether the command had ended before its moment came.
    async fn kill(&self, stage: &Stage, asked: usize) -> anyhow::Result<bool> {
        let mut child = start(stage, self.kind)?;
        let moment = async {
            if matches!(self.from, From::Request) {
                stage.provider.until_requests("/token", asked + 1).await;
            }
            let delay = self.delay;
            // The runtime's own timers count in milliseconds, which is too coarse here.
            tokio::task::spawn_blocking(move || std::thread::sleep(delay)).await
        };
        let ended = tokio::select! {
            ended = finish(stage, self.kind, &mut child) => {
                ended?;
                true
            }
            slept = moment => {
                slept?;
                false
            }
        };
        if ended {
            child.wait().await?;
        } else {
            child.kill().await?;
        }
        Ok(ended)
    }

    /// What is wrong with how a lost account is reported.
    async fn reported(&self, stage: &Stage) -> anyhow::Result<Option<String>> {
        let listed = stage.listed().await?;
        let at = listed.get("interrupted_refresh_at");
        if !at.is_some_and(serde_json::Value::is_string) {
            return Ok(Some(format!("`auth list` does not report it: {listed}")));
        }
        let ended = stage.run(&["auth", "refresh", PROVIDER]).await?;
        let told = ended.stderr.contains("auth.refresh_interrupted");
        Ok((ended.status != 4 || !told)
            .then(|| format!("the next refresh does not report it: {}", ended.stderr)))
    }

    /// The next command that writes works, and leaves no unfinished file of anybody.
    async fn next_writer(&self, stage: &Stage, wrong: &mut Vec<String>) -> anyhow::Result<()> {
        let ended = stage.run(&["auth", "refresh", PROVIDER]).await?;
        if ended.status != 0 {
            wrong.push(format!(
                "the next refresh failed: {}{}",
                ended.stdout, ended.stderr
            ));
            stage.sign_in().await?;
        }
        let left = stage.unfinished()?;
        if left != 0 {
            wrong.push(format!("{left} unfinished files after the next writer"));
        }
        if stage
            .listed()
            .await?
            .get("interrupted_refresh_at")
            .is_some_and(serde_json::Value::is_string)
        {
            wrong.push("a refresh is reported as cut off that was not".to_owned());
        }
        Ok(())
    }
}
