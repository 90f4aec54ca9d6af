//! What the commands do that a person types behind a slash.

use futures_util::{FutureExt as _, TryFutureExt as _, future::BoxFuture};
use hermes_agent::conversation::{Ask, Instead, Transcript};
use hermes_protocol::{
    methods::{
        CommandDispatchParams, CommandDispatched, ConversationBranchParams,
        ConversationCompressParams, ConversationReport, ConversationTitleParams, SlashExecParams,
        SlashOutput,
    },
    rpc::{RpcError, code},
};

use super::{
    calls::{Answer, Calls, internal, open, refused},
    choosing::DEFAULT,
    commands::{self, Does, Unknown},
};

/// The last prompts that `/history` shows, and the most characters of each and of its answer.
const HISTORY: (usize, usize) = (10, 400);

/// What a command says, at once or when a model has answered.
pub(crate) enum Carried<T> {
    Now(T),
    Later(BoxFuture<'static, Answer<T>>),
}

impl<T: Send + 'static> Carried<T> {
    fn map<U>(self, how: impl FnOnce(T) -> U + Send + 'static) -> Carried<U> {
        match self {
            Self::Now(said) => Carried::Now(how(said)),
            Self::Later(coming) => Carried::Later(coming.map_ok(how).boxed()),
        }
    }
}

impl Calls<'_> {
    /// `slash.exec`. That there is no such command is something to read, as upstream has it.
    pub(crate) async fn slash(self, params: SlashExecParams) -> Answer<Carried<SlashOutput>> {
        open(self.conversations, self.owner, &params.session_id).await?;
        let carried = match commands::parse(&params.command) {
            Ok((does, rest)) => self.carry_out(does, rest, &params.session_id).await?,
            Err(unknown) => Carried::Now(no_such(&unknown)),
        };
        Ok(carried.map(|output| SlashOutput { output }))
    }

    /// `command.dispatch`.
    pub(crate) async fn dispatch(
        self,
        params: CommandDispatchParams,
    ) -> Answer<Carried<CommandDispatched>> {
        open(self.conversations, self.owner, &params.session_id).await?;
        let (does, _) = commands::parse(&params.name)
            .map_err(|unknown| RpcError::new(code::NO_SUCH_PROMPT, no_such(&unknown)))?;
        let arg = params.arg.trim();
        let carried = self.carry_out(does, arg, &params.session_id).await?;
        Ok(carried.map(|output| CommandDispatched::Exec { output }))
    }

    /// `session.status`.
    pub(crate) async fn report(self, id: &str) -> Answer<ConversationReport> {
        let open = open(self.conversations, self.owner, id).await?;
        let live = open.live().map_err(internal)?;
        let teller = self.conversations.teller(&open);
        let busy = self.choosing().busy_word();
        let output = live.look(|transcript, _| {
            let (provider, model) = teller.pick(transcript);
            let usage = teller.usage(transcript);
            let summary = transcript.summary();
            let effort = transcript.choice().effort.as_deref();
            let state = match summary.running {
                true => "a turn runs",
                false => "idle",
            };
            let rows = [
                ("conversation", open.id.to_string()),
                ("title", summary.title.unwrap_or_else(|| "none".to_owned())),
                ("model", of_provider(&model, &provider)),
                ("reasoning", effort.unwrap_or(DEFAULT).to_owned()),
                ("busy", busy.to_owned()),
                ("state", state.to_owned()),
                ("messages", summary.messages.to_string()),
                ("tokens", tokens(usage.input, usage.output, usage.calls)),
            ];
            let rows = rows.map(|(name, value)| format!("{name:<13} {value}"));
            rows.join("\n")
        });
        Ok(ConversationReport { output })
    }

    async fn carry_out(self, does: Does, rest: &str, id: &str) -> Answer<Carried<String>> {
        let choosing = self.choosing();
        let said = match does {
            Does::Branch => self.branched(rest, id).await,
            Does::Compress => return self.compressed(rest, id).await.map(Carried::Later),
            Does::Busy if rest.is_empty() => Ok(format!("busy: {}", choosing.busy_word())),
            Does::Busy => {
                choosing.set_busy(rest)?;
                Ok(format!("busy: {rest}"))
            }
            Does::Help => Ok(commands::help()),
            Does::History => self.last_said(id).await,
            Does::Model if rest.is_empty() => {
                let (provider, model) = choosing.picked(Some(id)).await?;
                Ok(format!("model: {}", of_provider(&model, &provider)))
            }
            Does::Model => {
                let (model, warning) = choosing.choose_model(id, rest).await?;
                Ok(match warning.is_empty() {
                    true => format!("model: {model}"),
                    false => format!("model: {model} ({warning})"),
                })
            }
            Does::OfClient => {
                Ok("this is for the program that you type in, not for the gateway".to_owned())
            }
            Does::Reasoning if rest.is_empty() => {
                Ok(format!("reasoning: {}", choosing.effort(Some(id)).await?))
            }
            Does::Reasoning => {
                choosing.choose_effort(id, rest).await?;
                Ok(format!("reasoning: {rest}"))
            }
            Does::Retry => self.ask_again(id).await,
            Does::Status => Ok(self.report(id).await?.output),
            Does::Stop => {
                self.interrupt(id).await?;
                Ok("stopped".to_owned())
            }
            Does::Title => {
                let params = ConversationTitleParams {
                    session_id: id.to_owned(),
                    title: filled(rest),
                };
                let titled = self.title(params).await?.title;
                Ok(match titled.is_empty() {
                    true => "it is not called anything yet".to_owned(),
                    false => format!("title: {titled}"),
                })
            }
            Does::Undo => {
                let removed = self.undo(id).await?.removed;
                Ok(format!("messages taken back: {removed}"))
            }
            Does::Usage => {
                let usage = self.usage(id).await?;
                let tokens = tokens(usage.input, usage.output, usage.calls);
                let context = usage.context_max.zip(usage.context_percent);
                let context = context.map_or_else(String::new, |(most, percent)| {
                    let used = usage.context_used;
                    format!("\ncontext: {used} of {most} tokens, {percent} %")
                });
                Ok(format!("tokens: {tokens}{context}"))
            }
        };
        said.map(Carried::Now)
    }

    async fn branched(self, name: &str, id: &str) -> Answer<String> {
        let params = ConversationBranchParams {
            session_id: id.to_owned(),
            name: filled(name),
            before_user_ordinal: None,
        };
        let branch = self.branch(params).await?;
        Ok(format!("branch: {} ({})", branch.title, branch.session_id))
    }

    async fn compressed(self, focus: &str, id: &str) -> Answer<BoxFuture<'static, Answer<String>>> {
        let params = ConversationCompressParams {
            session_id: id.to_owned(),
            focus_topic: filled(focus),
        };
        let coming = self.compress(params).await?;
        let said = coming.map_ok(|compressed| {
            let summary = compressed.summary;
            format!("{}\n{}", summary.headline, summary.token_line)
        });
        Ok(said.boxed())
    }

    /// Asks the last prompt again, in place of what came of it.
    async fn ask_again(mut self, id: &str) -> Answer<String> {
        let open = open(self.conversations, self.owner, id).await?;
        let live = open.live().map_err(internal)?;
        let last = live.look(|transcript, _| {
            let turns = transcript.turns();
            let last = turns.last().map(|turn| turn.ask.clone());
            let from = turns.len().saturating_sub(1);
            let of = Some(turns.len());
            last.map(|ask| (Instead { from, of }, ask))
        });
        let Some((instead, ask)) = last else {
            return Ok("nothing has been asked yet".to_owned());
        };
        self.see(&open)?;
        let ask = Ask {
            // Its names have been asked already.
            ids: Vec::new(),
            ..ask
        };
        live.ask_instead(instead, ask).map_err(refused)?;
        Ok("asked again".to_owned())
    }

    async fn last_said(self, id: &str) -> Answer<String> {
        let open = open(self.conversations, self.owner, id).await?;
        let live = open.live().map_err(internal)?;
        Ok(live.look(|transcript, _| said(transcript)))
    }
}

/// What follows a command, if anything does.
fn filled(rest: &str) -> Option<String> {
    Some(rest.to_owned()).filter(|rest| !rest.is_empty())
}

fn said(transcript: &Transcript) -> String {
    let (most, characters) = HISTORY;
    let turns = transcript.turns();
    let last = turns.get(turns.len().saturating_sub(most)..);
    let lines = last.unwrap_or_default().iter().flat_map(|turn| {
        let line =
            |who: &str, text: &str| format!("{who} {}", hermes_secret::plain(text, characters));
        [line(">", &turn.ask.text), line("<", &turn.answer)]
    });
    let lines: Vec<_> = lines.collect();
    match lines.is_empty() {
        true => "nothing has been said yet".to_owned(),
        false => lines.join("\n"),
    }
}

fn of_provider(model: &str, provider: &str) -> String {
    match (model, provider) {
        ("", "") => "none".to_owned(),
        ("", provider) => format!("none of {provider}"),
        (model, "") => model.to_owned(),
        (model, provider) => format!("{model} of {provider}"),
    }
}

fn tokens(input: u64, output: u64, calls: u64) -> String {
    format!("{input} in, {output} out, in {calls} calls")
}

fn no_such(Unknown(name): &Unknown) -> String {
    format!("unknown command: /{name}; /help lists those that there are")
}
