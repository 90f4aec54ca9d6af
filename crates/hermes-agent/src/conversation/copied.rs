use super::{Ask, Choice, Event, ImageId, Transcript, transcript::compressed};
use crate::Usage;

impl Transcript {
    /// What has to happen in another conversation so that it begins with what was said here in so many
    /// turns at most, each with the moment when it was. The tokens stay here, and prompts are nobody's there, so that the
    /// names of the old ones are free. `image` says what a picture is called there; one that is not
    /// there is left out.
    pub(super) fn copied(
        &self,
        most: usize,
        image: impl Fn(&ImageId) -> Option<ImageId>,
    ) -> Vec<(jiff::Timestamp, Event)> {
        let most = self.turns().get(..most).unwrap_or_else(|| self.turns());
        let mut events = Vec::with_capacity(most.len() * 2);
        let mut ended = 0;
        for turn in most {
            let Some(end) = &turn.end else {
                break;
            };
            ended += 1;
            let ask = Ask {
                ids: Vec::new(),
                text: turn.ask.text.clone(),
                images: turn.ask.images.iter().filter_map(&image).collect(),
            };
            let answer = Event::Ended {
                end: end.clone(),
                answer: turn.answer.clone(),
                reasoning: turn.reasoning.clone(),
                usage: Usage::default(),
                model: turn.model.clone(),
            };
            events.push((turn.asked_at, Event::Asked(ask)));
            events.push((turn.asked_at, answer));
        }
        let turns = most.get(..ended).unwrap_or_default();
        let Some(last) = turns.last() else {
            return events;
        };
        if let Some(compressed) = compressed(turns) {
            let summarised = Event::Compressed {
                turns: compressed.turns,
                summary: compressed.summary.to_owned(),
                tokens: 0,
            };
            events.push((last.asked_at, summarised));
        }
        if *self.choice() != Choice::default() {
            events.push((last.asked_at, Event::Chosen(self.choice().clone())));
        }
        events
    }
}
