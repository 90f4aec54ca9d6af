//! What is chosen from a list by typing: a conversation, or a prompt of it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hermes_protocol::methods::ConversationRow;

use super::matching::rank;

/// A list, of which one is chosen.
#[derive(Debug)]
pub(super) struct Picker<T> {
    /// Nothing until they are told.
    rows: Option<Vec<T>>,
    /// What was typed to find one.
    pub(super) filter: String,
    chosen: usize,
}

/// What can be chosen.
pub(super) trait Row {
    /// The words that find it.
    fn words(&self) -> String;
}

/// What a key came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Picked<T> {
    Nothing,
    /// None is wanted.
    Left,
    Chosen(T),
}

/// A conversation to choose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) id: String,
    /// What it is called, or what was asked first.
    pub(super) name: String,
    pub(super) preview: String,
    /// When something happened last, in Unix seconds.
    last_active: f64,
}

impl<T> Default for Picker<T> {
    fn default() -> Self {
        Self {
            rows: None,
            filter: String::new(),
            chosen: 0,
        }
    }
}

impl Row for Choice {
    fn words(&self) -> String {
        format!("{} {} {}", self.name, self.preview, self.id)
    }
}

impl Picker<Choice> {
    /// Takes in which conversations there are.
    pub(super) fn fill(&mut self, rows: Vec<ConversationRow>) {
        let plain = |text: &str| hermes_secret::plain(text, hermes_secret::LABEL_LIMIT);
        let choice = |row: ConversationRow| {
            let (title, preview) = (plain(&row.title), plain(&row.preview));
            let (name, preview) = match title.is_empty() {
                true => (preview, String::new()),
                false => (title, preview),
            };
            Choice {
                id: row.id,
                name,
                preview,
                last_active: row.last_active,
            }
        };
        self.rows = Some(rows.into_iter().map(choice).collect());
    }
}

impl<T: Row + Clone> Picker<T> {
    /// These, and no others.
    pub(super) fn of(rows: Vec<T>) -> Self {
        Self {
            rows: Some(rows),
            ..Self::default()
        }
    }

    /// Whether it is known which there are.
    pub(super) const fn is_filled(&self) -> bool {
        self.rows.is_some()
    }

    /// Those that fit to what was typed, and which of them is chosen.
    pub(super) fn shown(&self) -> (Vec<&T>, usize) {
        let rows = self.rows.as_deref().unwrap_or_default();
        let fits = |row: &&T| {
            let text = row.words();
            // Letters far apart fit to nearly everything that is long.
            let fits = |word: &str| rank(word, &text).is_some_and(|rank| rank < 1000);
            self.filter.split_whitespace().all(fits)
        };
        let shown: Vec<_> = rows.iter().filter(fits).collect();
        let chosen = self.chosen.min(shown.len().saturating_sub(1));
        (shown, chosen)
    }

    /// The one that is chosen.
    pub(super) fn chosen(&self) -> Option<&T> {
        let (shown, chosen) = self.shown();
        shown.get(chosen).copied()
    }

    /// Takes a key in.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> Picked<T> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c' | 'd') if control => return Picked::Left,
            KeyCode::Esc => return Picked::Left,
            KeyCode::Up => self.up(),
            KeyCode::Down => self.down(),
            KeyCode::Char('p') if control => self.up(),
            KeyCode::Char('n') if control => self.down(),
            KeyCode::Backspace => self.pop(),
            KeyCode::Char(ch) if !control => self.push(ch.encode_utf8(&mut [0; 4])),
            KeyCode::Enter => {
                if let Some(chosen) = self.chosen() {
                    return Picked::Chosen(chosen.clone());
                }
            }
            _ => {}
        }
        Picked::Nothing
    }

    fn up(&mut self) {
        self.chosen = self.shown().1.saturating_sub(1);
    }

    fn down(&mut self) {
        let (shown, chosen) = self.shown();
        self.chosen = (chosen + 1).min(shown.len().saturating_sub(1));
    }

    /// More of what is to be found.
    pub(super) fn push(&mut self, text: &str) {
        self.filter
            .extend(text.chars().filter(|ch| !ch.is_control()));
        self.chosen = 0;
    }

    /// Less of it.
    fn pop(&mut self) {
        self.filter.pop();
        self.chosen = 0;
    }
}

impl Choice {
    /// How long ago something happened, at this moment in Unix seconds.
    pub(super) fn age(&self, now: f64) -> String {
        let minutes = ((now - self.last_active) / 60.0).max(0.0);
        let (count, unit) = match minutes {
            minutes if minutes < 1.0 => return "now".to_owned(),
            minutes if minutes < 60.0 => (minutes, "min"),
            minutes if minutes < 48.0 * 60.0 => (minutes / 60.0, "h"),
            minutes => (minutes / (24.0 * 60.0), "days"),
        };
        format!("{count:.0} {unit} ago", count = count.floor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, title: &str, preview: &str, last_active: f64) -> ConversationRow {
        ConversationRow {
            id: id.to_owned(),
            title: title.to_owned(),
            preview: preview.to_owned(),
            started_at: 0.0,
            last_active,
            message_count: 2,
            model: None,
            input_tokens: 0,
            output_tokens: 0,
            source: String::new(),
            running: false,
            pinned: false,
        }
    }

    #[test]
    fn one_is_found_by_any_of_its_words() {
        let mut picker = Picker::default();
        assert!(!picker.is_filled());
        picker.fill(vec![
            row("1", "Fish soup", "how do I", 0.0),
            row("2", "", "why is the sky\u{1b}[2J blue", 0.0),
        ]);
        picker.down();
        picker.down();
        assert_eq!(picker.chosen().unwrap().id, "2");
        assert_eq!(picker.chosen().unwrap().name, "why is the sky[2J blue");
        picker.push("do fish");
        assert_eq!(picker.shown().0.len(), 1);
        assert_eq!(picker.chosen().unwrap().id, "1");
        picker.push("x");
        assert!(picker.chosen().is_none());
        picker.pop();
        assert!(picker.chosen().is_some());
    }

    #[test]
    fn an_age_is_one_number() {
        let mut picker = Picker::default();
        picker.fill(vec![row("1", "a", "", 1000.0)]);
        let age = |now| picker.chosen().unwrap().age(now);
        assert_eq!(age(990.0), "now");
        assert_eq!(age(1000.0 + 119.0), "1 min ago");
        assert_eq!(age(1000.0 + 3.0 * 3600.0), "3 h ago");
        assert_eq!(age(1000.0 + 72.0 * 3600.0), "3 days ago");
    }
}
