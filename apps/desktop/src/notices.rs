//! Notifications of the desktop, by the service that every Linux desktop has for it
//! (`org.freedesktop.Notifications`). Where there is none, nobody is told, and nothing else is another.

use std::collections::BTreeMap;

use futures_util::{FutureExt as _, StreamExt as _, future::Either};
use hermes_desk::Notice;
use hermes_protocol::bridge::BridgeTold;
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc::{self, Receiver, Sender};
use zbus::{Connection, Message, Proxy, proxy::SignalStream, zvariant::Value};

use crate::{pump::Listening, window};

const SERVICE: &str = "org.freedesktop.Notifications";
const OBJECT: &str = "/org/freedesktop/Notifications";

/// The action of a click on the notification itself.
const CLICK: &str = "default";

/// How many are known at a time; the service has older ones, and a click on them does nothing.
const KNOWN: usize = 64;

/// How many wait to be shown.
const WAITING: usize = 32;

/// Where notifications are given up to be shown.
pub(crate) struct Notices(Sender<Asked>);

enum Asked {
    Show(Box<Notice>),
    /// The person looks now, so there is nothing to tell them.
    Withdraw,
}

impl Notices {
    /// Begins. The service is asked for with the first notification.
    pub(crate) fn begin(app: AppHandle) -> Self {
        let (asked, to_do) = mpsc::channel(WAITING);
        tauri::async_runtime::spawn(run(app, to_do));
        Self(asked)
    }

    /// Shows one, in the place of the one before of the same conversation.
    pub(crate) fn show(&self, notice: Notice) {
        // Where too many wait, one less is no loss.
        let _ = self.0.try_send(Asked::Show(Box::new(notice)));
    }

    /// Takes back all that are shown.
    pub(crate) fn withdraw(&self) {
        let _ = self.0.try_send(Asked::Withdraw);
    }
}

/// What a notification is about: the next one about the same takes its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct About {
    gateway: String,
    conversation: Option<String>,
}

async fn run(app: AppHandle, mut to_do: Receiver<Asked>) {
    let mut service = None;
    let mut shown: BTreeMap<About, u32> = BTreeMap::new();
    loop {
        let signal = match &mut service {
            Some(Service { signals, .. }) => Either::Left(signals.next()),
            None => Either::Right(std::future::pending()),
        };
        tokio::select! {
            asked = to_do.recv() => match asked {
                None => return,
                Some(Asked::Withdraw) => {
                    if let Some(service) = &service {
                        for id in std::mem::take(&mut shown).into_values() {
                            service.close(id).await;
                        }
                    }
                }
                Some(Asked::Show(notice)) => {
                    if service.is_none() {
                        service = Service::find().await;
                    }
                    if let Some(service) = &service {
                        show(service, &mut shown, *notice).await;
                    }
                }
            },
            signal = signal => match signal {
                Some(signal) => heard(&app, &mut shown, &signal),
                // The bus is gone. The next notification asks for another one.
                None => service = None,
            },
        }
    }
}

async fn show(service: &Service, shown: &mut BTreeMap<About, u32>, notice: Notice) {
    let about = About {
        gateway: notice.gateway,
        conversation: notice.conversation,
    };
    let before = shown.get(&about).copied().unwrap_or_default();
    let id = service.show(before, &notice.title, &notice.text).await;
    match id {
        Ok(id) => {
            if shown.len() >= KNOWN {
                // Ids count up: the least is the oldest.
                let oldest = shown.iter().min_by_key(|(_, id)| **id);
                let oldest = oldest.map(|(about, _)| about.clone());
                oldest.and_then(|about| shown.remove(&about));
            }
            shown.insert(about, id);
        }
        Err(error) => tracing::info!(target: "hermes", %error, "nobody shows notifications"),
    }
}

/// A notification was clicked, or is gone.
fn heard(app: &AppHandle, shown: &mut BTreeMap<About, u32>, signal: &Message) {
    let header = signal.header();
    let Some(member) = header.member() else {
        return;
    };
    let of = |shown: &BTreeMap<About, u32>, id: u32| {
        let found = shown.iter().find(|(_, shown)| **shown == id);
        found.map(|(about, _)| about.clone())
    };
    match member.as_str() {
        "ActionInvoked" => {
            let Ok((id, action)) = signal.body().deserialize::<(u32, String)>() else {
                return;
            };
            if let Some(about) = of(shown, id).filter(|_| action == CLICK) {
                // Whoever clicks wants to be there.
                let _ = window::show(app);
                app.state::<Listening>().tell(BridgeTold::Go {
                    gateway: about.gateway,
                    conversation: about.conversation,
                });
            }
        }
        "NotificationClosed" => {
            let Ok((id, _)) = signal.body().deserialize::<(u32, u32)>() else {
                return;
            };
            if let Some(about) = of(shown, id) {
                shown.remove(&about);
            }
        }
        _ => {}
    }
}

/// The service of the desktop.
struct Service {
    proxy: Proxy<'static>,
    signals: SignalStream<'static>,
    /// Whether it takes markup for markup, so that what is none has to say so.
    has_markup: bool,
}

impl Service {
    /// The one that there is. It begins by being asked, where the desktop has it begin so.
    async fn find() -> Option<Self> {
        let found = async {
            let bus = Connection::session().await?;
            let proxy = Proxy::new_owned(bus, SERVICE, OBJECT, SERVICE).await?;
            let can: Vec<String> = proxy.call("GetCapabilities", &()).await?;
            let signals = proxy.receive_all_signals().await?;
            zbus::Result::Ok(Self {
                proxy,
                signals,
                has_markup: can.iter().any(|one| one == "body-markup"),
            })
        };
        found
            .map(|found| {
                found
                    .inspect_err(|error| {
                        tracing::info!(target: "hermes", %error, "nobody shows notifications");
                    })
                    .ok()
            })
            .await
    }

    /// Shows one in the place of another one; 0 is a new one. It answers with its id.
    async fn show(&self, before: u32, title: &str, text: &str) -> zbus::Result<u32> {
        let text = match self.has_markup {
            true => escaped(text),
            false => text.to_owned(),
        };
        let hints = BTreeMap::from([
            ("category", Value::from("im.received")),
            ("desktop-entry", Value::from("Hermes")),
        ]);
        let actions = [CLICK, "Show"].as_slice();
        let asked = (
            "Hermes",
            before,
            "",
            title,
            text.as_str(),
            actions,
            hints,
            -1,
        );
        self.proxy.call("Notify", &asked).await
    }

    async fn close(&self, id: u32) {
        // It is gone already, or stays until somebody closes it.
        let _: zbus::Result<()> = self.proxy.call("CloseNotification", &(id)).await;
    }
}

/// A text that markup leaves as it is.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(ch),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_gateway_are_no_markup() {
        let text = r#"<img src="https://evil.test/x"> & <b>geese</b>"#;
        let shown = r#"&lt;img src="https://evil.test/x"&gt; &amp; &lt;b&gt;geese&lt;/b&gt;"#;
        assert_eq!(escaped(text), shown);
    }
}
