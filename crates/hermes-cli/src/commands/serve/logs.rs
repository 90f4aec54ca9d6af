use std::{
    io::{self, Write as _},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
};

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::LogFormat;
use hermes_machine::Environment;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt::MakeWriter, layer::SubscriberExt as _, registry,
};

/// The variable that says how much is logged.
const VARIABLE: &str = "HERMES_LOG";

/// The most lines that wait for standard error. The next ones are dropped: nobody who is served
/// waits for a terminal or a pipe.
const QUEUE: usize = 1024;

/// The log. Dropping it waits until its lines are written.
pub(super) struct Logs {
    lines: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
}

impl Logs {
    /// Begins to log to standard error. Other people's crates are heard only when they warn: what
    /// they say in detail may be a header or a body.
    pub(super) fn start(format: LogFormat, environment: &Environment) -> Result<Self, Failure> {
        let level = level(environment)?;
        let (lines, waiting) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&waiting))
            .map_err(|error| super::failed(format!("the log cannot be written: {error}")))?;
        let others = level.min(LevelFilter::WARN);
        let heard = Targets::new()
            .with_default(others)
            .with_target("hermes", level);
        let queue = Queue(lines.clone());
        let form = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(queue);
        let form = match format {
            LogFormat::Text => form.with_target(false).compact().boxed(),
            LogFormat::Json => form.json().flatten_event(true).boxed(),
        };
        let subscriber = registry().with(form.with_filter(heard));
        // A process has one log, and this command starts it once.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Ok(Self {
            lines: Some(lines),
            writer: Some(writer),
        })
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        // The subscriber lives as long as the process, so an empty line says that this is the end.
        if let Some(lines) = self.lines.take() {
            let _ = lines.send(Vec::new());
        }
        if let Some(writer) = self.writer.take() {
            // The writer has no way to fail but a panic, which has been reported already.
            let _ = writer.join();
        }
    }
}

fn level(environment: &Environment) -> Result<LevelFilter, Failure> {
    let Some(text) = environment.text(VARIABLE) else {
        return Ok(LevelFilter::INFO);
    };
    match text {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        _ => Err(Failure::new(
            Code::ConfigInvalid,
            format!("the variable `{VARIABLE}` must be off, error, warn, info or debug"),
        )),
    }
}

/// A line goes to the queue as a whole, or not at all.
#[derive(Clone)]
struct Queue(SyncSender<Vec<u8>>);

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl io::Write for Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.0.try_send(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_all(lines: &Receiver<Vec<u8>>) {
    for line in lines {
        if line.is_empty() {
            return;
        }
        // Standard error that is closed is no reason to stop serving.
        let _ = io::stderr().lock().write_all(&line);
    }
}
