//! The methods of the socket: one table, and the types that it names (facts 3.6, checklist RZ1).
//!
//! A method is in the table or it does not exist: [`Call`] has a variant for each, which a dispatcher
//! has to match in full, and a request becomes a `Call` by [`Call::read`] alone, which has looked at
//! the role and the size first. What a method answers is tied to its parameters by [`Declared`].
//!
//! What is the host's alone is no `Call` but a [`HostCall`], which the control socket reads: a WebSocket
//! cannot be made to carry one out, whoever is at its other end.
//!
//! A dispatcher that forgets a method does not compile:
//!
//! ```compile_fail,E0004
//! use hermes_protocol::methods::Call;
//!
//! fn dispatch(call: Call) {
//!     match call {
//!         Call::SetupStatus(_) => {}
//!     }
//! }
//! ```

mod command;
mod config;
mod conversation;
mod host;
mod images;
mod model;
mod onward;
mod pet;
mod prompt;
mod report;
mod setup;
mod spec;
mod table;

pub use command::{
    CommandCategory, CommandDispatchParams, CommandDispatched, CommandsCatalog,
    CommandsCatalogParams, CompleteSlashParams, SlashCompletion, SlashCompletions, SlashExecParams,
    SlashOutput,
};
pub use config::{
    ConfigGetAnswer, ConfigGetParams, ConfigKey, ConfigSet, ConfigSetParams, PublicConfig,
    PublicDisplay, PublicModel, PublicProvider, SettableKey,
};
pub use conversation::{
    ActiveConversation, ConversationActivateParams, ConversationActiveList,
    ConversationActiveListParams, ConversationCloseParams, ConversationClosed,
    ConversationCreateParams, ConversationCreated, ConversationDeleteParams, ConversationDeleted,
    ConversationHistory, ConversationHistoryParams, ConversationInfo, ConversationInterruptParams,
    ConversationInterrupted, ConversationList, ConversationListParams, ConversationMostRecent,
    ConversationMostRecentParams, ConversationResumeParams, ConversationResumed, ConversationRow,
    ConversationStatus, ConversationTitle, ConversationTitleParams, ConversationUndoParams,
    ConversationUndone, ConversationUsage, ConversationUsageParams, EventsSince, EventsSinceParams,
    HistoryMessage, Nothing, Speaker, TurnStatus, TurnTokens,
};
pub use host::{
    EndSessionParams, GatewayMode, HostCertificate, HostSession, HostSessions, HostSessionsParams,
    HostStatus, HostStatusParams, LookParams, Looked, NotReady, ReloadParams, Reloaded,
    SessionEnded, YieldParams, Yielded,
};
pub use images::{
    ImageAttachParams, ImageAttached, ImageDetachParams, ImageDetached, ImageUpload,
    ImageUploadParams, UploadedImage,
};
pub use model::{
    AuthType, ModelChoice, ModelOptions, ModelOptionsParams, ModelPricing, ProviderOption,
    ProviderSource, Scope,
};
pub use onward::{
    Compression, CompressionSummary, ConversationBranchParams, ConversationBranched,
    ConversationCompressParams, ConversationCompressed, ConversationShowVersionParams,
    ConversationSteerParams, ConversationSteered, Steering,
};
pub use pet::{NoPet, PetCellsParams, PetInfoParams};
pub use prompt::{
    BusyMode, Inflight, PromptStatus, PromptSubmitParams, PromptSubmitted, PromptWithdrawParams,
    PromptWithdrawn, QueuedPrompt, WaitingPrompt, WithdrawnStatus,
};
pub use report::{ConversationReport, ConversationReportParams};
pub use setup::{RuntimeCheck, RuntimeCheckParams, SetupStatusAnswer, SetupStatusParams};
pub use spec::{Access, Cost, Object, Role, Spec};
pub use table::{Call, Declared, HostCall, Method};

#[cfg(test)]
pub(crate) use table::typescript;
