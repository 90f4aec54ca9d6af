//! Writes `ui/src/protocol/` from the types: they are the one source of both sides.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ts_rs::{Config, TS};

use crate::methods::{
    ConfigGetAnswer, ConfigGetParams, ConfigKey, PublicConfig, Role, SetupStatusAnswer,
    SetupStatusParams,
};
use crate::rest::{
    AuthFlow, Claim, ClaimAnswer, ClaimLook, ClaimLookAnswer, ClaimPasskey, ClaimStart, DeviceCode,
    DeviceCodeAnswer, DeviceToken, MeAnswer, NativeAnswer, NativeRefresh, NativeToken, OpenLink,
    PasskeyAdd, PasskeyCreation, PasskeyLogin, PasskeyRename, PasskeyRequest, PasskeyRow,
    PasskeysAnswer, PasswordChange, PasswordLogin, PasswordLoginAnswer, Provider, ProvidersAnswer,
    RefusalBody, SessionKind, SessionRename, SessionRow, SessionsAnswer, SessionsEnded, Status,
    StrangerChoice, StrangerRow, StrangersAnswer, TicketAnswer,
};
use crate::rpc::{
    ErrorData, ErrorFrame, EventFrame, GatewayReady, Payload, ResultFrame, RpcError, code,
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
    for (name, expected) in [("types.ts", types()), ("constants.ts", constants())] {
        let path = folder().join(name);
        if write {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "{} differs from the types: run `cargo xtask codegen`",
            path.display()
        );
    }
}

#[test]
fn every_type_that_is_named_is_written() {
    let text = types();
    let written = |name: &str| {
        let name = name.split('<').next().unwrap();
        text.contains(&format!("export type {name} "))
            || text.contains(&format!("export type {name}<"))
    };
    for (method, params, answer) in methods::typescript(&config()) {
        assert!(written(&params) && written(&answer), "{method}");
    }
    for name in named(&config()) {
        assert!(written(&name), "{name}");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/protocol")
}

/// Numbers of the wire are numbers: none of ours is beyond 2^53.
fn config() -> Config {
    Config::new().with_large_int("number")
}

macro_rules! declare {
    ($($type:ty,)*) => {
        /// The documentation and the declaration of each type.
        fn declared(config: &Config) -> Vec<(String, String)> {
            vec![$((<$type>::docs().unwrap_or_default(), <$type>::decl(config)),)*]
        }

        /// The names of what they are made of.
        fn named(config: &Config) -> Vec<String> {
            let parts = [$(<$type>::dependencies(config),)*];
            parts.into_iter().flatten().map(|part| part.ts_name).collect()
        }
    };
}

declare! {
    AuthFlow, Status, Provider, ProvidersAnswer, PasswordLogin, PasswordLoginAnswer, MeAnswer,
    TicketAnswer, OpenLink, PasswordChange, NativeToken, NativeRefresh, NativeAnswer,
    DeviceCode, DeviceCodeAnswer, DeviceToken, SessionKind,
    SessionRow, SessionsAnswer, SessionRename, SessionsEnded,
    StrangersAnswer, StrangerRow, StrangerChoice,
    ClaimLook, ClaimLookAnswer, Claim, ClaimStart, ClaimPasskey, ClaimAnswer,
    PasskeyCreation, PasskeyAdd, PasskeyRequest, PasskeyLogin, PasskeysAnswer, PasskeyRow,
    PasskeyRename,
    RefusalBody<'static>,
    ResultFrame<'static, ()>, ErrorFrame<'static>, RpcError, ErrorData, EventFrame<'static, ()>,
    Role, GatewayReady,
    SetupStatusParams, SetupStatusAnswer,
    ConfigKey, ConfigGetParams, ConfigGetAnswer, PublicConfig,
}

fn types() -> String {
    let config = config();
    let mut text = String::from(HEADER);
    for (docs, declaration) in declared(&config) {
        write!(text, "\n{docs}export {declaration}\n").unwrap();
    }
    text.push_str("\n/** What each method takes and answers. */\nexport interface Methods {\n");
    for (name, params, answer) in methods::typescript(&config) {
        writeln!(
            text,
            "  {name:?}: {{ params: {params}; answer: {answer} }};"
        )
        .unwrap();
    }
    text.push_str("}\n\n/** The payload of each event. */\nexport interface Events {\n");
    let ready = GatewayReady::name(&config);
    writeln!(text, "  {:?}: {ready};\n}}", GatewayReady::TYPE).unwrap();
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
