//! The conversation: what the host says is taken in turn, what the person types goes across.

use std::{pin::pin, time::Duration};

use hermes_oauth::{Client, DeviceCode};
use hermes_providers::Flow;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::{Laptop, heard};
use crate::{
    Event,
    via::{
        FrameError, Signed, Standing, ViaError,
        frame::{self, Ended, HostSays, LaptopSays},
        lines::{FrameReader, Unsent, send},
    },
};

/// How many lines before the hello are overlooked: start-up files of shells like to greet.
const GREETINGS: usize = 64;
/// How long the host may be silent beyond what it waits for: its requests have their own limits.
const SILENCE: Duration = Duration::from_secs(120);
/// The longest wait that a host may announce.
const LONGEST_WAIT: u64 = 3600;
/// The longest id of a sign-in that is shown.
const ID_LIMIT: usize = 32;
/// The longest line that a person types.
const LINE_LIMIT: usize = 8 * 1024;

pub(super) struct Session<'a, R, W> {
    id: String,
    pub(super) laptop: &'a Laptop<'a>,
    pub(super) client: &'a Client,
    frames: FrameReader<R>,
    writer: W,
    /// The redirect URI of a paste.
    pub(super) pasting: Option<Url>,
    /// How long the host waits for what it has announced.
    waits: Duration,
    standing: Standing,
}

impl<'a, R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<'a, R, W> {
    pub(super) fn new(laptop: &'a Laptop<'a>, client: &'a Client, reader: R, writer: W) -> Self {
        Self {
            id: laptop.ports.random.hex(16),
            laptop,
            client,
            frames: FrameReader::new(reader),
            writer,
            pasting: None,
            waits: Duration::ZERO,
            standing: Standing::NotSaved,
        }
    }

    /// What the host has come to, as far as this end can know.
    pub(super) const fn standing(&self) -> Standing {
        self.standing
    }

    /// From the first word to the last.
    pub(super) async fn run(&mut self) -> Result<Signed, ViaError> {
        self.greet().await?;
        loop {
            let signed = match self.next().await? {
                HostSays::Listen {
                    host,
                    port,
                    any_port,
                    path,
                } => self.listen(&host, port, any_port, &path).await?,
                other => self.heed(other).await?,
            };
            if let Some(signed) = signed {
                return Ok(signed);
            }
        }
    }

    /// How long the host waits, from now on.
    pub(super) fn expect_wait(&mut self, seconds: u64) -> Duration {
        self.waits = Duration::from_secs(seconds.min(LONGEST_WAIT));
        self.waits
    }

    async fn greet(&mut self) -> Result<(), ViaError> {
        let hermes = self.laptop.hermes.to_owned();
        // A host that is gone already is told apart by what it leaves unsaid.
        let _ = self.send(&LaptopSays::Hello { hermes }).await;
        for _ in 0..GREETINGS {
            let line = self.frames.line().await.map_err(|_| ViaError::NoHello)?;
            let Some(line) = line else {
                return Err(ViaError::NoHello);
            };
            match frame::parse::<HostSays>(&line, Some(&self.id)) {
                Ok((_, HostSays::Hello(hello))) => {
                    let hello = heard::clean(&hello);
                    self.laptop.person.tell(Event::Via(&hello));
                    let provider = &self.laptop.request.provider;
                    let place = self.laptop.place;
                    self.laptop.person.tell(Event::Starting { provider, place });
                    if let Some(terms) = &provider.terms {
                        self.laptop.person.tell(Event::Terms(terms));
                    }
                    return Ok(());
                }
                Ok((_, HostSays::Error { code, message, .. })) => {
                    return Err(heard::failure(&code, &message));
                }
                Ok(_) => return Err(FrameError::OutOfTurn.into()),
                Err(FrameError::NotAFrame) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ViaError::NoHello)
    }

    pub(super) async fn send(&mut self, message: &LaptopSays) -> Result<(), ViaError> {
        if message.may_finish() {
            // Half a message may be a whole one over there.
            self.standing = Standing::Unknown;
        }
        let sent = send(&mut self.writer, &self.id, message).await;
        sent.map_err(|unsent| match unsent {
            Unsent::Frame(error) => error.into(),
            Unsent::Gone => self.lost(),
        })
    }

    /// The next message. What the person types meanwhile goes across.
    pub(super) async fn next(&mut self) -> Result<HostSays, ViaError> {
        let laptop = self.laptop;
        let mut silence = pin!(laptop.ports.clock.sleep(self.waits + SILENCE));
        loop {
            let line = tokio::select! {
                biased;
                message = self.frames.next(&self.id) => {
                    return message?.ok_or_else(|| self.lost());
                }
                line = laptop.person.line() => line,
                () = &mut silence => return Err(self.lost()),
            };
            match line {
                Some(line) if line.len() > LINE_LIMIT => {
                    let reason = "it is longer than 8 KiB".to_owned();
                    laptop.person.tell(Event::PasteRejected { reason });
                }
                Some(line) => {
                    let text = Some(Secret::new(line));
                    self.send(&LaptopSays::Line { text }).await?;
                }
                None => self.send(&LaptopSays::EndOfInput {}).await?,
            }
        }
    }

    const fn lost(&self) -> ViaError {
        ViaError::Lost {
            standing: self.standing,
        }
    }

    /// What may be said at any time. The credential, if that was the last word.
    pub(super) async fn heed(&mut self, message: HostSays) -> Result<Option<Signed>, ViaError> {
        let person = self.laptop.person;
        match message {
            HostSays::SignedIn(signed) => return Ok(Some(heard::presentable(*signed)?)),
            HostSays::Error { code, message, .. } => {
                self.standing = Standing::NotSaved;
                return Err(heard::failure(&code, &message));
            }
            HostSays::Address {
                authorize_url,
                redirect_uri,
            } => self.by_hand(&authorize_url, &redirect_uri)?,
            HostSays::Device {
                user_code,
                verification_uri,
                verification_uri_complete,
                expires_in,
                interval,
            } => {
                let device = DeviceCode::to_show(
                    &user_code,
                    verification_uri,
                    verification_uri_complete,
                    Duration::from_secs(expires_in),
                    Duration::from_secs(interval),
                );
                self.by_code(&device)?;
                // It polls for the answer by itself from here on.
                self.standing = Standing::Unknown;
            }
            HostSays::Waiting { flow, seconds } => {
                let limit = self.expect_wait(seconds);
                person.tell(Event::Waiting {
                    flow: flow.0,
                    redirect_uri: self.pasting.as_ref().filter(|_| flow.0 == Flow::Paste),
                    limit,
                });
            }
            HostSays::Voided { id, process, since } => person.tell(Event::Voided {
                id: &plain(&id, ID_LIMIT),
                process,
                since: since.parse().map_err(|_| FrameError::Unknown)?,
            }),
            HostSays::Rung { flow, why } => {
                person.tell(Event::rung_there(flow.0, &plain(&why, LABEL_LIMIT)));
            }
            HostSays::RungFailed { flow, reason, next } => person.tell(Event::RungFailed {
                flow: flow.0,
                reason: plain(&reason, LABEL_LIMIT),
                next: next.map(|next| next.0),
                left: &[],
            }),
            HostSays::PasteRejected { reason } => person.tell(Event::PasteRejected {
                reason: plain(&reason, LABEL_LIMIT),
            }),
            HostSays::Stray { what } => person.tell(Event::Stray {
                what: plain(&what, LABEL_LIMIT),
            }),
            HostSays::Exchanging {} => {
                self.standing = Standing::Unknown;
                person.tell(Event::Exchanging);
            }
            HostSays::Confirm { question } => {
                let yes = person.confirm(&plain(&question, LABEL_LIMIT)).await;
                self.send(&LaptopSays::Confirmed { yes }).await?;
            }
            // The wait had ended here before the host knew.
            HostSays::Ended { how, .. } => self.ended(how),
            HostSays::Hello(_)
            | HostSays::Listen { .. }
            | HostSays::Open { .. }
            | HostSays::Again {} => return Err(FrameError::OutOfTurn.into()),
        }
        Ok(None)
    }

    /// The host has come to an end, and says to which.
    pub(super) const fn ended(&mut self, how: Ended) {
        self.standing = match how {
            Ended::SignedIn => Standing::Saved,
            Ended::Failed | Ended::Declined => Standing::NotSaved,
        };
    }
}
