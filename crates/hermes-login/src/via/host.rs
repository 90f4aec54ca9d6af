use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use hermes_machine::BoxFuture;
use hermes_oauth::Answer;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Mutex, mpsc},
};
use url::Url;

use super::{
    FrameError, HostHello, ViaError,
    frame::{self, Ended, HostSays, LaptopSays, Word},
    lines::{FrameReader, Unsent, send},
};
use crate::{Event, Person, Relay, RelayEnding, RelayError, RelayRequest};

/// How many messages of one kind may wait to be looked at.
const WAITING: usize = 64;

/// The person and their machine, as the host sees them.
pub struct HostEnd {
    out: mpsc::UnboundedSender<HostSays>,
    lines: Inbox<Option<String>>,
    listening: Inbox<Result<u16, RelayError>>,
    answers: Inbox<Answer>,
    confirmed: Inbox<bool>,
    ended: AtomicBool,
    exchanging: AtomicBool,
}

/// Messages of one kind.
struct Inbox<T> {
    sender: mpsc::Sender<T>,
    receiver: Mutex<mpsc::Receiver<T>>,
}

impl<T> Inbox<T> {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }

    fn put(&self, message: T) -> Result<(), FrameError> {
        let put = self.sender.try_send(message);
        put.map_err(|_| FrameError::OutOfTurn)
    }

    async fn take(&self) -> Option<T> {
        self.receiver.lock().await.recv().await
    }
}

impl HostEnd {
    fn new(out: mpsc::UnboundedSender<HostSays>) -> Self {
        Self {
            out,
            lines: Inbox::new(),
            listening: Inbox::new(),
            answers: Inbox::new(),
            confirmed: Inbox::new(),
            ended: AtomicBool::new(false),
            exchanging: AtomicBool::new(false),
        }
    }

    /// Says something. It is sent while the work goes on, and before [`host`] returns.
    pub fn say(&self, message: HostSays) {
        // The other end of this queue lives as long as the work does.
        let _ = self.out.send(message);
    }

    fn deliver(&self, message: LaptopSays) -> Result<(), FrameError> {
        match message {
            LaptopSays::Hello { .. } => Err(FrameError::OutOfTurn),
            LaptopSays::Listening { port } => self.listening.put(Ok(port)),
            LaptopSays::Refused {
                busy,
                address,
                reason,
            } => self.listening.put(Err(match busy {
                true => RelayError::Busy {
                    address,
                    owner: reason,
                },
                false => RelayError::Refused(reason.unwrap_or(address)),
            })),
            LaptopSays::Answer {
                code,
                state,
                iss,
                error,
                error_description,
            } => self.answers.put(Answer {
                code,
                state,
                iss,
                error,
                error_description,
            }),
            LaptopSays::Line { text } => {
                let text = text.map(|text| text.expose().to_owned());
                self.lines.put(Some(text.unwrap_or_default()))
            }
            LaptopSays::EndOfInput {} => self.lines.put(None),
            LaptopSays::Confirmed { yes } => self.confirmed.put(yes),
        }
    }
}

/// Runs a piece of work on behalf of a laptop. It ends when the stream does, so that nothing is
/// left behind; only an answer that is being exchanged already is seen through, for its tokens
/// would be lost.
///
/// # Errors
///
/// If the laptop says something unknown, or is gone before the work is done.
pub async fn host<R, W, T>(
    reader: R,
    mut writer: W,
    hello: HostHello,
    work: impl AsyncFnOnce(&HostEnd) -> T,
) -> Result<T, ViaError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut frames = FrameReader::new(reader);
    let line = frames.line().await?.ok_or(ViaError::Gone)?;
    let (id, first) = frame::parse::<LaptopSays>(&line, None)?;
    if !matches!(first, LaptopSays::Hello { .. }) {
        return Err(FrameError::OutOfTurn.into());
    }
    sent(send(&mut writer, &id, &HostSays::Hello(hello)).await)?;

    let (out, mut queue) = mpsc::unbounded_channel();
    let end = HostEnd::new(out);
    let mut over = None;
    let mut work = pin!(work(&end));
    let done = loop {
        let ended = tokio::select! {
            biased;
            Some(message) = queue.recv() => match &over {
                None => sent(send(&mut writer, &id, &message).await).err(),
                Some(_) => None,
            },
            done = &mut work => break done,
            message = frames.next(&id), if over.is_none() => match message {
                Ok(Some(message)) => end.deliver(message).err().map(ViaError::from),
                Ok(None) => Some(ViaError::Gone),
                Err(error) => Some(error.into()),
            },
        };
        over = over.or(ended);
        if !end.exchanging.load(Ordering::Relaxed)
            && let Some(error) = over
        {
            return Err(error);
        }
    };
    // What was done is done, whoever may still hear of it.
    while over.is_none()
        && let Ok(message) = queue.try_recv()
    {
        over = sent(send(&mut writer, &id, &message).await).err();
    }
    Ok(done)
}

fn sent(sent: Result<(), Unsent>) -> Result<(), ViaError> {
    sent.map_err(|unsent| match unsent {
        Unsent::Frame(error) => error.into(),
        Unsent::Gone => ViaError::Gone,
    })
}

impl Relay for HostEnd {
    fn describe(&self) -> String {
        "your machine".to_owned()
    }

    fn listen(&self, redirect_uri: Url, any_port: bool) -> BoxFuture<'_, Result<u16, RelayError>> {
        self.say(HostSays::Listen {
            host: redirect_uri.host_str().unwrap_or_default().to_owned(),
            port: redirect_uri.port_or_known_default().unwrap_or_default(),
            any_port,
            path: redirect_uri.path().to_owned(),
        });
        Box::pin(async { self.listening.take().await.unwrap_or(Err(RelayError::Lost)) })
    }

    fn open(&self, request: RelayRequest) {
        self.say(HostSays::Open {
            authorize_url: request.authorize_url,
            redirect_uri: request.redirect_uri,
            seconds: request.limit.as_secs(),
        });
    }

    fn answer(&self) -> BoxFuture<'_, Result<Answer, RelayError>> {
        Box::pin(async { self.answers.take().await.ok_or(RelayError::Lost) })
    }

    fn again(&self) {
        self.say(HostSays::Again {});
    }

    fn ended(&self, ending: RelayEnding) {
        let (how, account) = match ending {
            RelayEnding::SignedIn { account } => (Ended::SignedIn, account),
            RelayEnding::Failed => (Ended::Failed, None),
            RelayEnding::Declined => (Ended::Declined, None),
        };
        self.say(HostSays::Ended { how, account });
    }
}

impl Person for HostEnd {
    fn tell(&self, event: Event<'_>) {
        let seconds = |limit: Duration| limit.as_secs();
        let message = match event {
            Event::AuthorizeUrl {
                url, redirect_uri, ..
            } => HostSays::Address {
                authorize_url: url.clone(),
                redirect_uri: redirect_uri.clone(),
            },
            Event::DeviceCode(device) => HostSays::Device {
                user_code: device.user_code.clone(),
                verification_uri: device.verification_uri.clone(),
                verification_uri_complete: device.verification_uri_complete.clone(),
                expires_in: seconds(device.expires_in),
                interval: seconds(device.interval),
            },
            Event::Waiting { flow, limit, .. } => HostSays::Waiting {
                flow: Word(flow),
                seconds: seconds(limit),
            },
            Event::Rung { flow, why, .. } => HostSays::Rung {
                flow: Word(flow),
                why: why.to_owned(),
            },
            Event::RungFailed {
                flow, reason, next, ..
            } => HostSays::RungFailed {
                flow: Word(flow),
                reason,
                next: next.map(Word),
            },
            Event::Voided { id, process, since } => HostSays::Voided {
                id: id.to_owned(),
                process,
                since: since.to_string(),
            },
            Event::PasteRejected { reason } => HostSays::PasteRejected { reason },
            Event::Stray { what } => HostSays::Stray { what },
            Event::Exchanging => {
                self.exchanging.store(true, Ordering::Relaxed);
                HostSays::Exchanging {}
            }
            // The laptop knows these better, or has no use for them.
            Event::Starting { .. }
            | Event::Via(_)
            | Event::Arrived(_)
            | Event::Terms(_)
            | Event::Hint(_)
            | Event::Stalled { .. }
            | Event::Browser(_) => return,
        };
        self.say(message);
    }

    fn line(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async {
            if self.ended.load(Ordering::Relaxed) {
                return std::future::pending().await;
            }
            let line = self.lines.take().await.flatten();
            self.ended.store(line.is_none(), Ordering::Relaxed);
            line
        })
    }

    fn confirm(&self, question: &str) -> BoxFuture<'_, bool> {
        self.say(HostSays::Confirm {
            question: question.to_owned(),
        });
        Box::pin(async { self.confirmed.take().await.unwrap_or(false) })
    }
}

impl std::fmt::Debug for HostEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostEnd")
    }
}
