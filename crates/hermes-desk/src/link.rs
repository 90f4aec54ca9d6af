//! The line to a gateway, for as long as the gateway is remembered. It goes on while another one is shown, so
//! that nobody waits when they come back, and what ends meanwhile is counted.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use hermes_client::{
    CallError, Driver, Line, LineEvent, LineEvents, Memory, State, SystemNetwork, Web,
};
use hermes_errors::Code;
use hermes_protocol::bridge::{BridgeCall, BridgeRefusal, BridgeTold, LineState};
use jiff::Timestamp;
use serde_json::value::{RawValue, to_raw_value};
use tokio::task::AbortHandle;

use crate::{
    Desk, board,
    desk::{Inner, id_of},
    heard::{Glance, Heard, News},
    refusal,
};

/// A line, and what has come over it.
pub(crate) struct Link {
    line: Line,
    web: Arc<Web>,
    /// What of it outlives the line: which prompts the gateway was sent.
    memory: Memory,
    listening: AbortHandle,
    state: State,
    /// When it is tried again, if it is.
    due: Timestamp,
    /// What the gateway has said first, while the line is live.
    ready: Option<Box<RawValue>>,
    pub(crate) unread: u32,
    heard: Heard,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Link {
    /// How it stands.
    pub(crate) fn state(&self, now: Timestamp) -> LineState {
        let wait = Duration::try_from(self.due.duration_since(now)).unwrap_or_default();
        board::standing(
            self.state,
            u32::try_from(wait.as_millis()).unwrap_or(u32::MAX),
        )
    }

    /// How many questions wait for the person.
    pub(crate) fn needs_you(&self) -> u32 {
        self.heard.questions()
    }

    /// Whether the agent answers something there, or waits for the person.
    pub(crate) fn is_busy(&self) -> bool {
        self.heard.is_busy()
    }
}

impl Desk {
    /// Begins the lines to all gateways that are remembered. One that is not to be had keeps none of the others
    /// waiting.
    pub(crate) async fn connect_all(&self) {
        let ids: Vec<_> = self
            .state()
            .remembered
            .iter()
            .map(|one| id_of(&one.address))
            .collect();
        for id in ids {
            self.connect(&id).await;
        }
    }

    /// Begins the line to a gateway, in place of the one before.
    pub(crate) async fn connect(&self, id: &str) {
        let way = match self.secret_address(id) {
            Ok(address) => self.way(address).await,
            Err(refusal) => Err(refusal),
        };
        let web = match way {
            Ok(web) => web,
            Err(refusal) => return self.note(refusal.code, refusal.message),
        };
        let memory = self.state().links.get(id).map(|link| link.memory.clone());
        let link = Link::begin(self, id, web, memory.unwrap_or_default());
        self.state().links.insert(id.to_owned(), link);
        self.changed();
    }

    /// Calls a method of a gateway.
    ///
    /// # Errors
    ///
    /// The gateway's no, or why there is no answer.
    pub async fn call(&self, asked: BridgeCall) -> Result<Box<RawValue>, BridgeRefusal> {
        let params = to_raw_value(&asked.params);
        let params = params.map_err(|_| refused(&CallError::NoCall))?;
        let (line, _) = self.way_to(&asked.gateway)?;
        let answer = line.call(&asked.method, params.clone()).await;
        let answer = answer.map_err(|error| refused(&error))?;
        self.called(&asked, &params, &answer);
        Ok(answer)
    }

    /// A gateway has done what it was asked, which may have answered a question of its agent.
    fn called(&self, asked: &BridgeCall, params: &RawValue, answer: &RawValue) {
        let is_another = {
            let mut state = self.state();
            let Some(link) = state.links.get_mut(&asked.gateway) else {
                return;
            };
            let before = link.needs_you();
            link.heard.called(&asked.method, params, answer);
            before != link.needs_you()
        };
        if is_another {
            self.changed();
        }
    }

    /// Tries a gateway again at once.
    ///
    /// # Errors
    ///
    /// If there is none of this id.
    pub async fn retry(&self, id: &str) -> Result<(), BridgeRefusal> {
        let (line, _) = self.way_to(id)?;
        line.retry().await;
        Ok(())
    }

    /// The person looks at a gateway, so nothing of it is unread.
    pub fn seen(&self, id: &str) {
        if let Some(link) = self.state().links.get_mut(id) {
            link.unread = 0;
        }
        self.changed();
    }

    /// Tells the page what the gateway that is shown said first, if it is connected: a page that has just come
    /// begins with it.
    pub async fn tell_ready(&self) {
        let ready = {
            let state = self.state();
            let id = state.current.clone();
            id.and_then(|id| Some((id.clone(), state.links.get(&id)?.ready.clone()?)))
        };
        if let Some((gateway, event)) = ready {
            self.tell(BridgeTold::Event { gateway, event }).await;
        }
    }

    /// The line to a gateway, and what it is asked by over HTTP.
    pub(crate) fn way_to(&self, id: &str) -> Result<(Line, Arc<Web>), BridgeRefusal> {
        let state = self.state();
        let link = state.links.get(id).ok_or_else(refusal::unknown)?;
        Ok((link.line.clone(), Arc::clone(&link.web)))
    }

    fn stands(&self, id: &str, standing: State) {
        let now = self.0.outfit.world.ports.clock.now();
        if let Some(link) = self.state().links.get_mut(id) {
            link.state = standing;
            match standing {
                State::Waiting(pause, _) => link.due = now + pause,
                State::Live => {}
                _ => link.ready = None,
            }
        }
        self.changed();
    }

    pub(crate) async fn heard(&self, id: &str, event: Box<RawValue>) {
        let glance: Option<Glance> = serde_json::from_str(event.get()).ok();
        let mut news = None;
        let is_shown = {
            let mut state = self.state();
            let is_shown = state.current.as_deref() == Some(id);
            if let (Some(link), Some(glance)) = (state.links.get_mut(id), &glance) {
                news = link.take(glance, &event, is_shown);
            }
            is_shown
        };
        if let Some(news) = news {
            self.tell_news(id, news);
        }
        match is_shown {
            true => {
                let gateway = id.to_owned();
                self.tell(BridgeTold::Event { gateway, event }).await;
            }
            false => self.changed(),
        }
    }

    async fn tell(&self, told: BridgeTold) {
        // Nobody listens any more when the application ends.
        let _ = self.0.told.send(told).await;
    }
}

impl Link {
    /// Begins the line of this id.
    pub(crate) fn begin(desk: &Desk, id: &str, web: Web, memory: Memory) -> Self {
        let web = Arc::new(web);
        let ports = &desk.0.outfit.world.ports;
        let driver = Driver {
            door: Arc::clone(&web) as _,
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            network: Arc::new(SystemNetwork),
            // A gateway that was claimed meanwhile lets people in by another way.
            mode: None,
        };
        let (line, events) = Line::open(driver, memory.clone());
        let listening = tokio::spawn(listen(Arc::downgrade(&desk.0), id.to_owned(), events));
        Self {
            line,
            web,
            memory,
            listening: listening.abort_handle(),
            state: State::Probing,
            due: ports.clock.now(),
            ready: None,
            unread: 0,
            heard: Heard::default(),
        }
    }

    /// What is remembered of an event, and what of it is worth a notification.
    fn take(&mut self, glance: &Glance, event: &RawValue, is_shown: bool) -> Option<News> {
        match glance.kind.as_str() {
            "gateway.ready" => self.ready = Some(event.to_owned()),
            "message.complete" if !is_shown => self.unread = self.unread.saturating_add(1),
            _ => {}
        }
        self.heard.take(glance)
    }
}

/// Hears what is told on a line until it, or the desk, is gone.
async fn listen(desk: Weak<Inner>, id: String, mut events: LineEvents) {
    while let Some(event) = events.next().await {
        let Some(desk) = desk.upgrade().map(Desk) else {
            return;
        };
        match event {
            LineEvent::State(state) => desk.stands(&id, state),
            LineEvent::Event(event) => desk.heard(&id, event).await,
        }
    }
}

/// Why a call has no answer, as the page is told.
fn refused(error: &CallError) -> BridgeRefusal {
    match error {
        CallError::Refused(no) => BridgeRefusal {
            code: no.code.clone(),
            message: no.message.clone(),
            hint: no.hint.clone(),
            status: no.number,
            retryable: no.retryable.unwrap_or_default(),
        },
        CallError::TooLarge | CallError::NoCall | CallError::Unreadable => BridgeRefusal {
            code: None,
            message: error.to_string(),
            hint: None,
            status: 0,
            retryable: false,
        },
        _ => refusal::said(Code::ConnectUnreachable, &error.to_string()),
    }
}
