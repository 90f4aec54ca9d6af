use hermes_client::talk::{Instead, Prompt, Which, Wish};
use ratatui_core::text::{Line, Span};

use super::{Effect, Form, Model, Pending};
use crate::chat::{
    commands::{Own, Typed},
    files,
    ink::{BOLD, DIM, PLAIN},
    wrap,
};

impl Model {
    /// Enter: sends what is written, or does what the person is asked to do first.
    pub(super) fn submit(&mut self) {
        let text = self.composer.text().trim_end().to_owned();
        if let Typed::Own(own, argument) = self.commands.parse(&text) {
            let argument = argument.to_owned();
            self.take_draft(&text);
            return self.own(own, &argument);
        }
        if let Some(needed) = self.link.needed() {
            // The draft stays, and goes out when the person says so once more.
            self.effects.push(Effect::SignIn(needed));
            return;
        }
        if text.trim().is_empty() {
            if self.link.can_be_tried() {
                self.wish(Wish::Retry);
            }
            return;
        }
        if let Typed::Gateway(line) = self.commands.parse(&text) {
            let line = line.to_owned();
            self.take_draft(&text);
            self.remark(&format!("› {line}"));
            return self.wish(Wish::Command(line));
        }
        if files::names_any(&text) {
            // It stays where it is until they are read.
            return self.effects.push(Effect::Gather(text));
        }
        let instead = self.take_draft(&text);
        self.ask(&text, "", instead);
    }

    /// Empties the composer, and says what its text was to replace. A draft that waits behind an earlier
    /// prompt comes back.
    pub(super) fn take_draft(&mut self, sent: &str) -> Option<Instead> {
        let draft = self.prompts.leave();
        self.composer.take();
        self.prompts.add(sent);
        if !sent.trim().is_empty() {
            self.effects.push(Effect::Keep(sent.to_owned()));
        }
        if let Some(draft) = draft {
            self.composer.set(&draft);
        }
        self.menu = Some(0);
        self.instead.take()
    }

    /// Asks this, with the files behind it.
    pub(super) fn ask(&mut self, words: &str, files: &str, instead: Option<Instead>) {
        let text = format!("{words}{files}");
        self.count += 1;
        let id = format!("{}-{}", self.setting.seed, self.count);
        self.pending.push(Pending {
            id: id.clone(),
            text: text.clone(),
            words: words.to_owned(),
            instead,
            fate: None,
        });
        self.wish(Wish::Say(Prompt { id, text, instead }));
    }

    fn own(&mut self, own: Own, argument: &str) {
        match (own, argument) {
            (Own::New, _) => self.wish(Wish::Open(Which::New)),
            (Own::Resume, "") => self.pick(),
            (Own::Resume, which) => self.wish(Wish::Open(Which::Named(which.to_owned()))),
            (Own::Copy, which) => self.copy(which),
            (Own::Clear, _) => self.effects.push(Effect::ClearScreen),
            (Own::Help, _) => self.print_help(),
            (Own::Quit, _) => self.effects.push(Effect::Leave),
            (Own::Thoughts, _) => self.show_thoughts(),
            (Own::Retry, _) => match self.conversation.last_prompt().map(str::to_owned) {
                Some(prompt) => {
                    // With the files as they were: what it names is not read again.
                    let (words, _) = files::fold(&prompt);
                    self.ask(words, &prompt[words.len()..], None);
                }
                None => self.remark("Nothing was asked yet."),
            },
        }
    }

    fn copy(&mut self, which: &str) {
        let back = match which {
            "" => Some(1),
            number => number.parse().ok().filter(|back| *back > 0),
        };
        let Some(back) = back else {
            return self.remark("`/copy` takes a number: 1 is the last answer, 2 the one before.");
        };
        match self.conversation.answer(back) {
            Some(answer) => self.effects.push(Effect::Copy(answer.to_owned())),
            None => self.remark("There is no such answer to copy."),
        }
    }

    pub(super) fn show_thoughts(&mut self) {
        self.shows_thoughts = !self.shows_thoughts;
        let words = match self.shows_thoughts {
            true => "thoughts are shown",
            false => "thoughts are hidden",
        };
        self.notice = Some(words.to_owned());
    }

    fn print_help(&mut self) {
        let mut rows: Vec<(String, &str)> = Vec::new();
        if self.setting.form == Form::Drawn {
            rows.extend(self.setting.keys.whole());
        }
        let commands = self.commands.all().iter();
        rows.extend(commands.map(|one| (format!("/{}", one.name), one.about.as_str())));
        let lines = table(&rows, self.columns());
        self.print_apart(lines);
    }
}

/// Names with what they mean, below each other.
pub(in crate::chat) fn table(rows: &[(String, &str)], width: usize) -> Vec<Line<'static>> {
    let widest = rows.iter().map(|(name, _)| wrap::width(name)).max();
    let column = widest.unwrap_or(0).min(width / 2);
    let lines = rows.iter().map(|(name, about)| {
        let name = wrap::shortened(name, column).into_owned();
        let gap = " ".repeat(column - wrap::width(&name) + 2);
        let about = wrap::shortened(about, width.saturating_sub(column + 2)).into_owned();
        Line::from(vec![
            Span::styled(name, BOLD),
            Span::styled(gap, PLAIN),
            Span::styled(about, DIM),
        ])
    });
    lines.collect()
}
