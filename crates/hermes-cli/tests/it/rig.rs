use std::{io::ErrorKind, path::Path, process::Stdio};

use hermes_testkit::{FakeBrowser, FakeProvider, TestHome};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};
use url::Url;

/// A provider, a home whose table points at it, and the command.
pub(crate) struct Rig {
    pub(crate) provider: FakeProvider,
    pub(crate) home: TestHome,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Rig {
    /// A rig whose table entry of this provider points at the fake one.
    pub(crate) async fn of(provider_id: &str) -> Self {
        let rig = Self {
            provider: FakeProvider::start().await,
            home: TestHome::new(),
        };
        rig.home
            .write_providers_toml(&rig.provider.table_override(provider_id));
        rig.provider.configure(|settings| settings.interval = 1);
        rig
    }

    /// The command in this home, in a place that is neither SSH nor desktop. Everything that the
    /// machine's own environment says is left out.
    pub(crate) fn hermes(&self, arguments: &[&str]) -> Command {
        hermes(self.home.home().path(), arguments)
    }

    /// Runs the command to its end with nothing on standard input.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        finish(self.hermes(arguments).stdin(Stdio::null())).await
    }

    /// Runs the command to its end with this on standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        finish_fed(&mut self.hermes(arguments), input).await
    }

    /// Starts a sign-in that speaks JSON.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::spawn(&mut self.hermes(arguments))
    }

    /// Signs in through the loopback listener, as a browser would.
    pub(crate) async fn sign_in(&self, provider_id: &str, extra: &[&str]) -> Value {
        let mut arguments = vec!["auth", "add", provider_id, "--json", "--flow", "loopback"];
        arguments.extend(extra);
        let mut running = self.start(&arguments);
        let url = running.until("authorize_url").await;
        running.until("waiting").await;
        visit(&self.provider.authorize(&parse(&url["url"]))).await;
        let signed_in = running.until("signed_in").await;
        assert_eq!(running.wait().await, 0);
        signed_in
    }
}

/// The command in this home.
pub(crate) fn hermes(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hermes"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home.parent().unwrap())
        .env("HERMES_HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("USER", "ada")
        .kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub(crate) async fn finish(command: &mut Command) -> Ended {
    ended(command.output().await.unwrap())
}

/// The same for a command that this is typed or piped into.
pub(crate) async fn finish_fed(command: &mut Command, input: &str) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Whoever has no use for it may end before it is said.
    if let Err(error) = stdin.write_all(input.as_bytes()).await {
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
    }
    drop(stdin);
    ended(child.wait_with_output().await.unwrap())
}

fn ended(output: std::process::Output) -> Ended {
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A command that writes events.
pub(crate) struct Running {
    child: Child,
    events: Lines<BufReader<ChildStdout>>,
    input: Option<ChildStdin>,
}

impl Running {
    /// Starts it.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let events = BufReader::new(child.stdout.take().unwrap()).lines();
        let input = child.stdin.take();
        Self {
            child,
            events,
            input,
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Value {
        let line = self
            .events
            .next_line()
            .await
            .unwrap()
            .expect("the events ended");
        serde_json::from_str(&line).unwrap()
    }

    /// Reads up to the event of this name.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["event"] == name {
                return event;
            }
            assert_ne!(event["event"], "error", "{event}");
        }
    }

    /// Types a line.
    pub(crate) async fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }

    /// The exit status.
    pub(crate) async fn wait(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().await.unwrap().code().unwrap_or(-1)
    }

    /// Presses Ctrl-C and gives the exit status.
    pub(crate) async fn interrupt(self) -> i32 {
        let id = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .unwrap();
        let process = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
        self.wait().await
    }

    /// Ends it at once, as the kernel does when memory is short.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The URL in a JSON string.
pub(crate) fn parse(value: &Value) -> Url {
    Url::parse(value.as_str().unwrap()).unwrap()
}

/// Visits an address as a browser does, with its redirects, and gives the last page.
pub(crate) async fn visit(url: &Url) -> String {
    FakeBrowser.must_visit(url).await.body
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    socket.local_addr().unwrap().port()
}
