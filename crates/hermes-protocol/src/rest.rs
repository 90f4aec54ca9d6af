//! Bodies of requests and answers over HTTP (facts 1.5 to 1.7).

mod accounts;
mod claim;
mod conversations;
mod device;
mod import;
mod native;
mod passkeys;
mod profiles;
mod push;
mod refusal;
mod sessions;
mod shares;
mod sign_in;
mod status;
mod strangers;
mod token;

pub use accounts::{
    AccountCredential, AccountFlow, AccountKind, AccountPoll, AccountProgress, AccountProvider,
    AccountReset, AccountSignedOut, AccountStart, AccountState, AccountStatus, AccountSubmit,
    AccountSubmitted, AccountsAnswer,
};
pub use claim::{Claim, ClaimAnswer, ClaimLook, ClaimLookAnswer, ClaimPasskey, ClaimStart};
pub use conversations::{
    ArchivedQuery, ConversationChange, ConversationChanged, ConversationDetail, ConversationStats,
    ConversationsAnswer, ConversationsQuery, Done, EmptyCount, Found, MessagesAnswer,
    MessagesQuery, OrderQuery, Pagination, SearchAnswer, SearchQuery, StoredConversation,
    StoredMessage,
};
pub use device::{DeviceCode, DeviceCodeAnswer, DeviceToken};
pub use import::{ConversationImport, ConversationImported, ImportedMessage};
pub use native::{NativeAnswer, NativeRefresh, NativeToken};
pub use passkeys::{
    PasskeyAdd, PasskeyCreation, PasskeyLogin, PasskeyRename, PasskeyRequest, PasskeyRow,
    PasskeysAnswer,
};
pub use profiles::{
    ActiveProfile, ModelInfo, PROFILE, ProfileConversation, ProfileConversations, ProfileRow,
    ProfilesAnswer,
};
pub use push::{PushAnswer, PushKeys, PushSubscribe};
pub use refusal::{Refusal, RefusalBody};
pub use sessions::{SessionKind, SessionRename, SessionRow, SessionsAnswer, SessionsEnded};
pub use shares::{ShareMade, ShareMake, ShareRow, SharesAnswer, SharesRevoked};
pub use sign_in::{
    MeAnswer, OpenLink, PasswordAdd, PasswordChange, PasswordLogin, PasswordLoginAnswer, Provider,
    ProvidersAnswer, TicketAnswer,
};
pub use status::{AuthFlow, Status};
pub use strangers::{StrangerChoice, StrangerRow, StrangersAnswer};
pub use token::{ServerMetadata, TokenRequest};
