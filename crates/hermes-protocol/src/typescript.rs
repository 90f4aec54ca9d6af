//! Writes `ui/src/protocol/` from the types: they are the one source of both sides.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ts_rs::{Config, TS};

use crate::bridge::{
    AboutApp, AddressLook, AddressQuestion, AppMeans, AppPreferences, Board, BridgeAnswer,
    BridgeAsk, BridgeCall, BridgeMode, BridgeNote, BridgeRefusal, BridgeTold, BridgeVerb,
    BrowserFate, FileSaved, FileToSave, GatewayAge, GatewayRename, GatewayRow, GatewayTest,
    LineState, LineTrouble, LinkAsked, NearbyGateway, NewerVersion, NoteRead, PasswordGiven,
    PastedAnswer, SecretPlace, SignInDone, SignInShown, SignInStarted, SignInWay, SignedOut,
    TestOutcome, TestStep, TokenGiven, UpdateCheck, WhichGateway,
};
use crate::methods::{
    ActiveConversation, AuthType, BusyMode, CommandCategory, CommandDispatchParams,
    CommandDispatched, CommandsCatalog, CommandsCatalogParams, CompleteSlashParams, Compression,
    CompressionSummary, ConfigGetAnswer, ConfigGetParams, ConfigKey, ConfigSet, ConfigSetParams,
    ConversationActivateParams, ConversationActiveList, ConversationActiveListParams,
    ConversationBranchParams, ConversationBranched, ConversationCloseParams, ConversationClosed,
    ConversationCompressParams, ConversationCompressed, ConversationCreateParams,
    ConversationCreated, ConversationDeleteParams, ConversationDeleted, ConversationHistory,
    ConversationHistoryParams, ConversationInfo, ConversationInterruptParams,
    ConversationInterrupted, ConversationList, ConversationListParams, ConversationMostRecent,
    ConversationMostRecentParams, ConversationReport, ConversationReportParams,
    ConversationResumeParams, ConversationResumed, ConversationRow, ConversationShowVersionParams,
    ConversationStatus, ConversationSteerParams, ConversationSteered, ConversationTitle,
    ConversationTitleParams, ConversationUndoParams, ConversationUndone, ConversationUsage,
    ConversationUsageParams, EventsSince, EventsSinceParams, HistoryMessage, ImageAttachParams,
    ImageAttached, ImageDetachParams, ImageDetached, ImageUpload, ImageUploadParams, Inflight,
    ModelOptions, ModelOptionsParams, ModelPricing, NoPet, Nothing, PetCellsParams, PetInfoParams,
    PromptStatus, PromptSubmitParams, PromptSubmitted, PromptWithdrawParams, PromptWithdrawn,
    ProviderOption, ProviderSource, PublicConfig, PublicDisplay, PublicModel, PublicProvider,
    QueuedPrompt, Role, RuntimeCheck, RuntimeCheckParams, Scope, SettableKey, SetupStatusAnswer,
    SetupStatusParams, SlashCompletion, SlashCompletions, SlashExecParams, SlashOutput, Speaker,
    Steering, TurnStatus, TurnTokens, UploadedImage, WaitingPrompt, WithdrawnStatus,
};
use crate::rest::{
    AccountCredential, AccountFlow, AccountKind, AccountPoll, AccountProgress, AccountProvider,
    AccountReset, AccountSignedOut, AccountStart, AccountState, AccountStatus, AccountSubmit,
    AccountSubmitted, AccountsAnswer,
};
use crate::rest::{
    ActiveProfile, ArchivedQuery, ConversationChange, ConversationChanged, ConversationDetail,
    ConversationStats, ConversationsAnswer, ConversationsQuery, Done, EmptyCount, Found,
    MessagesAnswer, MessagesQuery, ModelInfo, OrderQuery, Pagination, ProfileConversation,
    ProfileConversations, ProfileRow, ProfilesAnswer, SearchAnswer, SearchQuery,
    StoredConversation, StoredMessage,
};
use crate::rest::{
    AuthFlow, Claim, ClaimAnswer, ClaimLook, ClaimLookAnswer, ClaimPasskey, ClaimStart, DeviceCode,
    DeviceCodeAnswer, DeviceToken, MeAnswer, NativeAnswer, NativeRefresh, NativeToken, OpenLink,
    PasskeyAdd, PasskeyCreation, PasskeyLogin, PasskeyRename, PasskeyRequest, PasskeyRow,
    PasskeysAnswer, PasswordAdd, PasswordChange, PasswordLogin, PasswordLoginAnswer, Provider,
    ProvidersAnswer, PushAnswer, PushKeys, PushSubscribe, RefusalBody, SessionKind, SessionRename,
    SessionRow, SessionsAnswer, SessionsEnded, Status, StrangerChoice, StrangerRow,
    StrangersAnswer, TicketAnswer,
};
use crate::rest::{ConversationImport, ConversationImported, ImportedMessage};
use crate::rest::{ShareMade, ShareMake, ShareRow, SharesAnswer, SharesRevoked};
use crate::rpc::{
    ConversationTitled, ConversationsChanged, ErrorData, ErrorFrame, EventFrame, GatewayReady,
    HistoryCut, HistoryShown, MessageComplete, MessageDelta, MessageStart, Payload, PromptsDropped,
    PromptsWaiting, PromptsWithdrawn, ReasoningDelta, ResultFrame, RpcError, StatusKind,
    StatusUpdate, TurnError, code,
};
use crate::{close, limits, methods, routes};

const HEADER: &str =
    "// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.\n";

/// With this set to `write`, the files are written instead of compared.
const SWITCH: &str = "HERMES_CODEGEN";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "`cargo xtask codegen` runs this test to write into the repository"
)]
fn typescript_in_the_repository_is_what_the_types_say() {
    let write = std::env::var_os(SWITCH).is_some_and(|value| value == "write");
    let files = files();
    for (name, expected) in &files {
        let path = folder().join(name);
        if write {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == *expected,
            "{} differs from the types: run `cargo xtask codegen`",
            path.display()
        );
        let lines = expected.lines().count();
        assert!(
            lines <= 400,
            "{name} has {lines} lines: move a subject out of it"
        );
    }
    let found = std::fs::read_dir(folder()).unwrap();
    assert_eq!(found.count(), files.len(), "a file of former times is left");
}

#[test]
fn every_type_that_is_named_is_written() {
    let files = files();
    let texts = files.iter().map(|(_, text)| text.as_str());
    let text: String = texts.collect();
    let written = |name: &str| {
        let name = name.split('<').next().unwrap();
        text.contains(&format!("export type {name} "))
            || text.contains(&format!("export type {name}<"))
    };
    for (method, params, answer) in methods::typescript(&config()) {
        assert!(written(&params) && written(&answer), "{method}");
    }
    for declared in subjects().iter().flat_map(|subject| &subject.types) {
        for name in &declared.needs {
            assert!(written(name), "{name}");
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/protocol")
}

/// Numbers of the wire are numbers: none of ours is beyond 2^53.
fn config() -> Config {
    Config::new().with_large_int("number")
}

/// A type as it is written.
struct Declared {
    name: String,
    /// Its documentation and its declaration.
    text: String,
    /// The names of what it is made of.
    needs: Vec<String>,
}

impl Declared {
    fn of<T: TS + 'static>(config: &Config) -> Self {
        let docs = T::docs().unwrap_or_default();
        let parts = T::dependencies(config);
        Self {
            name: bare(&T::name(config)).to_owned(),
            text: format!("\n{docs}export {}\n", T::decl(config)),
            needs: parts
                .iter()
                .map(|part| bare(&part.ts_name).to_owned())
                .collect(),
        }
    }
}

/// The name of a type without what it is generic over.
fn bare(name: &str) -> &str {
    name.split('<').next().unwrap_or(name)
}

/// The types of one file.
struct Subject {
    file: &'static str,
    types: Vec<Declared>,
}

macro_rules! subjects {
    ($($file:literal: $($type:ty,)*;)*) => {
        fn subjects() -> Vec<Subject> {
            let config = config();
            vec![$(Subject { file: $file, types: vec![$(Declared::of::<$type>(&config),)*] },)*]
        }
    };
}

subjects! {
    "sign-in.ts": AuthFlow, Status, Provider, ProvidersAnswer, PasswordLogin, PasswordLoginAnswer,
        PasskeyRequest, PasskeyLogin, OpenLink, TicketAnswer, RefusalBody<'static>,;
    "bridge.ts": Board, AppPreferences, AppMeans, GatewayRow, BridgeMode, SecretPlace, BridgeNote, NearbyGateway, GatewayTest,
        TestStep, TestOutcome, LineState, LineTrouble, BridgeTold, BridgeCall, BridgeAsk, BridgeVerb,
        BridgeAnswer,;
    "bridge-sign-in.ts": BridgeRefusal, WhichGateway, GatewayRename, AboutApp, UpdateCheck, NewerVersion, AddressQuestion,
        AddressLook, GatewayAge, SignInWay, SignInStarted, PasswordGiven, TokenGiven, PastedAnswer, LinkAsked, NoteRead, FileToSave, FileSaved, SignInDone,
        SignInShown, BrowserFate, SignedOut,;
    "claim.ts": ClaimLook, ClaimLookAnswer, Claim, ClaimStart, ClaimPasskey, ClaimAnswer,;
    "account.ts": MeAnswer, PasswordAdd, PasswordChange, SessionKind, SessionRow, SessionsAnswer, SessionRename,
        SessionsEnded, PasskeyCreation, PasskeyAdd, PasskeysAnswer, PasskeyRow, PasskeyRename,
        StrangersAnswer, StrangerRow, StrangerChoice, PushAnswer, PushSubscribe, PushKeys,;
    "apps.ts": NativeToken, NativeRefresh, NativeAnswer, DeviceCode, DeviceCodeAnswer, DeviceToken,;
    "rpc.ts": ResultFrame<'static, ()>, ErrorFrame<'static>, RpcError, ErrorData,
        EventFrame<'static, ()>, Role, GatewayReady, ConversationsChanged,;
    "config.ts": ConfigKey, ConfigGetParams, ConfigGetAnswer, PublicConfig, PublicModel,
        PublicDisplay, PublicProvider, SettableKey, ConfigSetParams, ConfigSet, Scope,
        SetupStatusParams, SetupStatusAnswer, RuntimeCheckParams, RuntimeCheck,
        ModelOptionsParams, ModelOptions, ProviderOption, ModelPricing, ProviderSource, AuthType,;
    "commands.ts": CommandsCatalogParams, CommandsCatalog, CommandCategory, SlashExecParams,
        SlashOutput, CommandDispatchParams, CommandDispatched, CompleteSlashParams,
        SlashCompletions, SlashCompletion, ConversationReportParams, ConversationReport,
        PetInfoParams, PetCellsParams, NoPet,;
    "conversations.ts": ConversationCreateParams, ConversationCreated, ConversationInfo, Nothing,
        ConversationUsage, ConversationUsageParams, ConversationResumeParams,
        ConversationActivateParams, ConversationResumed, Inflight, QueuedPrompt, WaitingPrompt,
        ConversationTitleParams, ConversationTitle, ConversationCloseParams,
        ConversationClosed, ConversationDeleteParams, ConversationDeleted,;
    "lists.ts": ConversationListParams, ConversationList, ConversationRow,
        ConversationMostRecentParams, ConversationMostRecent, ConversationActiveListParams,
        ConversationActiveList, ActiveConversation, ConversationStatus,;
    "turns.ts": PromptSubmitParams, BusyMode, PromptSubmitted, PromptStatus,
        PromptWithdrawParams, PromptWithdrawn, WithdrawnStatus,
        ConversationHistoryParams, ConversationHistory, HistoryMessage, Speaker, TurnStatus, TurnTokens,
        ConversationInterruptParams, ConversationInterrupted, ConversationUndoParams,
        ConversationUndone, EventsSinceParams, EventsSince,;
    "onward.ts": ConversationSteerParams, ConversationSteered, Steering,
        ConversationCompressParams, ConversationCompressed, Compression, CompressionSummary,
        ConversationBranchParams, ConversationBranched, ConversationShowVersionParams, ImageAttachParams, ImageAttached,
        ImageDetachParams, ImageDetached, ImageUploadParams, ImageUpload, UploadedImage,;
    "accounts.ts": AccountsAnswer, AccountProvider, AccountFlow, AccountStatus, AccountCredential,
        AccountKind, AccountState, AccountStart, AccountSubmit, AccountSubmitted, AccountProgress,
        AccountPoll, AccountSignedOut, AccountReset,;
    "stored.ts": ConversationsQuery, ArchivedQuery, OrderQuery, ConversationsAnswer,
        StoredConversation, ConversationDetail, ConversationStats, EmptyCount,
        ConversationChange, ConversationChanged, Done,;
    "messages.ts": MessagesQuery, MessagesAnswer, Pagination, StoredMessage, SearchQuery,
        SearchAnswer, Found,;
    "import.ts": ConversationImport, ImportedMessage, ConversationImported,;
    "shares.ts": ShareMake, ShareMade, SharesAnswer, ShareRow, SharesRevoked,;
    "profiles.ts": ProfilesAnswer, ProfileRow, ActiveProfile, ProfileConversations,
        ProfileConversation, ModelInfo,;
    "events.ts": MessageStart, ReasoningDelta, MessageDelta, StatusUpdate, StatusKind,
        MessageComplete, TurnError, ConversationTitled, HistoryCut, HistoryShown,
        PromptsWithdrawn, PromptsDropped, PromptsWaiting,;
}

/// Every file with its text.
fn files() -> Vec<(&'static str, String)> {
    let subjects = subjects();
    let mut files: Vec<_> = subjects
        .iter()
        .map(|subject| (subject.file, text(subject, &subjects)))
        .collect();
    files.push(("methods.ts", methods(&subjects)));
    files.push(("constants.ts", constants()));
    files
}

/// The types of one file, after what they need of the others.
fn text(subject: &Subject, all: &[Subject]) -> String {
    let mut text = String::from(HEADER);
    let others = all.iter().filter(|other| other.file != subject.file);
    text.push_str(&imports(others, |name| {
        let mut types = subject.types.iter();
        types.any(|declared| declared.needs.iter().any(|need| need == name))
    }));
    for declared in &subject.types {
        text.push_str(&declared.text);
    }
    text
}

/// The lines that bring the types of these names from their files.
fn imports<'a>(
    from: impl Iterator<Item = &'a Subject>,
    is_needed: impl Fn(&str) -> bool,
) -> String {
    let mut imports = String::new();
    for subject in from {
        let names = subject.types.iter().map(|declared| declared.name.as_str());
        let names: Vec<_> = names.filter(|name| is_needed(name)).collect();
        if names.is_empty() {
            continue;
        }
        if imports.is_empty() {
            imports.push('\n');
        }
        let module = subject.file.trim_end_matches(".ts");
        let names = names.join(", ");
        writeln!(imports, "import type {{ {names} }} from \"./{module}\";").unwrap();
    }
    imports
}

/// What the methods take and answer, and what the events tell.
fn methods(all: &[Subject]) -> String {
    let config = config();
    let methods = methods::typescript(&config);
    let mut events = crate::rpc::typescript(&config);
    events.insert(0, (GatewayReady::TYPE, GatewayReady::name(&config)));
    events.push((
        ConversationsChanged::TYPE,
        ConversationsChanged::name(&config),
    ));
    let mut text = String::from(HEADER);
    text.push_str(&imports(all.iter(), |name| {
        let in_methods = methods
            .iter()
            .any(|(_, params, answer)| params == name || answer == name);
        in_methods || events.iter().any(|(_, payload)| payload == name)
    }));
    text.push_str("\n/** What each method takes and answers. */\nexport interface Methods {\n");
    for (name, params, answer) in &methods {
        writeln!(
            text,
            "  {name:?}: {{ params: {params}; answer: {answer} }};"
        )
        .unwrap();
    }
    text.push_str("}\n\n/** The payload of each event. */\nexport interface Events {\n");
    for (event, payload) in &events {
        writeln!(text, "  {event:?}: {payload};").unwrap();
    }
    text.push_str("}\n");
    text
}

fn constants() -> String {
    let mut text = String::from(HEADER);
    text.push_str("\n/** Why a socket ends. The code alone says what to do then. */\n");
    text.push_str("export const CLOSES = {\n");
    for close in close::Close::ALL {
        let (code, reason, then) = (close.code(), close.reason(), close.then());
        writeln!(
            text,
            "  {close:?}: {{ code: {code}, reason: {reason:?}, then: \"{then:?}\" }},"
        )
        .unwrap();
    }
    text.push_str("} as const;\n");
    section(
        &mut text,
        "The numbers of errors in answers.",
        "ERRORS",
        |text| {
            for (name, number) in code::ALL {
                writeln!(text, "  {name}: {number},").unwrap();
            }
        },
    );
    section(
        &mut text,
        "The routes, without a prefix.",
        "ROUTES",
        |text| {
            for (name, route) in routes::ALL {
                let (verb, path) = (route.verb.as_str(), route.path);
                writeln!(text, "  {name}: {{ verb: {verb:?}, path: {path:?} }},").unwrap();
            }
        },
    );
    section(&mut text, "Names in queries.", "QUERY", |text| {
        for (name, value) in [
            ("TICKET", routes::query::TICKET),
            ("TOKEN", routes::query::TOKEN),
            ("NEXT", routes::query::NEXT),
            ("PROVIDER", routes::query::PROVIDER),
            ("USER_CODE", routes::query::USER_CODE),
        ] {
            writeln!(text, "  {name}: {value:?},").unwrap();
        }
    });
    section(
        &mut text,
        "What the gateway takes at most.",
        "LIMITS",
        |text| {
            for (name, value) in [
                ("FRAME_BYTES", limits::FRAME_BYTES),
                ("JSON_DEPTH", limits::JSON_DEPTH),
                ("ID_BYTES", limits::ID_BYTES),
                ("IMPORT_BYTES", limits::IMPORT_BYTES),
                ("IMPORT_MESSAGES", limits::IMPORT_MESSAGES),
            ] {
                writeln!(text, "  {name}: {value},").unwrap();
            }
        },
    );
    text
}

fn section(text: &mut String, doc: &str, name: &str, fill: impl FnOnce(&mut String)) {
    writeln!(text, "\n/** {doc} */\nexport const {name} = {{").unwrap();
    fill(text);
    text.push_str("} as const;\n");
}
