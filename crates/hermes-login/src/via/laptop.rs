use std::{pin::pin, sync::Mutex, time::Duration};

use hermes_errors::Code;
use hermes_machine::Environment;
use hermes_oauth::{Answer, Attempt, Client, DeviceCode, Ports, Verdict, check_pinned};
use hermes_providers::Flow;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::{
    FrameError, HostHello, Signed, ViaError,
    frame::{self, Ended, HostSays, LaptopSays, PROTOCOL},
    lines::{FrameReader, send},
};
use crate::{
    BrowserOutcome, Event, GUIDE_BASE, LoginError, Opener, Person, Place, SignIn, check_openable,
    loopback::{BindError, Callback, Ears, Ending, Listener, PortChoice, door, pages::Names},
    redirect::Redirect,
    sign_in::{CALLBACK_TIME, LONGEST},
    tunnel_hint,
};

/// How many lines before the hello are overlooked: start-up files of shells like to greet.
const GREETINGS: usize = 64;
/// How much longer than the listener the rest may take: the exchange has its own limits.
const GRACE: Duration = Duration::from_secs(60);
/// The longest line that a person types.
const LINE_LIMIT: usize = 8 * 1024;
/// Ports below this are the system's.
const FIRST_PORT: u16 = 1024;
/// The most remarks that are shown, and the most fields of a credential.
const MOST: usize = 32;

/// The laptop's end: what is wanted, and what this machine itself knows of the provider.
pub struct Laptop<'a> {
    /// What is wanted. The provider is this machine's own entry.
    pub request: &'a SignIn,
    /// Where the command runs.
    pub place: &'a Place,
    /// Clock, randomness, and the network for a discovery of our own.
    pub ports: &'a Ports,
    /// Opens the browser.
    pub opener: &'a dyn Opener,
    /// Who sits here.
    pub person: &'a dyn Person,
    /// The variables of this machine.
    pub environment: &'a Environment,
    /// What to call the host, as it was typed.
    pub host: &'a str,
    /// The version of `hermes` here.
    pub hermes: &'a str,
}

/// Finishes a sign-in on the host at the other end. Dropping the future closes the listener.
///
/// # Errors
///
/// If the other end is no `hermes` of this version, asks for something that this machine would not
/// do by itself, fails, or is gone.
pub async fn laptop<R, W>(laptop: Laptop<'_>, reader: R, writer: W) -> Result<Signed, ViaError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let request = laptop.request;
    let client = Client::resolve(
        &request.provider,
        &request.registration,
        laptop.ports.clone(),
    )
    .await?;
    let mut session = Session {
        id: laptop.ports.random.hex(16),
        laptop: &laptop,
        client: &client,
        frames: FrameReader::new(reader),
        writer,
        pasting: None,
    };
    session.greet().await?;
    session.run().await
}

struct Session<'a, R, W> {
    id: String,
    laptop: &'a Laptop<'a>,
    client: &'a Client,
    frames: FrameReader<R>,
    writer: W,
    /// The redirect URI of a paste.
    pasting: Option<Url>,
}

/// How one round of waiting for the browser ended.
enum Over {
    /// The answer was not the host's; another round.
    Again,
    /// The wait is over.
    Ended,
    /// So is the sign-in.
    Signed(Signed),
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<'_, R, W> {
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
                    let hello = clean(&hello);
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
                    return Err(remote(&code, &message));
                }
                Ok(_) => return Err(FrameError::OutOfTurn.into()),
                Err(FrameError::NotAFrame) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ViaError::NoHello)
    }

    async fn run(&mut self) -> Result<Signed, ViaError> {
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

    async fn send(&mut self, message: &LaptopSays) -> Result<(), ViaError> {
        send(&mut self.writer, &self.id, message).await
    }

    /// The next message. What the person types meanwhile goes across.
    async fn next(&mut self) -> Result<HostSays, ViaError> {
        loop {
            let line = tokio::select! {
                biased;
                message = self.frames.next(&self.id) => return message?.ok_or(ViaError::Lost),
                line = self.laptop.person.line() => line,
            };
            match line {
                Some(line) if line.len() > LINE_LIMIT => {
                    let reason = "it is longer than 8 KiB".to_owned();
                    self.laptop.person.tell(Event::PasteRejected { reason });
                }
                Some(line) => {
                    let text = Some(Secret::new(line));
                    self.send(&LaptopSays::Line { text }).await?;
                }
                None => self.send(&LaptopSays::EndOfInput {}).await?,
            }
        }
    }

    /// What may be said at any time. The credential, if that was the last word.
    async fn heed(&mut self, message: HostSays) -> Result<Option<Signed>, ViaError> {
        let person = self.laptop.person;
        match message {
            HostSays::SignedIn(signed) => return Ok(Some(presentable(*signed)?)),
            HostSays::Error { code, message, .. } => return Err(remote(&code, &message)),
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
                self.permit(Flow::Device)?;
                for url in [Some(&verification_uri), verification_uri_complete.as_ref()] {
                    url.map_or(Ok(()), |url| self.pinned(url))?;
                }
                let (expires_in, interval) = (
                    Duration::from_secs(expires_in),
                    Duration::from_secs(interval),
                );
                let device = DeviceCode::to_show(
                    &user_code,
                    verification_uri,
                    verification_uri_complete,
                    expires_in,
                    interval,
                );
                person.tell(Event::DeviceCode(&device));
                let page = device.verification_uri_complete.as_ref();
                self.open(page.unwrap_or(&device.verification_uri), false);
            }
            HostSays::Waiting { flow, seconds } => person.tell(Event::Waiting {
                flow: flow.0,
                redirect_uri: self.pasting.as_ref().filter(|_| flow.0 == Flow::Paste),
                limit: Duration::from_secs(seconds.min(3600)),
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
            HostSays::Exchanging {} => person.tell(Event::Exchanging),
            HostSays::Confirm { question } => {
                let yes = person.confirm(&plain(&question, LABEL_LIMIT)).await;
                self.send(&LaptopSays::Confirmed { yes }).await?;
            }
            // The wait had ended here before the host knew.
            HostSays::Ended { .. } => {}
            HostSays::Hello(_)
            | HostSays::Listen { .. }
            | HostSays::Open { .. }
            | HostSays::Again {} => return Err(FrameError::OutOfTurn.into()),
        }
        Ok(None)
    }

    /// Listens for this machine's own redirect URI, if that is what the host means, and carries
    /// the answer across.
    async fn listen(
        &mut self,
        host: &str,
        port: u16,
        any_port: bool,
        path: &str,
    ) -> Result<Option<Signed>, ViaError> {
        self.permit(Flow::Loopback)?;
        let request = self.laptop.request;
        let redirect = Redirect::for_listener(request, self.laptop.environment)?;
        let theirs = Redirect::for_listener(
            &SignIn {
                port: None,
                ..request.clone()
            },
            self.laptop.environment,
        )?;
        let expected = theirs.preferred();
        if expected.host_str() != Some(host)
            || expected.port() != Some(port)
            || expected.path() != path
            || theirs.allows_any_port() != any_port
        {
            return Err(untrusted(
                "it wants a listener that this machine's entry of the provider does not have",
            ));
        }
        let (PortChoice::Exactly(wanted) | PortChoice::Preferably(wanted)) = redirect.choice();
        if wanted < FIRST_PORT {
            return Err(untrusted("ports below 1024 are not opened for a host"));
        }
        let listener = match Listener::bind(redirect.host(), redirect.choice()) {
            Ok(listener) => listener,
            Err(error) => {
                let refused = match error {
                    BindError::Busy { address, owner } => LaptopSays::Refused {
                        busy: true,
                        address,
                        reason: owner,
                    },
                    BindError::Failed { address, source } => LaptopSays::Refused {
                        busy: false,
                        address,
                        reason: Some(source.to_string()),
                    },
                };
                self.send(&refused).await?;
                return Ok(None);
            }
        };
        let redirect_uri = redirect.at(listener.port());
        let own = self.client.begin(&redirect_uri)?;
        let port = listener.port();
        self.send(&LaptopSays::Listening { port }).await?;
        let url = loop {
            match self.next().await? {
                HostSays::Open {
                    authorize_url,
                    redirect_uri: theirs,
                    ..
                } if theirs == redirect_uri => break authorize_url,
                HostSays::Open { .. } => {
                    return Err(untrusted(
                        "it names another redirect URI than the listener's",
                    ));
                }
                other => {
                    if let Some(signed) = self.heed(other).await? {
                        return Ok(Some(signed));
                    }
                }
            }
        };
        let witness = self.vouch(&own, &url)?;
        self.attend(&listener, &redirect_uri, &url, &|answer| {
            witness.judge(answer)
        })
        .await
    }

    /// Rounds of waiting, until the host has its answer.
    async fn attend(
        &mut self,
        listener: &Listener,
        redirect_uri: &Url,
        url: &Url,
        verdict: &(dyn Fn(&Answer) -> Verdict + Send + Sync),
    ) -> Result<Option<Signed>, ViaError> {
        let laptop = self.laptop;
        let limit = laptop.request.timeout.unwrap_or(CALLBACK_TIME).min(LONGEST);
        let mut late = pin!(laptop.ports.clock.sleep(limit + GRACE));
        let mut announced = false;
        loop {
            let kept = Mutex::new(None);
            let judge = |answer: &Answer| {
                let verdict = verdict(answer);
                if !matches!(verdict, Verdict::NotOurs(_))
                    && let Ok(mut kept) = kept.lock()
                {
                    kept.get_or_insert_with(|| answer.clone());
                }
                verdict
            };
            let stray = |what| laptop.person.tell(Event::Stray { what });
            let arrived = |arrival| laptop.person.tell(Event::Arrived(arrival));
            let callback = Callback::new(
                door(redirect_uri, &laptop.request.provider),
                self.names(),
                &judge,
                Ears {
                    stray: &stray,
                    arrived: &arrived,
                },
                &*laptop.ports.clock,
                &*laptop.ports.random,
            );
            if !std::mem::replace(&mut announced, true) {
                self.announce(url, redirect_uri, limit);
            }
            let over = tokio::select! {
                over = self.round(&callback, &kept) => over?,
                () = &mut late => {
                    let name = laptop.request.provider.short_name().to_owned();
                    return Err(LoginError::CallbackTimedOut { name }.into());
                }
                never = listener.serve(&callback) => match never {},
            };
            match over {
                Over::Again => {}
                Over::Ended => return Ok(None),
                Over::Signed(signed) => return Ok(Some(signed)),
            }
        }
    }

    async fn round(
        &mut self,
        callback: &Callback<'_>,
        kept: &Mutex<Option<Answer>>,
    ) -> Result<Over, ViaError> {
        let mut carried = false;
        loop {
            let message = tokio::select! {
                biased;
                _ = callback.answered(), if !carried => None,
                message = self.next() => Some(message?),
            };
            let Some(message) = message else {
                carried = true;
                let answer = kept.lock().ok().and_then(|mut kept| kept.take());
                if let Some(answer) = answer {
                    self.send(&LaptopSays::answer(&answer)).await?;
                }
                continue;
            };
            let (over, ending) = match message {
                HostSays::Again {} if carried => (Ok(Over::Again), Ending::Failed),
                HostSays::Ended { how, account } => (Ok(Over::Ended), ending(how, account)),
                other => match self.heed(other).await {
                    Ok(None) => continue,
                    Ok(Some(signed)) => (Ok(Over::Signed(signed)), Ending::Failed),
                    Err(error) => (Err(error), Ending::Failed),
                },
            };
            callback.take();
            callback.finish(ending);
            callback.delivered().await;
            return over;
        }
    }

    fn announce(&self, url: &Url, redirect_uri: &Url, limit: Duration) {
        let laptop = self.laptop;
        let provider = &laptop.request.provider;
        laptop.person.tell(Event::AuthorizeUrl {
            url,
            redirect_uri,
            provider,
        });
        laptop.person.tell(Event::Waiting {
            flow: Flow::Loopback,
            redirect_uri: Some(redirect_uri),
            limit,
        });
        let base = laptop.environment.text("HERMES_DOCS_URL");
        // This machine may be a remote one itself.
        if let Some(hint) = tunnel_hint(
            laptop.place,
            redirect_uri.as_str(),
            provider.docs_url.as_ref(),
            base.unwrap_or(GUIDE_BASE),
        ) {
            laptop.person.tell(Event::Hint(&hint));
        }
        self.open(url, false);
    }

    /// An address whose answer is pasted: nothing listens for it.
    fn by_hand(&mut self, url: &Url, redirect_uri: &Url) -> Result<(), ViaError> {
        self.permit(Flow::Paste)?;
        let request = SignIn {
            port: None,
            ..self.laptop.request.clone()
        };
        let own_uri = Redirect::for_paste(&request, self.laptop.environment)?.uri();
        if *redirect_uri != own_uri {
            return Err(untrusted(
                "it names another redirect URI than this machine's entry",
            ));
        }
        let own = self.client.begin(&own_uri)?;
        self.vouch(&own, url)?;
        let provider = &self.laptop.request.provider;
        self.laptop.person.tell(Event::AuthorizeUrl {
            url,
            redirect_uri,
            provider,
        });
        // With no listener of ours there, the browser would hand the answer to whoever listens.
        let unguarded = provider.hosted_redirect_uri.as_ref() != Some(redirect_uri);
        self.open(url, unguarded);
        self.pasting = Some(own_uri);
        Ok(())
    }

    /// Checks that the host asks for what this machine would ask for.
    fn vouch(&self, own: &Attempt, url: &Url) -> Result<hermes_oauth::Witness, ViaError> {
        self.pinned_to(url, own.authorize_url.host_str())?;
        own.witness(url)
            .map_err(|unlike| untrusted(&format!("of its authorization URL, {unlike}")))
    }

    fn pinned_to(&self, url: &Url, host: Option<&str>) -> Result<(), ViaError> {
        if url.host_str() != host {
            return Err(untrusted("its authorization URL is not the provider's"));
        }
        check_openable(url).map_err(|reason| untrusted(&reason))
    }

    fn pinned(&self, url: &Url) -> Result<(), ViaError> {
        check_openable(url).map_err(|reason| untrusted(&reason))?;
        check_pinned(url, &self.laptop.request.provider.hosts)
            .map_err(|error| untrusted(&format!("the page for the code {error}")))
    }

    /// Whether the flow is one that was asked for, of a provider that has it.
    fn permit(&self, flow: Flow) -> Result<(), ViaError> {
        let offered = self.client.flows();
        let has =
            offered.contains(&flow) || (flow == Flow::Paste && offered.contains(&Flow::Loopback));
        match self.laptop.request.flow {
            Some(wanted) if wanted != flow => {
                Err(untrusted("it takes another flow than was asked for"))
            }
            _ if !has => Err(untrusted("it takes a flow that the provider does not have")),
            _ => Ok(()),
        }
    }

    fn open(&self, url: &Url, unguarded: bool) {
        let outcome = match &self.laptop.place.graphical_browser {
            _ if !self.laptop.request.open_browser => {
                BrowserOutcome::NotHere("it was not to be opened".to_owned())
            }
            _ if unguarded => BrowserOutcome::NotHere("the answer is pasted".to_owned()),
            Err(why) => BrowserOutcome::NotHere(why.clone()),
            Ok(()) => match self.laptop.opener.open(url) {
                Ok(()) => BrowserOutcome::Opened,
                Err(why) => BrowserOutcome::Failed(why),
            },
        };
        self.laptop.person.tell(Event::Browser(outcome));
    }

    fn names(&self) -> Names {
        let provider = &self.laptop.request.provider;
        let host = self.laptop.host;
        Names {
            provider: provider.short_name().to_owned(),
            host: host.to_owned(),
            retry: format!("hermes auth add {} --via {host}", provider.id),
        }
    }
}

fn ending(how: Ended, account: Option<String>) -> Ending {
    match how {
        Ended::SignedIn => Ending::SignedIn {
            account: account.map(|account| plain(&account, LABEL_LIMIT)),
        },
        Ended::Failed => Ending::Failed,
        Ended::Declined => Ending::Declined,
    }
}

fn untrusted(what: &str) -> ViaError {
    ViaError::Untrusted(plain(what, LABEL_LIMIT))
}

fn clean(hello: &HostHello) -> HostHello {
    HostHello {
        hermes: plain(&hello.hermes, 32),
        user: plain(&hello.user, 64),
        host: plain(&hello.host, 64),
        home: plain(&hello.home, LABEL_LIMIT),
    }
}

/// The host's failure, by our own table of codes.
fn remote(code: &str, message: &str) -> ViaError {
    let known = Code::ALL.iter().find(|known| known.as_str() == code);
    match known {
        Some(code) => ViaError::Remote {
            code: *code,
            message: plain(message, LABEL_LIMIT),
        },
        None => FrameError::Unknown.into(),
    }
}

/// The credential without anything that could harm a terminal or a script.
fn presentable(signed: Signed) -> Result<Signed, ViaError> {
    let mut credential = Map::new();
    for (name, value) in signed.credential.into_iter().take(MOST) {
        let value = match value {
            Value::String(text) => Value::String(plain(&text, LABEL_LIMIT * 2)),
            Value::Array(_) | Value::Object(_) => return Err(FrameError::Unknown.into()),
            value => value,
        };
        credential.insert(plain(&name, 64), value);
    }
    let remarks = signed.remarks.iter().take(MOST);
    Ok(Signed {
        provider: plain(&signed.provider, 64),
        already: signed.already,
        file: plain(&signed.file, LABEL_LIMIT),
        remarks: remarks.map(|remark| plain(remark, LABEL_LIMIT)).collect(),
        credential,
    })
}

impl std::fmt::Debug for Laptop<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Laptop (protocol {PROTOCOL})")
    }
}
