use std::collections::BTreeMap;

use hermes_client::{
    State,
    talk::{Fate, Told},
};
use hermes_protocol::methods::{Speaker, TurnStatus};

/// What somebody sees who believes all that is told.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    pub(crate) state: Option<State>,
    /// Every state, in order.
    pub(crate) states: Vec<State>,
    /// What was asked, what came, and how it ended.
    pub(crate) turns: Vec<(String, String, Option<TurnStatus>)>,
    /// How often the conversation was told as a whole.
    pub(crate) opened: usize,
    pub(crate) id: String,
    pub(crate) fates: BTreeMap<String, Vec<Fate>>,
    pub(crate) problems: Vec<String>,
    pub(crate) commands: usize,
    pub(crate) lists: usize,
    pub(crate) outputs: Vec<String>,
    pub(crate) titles: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) infos: usize,
}

impl Screen {
    pub(crate) fn take(&mut self, told: Told) {
        match told {
            Told::State(state) => {
                assert_ne!(self.state, Some(state), "a state is told once");
                self.state = Some(state);
                self.states.push(state);
            }
            Told::Opened(opened) => {
                self.opened += 1;
                self.id = opened.id;
                self.turns.clear();
                for message in opened.messages {
                    match message.role {
                        Speaker::User => self.turns.push((message.text, String::new(), None)),
                        Speaker::Assistant => {
                            let turn = self.turns.last_mut().expect("somebody has asked");
                            turn.1 = message.text;
                            turn.2 = Some(message.status.unwrap_or_default());
                        }
                    }
                }
                if let Some(running) = opened.running {
                    self.turns.push((running.user, running.assistant, None));
                }
            }
            Told::Began { text, .. } => self.turns.push((text, String::new(), None)),
            Told::Said(text) => self.turn().1.push_str(&text),
            Told::Ended(ended) => {
                let turn = self.turn();
                assert_eq!(turn.1, ended.text, "nothing is missing and nothing twice");
                assert_eq!(turn.2.replace(ended.status), None, "it ends once");
            }
            Told::Cut(from) | Told::Shown(from) => {
                self.turns.truncate(usize::try_from(from).unwrap());
            }
            Told::Prompt(id, fate) => self.fates.entry(id).or_default().push(fate),
            Told::Problem(problem) => self.problems.push(problem.message),
            Told::Commands(_) => self.commands += 1,
            Told::List(_) => self.lists += 1,
            Told::Output(text) => self.outputs.push(text),
            Told::Titled(title) => self.titles.push(title),
            Told::Note(_, text) => self.notes.push(text),
            Told::Info(_) => self.infos += 1,
            Told::Thought(_) | Told::Waiting(_) | Told::Withdrawn(_) => {}
        }
    }

    /// Whether so many turns are over, and no other runs.
    pub(crate) fn has_ended(&self, turns: usize) -> bool {
        self.turns.len() == turns && self.turns.iter().all(|turn| turn.2.is_some())
    }

    fn turn(&mut self) -> &mut (String, String, Option<TurnStatus>) {
        self.turns.last_mut().expect("a turn has begun")
    }
}
