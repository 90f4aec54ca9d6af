use std::{sync::Arc, time::Duration};

use super::{Live, Turn, aside};
use crate::{End, Message, Part};

/// The most characters of a title that an agent finds.
const TITLE_LIMIT: usize = 80;

/// How much of the question and of the answer it is told, in characters.
const TOLD_LIMIT: usize = 2000;

/// The most bytes that it may say; models that think aloud say more than a title.
const SAID_LIMIT: usize = 64 * 1024;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(60);

const WANTED: &str = "Give this conversation a title of two to six words, in its own language. \
Answer with the title alone: no quotation marks, no full stop, nothing else.";

/// Has the agent find a title after the first turn. Without one the conversation goes by how it begins,
/// so a failure is nobody's concern.
pub(super) async fn find(live: Arc<Live>) {
    let question = live.look(|transcript, _| {
        let mut turns = transcript.turns().iter();
        let answered = turns.find(|turn| turn.end == Some(End::Complete));
        answered.map(question)
    });
    let (Some(question), Some(place)) = (question, live.aside()) else {
        return;
    };
    let messages = vec![Message::User(vec![Part::Text(question)])];
    let said = aside::ask(&live, messages, SAID_LIMIT, PATIENCE, place.cancel()).await;
    let title = (said.end == End::Complete).then(|| title(&said.text));
    live.found_title(title.flatten(), said.usage);
    drop(place);
}

fn question(turn: &Turn) -> String {
    let asked = beginning(&turn.ask.text);
    let answered = beginning(&turn.answer);
    format!("{WANTED}\n\n<asked>\n{asked}\n</asked>\n<answered>\n{answered}\n</answered>")
}

fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(TOLD_LIMIT);
    end.map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// The title in what an agent said: its last line that says something, without what models put around it.
fn title(said: &str) -> Option<String> {
    let line = said.lines().rfind(|line| !line.trim().is_empty())?;
    let line = line.trim().trim_start_matches(['#', '-', ' ']);
    let line = line.strip_prefix("Title:").unwrap_or(line);
    let around = |ch: char| ch.is_whitespace() || "\"'`*_“”„«».".contains(ch);
    let title = hermes_secret::plain(line.trim_matches(around), TITLE_LIMIT);
    Some(title).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_models_put_around_a_title_is_no_part_of_it() {
        for said in [
            "A title",
            "\"A title.\"",
            "# A title",
            "**A title**\n",
            "Title: A title",
            "Hm, a title.\n\n\u{1b}A title",
        ] {
            assert_eq!(title(said).as_deref(), Some("A title"), "{said:?}");
        }
        assert_eq!(title("\n \n"), None);
        assert_eq!(title("..."), None);
        let long = title(&"long ".repeat(100)).unwrap();
        assert_eq!(long.chars().count(), TITLE_LIMIT);
    }
}
