use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hermes_login::{BrowserOutcome, Event, Person, Place, SignIn};
use hermes_machine::{
    BoxFuture, Clock,
    http::{Http, HttpError, Request, Response},
};
use hermes_oauth::Ports;
use hermes_providers::Flow;
use hermes_secret::{LABEL_LIMIT, plain};

use super::{Record, SIGNED_IN, kind};
use crate::{commands::Stop, world::World};

/// A person who is told everything as before, while what is told is kept. It is written when
/// something new is known, a dozen times at most, so that `hermes doctor` in another terminal can
/// tell of a sign-in that still waits, and of one that was killed.
pub(crate) struct Recorder<'a> {
    person: &'a dyn Person,
    world: &'a World,
    dated: &'a Dated,
    record: Mutex<Record>,
}

impl<'a> Recorder<'a> {
    /// Begins the record of this attempt.
    pub(crate) fn begin(
        person: &'a dyn Person,
        world: &'a World,
        dated: &'a Dated,
        request: &SignIn,
        place: &Place,
    ) -> Self {
        let by_table = request
            .provider
            .loopback
            .as_ref()
            .map(|loopback| loopback.port);
        let record = Record {
            provider: request.provider.id.clone(),
            place: kind(place).to_owned(),
            remote: place.is_remote(),
            wanted_port: request.port.or(by_table),
            process: std::process::id(),
            started: Some(world.ports.clock.now().to_string()),
            ..Record::default()
        };
        let recorder = Self {
            person,
            world,
            dated,
            record: Mutex::new(record),
        };
        recorder.keep(&recorder.record());
        recorder
    }

    /// Ends it.
    pub(crate) fn end<T>(&self, result: &Result<T, Stop>) {
        let mut record = self.record();
        record.ended = Some(self.world.ports.clock.now().to_string());
        record.clock_ahead_seconds = self.dated.ahead();
        match result {
            Ok(_) => record.outcome = Some(SIGNED_IN.to_owned()),
            Err(stop) => {
                let failure = stop.failure();
                record.outcome = failure.map(|failure| failure.code.as_str().to_owned());
                record.message = failure.map(|failure| plain(&failure.message, LABEL_LIMIT));
            }
        }
        self.keep(&record);
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, record: &Record) {
        // A disk that is full or read-only stops no sign-in.
        let _ = record.save(&self.world.home);
    }

    fn note(&self, event: &Event<'_>) {
        let mut record = self.record();
        let is_news = match event {
            Event::Rung { flow, .. } => {
                record.flow = Some(flow.as_str().to_owned());
                false
            }
            Event::Waiting {
                flow, redirect_uri, ..
            } => {
                record.waits(flow.as_str());
                // A device code beside the listener has none, and the listener waits on.
                if let Some(uri) = redirect_uri {
                    record.redirect_uri = Some(plain(uri.as_str(), LABEL_LIMIT));
                    record.port = uri.port();
                }
                true
            }
            Event::Hint(hint) => {
                record.tunnel = Some(plain(&hint.command, LABEL_LIMIT));
                true
            }
            Event::Browser(BrowserOutcome::Failed(reason)) => {
                record.browser_failed = Some(plain(reason, LABEL_LIMIT));
                true
            }
            Event::RungFailed { flow, reason, .. } => {
                record.rung_failed(flow.as_str(), reason);
                true
            }
            Event::Arrived(arrival) => record.arrived(arrival),
            _ => false,
        };
        if is_news {
            self.keep(&record);
        }
    }
}

impl Person for Recorder<'_> {
    fn tell(&self, event: Event<'_>) {
        self.note(&event);
        self.person.tell(event);
    }

    fn line(&self) -> BoxFuture<'_, Option<String>> {
        self.person.line()
    }

    fn confirm(&self, question: &str) -> BoxFuture<'_, bool> {
        self.person.confirm(question)
    }

    fn can_choose(&self) -> bool {
        self.person.can_choose()
    }

    fn choice(&self) -> BoxFuture<'_, Flow> {
        self.person.choice()
    }
}

/// An HTTP client that compares the `Date` of the last answer with this machine's clock.
pub(crate) struct Dated {
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    ahead: Mutex<Option<i64>>,
}

impl Dated {
    /// The same ports, with the dates of the answers noted.
    pub(crate) fn over(ports: &Ports) -> (Arc<Self>, Ports) {
        let dated = Arc::new(Self {
            http: Arc::clone(&ports.http),
            clock: Arc::clone(&ports.clock),
            ahead: Mutex::default(),
        });
        let ports = Ports {
            http: Arc::<Self>::clone(&dated),
            ..ports.clone()
        };
        (dated, ports)
    }

    /// By how many seconds the other side's clock is ahead.
    fn ahead(&self) -> Option<i64> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Http for Dated {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async {
            let response = self.http.send(request).await?;
            if let Some(date) = response.date {
                let ahead = date - self.clock.now().as_second();
                *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
            }
            Ok(response)
        })
    }
}
