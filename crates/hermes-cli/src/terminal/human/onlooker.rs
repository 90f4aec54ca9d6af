//! The same person, while they sign in at a gateway.

use std::{convert::Infallible, io::IsTerminal as _};

use hermes_client::sign_in::{News, Onlooker};
use hermes_login::{BrowserOutcome, Person as _};
use hermes_machine::BoxFuture;
use hermes_providers::Flow;

use super::Human;

impl Human<'_> {
    /// Acts on the keys that are typed while nothing can be pasted, for as long as somebody waits.
    pub(crate) async fn keys(&self) -> Infallible {
        loop {
            if self.line().await.is_some() {
                self.say("That is no key; ? shows them all.");
            }
        }
    }
}

impl Onlooker for Human<'_> {
    fn tell(&self, news: News<'_>) {
        match news {
            News::Address {
                url,
                redirect_uri,
                limit,
            } => {
                self.say("Open this URL to sign in:");
                self.show_address(url);
                self.wait(Flow::Loopback, Some(redirect_uri), limit);
            }
            News::Code {
                user_code,
                page,
                limit,
                interval,
            } => {
                self.say("Open this URL in any browser:");
                self.show_address(page);
                self.say(&format!("It has to show this code: {user_code}"));
                if std::io::stderr().is_terminal() && !self.show_qr {
                    self.show_code(page);
                }
                self.shown().polling = Some(interval);
                self.wait(Flow::Device, None, limit);
            }
            News::Hint(hint) => hint.lines.iter().for_each(|line| self.say(line)),
            News::Browser(BrowserOutcome::Opened) => self.say("Browser opened."),
            News::Browser(BrowserOutcome::Failed(reason)) => self.say(&format!(
                "Could not open the browser automatically; use the URL above ({reason})."
            )),
            News::Browser(BrowserOutcome::NotHere(_)) => {}
            News::PasteRejected(reason) => self.say(&format!(
                "That is not the answer: {reason}. Paste again, or press Ctrl-C."
            )),
            News::Stray(what) => {
                self.say(&format!("Ignored a request that is not ours: {what}."));
            }
        }
    }

    fn pasted(&self) -> BoxFuture<'_, String> {
        Box::pin(async {
            match self.line().await {
                Some(line) => line,
                // Nobody can paste any more, and the browser may still come back.
                None => std::future::pending().await,
            }
        })
    }
}
