use serde::Serialize;

use super::{
    Access, CommandDispatchParams, CommandDispatched, CommandsCatalog, CommandsCatalogParams,
    CompleteSlashParams, ConfigGetAnswer, ConfigGetParams, ConfigSet, ConfigSetParams,
    ConversationActivateParams, ConversationActiveList, ConversationActiveListParams,
    ConversationBranchParams, ConversationBranched, ConversationCloseParams, ConversationClosed,
    ConversationCompressParams, ConversationCompressed, ConversationCreateParams,
    ConversationCreated, ConversationDeleteParams, ConversationDeleted, ConversationHistory,
    ConversationHistoryParams, ConversationInterruptParams, ConversationInterrupted,
    ConversationList, ConversationListParams, ConversationMostRecent, ConversationMostRecentParams,
    ConversationReport, ConversationReportParams, ConversationResumeParams, ConversationResumed,
    ConversationShowVersionParams, ConversationSteerParams, ConversationSteered, ConversationTitle,
    ConversationTitleParams, ConversationUndoParams, ConversationUndone, ConversationUsage,
    ConversationUsageParams, Cost, EndSessionParams, EventsSince, EventsSinceParams, HostSessions,
    HostSessionsParams, HostStatus, HostStatusParams, ImageAttachParams, ImageAttached,
    ImageDetachParams, ImageDetached, ImageUpload, ImageUploadParams, LookParams, Looked,
    ModelOptions, ModelOptionsParams, NoPet, Object, PetCellsParams, PetInfoParams,
    PromptSubmitParams, PromptSubmitted, PromptWithdrawParams, PromptWithdrawn, ReloadParams,
    Reloaded, Role, RuntimeCheck, RuntimeCheckParams, SessionEnded, SetupStatusAnswer,
    SetupStatusParams, SlashCompletions, SlashExecParams, SlashOutput, Spec, YieldParams, Yielded,
};
use crate::rpc::{Request, RpcError, code};

/// The parameters of a method, which tell the method and what it answers.
pub trait Declared: Sized {
    /// What the method answers.
    type Answer: Serialize;
    /// The method.
    const METHOD: Method;
}

macro_rules! methods {
    (
        people {
            $(
                $(#[$doc:meta])*
                $method:ident($params:ident) -> $answer:ident {
                    name: $name:literal,
                    role: $role:ident,
                    object: $object:ident,
                    max_params: $max:expr,
                    cost: $cost:ident $(,)?
                }
            )*
        }
        host {
            $(
                $(#[$host_doc:meta])*
                $host_method:ident($host_params:ident) -> $host_answer:ident {
                    name: $host_name:literal,
                    object: $host_object:ident,
                    max_params: $host_max:expr,
                    cost: $host_cost:ident $(,)?
                }
            )*
        }
    ) => {
        /// A method that there is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $method,)*
            $($(#[$host_doc])* $host_method,)*
        }

        impl Method {
            /// Every method, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$method,)* $(Self::$host_method,)*];

            /// What is declared of it.
            pub const fn spec(self) -> Spec {
                match self {
                    $(Self::$method => Spec {
                        name: $name,
                        access: Access::Person(Role::$role),
                        object: Object::$object,
                        max_params: $max,
                        cost: Cost::$cost,
                    },)*
                    $(Self::$host_method => Spec {
                        name: $host_name,
                        access: Access::Host,
                        object: Object::$host_object,
                        max_params: $host_max,
                        cost: Cost::$host_cost,
                    },)*
                }
            }

            /// The method of this name.
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$method),)*
                    $($host_name => Some(Self::$host_method),)*
                    _ => None,
                }
            }
        }

        /// A request of a person that may be carried out. What is the host's alone is none.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Call {
            $($(#[$doc])* $method($params),)*
        }

        impl Call {
            /// Reads a request of a person with this role.
            ///
            /// # Errors
            ///
            /// There is no such method ([`code::METHOD_NOT_FOUND`]), the role does not suffice
            /// ([`code::NOT_ALLOWED`]), or the parameters are too large
            /// ([`code::PARAMS_TOO_LARGE`]) or not those of the method
            /// ([`code::INVALID_PARAMS`]), looked at in this order.
            pub fn read(request: &Request<'_>, role: Role) -> Result<Self, RpcError> {
                let method = known(request)?;
                let spec = method.spec();
                admit(&spec, role)?;
                fits(&spec, request)?;
                match method {
                    $(Method::$method => request.params.read(spec.name).map(Self::$method),)*
                    $(Method::$host_method => Err(not_allowed(&spec)),)*
                }
            }

            /// Which method is called.
            pub const fn method(&self) -> Method {
                match self { $(Self::$method(_) => Method::$method,)* }
            }
        }

        /// A request at the control socket that may be carried out.
        #[derive(Clone, Debug, PartialEq)]
        pub enum HostCall {
            /// What people may call too, as the owner.
            Person(Call),
            $($(#[$host_doc])* $host_method($host_params),)*
        }

        impl HostCall {
            /// Reads a request of whoever has the host.
            ///
            /// # Errors
            ///
            /// Those of [`Call::read`], except that nothing is refused for want of rights.
            pub fn read(request: &Request<'_>) -> Result<Self, RpcError> {
                let method = known(request)?;
                let spec = method.spec();
                match method {
                    $(Method::$method => Call::read(request, Role::Owner).map(Self::Person),)*
                    $(Method::$host_method => {
                        fits(&spec, request)?;
                        request.params.read(spec.name).map(Self::$host_method)
                    })*
                }
            }

            /// Which method is called.
            pub const fn method(&self) -> Method {
                match self {
                    Self::Person(call) => call.method(),
                    $(Self::$host_method(_) => Method::$host_method,)*
                }
            }
        }

        $(impl Declared for $params {
            type Answer = $answer;
            const METHOD: Method = Method::$method;
        })*

        $(impl Declared for $host_params {
            type Answer = $host_answer;
            const METHOD: Method = Method::$host_method;
        })*

        /// The name of each method that people call, and the TypeScript names of its types.
        #[cfg(test)]
        pub(crate) fn typescript(config: &ts_rs::Config) -> Vec<(&'static str, String, String)> {
            use ts_rs::TS;
            vec![$(($name, $params::name(config), $answer::name(config)),)*]
        }
    };
}

methods! {
    people {
        /// Whether a model can be asked.
        SetupStatus(SetupStatusParams) -> SetupStatusAnswer {
            name: "setup.status",
            role: User,
            object: Nothing,
            max_params: 1024,
            cost: Costly,
        }
        /// A setting that every client may see.
        ConfigGet(ConfigGetParams) -> ConfigGetAnswer {
            name: "config.get",
            role: User,
            object: Settings,
            max_params: 1024,
            cost: Cheap,
        }
        /// A new conversation.
        CreateConversation(ConversationCreateParams) -> ConversationCreated {
            name: "session.create",
            role: User,
            object: OwnConversations,
            max_params: 16 * 1024,
            cost: Cheap,
        }
        /// The caller's conversations.
        ListConversations(ConversationListParams) -> ConversationList {
            name: "session.list",
            role: User,
            object: OwnConversations,
            max_params: 1024,
            cost: Costly,
        }
        /// The conversation in which something happened last.
        MostRecentConversation(ConversationMostRecentParams) -> ConversationMostRecent {
            name: "session.most_recent",
            role: User,
            object: OwnConversations,
            max_params: 1024,
            cost: Costly,
        }
        /// The caller's conversations that are in memory.
        ActiveConversations(ConversationActiveListParams) -> ConversationActiveList {
            name: "session.active_list",
            role: User,
            object: OwnConversations,
            max_params: 1024,
            cost: Cheap,
        }
        /// Goes on with a conversation.
        ResumeConversation(ConversationResumeParams) -> ConversationResumed {
            name: "session.resume",
            role: User,
            object: Conversation,
            max_params: 4 * 1024,
            cost: Costly,
        }
        /// The same, of one in memory.
        ActivateConversation(ConversationActivateParams) -> ConversationResumed {
            name: "session.activate",
            role: User,
            object: Conversation,
            max_params: 4 * 1024,
            cost: Costly,
        }
        /// What was said.
        History(ConversationHistoryParams) -> ConversationHistory {
            name: "session.history",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Costly,
        }
        /// What was used.
        Usage(ConversationUsageParams) -> ConversationUsage {
            name: "session.usage",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// What it is called.
        Title(ConversationTitleParams) -> ConversationTitle {
            name: "session.title",
            role: User,
            object: Conversation,
            max_params: 4 * 1024,
            cost: Cheap,
        }
        /// Wants no more of the turn that runs.
        Interrupt(ConversationInterruptParams) -> ConversationInterrupted {
            name: "session.interrupt",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// Takes the last turn back.
        Undo(ConversationUndoParams) -> ConversationUndone {
            name: "session.undo",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// Sees no more of a conversation, which goes on.
        CloseConversation(ConversationCloseParams) -> ConversationClosed {
            name: "session.close",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// Deletes a conversation.
        DeleteConversation(ConversationDeleteParams) -> ConversationDeleted {
            name: "session.delete",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Costly,
        }
        /// What happened after an event.
        EventsSince(EventsSinceParams) -> EventsSince {
            name: "session.events.since",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Costly,
        }
        /// Asks.
        SubmitPrompt(PromptSubmitParams) -> PromptSubmitted {
            name: "prompt.submit",
            role: User,
            object: Conversation,
            max_params: 3 * 1024 * 1024,
            cost: Cheap,
        }
        /// Takes back a prompt that waits.
        WithdrawPrompt(PromptWithdrawParams) -> PromptWithdrawn {
            name: "prompt.withdraw",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// Says more while a turn runs.
        Steer(ConversationSteerParams) -> ConversationSteered {
            name: "session.steer",
            role: User,
            object: Conversation,
            max_params: 3 * 1024 * 1024,
            cost: Cheap,
        }
        /// Has the model told a summary in place of what was said.
        Compress(ConversationCompressParams) -> ConversationCompressed {
            name: "session.compress",
            role: User,
            object: Conversation,
            max_params: 16 * 1024,
            cost: Costly,
        }
        /// A new conversation that begins with what was said in another.
        Branch(ConversationBranchParams) -> ConversationBranched {
            name: "session.branch",
            role: User,
            object: Conversation,
            max_params: 4 * 1024,
            cost: Costly,
        }
        /// Shows another version of a prompt.
        ShowVersion(ConversationShowVersionParams) -> ConversationHistory {
            name: "session.show_version",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// A picture for the next prompt.
        AttachImage(ImageAttachParams) -> ImageAttached {
            name: "image.attach_bytes",
            role: User,
            object: Conversation,
            max_params: 15 * 1024 * 1024,
            cost: Costly,
        }
        /// A part of a picture, which goes with the prompt that names it.
        UploadImage(ImageUploadParams) -> ImageUpload {
            name: "image.upload",
            role: User,
            object: Conversation,
            max_params: 1024 * 1024,
            cost: Cheap,
        }
        /// The same picture not.
        DetachImage(ImageDetachParams) -> ImageDetached {
            name: "image.detach",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// Whether the model that would answer can be asked just now.
        RuntimeCheck(RuntimeCheckParams) -> RuntimeCheck {
            name: "setup.runtime_check",
            role: User,
            object: Nothing,
            max_params: 1024,
            cost: Costly,
        }
        /// Chooses something, for a conversation or for oneself.
        ConfigSet(ConfigSetParams) -> ConfigSet {
            name: "config.set",
            role: User,
            object: OwnConversations,
            max_params: 4 * 1024,
            cost: Costly,
        }
        /// The models to choose from.
        ModelOptions(ModelOptionsParams) -> ModelOptions {
            name: "model.options",
            role: User,
            object: OwnConversations,
            max_params: 1024,
            cost: Costly,
        }
        /// How a conversation is set, in words.
        Report(ConversationReportParams) -> ConversationReport {
            name: "session.status",
            role: User,
            object: Conversation,
            max_params: 1024,
            cost: Cheap,
        }
        /// The commands behind a slash.
        CommandsCatalog(CommandsCatalogParams) -> CommandsCatalog {
            name: "commands.catalog",
            role: User,
            object: Nothing,
            max_params: 1024,
            cost: Cheap,
        }
        /// Carries out a command, by its name.
        DispatchCommand(CommandDispatchParams) -> CommandDispatched {
            name: "command.dispatch",
            role: User,
            object: Conversation,
            max_params: 16 * 1024,
            cost: Costly,
        }
        /// Carries out a command, as it was typed.
        ExecSlash(SlashExecParams) -> SlashOutput {
            name: "slash.exec",
            role: User,
            object: Conversation,
            max_params: 16 * 1024,
            cost: Costly,
        }
        /// What a command may become that is being typed.
        CompleteSlash(CompleteSlashParams) -> SlashCompletions {
            name: "complete.slash",
            role: User,
            object: Nothing,
            max_params: 16 * 1024,
            cost: Cheap,
        }
        /// That there is no pet.
        PetInfo(PetInfoParams) -> NoPet {
            name: "pet.info",
            role: User,
            object: Nothing,
            max_params: 1024,
            cost: Cheap,
        }
        /// The same.
        PetCells(PetCellsParams) -> NoPet {
            name: "pet.cells",
            role: User,
            object: Nothing,
            max_params: 1024,
            cost: Cheap,
        }
    }
    host {
        /// How the gateway is.
        Status(HostStatusParams) -> HostStatus {
            name: "host.status",
            object: Nothing,
            max_params: 1024,
            cost: Costly,
        }
        /// Reads the settings again.
        Reload(ReloadParams) -> Reloaded {
            name: "host.reload",
            object: Settings,
            max_params: 1024,
            cost: Costly,
        }
        /// Looks who there is: a command has changed it, and it holds from the answer on.
        Look(LookParams) -> Looked {
            name: "host.look",
            object: People,
            max_params: 1024,
            cost: Costly,
        }
        /// Stops, if it is there for this host alone: another gateway wants its place.
        Yield(YieldParams) -> Yielded {
            name: "host.yield",
            object: Settings,
            max_params: 1024,
            cost: Cheap,
        }
        /// Everybody's sessions.
        Sessions(HostSessionsParams) -> HostSessions {
            name: "host.sessions",
            object: Sessions,
            max_params: 1024,
            cost: Costly,
        }
        /// Ends a session, whoever's it is, with its sockets.
        EndSession(EndSessionParams) -> SessionEnded {
            name: "host.session.end",
            object: Sessions,
            max_params: 1024,
            cost: Costly,
        }
    }
}

/// The method that a request names.
fn known(request: &Request<'_>) -> Result<Method, RpcError> {
    Method::find(&request.method).ok_or_else(|| RpcError::unknown_method(&request.method))
}

/// Whether somebody with this role may call a method.
fn admit(spec: &Spec, role: Role) -> Result<(), RpcError> {
    match spec.access {
        Access::Person(needed) if role >= needed => Ok(()),
        Access::Person(_) | Access::Host => Err(not_allowed(spec)),
    }
}

fn not_allowed(spec: &Spec) -> RpcError {
    let whose = match spec.access {
        Access::Person(_) => "the owner of the gateway",
        Access::Host => "the host of the gateway, at its control socket",
    };
    let message = format!("`{}` is for {whose}", spec.name);
    RpcError::new(code::NOT_ALLOWED, message)
}

/// Whether the parameters have the size of the method's, which is looked at before they are read.
fn fits(spec: &Spec, request: &Request<'_>) -> Result<(), RpcError> {
    if request.params.as_json().len() <= spec.max_params {
        return Ok(());
    }
    let message = format!(
        "`{}` takes {} bytes of params at most",
        spec.name, spec.max_params
    );
    Err(RpcError::new(code::PARAMS_TOO_LARGE, message))
}

#[cfg(test)]
mod tests;
