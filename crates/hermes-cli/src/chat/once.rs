//! One prompt, and its answer for a program.

use std::{
    io::{self, IsTerminal as _, Write as _},
    ops::ControlFlow,
    time::Duration,
};

use hermes_client::{
    State,
    talk::{Ended, Fate, Opened, Problem, Prompt, Talk, Told, Which, Wish},
};
use hermes_errors::{Code, Failure};
use hermes_protocol::methods::{Speaker, TurnStatus};
use serde_json::{Value, json};

use super::{
    About,
    args::{OutputFormat, Start},
    link,
    signals::{Sent, Signals},
};
use crate::{
    commands::{Done, Stop},
    output::written,
};

/// How long a gateway may be out of reach.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the last word may take when somebody wants no more.
const FAREWELL: Duration = Duration::from_secs(2);

/// A prompt, and what came of it.
struct Once<'a> {
    about: &'a About,
    talk: Talk,
    prompt: Prompt,
    model: Option<String>,
    format: OutputFormat,
    is_terminal: bool,
    /// The conversation and its model.
    conversation: Option<String>,
    answers: Option<String>,
    /// The answer, while it comes.
    answer: Option<String>,
    in_line: bool,
}

/// What follows from something that was told.
enum Then {
    On,
    /// Nobody reads any more.
    Alone,
    Over(Box<Ended>),
}

/// Asks, prints what is answered, and ends with the status that `hermes help exit-codes` has for it.
pub(crate) async fn once(
    talk: Talk,
    about: &About,
    start: Start,
    text: String,
    format: OutputFormat,
) -> Done {
    let mut once = Once {
        about,
        talk,
        prompt: Prompt::new(about.random.hex(16), text),
        model: start.model,
        format,
        is_terminal: io::stdout().is_terminal(),
        conversation: None,
        answers: None,
        answer: None,
        in_line: false,
    };
    let ended = once.ask(start.which.unwrap_or(Which::New)).await;
    let (failure, ended) = match ended {
        Ok(Some(ended)) => (failure_of(&ended), Some(ended)),
        // Nobody reads any more, and whoever did has what they wanted.
        Ok(None) => return Ok(()),
        Err(failure) => (Some(failure), None),
    };
    if format == OutputFormat::Text {
        return failure.map_or(Ok(()), |failure| Err(failure.into()));
    }
    let object = once.object(ended.as_deref(), failure.as_ref());
    about.output.json(&object)?;
    failure.map_or(Ok(()), |failure| Err(Stop::Said(failure.code.outcome())))
}

impl Once<'_> {
    async fn ask(&mut self, which: Which) -> Result<Option<Box<Ended>>, Failure> {
        let mut signals = Signals::new().map_err(|error| {
            Failure::new(
                Code::OutputFailed,
                format!("signals cannot be heard: {error}"),
            )
        })?;
        self.wish(Wish::Open(which)).await?;
        let clock = std::sync::Arc::clone(&self.about.clock);
        let mut lost: Option<jiff::Timestamp> = Some(clock.now());
        loop {
            let left = lost.map(|since| {
                let away = Duration::try_from(clock.now().duration_since(since));
                PATIENCE.saturating_sub(away.unwrap_or_default())
            });
            let given_up = async {
                match left {
                    Some(left) => clock.sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            let told = tokio::select! {
                told = self.talk.told.recv() => told,
                sent = signals.next() => return self.stopped(sent).await,
                () = given_up => return Err(unreachable("it was not reached in a minute")),
            };
            let told = told.ok_or_else(|| unreachable("the connection was given up"))?;
            if let Told::State(state) = &told {
                lost = match state {
                    State::Live => None,
                    _ => lost.or_else(|| Some(clock.now())),
                };
                self.on_state(*state).await?;
                if let State::NeedsSignIn(_) = state {
                    // Whatever that took was no outage.
                    lost = Some(clock.now());
                }
                continue;
            }
            match self.on_told(told).await? {
                Then::On => {}
                Then::Alone => return Ok(None),
                Then::Over(ended) => {
                    self.end_line()?;
                    return Ok(Some(ended));
                }
            }
        }
    }

    async fn on_state(&mut self, state: State) -> Result<(), Failure> {
        match state {
            State::NeedsSignIn(needed) => {
                self.about.sign_in.sign_in(needed).await?;
                self.wish(Wish::SignedIn).await
            }
            State::Refused(_) | State::TooOld => Err(link::refusal(state)),
            _ => Ok(()),
        }
    }

    async fn on_told(&mut self, told: Told) -> Result<Then, Failure> {
        match told {
            Told::Opened(opened) => return self.on_opened(&opened).await,
            Told::Info(info) => self.answers = Some(info.model),
            Told::Began { prompts, .. } if prompts.contains(&self.prompt.id) => {
                self.answer = Some(String::new());
            }
            Told::Thought(text) if self.answer.is_some() => {
                return self.event(&json!({"event": "thought", "text": text}));
            }
            Told::Said(text) if self.answer.is_some() => return self.said(&text),
            Told::Ended(ended) if self.answer.is_some() => {
                // The end has all of it, and what was missed too.
                let failed = ended
                    .error
                    .as_ref()
                    .is_some_and(|error| error.message == ended.text);
                let missed = self.missed(&ended.text);
                if let Some(missed) = missed.filter(|_| !failed)
                    && let Then::Alone = self.said(&missed)?
                {
                    return Ok(Then::Alone);
                }
                return Ok(Then::Over(ended));
            }
            Told::Note(_, text) => {
                if self.format != OutputFormat::StreamJson {
                    self.about.output.say(&hermes_secret::visible(&text));
                }
                return self.event(&json!({"event": "note", "text": text}));
            }
            Told::Prompt(id, Fate::Refused(problem)) if id == self.prompt.id => {
                return Err(of_problem(problem));
            }
            Told::Withdrawn(prompts) if prompts.contains(&self.prompt.id) => {
                return Err(of_problem(Problem {
                    code: None,
                    message: "the prompt was taken back elsewhere, so it was not asked".to_owned(),
                }));
            }
            // What goes wrong before the answer begins goes wrong for the prompt.
            Told::Problem(problem) if self.answer.is_none() => return Err(of_problem(problem)),
            _ => {}
        }
        Ok(Then::On)
    }

    /// The first time, asks. After a break, takes in what was missed.
    async fn on_opened(&mut self, opened: &Opened) -> Result<Then, Failure> {
        self.answers = Some(opened.info.model.clone());
        if self.conversation.is_none() {
            self.conversation = Some(opened.id.clone());
            if let Some(model) = self.model.take() {
                self.wish(Wish::Command(format!("/model {model}"))).await?;
            }
            self.wish(Wish::Say(self.prompt.clone())).await?;
            return self.event(&json!({"event": "opened", "conversation": opened.id}));
        }
        if self.answer.is_none() {
            return Ok(Then::On);
        }
        if let Some(running) = &opened.running
            && running.user == self.prompt.text
        {
            let missed = self.missed(&running.assistant).unwrap_or_default();
            return self.said(&missed);
        }
        let mut said = opened.messages.iter().rev();
        let answer = said.find(|message| message.role == Speaker::Assistant);
        let (text, status) = answer.map_or((String::new(), None), |answer| {
            (answer.text.clone(), answer.status)
        });
        let missed = self.missed(&text).unwrap_or_default();
        if let Then::Alone = self.said(&missed)? {
            return Ok(Then::Alone);
        }
        Ok(Then::Over(Box::new(Ended {
            text,
            status: status.unwrap_or(TurnStatus::Complete),
            warning: None,
            error: None,
            usage: opened.info.usage.clone(),
        })))
    }

    /// What of the whole answer has not come yet.
    fn missed(&self, whole: &str) -> Option<String> {
        let answer = self.answer.as_deref().unwrap_or_default();
        whole.strip_prefix(answer).map(str::to_owned)
    }

    fn said(&mut self, text: &str) -> Result<Then, Failure> {
        self.answer.get_or_insert_default().push_str(text);
        if text.is_empty() {
            return Ok(Then::On);
        }
        match self.format {
            OutputFormat::Json => Ok(Then::On),
            OutputFormat::StreamJson => self.event(&json!({"event": "text", "text": text})),
            OutputFormat::Text => {
                self.in_line = !text.ends_with('\n');
                match self.is_terminal {
                    true => write(&hermes_secret::visible_lines(text)),
                    // A program gets what was answered.
                    false => write(text),
                }
            }
        }
    }

    fn event(&self, event: &Value) -> Result<Then, Failure> {
        if self.format == OutputFormat::StreamJson {
            self.about.output.json(event)?;
        }
        Ok(Then::On)
    }

    fn end_line(&mut self) -> Result<(), Failure> {
        if std::mem::take(&mut self.in_line) {
            // The answer is over; whether somebody reads on makes no difference.
            write("\n")?;
        }
        Ok(())
    }

    /// Somebody wants no more: the turn is stopped, and what came of it is shown.
    async fn stopped(&mut self, sent: Sent) -> Result<Option<Box<Ended>>, Failure> {
        let interrupted = || Failure::new(Code::Interrupted, "the answer was stopped");
        if sent == Sent::Interrupt && self.answer.is_some() {
            self.wish(Wish::Stop).await?;
            let clock = std::sync::Arc::clone(&self.about.clock);
            let mut over = std::pin::pin!(clock.sleep(FAREWELL));
            loop {
                let told = tokio::select! {
                    told = self.talk.told.recv() => told,
                    () = &mut over => None,
                };
                match told {
                    Some(Told::State(_)) => {}
                    Some(told) => match self.on_told(told).await? {
                        Then::On => {}
                        Then::Alone | Then::Over(_) => break,
                    },
                    None => break,
                }
            }
        }
        self.end_line()?;
        Err(interrupted())
    }

    async fn wish(&self, wish: Wish) -> Result<(), Failure> {
        let sent = self.talk.wishes.send(wish).await;
        sent.map_err(|_| unreachable("the connection was given up"))
    }

    /// The object at the end.
    fn object(&self, ended: Option<&Ended>, failure: Option<&Failure>) -> Value {
        let status = match ended.map(|ended| ended.status) {
            Some(TurnStatus::Complete) => "complete",
            Some(TurnStatus::Interrupted) => "interrupted",
            Some(TurnStatus::Error) => "failed",
            None if failure.is_some_and(|one| one.code == Code::Interrupted) => "interrupted",
            None => "failed",
        };
        let mut object = json!({
            "answer": self.answer.as_deref().unwrap_or_default(),
            "status": status,
            "conversation": self.conversation,
            "model": self.answers,
            "usage": ended.map(|ended| &ended.usage),
            "error": failure.map(|failure| json!({
                "code": failure.code.as_str(),
                "message": failure.message,
                "hint": failure.next_step,
            })),
        });
        if self.format == OutputFormat::StreamJson
            && let Some(fields) = object.as_object_mut()
        {
            fields.insert("event".to_owned(), "ended".into());
        }
        object
    }
}

fn write(text: &str) -> Result<Then, Failure> {
    let mut out = io::stdout().lock();
    let sent = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(match written(sent)? {
        ControlFlow::Continue(()) => Then::On,
        ControlFlow::Break(()) => Then::Alone,
    })
}

/// Why an answer is none, or not all of one.
fn failure_of(ended: &Ended) -> Option<Failure> {
    if let Some(error) = &ended.error {
        // Of another version of the gateway; the sentence says what it is.
        let code = Code::find(&error.code).unwrap_or(Code::AgentFailed);
        return Some(Failure::new(code, error.message.clone()).with_next_step(error.hint.clone()));
    }
    match (ended.status, &ended.warning) {
        (TurnStatus::Complete, None) => None,
        (TurnStatus::Complete, Some(warning)) => {
            Some(Failure::new(Code::ModelCut, warning.clone()))
        }
        (TurnStatus::Interrupted, _) => {
            Some(Failure::new(Code::Interrupted, "the answer was stopped"))
        }
        (TurnStatus::Error, _) => Some(Failure::new(Code::AgentFailed, "the answer broke off")),
    }
}

fn of_problem(problem: Problem) -> Failure {
    let code = problem.code.as_deref().and_then(Code::find);
    Failure::new(code.unwrap_or(Code::PromptUnusable), problem.message)
}

fn unreachable(why: &str) -> Failure {
    Failure::new(
        Code::ConnectUnreachable,
        format!("no answer of the gateway: {why}"),
    )
}
