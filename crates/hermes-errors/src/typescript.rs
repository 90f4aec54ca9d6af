//! Writes the table for programs in TypeScript, so that a page says of a code what the command line does.

use std::{fmt::Write as _, path::Path};

use crate::{Code, Outcome};

/// Set to `write`, this makes the test below write; unset, it compares.
const SWITCH: &str = "HERMES_CODEGEN";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "`cargo xtask codegen` runs this test to write into the repository"
)]
fn typescript_in_the_repository_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/codes.ts");
    let expected = file();
    if std::env::var_os(SWITCH).is_some_and(|value| value == "write") {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} differs from the table: run `cargo xtask codegen`",
        path.display()
    );
}

fn file() -> String {
    let mut file = String::from(
        "// Written by `cargo xtask codegen` from crates/hermes-errors. Do not edit.\n\n\
         /** What an error means to whoever asked. */\nexport type Outcome =",
    );
    for outcome in [
        Outcome::Failed,
        Outcome::Usage,
        Outcome::Cancelled,
        Outcome::SignInNeeded,
        Outcome::Unreachable,
        Outcome::Interrupted,
    ] {
        write!(file, "\n  | {}", quoted(name(outcome))).unwrap();
    }
    file.push_str(
        ";\n\n/**\n * Every stable error code: what it means, what it stands for in a sentence, and what to type next \
         on a\n * command line. A page may have a better next step, and never another sentence.\n */\n\
         export const codes = {\n",
    );
    for code in Code::ALL {
        let (outcome, summary) = (name(code.outcome()), code.summary());
        let fields = [outcome, summary, code.next_step()].map(quoted);
        let [outcome, summary, next] = fields;
        let key = quoted(code.as_str());
        writeln!(
            file,
            "  {key}: {{ outcome: {outcome}, summary: {summary}, next: {next} }},"
        )
        .unwrap();
    }
    file.push_str(
        "} as const satisfies Record<string, { outcome: Outcome; summary: string; next: string }>;\n\n\
         /** A stable error code. */\nexport type Code = keyof typeof codes;\n",
    );
    file
}

const fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Failed => "failed",
        Outcome::Usage => "usage",
        Outcome::Cancelled => "cancelled",
        Outcome::SignInNeeded => "sign_in_needed",
        Outcome::Unreachable => "unreachable",
        Outcome::Interrupted => "interrupted",
    }
}

/// A literal of both languages: the table has no control characters, as the test of its names says.
fn quoted(text: &str) -> String {
    assert!(!text.chars().any(char::is_control), "{text:?}");
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
