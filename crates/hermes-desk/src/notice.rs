//! What somebody who does not look at the window is told.

use crate::{
    Desk,
    heard::{News, What},
};

/// Something for a notification of the desktop. It is one plain line each, with no more of an answer than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The gateway that it comes from, as the board names it.
    pub gateway: String,
    /// The conversation, if that is known.
    pub conversation: Option<String>,
    /// Where it has happened: the name of the gateway, and of the conversation if it has one.
    pub title: String,
    /// What has happened.
    pub text: String,
}

impl Desk {
    /// Tells what is worth it, if the person wants to be told.
    pub(crate) fn tell_news(&self, gateway: &str, news: News) {
        if !self.state().preferences.notifies {
            return;
        }
        let board = self.board();
        let Some(row) = board.gateways.iter().find(|row| row.id == gateway) else {
            return;
        };
        let title = match news.title.as_str() {
            "" => row.name.clone(),
            title => format!("{}: {title}", row.name),
        };
        let text = match news.what {
            What::Finished(line) if line.is_empty() => "The answer is there.".to_owned(),
            What::Finished(line) => line,
            What::Failed(line) if line.is_empty() => "It failed.".to_owned(),
            What::Failed(line) => format!("It failed: {line}"),
            What::Asks => "The agent asks you something, and waits.".to_owned(),
        };
        // Where too many wait to be shown, one less is no loss.
        let _ = self.0.notices.try_send(Notice {
            gateway: gateway.to_owned(),
            conversation: news.conversation,
            title,
            text,
        });
    }
}
