//! A server as a process: started on its core, and what the kernel says that it takes.

use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http::Method;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

use super::cores::Cores;
use crate::client::{Client, Person, ask};
use crate::process::{self, Owned};

/// The address of all servers. It is loopback, and not one of the names that stand for token mode.
pub(in crate::bench) const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server says once it takes connections.
const READY: &str = "HERMES_BACKEND_READY port=";

/// How a server is started.
pub(in crate::bench) struct Program {
    pub(in crate::bench) program: PathBuf,
    pub(in crate::bench) arguments: Vec<String>,
    pub(in crate::bench) environment: Vec<(&'static str, OsString)>,
    pub(in crate::bench) address: Ipv4Addr,
    /// Its home, and a place for what it says.
    pub(in crate::bench) home: PathBuf,
}

/// A server that answers. It ends when it is dropped.
pub(in crate::bench) struct Server {
    pub(in crate::bench) address: SocketAddr,
    process: Owned,
}

impl Program {
    /// A command of it, in its environment and nothing else.
    pub(in crate::bench) fn command<'a>(
        &'a self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> tokio::process::Command {
        let mut command = process::command(&self.program, arguments);
        command
            .env_clear()
            .env("HOME", &self.home)
            .env("HERMES_HOME", &self.home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it, and waits for its first answer: how long that took from before the process was.
    pub(in crate::bench) async fn start(&self, cores: &Cores) -> Result<(Server, Duration)> {
        let log = self.home.join("bench.log");
        let said = File::create(&log).with_context(|| format!("no `{}`", log.display()))?;
        let mut command = self.command(self.arguments.iter().map(String::as_str));
        command.stdout(Stdio::piped()).stderr(Stdio::from(said));
        let begin = Instant::now();
        let mut process = cores.for_server(|| Owned::start(command))?;
        let started = timeout(PATIENCE, self.first_answer(&mut process)).await;
        let address = started
            .map_err(anyhow::Error::new)
            .and_then(|answered| answered)
            .with_context(|| {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                format!("`{}` does not serve: {said}", self.program.display())
            })?;
        Ok((Server { address, process }, begin.elapsed()))
    }

    async fn first_answer(&self, process: &mut Owned) -> Result<SocketAddr> {
        let stdout = process.stdout().context("stdout was piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let port = loop {
            let Some(line) = lines.next_line().await? else {
                bail!("it ended");
            };
            if let Some(port) = line.strip_prefix(READY) {
                break port.trim().parse()?;
            }
        };
        // What it says later is read too, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = SocketAddr::V4(SocketAddrV4::new(self.address, port));
        let mut client = Client::connect(address, self.address).await?;
        let nobody = Person::nobody(self.address);
        let request = ask(&Method::GET, "/api/status", address, &nobody)?;
        client.ask(request).await?.good()?;
        Ok(address)
    }
}

impl Server {
    /// The memory that is its own, in KiB: pages that are shared count in part (PSS).
    pub(in crate::bench) fn memory(&self) -> Result<f64> {
        let text = self.proc("smaps_rollup")?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        let number = number.context("the kernel says no PSS")?;
        Ok(number.parse()?)
    }

    /// The time on a core that it has had.
    pub(in crate::bench) fn time(&self) -> Result<Duration> {
        time(&self.proc("stat")?)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let id = self.process.id().context("the server has ended")?;
        let path = format!("/proc/{id}/{file}");
        std::fs::read_to_string(&path).with_context(|| format!("could not read `{path}`"))
    }
}

/// The time on a core that this process has had.
pub(in crate::bench) fn own_time() -> Result<Duration> {
    time(&std::fs::read_to_string("/proc/self/stat")?)
}

/// User and system time of `/proc/PID/stat` (proc_pid_stat(5), fields 14 and 15). The second field
/// is a name and may hold anything, so what counts begins behind its bracket.
fn time(stat: &str) -> Result<Duration> {
    let fields = stat.rsplit_once(')').context("no name in `stat`")?.1;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().context("`stat` is short")?.parse()?) };
    let ticks = ticks()? + ticks()?;
    let second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_millis(ticks * 1000 / second.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_behind_any_name() {
        let stat = "77 (a b) 3) S 1 77 77 0 -1 4194304 9 0 0 0 250 50 0 0 20 0 1 0 5 6 7";
        let second = rustix::param::clock_ticks_per_second();
        let expected = Duration::from_millis(300 * 1000 / second);
        assert_eq!(time(stat).unwrap(), expected);
        assert!(time("77 (short) S 1").is_err());
        assert!(own_time().is_ok());
    }
}
