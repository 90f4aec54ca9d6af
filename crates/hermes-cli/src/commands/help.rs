use std::fmt::Write as _;

use clap::CommandFactory as _;
use hermes_errors::{Code, Failure};

use super::Done;
use crate::{args::Cli, output::Output};

const EXIT_CODES: &str = "\
Exit statuses of hermes

    0  done
    1  failed: asking again in the same way will not help
    2  usage: the command line or an answer was wrong
    3  cancelled, or nobody answered in time
    4  a sign-in is needed, and will help
    5  the other side could not be reached or was busy: try later
  130  stopped by Ctrl-C

Every failure has a code besides, such as `auth.denied`: `hermes guide errors`.
";

const ENVIRONMENT: &str = "\
Variables that hermes reads

  HERMES_HOME       where credentials are kept; ~/.hermes by default
  HERMES_CA_BUNDLE  a PEM file of further certificate authorities to trust
                    (REQUESTS_CA_BUNDLE is read too; SSL_CERT_FILE replaces the machine's own)
  HERMES_ACCOUNT    the account to use where a provider has several: number, id or label
  HERMES_ACCOUNT_<PROVIDER>
                    the same for one provider, such as HERMES_ACCOUNT_XAI_OAUTH
  HERMES_KEYCHAIN   where sign-ins at gateways are kept: auto (the desktop's keychain if this
                    session has one, else a file), on (the keychain or nothing) or off
  HERMES_LOG        how much `hermes serve` logs: off, error, warn, info or debug
  HERMES_DOCS_URL   the web address of the guide in printed hints
  BROWSER           the browser to open
  NO_COLOR          no colour
  HTTPS_PROXY, NO_PROXY
                    the proxy for requests to providers; loopback is always asked directly

Settings of the gateway, such as HERMES_GATEWAY_PORT, are listed by `hermes config show`, and
their names by `hermes guide gateway-config`.

Keys of providers, such as OPENROUTER_API_KEY, and client ids, such as
HERMES_SPOTIFY_CLIENT_ID, are listed by `hermes auth providers --json`. Keys are read from
$HERMES_HOME/.env first, then from the environment. A variable that is empty counts as absent.
";

/// Shows a topic, or the help of a command.
pub(crate) fn run(topic: &[String], output: Output) -> Done {
    let words: Vec<&str> = topic.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["exit-codes"] => output.data(EXIT_CODES)?,
        ["environment"] => output.data(ENVIRONMENT)?,
        path => output.data(&command_help(path)?)?,
    }
    Ok(())
}

fn command_help(path: &[&str]) -> Result<String, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut found = &mut command;
    for word in path {
        found = found.find_subcommand_mut(word).ok_or_else(|| {
            let word = hermes_secret::plain(word, 40);
            Failure::new(
                Code::GuideUnknown,
                format!("there is no command or topic `{word}`"),
            )
            .with_next_step("hermes --help")
        })?;
    }
    let mut text = found.render_long_help().ansi().to_string();
    if path.is_empty() {
        // Writing to a `String` cannot fail.
        let _ = write!(
            text,
            "\nTopics: hermes help exit-codes, hermes help environment\n"
        );
    }
    Ok(text)
}
