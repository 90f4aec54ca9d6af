use std::time::Duration;

use hermes_client::talk::{Ended, Fate, Opened, Problem, Told, Wish};
use hermes_protocol::{
    methods::{ConversationInfo, HistoryMessage, Speaker, TurnStatus},
    rpc::StatusKind,
};
use ratatui_core::text::{Line, Span};

use super::{Form, Mode, Model, Turn, conversation::News, with};
use crate::chat::{
    answer::Answer,
    block::Block,
    calling::Call,
    commands::Commands,
    files,
    ink::{DIM, PLAIN, WAITS},
    link::Shown,
    wrap,
};

/// How many messages of a conversation are printed when it is opened.
const SHOWN: usize = 10;

/// The most lines of one of them.
const LINES: usize = 400;

/// How much is said of a prompt that is taken back, in columns.
const WORDS: usize = 50;

/// Who waits longer than this may look elsewhere.
const LONG: Duration = Duration::from_secs(10);

impl Model {
    pub(super) fn on_told(&mut self, told: Told) {
        match told {
            Told::State(state) => self.on_state(state),
            Told::Opened(opened) => {
                self.on_opened(&opened);
                if let Some(model) = self.wanted.take() {
                    self.wish(Wish::Command(format!("/model {model}")));
                }
            }
            Told::Began { text, prompts } => {
                // Its end was missed, and another one can only have begun behind it.
                self.close_turn(None);
                let before = self.pending.len();
                self.pending.retain(|one| !prompts.contains(&one.id));
                // Among lines, what was typed stands there already.
                if self.setting.form == Form::Drawn || self.pending.len() == before {
                    self.print_prompt(&text);
                } else {
                    self.print_apart(with(&files::fold(&text).1));
                }
                self.begin(&text);
            }
            Told::Thought(text) => {
                let now = self.now;
                self.turn().think(&text, now);
            }
            Told::Said(text) => self.on_said(&text),
            Told::Ended(ended) => self.on_ended(&ended),
            Told::Note(kind, text) => match kind {
                StatusKind::SignIn | StatusKind::Unsaved => self.say(WAITS, &text),
                StatusKind::Lifecycle | StatusKind::Saved => self.remark(&text),
            },
            Told::Titled(title) => self.conversation.title = title,
            Told::Info(info) => self.on_info(*info),
            Told::Cut(number) => {
                let first = self.conversation.cut(number);
                self.remark(&match first {
                    Some(text) => {
                        let text = wrap::one_line(text.trim());
                        format!("… taken back to before: {}", wrap::shortened(&text, WORDS))
                    }
                    None => "… the last prompts are taken back".to_owned(),
                });
            }
            Told::Shown(number) => {
                // What is shown instead is printed with the whole conversation, which comes next.
                self.conversation.cut(number);
                self.remark("… from here on another version is shown:");
            }
            Told::Waiting(prompts) => self.waiting = prompts.len(),
            Told::Withdrawn(prompts) => self.on_withdrawn(&prompts),
            Told::Prompt(id, fate) => self.on_fate(&id, fate),
            Told::List(rows) => match (&mut self.mode, self.setting.form) {
                (Mode::Picking(picker), Form::Drawn) => picker.fill(rows),
                (Mode::Picking(picker), Form::Lines) => {
                    picker.fill(rows);
                    self.print_choices();
                }
                _ => {}
            },
            Told::Commands(commands) => self.commands = Commands::new(&commands),
            Told::Output(text) => self.say(PLAIN, &text),
            Told::Problem(problem) => {
                if matches!(&self.mode, Mode::Picking(picker) if !picker.is_filled()) {
                    self.mode = Mode::Writing;
                }
                self.on_problem(&problem);
            }
        }
    }

    fn on_state(&mut self, state: hermes_client::State) {
        let before = self.link;
        if !self.link.on(state, self.now) {
            return;
        }
        let said = match self.setting.form {
            Form::Drawn => self.link.sentence(),
            // Before the first time it is nobody's business.
            Form::Lines if before.was_live_once() || !self.link.is_live() => self.link.line(),
            Form::Lines => None,
        };
        if let Some(sentence) = said {
            self.say(WAITS, &sentence);
        }
        if matches!(self.link.shown(self.now), Shown::Waits(_)) {
            self.call(Call::Waits);
        }
    }

    fn on_info(&mut self, info: ConversationInfo) {
        self.conversation.model = info.model;
        self.conversation.title = info.title;
        self.conversation.usage = info.usage;
    }

    fn begin(&mut self, text: &str) {
        if let Some(at) = self.pending.iter().position(|one| one.text == text) {
            self.pending.remove(at);
        }
        self.conversation.remember(Speaker::User, text);
        let answer = Answer::new(self.setting.form);
        self.conversation.turn = Some(Turn::new(text.to_owned(), self.now, answer));
    }

    /// The turn that runs; if its beginning was missed, one without a prompt.
    fn turn(&mut self) -> &mut Turn {
        let (now, form) = (self.now, self.setting.form);
        let turn = &mut self.conversation.turn;
        turn.get_or_insert_with(|| Turn::new(String::new(), now, Answer::new(form)))
    }

    fn on_said(&mut self, text: &str) {
        self.end_thinking();
        let width = self.columns();
        let turn = self.turn();
        turn.answer.push(text);
        let is_first = !turn.answer.is_begun();
        let block = turn.answer.finished(width);
        self.print_answer(is_first, block);
    }

    fn print_answer(&mut self, is_first: bool, block: Block) {
        match is_first {
            true => self.set_apart(block),
            false => self.print(block),
        }
    }

    fn end_thinking(&mut self) {
        let (now, shows) = (self.now, self.shows_thoughts);
        let Some(turn) = &mut self.conversation.turn else {
            return;
        };
        let Some(since) = turn.thinks.take() else {
            return;
        };
        let thoughts = std::mem::take(&mut turn.thoughts);
        let seconds = now.saturating_sub(since).as_secs();
        if shows {
            self.remark(thoughts.trim());
        } else {
            self.remark(&format!("thought for {seconds} s"));
        }
    }

    fn on_ended(&mut self, ended: &Ended) {
        self.end_thinking();
        self.conversation.usage = ended.usage.clone();
        let turn = self.turn();
        let took = turn.began;
        // A turn that failed before its answer began has its reason in the answer's place.
        let reason = ended.error.as_ref().map(|error| error.message.as_str());
        if !turn.answer.text().is_empty() || reason != Some(ended.text.as_str()) {
            turn.answer.complete(&ended.text);
        }
        self.close_turn(Some(ended.status));
        if let Some(warning) = &ended.warning {
            self.say(WAITS, &format!("note: {warning}"));
        }
        if let Some(error) = &ended.error {
            self.fail(Some(&error.code), &error.message, Some(&error.hint));
        }
        if self.now.saturating_sub(took) >= LONG {
            self.call(Call::Answered);
        }
    }

    /// Prints what came of the turn that runs, for whoever leaves before its end.
    pub(in crate::chat) fn leave(&mut self) {
        self.close_turn(None);
    }

    /// Prints what is left of the turn that runs.
    fn close_turn(&mut self, status: Option<TurnStatus>) {
        self.end_thinking();
        let width = self.columns();
        let Some(mut turn) = self.conversation.turn.take() else {
            return;
        };
        let is_first = !turn.answer.is_begun();
        let block = turn.answer.rest(width);
        self.print_answer(is_first, block);
        self.conversation
            .remember(Speaker::Assistant, turn.answer.text());
        self.print_status(status);
    }

    fn print_status(&mut self, status: Option<TurnStatus>) {
        if status == Some(TurnStatus::Interrupted) {
            self.remark("— stopped here");
        }
    }

    fn on_fate(&mut self, id: &str, fate: Fate) {
        let Some(at) = self.pending.iter().position(|one| one.id == id) else {
            // It had begun, and the gateway has lost it since.
            if let Fate::Refused(problem) = fate {
                self.on_problem(&problem);
            }
            return;
        };
        let Fate::Refused(problem) = fate else {
            if self.setting.form == Form::Lines {
                match fate {
                    Fate::Waits => self.remark("The prompt waits for the connection."),
                    Fate::Queued => self.remark("The prompt is asked after this answer."),
                    Fate::Taken | Fate::Refused(_) => {}
                }
            }
            self.pending[at].fate = Some(fate);
            return;
        };
        let pending = self.pending.remove(at);
        if self.composer.is_empty() {
            self.composer.set(&pending.words);
            self.changed();
            self.instead = pending.instead;
            self.check_instead();
        } else {
            self.stash(pending.words);
            self.tell_stashed("the prompt is");
        }
        self.on_problem(&problem);
    }

    /// Somebody has taken these back elsewhere, and has what was typed.
    fn on_withdrawn(&mut self, prompts: &[String]) {
        let before = self.pending.len();
        self.pending.retain(|one| !prompts.contains(&one.id));
        if self.pending.len() < before {
            self.remark("… a prompt was taken back elsewhere, so it is not asked");
        }
    }

    pub(super) fn on_crowded(&mut self, wish: Wish) {
        let problem = Problem {
            code: None,
            message: "too much is on its way to the gateway already".to_owned(),
        };
        match wish {
            Wish::Say(prompt) => self.on_fate(&prompt.id, Fate::Refused(problem)),
            _ => self.on_problem(&problem),
        }
    }

    fn on_problem(&mut self, problem: &Problem) {
        self.fail(problem.code.as_deref(), &problem.message, None);
    }

    fn on_opened(&mut self, opened: &Opened) {
        let is_same = self.conversation.id.as_deref() == Some(opened.id.as_str());
        let news = match is_same {
            true => self.conversation.news(opened),
            false => News::All,
        };
        match news {
            News::SameTurn => {}
            News::From(at) => {
                let mut new = opened.messages.get(at..).unwrap_or_default();
                if self.conversation.turn.is_some() {
                    let status = match new.split_first() {
                        Some((answer, rest)) if answer.role == Speaker::Assistant => {
                            self.turn().answer.complete(&answer.text);
                            new = rest;
                            answer.status
                        }
                        _ => None,
                    };
                    self.close_turn(status);
                }
                self.print_messages(new);
            }
            News::All => self.print_all(opened, is_same),
        }
        if !is_same {
            self.instead = None;
        }
        self.conversation.recount(opened);
        self.on_info(opened.info.clone());
        let Some(running) = &opened.running else {
            return;
        };
        if news != News::SameTurn {
            self.print_prompt(&running.user);
            self.begin(&running.user);
        }
        let width = self.columns();
        let now = self.now;
        let turn = self.turn();
        if running.assistant.is_empty() && !running.reasoning.is_empty() {
            turn.thoughts.clear();
            turn.think(&running.reasoning, now);
        }
        if running.assistant.len() > turn.answer.text().len() {
            self.end_thinking();
            let turn = self.turn();
            turn.answer.complete(&running.assistant);
            let is_first = !turn.answer.is_begun();
            let block = turn.answer.finished(width);
            self.print_answer(is_first, block);
        }
    }

    fn print_all(&mut self, opened: &Opened, is_same: bool) {
        if let Some(turn) = &self.conversation.turn
            && !turn.answer.text().is_empty()
        {
            self.close_turn(None);
        }
        let is_first = self.conversation.id.is_none();
        self.conversation.reset(opened);
        let name = match opened.info.title.as_str() {
            "" if opened.messages.is_empty() => "a new conversation",
            "" => "a conversation",
            title => title,
        };
        let name = hermes_secret::plain(name, hermes_secret::LABEL_LIMIT);
        match (is_first, is_same) {
            (true, _) if opened.messages.is_empty() => {}
            (_, true) => self.remark(&format!("— {name}, which has changed meanwhile")),
            _ => self.remark(&format!("— {name}")),
        }
        let earlier = opened.messages.len().saturating_sub(SHOWN);
        let (before, shown) = opened.messages.split_at(earlier);
        for message in before {
            self.conversation.remember(message.role, &message.text);
        }
        if earlier > 0 {
            self.remark(&format!("… {earlier} earlier messages"));
        }
        self.print_messages(shown);
    }

    fn print_messages(&mut self, messages: &[HistoryMessage]) {
        for message in messages {
            self.conversation.remember(message.role, &message.text);
            let width = self.columns();
            match message.role {
                Speaker::User => {
                    if let Some(at) = self.pending.iter().position(|one| one.text == message.text) {
                        self.pending.remove(at);
                    }
                    self.print_prompt(&message.text);
                }
                Speaker::Assistant => {
                    let mut answer = Answer::new(self.setting.form);
                    answer.push(&message.text);
                    let mut block = answer.rest(width);
                    let surplus = block.lines().len().saturating_sub(LINES);
                    if surplus > 0 {
                        let mut lines = block.into_lines();
                        lines.drain(..surplus);
                        lines.insert(0, Line::styled("…", DIM));
                        block = Block::of_lines(lines, width);
                    }
                    self.set_apart(block);
                    self.print_status(message.status);
                }
            }
        }
    }

    /// The choices for whoever sees no list that changes.
    fn print_choices(&mut self) {
        let Mode::Picking(picker) = &self.mode else {
            return;
        };
        let now = self.setting.epoch + self.now.as_secs_f64();
        let (choices, _) = picker.shown();
        let mut lines: Vec<_> = choices
            .iter()
            .map(|choice| {
                let text = format!("{}  {}  {}", choice.id, choice.age(now), choice.name);
                Line::from(wrap::span(&text, PLAIN))
            })
            .collect();
        lines.push(Line::from(Span::raw("/resume ID goes on with one.")));
        self.mode = Mode::Writing;
        self.print_apart(lines);
    }
}
