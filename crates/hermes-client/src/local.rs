//! The way to the gateway of this machine: its control socket. Who may open it is whoever the gateway's
//! own user is, so nobody signs in, and nothing leaves the machine.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_machine::{BoxFuture, Clock};
use hermes_protocol::{
    close::Close,
    limits,
    rpc::{Answer, Frame},
};
use hermes_secret::Secret;
use tokio::net::UnixStream;
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

use crate::{Door, Ended, Happened, Mode, Wire};

/// How long the gateway may take to take a connection. It serves a few at once, and the next ones wait.
const OPEN: Duration = Duration::from_secs(15);

/// How long a line may take on its way.
const STALL: Duration = Duration::from_secs(45);

/// How often a line is sent, so that the gateway does not take the connection for one that was left.
const ALIVE: Duration = Duration::from_secs(limits::CONTROL_IDLE_SECONDS / 3);

/// The way to the gateway of this machine.
pub struct Local {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Local {
    /// The way through the control socket at this path.
    pub fn new(path: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { path, clock }
    }

    async fn connect(&self) -> Result<Box<dyn Wire>, Happened> {
        let connected = tokio::select! {
            connected = UnixStream::connect(&self.path) => connected,
            () = self.clock.sleep(OPEN) => return Err(Happened::Unanswered),
        };
        match connected {
            Ok(stream) => {
                let codec = LinesCodec::new_with_max_length(limits::FRAME_BYTES);
                let clock = Arc::clone(&self.clock);
                Ok(Box::new(Line {
                    lines: Framed::new(stream, codec),
                    alive: alive(&clock),
                    clock,
                }))
            }
            Err(_) => Err(Happened::Unanswered),
        }
    }
}

impl Door for Local {
    fn probe(&self) -> BoxFuture<'_, Happened> {
        Box::pin(std::future::ready(Happened::Probed(Mode::Token)))
    }

    fn mint(&self) -> BoxFuture<'_, Happened> {
        // Nobody asks for a ticket where there is a token, and the machine itself is as good as one.
        Box::pin(std::future::ready(Happened::Unanswered))
    }

    fn open(&self, _: Option<Secret>) -> BoxFuture<'_, Result<Box<dyn Wire>, Happened>> {
        Box::pin(self.connect())
    }
}

/// A connection of the control socket.
struct Line {
    lines: Framed<UnixStream, LinesCodec>,
    clock: Arc<dyn Clock>,
    /// It goes on when a read is dropped and begun again.
    alive: BoxFuture<'static, ()>,
}

impl Line {
    async fn heard(&mut self) -> Result<String, Ended> {
        loop {
            let line = tokio::select! {
                biased;
                line = self.lines.next() => line,
                () = &mut self.alive => {
                    self.alive = alive(&self.clock);
                    // A blank line is no request, and gets no answer.
                    self.put(String::new()).await?;
                    continue;
                }
            };
            return match line {
                Some(Ok(line)) => match farewell(&line) {
                    Some(close) => Err(Ended(Some(close.code()))),
                    None => Ok(line),
                },
                Some(Err(LinesCodecError::MaxLineLengthExceeded)) => {
                    Err(Ended(Some(Close::FrameTooLarge.code())))
                }
                Some(Err(LinesCodecError::Io(_))) | None => Err(Ended(None)),
            };
        }
    }

    async fn put(&mut self, line: String) -> Result<(), Ended> {
        tokio::select! {
            biased;
            sent = self.lines.send(line) => sent.map_err(|_| Ended(None)),
            () = self.clock.sleep(STALL) => Err(Ended(None)),
        }
    }
}

impl Wire for Line {
    fn send(&mut self, frame: String) -> BoxFuture<'_, Result<(), Ended>> {
        Box::pin(self.put(frame))
    }

    fn next(&mut self) -> BoxFuture<'_, Result<String, Ended>> {
        Box::pin(self.heard())
    }
}

/// Why the gateway ends the connection, if this is its last line: lines have no close codes, so it is
/// said in the words of one.
fn farewell(line: &str) -> Option<Close> {
    let Ok(Frame::Answer(Answer {
        id: None,
        outcome: Err(why),
    })) = Frame::parse(line)
    else {
        return None;
    };
    let all = Close::ALL.iter().copied();
    all.into_iter().find(|close| close.reason() == why.message)
}

fn alive(clock: &Arc<dyn Clock>) -> BoxFuture<'static, ()> {
    let clock = Arc::clone(clock);
    Box::pin(async move { clock.sleep(ALIVE).await })
}
