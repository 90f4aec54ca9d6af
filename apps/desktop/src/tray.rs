//! The tray. Its menu is all of it: what a click on the icon does differs from desktop to desktop, and the words are
//! read everywhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hermes_desk::Desk;
use hermes_protocol::bridge::{AppPreferences, Board, BridgeTold, GatewayRow, LineState};
use ksni::{
    Handle, Icon, OfflineReason, Status, ToolTip, TrayMethods as _,
    menu::{CheckmarkItem, MenuItem, StandardItem},
};
use tauri::{AppHandle, Manager as _, async_runtime};

use crate::{pump::Listening, window};

/// After how long a tray that did not take the application is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// The application in the tray, as long as its person wants that.
#[derive(Default)]
pub(crate) struct Tray(Option<Handle<Shown>>);

impl Tray {
    /// Shows what is so now.
    pub(crate) async fn show(&mut self, app: &AppHandle, desk: &Desk) {
        let board = desk.board();
        if self.0.as_ref().is_some_and(Handle::is_closed) {
            self.0 = None;
        }
        match (&self.0, board.preferences.stays_in_tray) {
            (None, true) => self.0 = begin(app, desk, board).await,
            (None, false) => {}
            (Some(shown), true) => {
                shown.update(|shown| shown.board = board).await;
            }
            (Some(shown), false) => {
                shown.shutdown().await;
                self.0 = None;
                desk.has(|means| means.has_tray = false);
            }
        }
    }
}

/// Goes into the tray. Where there is none, it waits for one.
async fn begin(app: &AppHandle, desk: &Desk, board: Board) -> Option<Handle<Shown>> {
    let is_there = Arc::new(AtomicBool::new(true));
    let shown = Shown {
        app: app.clone(),
        desk: desk.clone(),
        board,
        icon: icon(app),
        is_there: Arc::clone(&is_there),
    };
    let begun = shown.assume_sni_available(true).spawn().await;
    let handle = begun
        .inspect_err(|error| tracing::info!(target: "hermes", %error, "there is no tray"))
        .ok();
    let has_tray = handle.is_some() && is_there.load(Ordering::Relaxed);
    desk.has(|means| means.has_tray = has_tray);
    handle
}

fn icon(app: &AppHandle) -> Vec<Icon> {
    let picture = app.default_window_icon().and_then(|picture| {
        let mut data = picture.rgba().to_vec();
        for pixel in data.chunks_exact_mut(4) {
            // The tray wants the opacity first.
            pixel.rotate_right(1);
        }
        Some(Icon {
            width: i32::try_from(picture.width()).ok()?,
            height: i32::try_from(picture.height()).ok()?,
            data,
        })
    });
    picture.into_iter().collect()
}

/// What is in the tray.
struct Shown {
    app: AppHandle,
    desk: Desk,
    board: Board,
    icon: Vec<Icon>,
    is_there: Arc<AtomicBool>,
}

impl Shown {
    fn asks(&self) -> bool {
        self.board.gateways.iter().any(|row| row.needs_you > 0)
    }

    fn front(&self) {
        // That it cannot be shown is told by its absence.
        let _ = window::show(&self.app);
    }

    /// Leads to a gateway as it was left, or to a new conversation there.
    fn go(&self, gateway: String, is_new: bool) {
        self.front();
        if is_new {
            let told = BridgeTold::Go {
                gateway,
                conversation: None,
            };
            self.app.state::<Listening>().tell(told);
            return;
        }
        let desk = self.desk.clone();
        async_runtime::spawn(async move {
            if let Err(refusal) = desk.show(&gateway).await {
                desk.explain(refusal);
            }
        });
    }

    fn pause(&self) {
        let preferred = self.board.preferences;
        let preferred = AppPreferences {
            notifies: !preferred.notifies,
            ..preferred
        };
        if let Err(refusal) = self.desk.prefer(preferred) {
            self.desk.explain(refusal);
        }
    }
}

impl ksni::Tray for Shown {
    const MENU_ON_ACTIVATE: bool = true;

    fn id(&self) -> String {
        "hermes-desktop".to_owned()
    }

    fn title(&self) -> String {
        "Hermes".to_owned()
    }

    fn status(&self) -> Status {
        match self.asks() {
            true => Status::NeedsAttention,
            false => Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        self.icon.clone()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        let lines: Vec<_> = self.board.gateways.iter().map(line).collect();
        ToolTip {
            title: "Hermes".to_owned(),
            description: lines.join("\n"),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let mut menu = Vec::new();
        for row in &self.board.gateways {
            let gateway = row.id.clone();
            menu.push(MenuItem::Checkmark(CheckmarkItem {
                label: literal(&line(row)),
                checked: self.board.current.as_ref() == Some(&row.id),
                activate: Box::new(move |shown: &mut Self| shown.go(gateway.clone(), false)),
                ..CheckmarkItem::default()
            }));
        }
        if !menu.is_empty() {
            menu.push(MenuItem::Separator);
        }
        if let Some(current) = self.board.current.clone() {
            menu.push(item("New chat", move |shown| {
                shown.go(current.clone(), true);
            }));
        }
        menu.push(MenuItem::Checkmark(CheckmarkItem {
            label: "Pause notifications".to_owned(),
            checked: !self.board.preferences.notifies,
            activate: Box::new(|shown: &mut Self| shown.pause()),
            ..CheckmarkItem::default()
        }));
        menu.push(item("Show Hermes", |shown| shown.front()));
        menu.push(item("Quit Hermes", |shown| shown.app.exit(0)));
        menu
    }

    fn watcher_online(&self) {
        self.is_there.store(true, Ordering::Relaxed);
        self.desk.has(|means| means.has_tray = true);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        if is_refusal(&reason) {
            // A tray that has only just begun may not listen yet. It is gone into anew, with what is told then.
            let desk = self.desk.clone();
            async_runtime::spawn(async move {
                desk.rests(AGAIN).await;
                desk.has(|means| means.has_tray = false);
            });
            return false;
        }
        self.is_there.store(false, Ordering::Relaxed);
        self.desk.has(|means| means.has_tray = false);
        true
    }
}

fn item(label: &str, activate: impl Fn(&mut Shown) + Send + 'static) -> MenuItem<Shown> {
    MenuItem::Standard(StandardItem {
        label: label.to_owned(),
        activate: Box::new(activate),
        ..StandardItem::default()
    })
}

/// Whether there is a tray, and it has not taken the application.
fn is_refusal(reason: &OfflineReason) -> bool {
    match reason {
        OfflineReason::Error(ksni::Error::Watcher(error)) => {
            !matches!(error, zbus::fdo::Error::ServiceUnknown(_))
        }
        _ => false,
    }
}

/// In a menu an underscore marks a key, unless there are two.
fn literal(text: &str) -> String {
    text.replace('_', "__")
}

/// A gateway, how its connection stands, and what waits there.
fn line(row: &GatewayRow) -> String {
    let state = match row.state {
        LineState::Probing | LineState::Connecting => "connecting",
        LineState::Live => "live",
        LineState::NeedsSignIn => "sign in again",
        LineState::NeedsToken => "needs its token",
        LineState::Waiting { .. } => "trying again",
        LineState::Refused { .. } => "not let in",
        LineState::TooOld => "too old",
    };
    let counted = |count: u32, one: &str, more: &str| match count {
        0 => String::new(),
        1 => format!(", 1 {one}"),
        _ => format!(", {count} {more}"),
    };
    let asked = counted(row.needs_you, "question", "questions");
    let unread = counted(row.unread, "new answer", "new answers");
    format!("{}: {state}{asked}{unread}", row.name)
}

#[cfg(test)]
mod tests {
    use hermes_protocol::bridge::{BridgeMode, SecretPlace};

    use super::*;

    #[test]
    fn a_line_says_how_a_gateway_stands_and_what_waits() {
        let mut row = GatewayRow {
            id: "here".to_owned(),
            name: "my_moss".to_owned(),
            address: None,
            mode: BridgeMode::Token,
            user: None,
            state: LineState::Live,
            unread: 0,
            needs_you: 0,
            is_plain: false,
            secret: SecretPlace::Memory,
        };
        assert_eq!(line(&row), "my_moss: live");
        (row.unread, row.needs_you) = (2, 1);
        row.state = LineState::Refused { closed: None };
        assert_eq!(line(&row), "my_moss: not let in, 1 question, 2 new answers");
        assert_eq!(literal(&row.name), "my__moss");
    }
}
