//! Whoever follows the guide: types its blocks, agrees, pastes, answers.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use expectrl::{Eof, Expect as _, Regex, session::OsSession};
use hermes_machine::file;
use hermes_testkit::{FakeModels, Scripted};
use serde_json::json;
use url::Url;

use crate::{import, rig::Rig};

const KEY: &str = "sk-canary-0123456789";

/// What is asked while a block runs: an address to open, a code to approve, a key, a yes.
const QUESTIONS: &str = concat!(
    r"(?P<open>http://127\.0\.0\.1:\d+/\S*response_type=code\S*)\r\n",
    r"|enter code: (?P<device>\S+)\r\n",
    r"|(?P<key>Paste your API key: )",
    r"|(?P<copy>Copy\? \[y/a/N\])",
    r"|block ended: (?P<ended>\d+)\r\n",
);

pub(super) struct Person {
    rig: Rig,
    /// What stands for the model server of the examples.
    models: FakeModels,
    bin: PathBuf,
}

impl Person {
    /// Somebody with an empty home.
    pub(super) async fn fresh() -> Self {
        let rig = Rig::of("xai-oauth").await;
        let table = hermes_providers::Table::load(None).unwrap();
        let signs_in = table.iter().filter(|provider| !provider.flows.is_empty());
        let mut overrides: Vec<String> = signs_in
            .map(|provider| rig.provider.table_override(&provider.id))
            .collect();
        // Keys are good at the fake provider, and are asked about there alone.
        let checked = table.iter().filter(|provider| provider.key_check.is_some());
        let base = rig.provider.url("/keys");
        overrides
            .extend(checked.map(|provider| {
                format!("[provider.{}.api]\nbase_url = \"{base}\"\n", provider.id)
            }));
        for path in ["/key", "/models"].repeat(4) {
            rig.provider.next(path, Scripted::Json(json!({})));
        }
        rig.home.write_providers_toml(&overrides.join("\n"));
        let person = Self {
            bin: rig.home.user_home().join("bin"),
            models: FakeModels::start().await,
            rig,
        };
        person.supply();
        person
    }

    /// Somebody with two accounts at xAI, who uses other tools, too.
    pub(super) async fn signed_in() -> Self {
        let person = Self::fresh().await;
        for account in ["work@example.org", "ada@example.org"] {
            let provider = &person.rig.provider;
            provider.configure(|settings| account.clone_into(&mut settings.email));
            person.rig.sign_in("xai-oauth", &["--label", account]).await;
        }
        for tool in ["codex", "claude"] {
            import::sign_in(&person.rig, tool);
        }
        person
    }

    /// The files and programs that blocks speak of.
    fn supply(&self) {
        let home = self.rig.home.user_home();
        std::fs::create_dir(&self.bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hermes"), self.bin.join("hermes")).unwrap();
        file::write_private(&home.join("key.txt"), KEY.as_bytes()).unwrap();
        import::fake_program(&self.rig, "pass", &format!("echo {KEY}"));
        import::fake_program(&self.rig, "ask-the-person", ASK_THE_PERSON);
    }

    /// Types a block, answers what is asked, and gives exit status and all that was seen.
    pub(super) fn types(&self, block: &str) -> (i32, String) {
        let script = self.rig.home.user_home().join("block.sh");
        file::write_private(&script, self.filled_in(block).as_bytes()).unwrap();
        let mut session = OsSession::spawn(self.shell(&script)).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        let mut said = String::new();
        loop {
            let found = session.expect(Regex(QUESTIONS)).unwrap();
            said.push_str(&String::from_utf8_lossy(found.before()));
            let asked = String::from_utf8_lossy(found.get(0).unwrap()).into_owned();
            drop(found);
            let asked = asked.trim_end();
            if let Some(status) = asked.strip_prefix("block ended: ") {
                session.expect(Eof).unwrap();
                return (status.parse().unwrap(), said.replace('\r', ""));
            }
            said.push_str(asked);
            said.push('\n');
            self.answer(&mut session, asked);
        }
    }

    fn answer(&self, session: &mut OsSession, asked: &str) {
        if let Some(code) = asked.strip_prefix("enter code: ") {
            self.rig.provider.approve_device(code);
        } else if asked.starts_with("Paste your API key") {
            session.send_line(KEY).unwrap();
        } else if asked.starts_with("Copy?") {
            session.send_line("y").unwrap();
        } else {
            // What the browser ends on is pasted: that works with a listener and without one.
            let url = Url::parse(asked).unwrap();
            let redirected = self.rig.provider.authorize(&url);
            let shows_code = url.path().starts_with("/anthropic/");
            let answer = match shows_code {
                true => self.rig.provider.shown_code(&redirected),
                false => redirected.to_string(),
            };
            session.send_line(&answer).unwrap();
        }
    }

    /// The block with this machine's addresses in place of the examples.
    fn filled_in(&self, block: &str) -> String {
        let secrets = self.rig.home.user_home();
        block
            .replace("https://id.example.org", &self.rig.provider.issuer())
            .replace("http://127.0.0.1:11434/v1", &self.models.base_url())
            .replace(
                "/run/secrets/openrouter",
                &format!("{}/key.txt", secrets.display()),
            )
    }

    /// A shell that stops at the first command that fails and says how the block ended.
    fn shell(&self, script: &Path) -> Command {
        let said = format!("/bin/sh -eu {}; echo \"block ended: $?\"", script.display());
        let home = &self.rig.home;
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &said])
            .current_dir(home.user_home())
            .env_clear()
            .env("HOME", home.user_home())
            .env("HERMES_HOME", home.home().path())
            .env("PATH", format!("{}:/usr/bin:/bin", self.bin.display()))
            .env("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.7 22")
            .env("USER", "ada")
            .env("KEY", KEY)
            .env("NO_COLOR", "1")
            .env("TERM", "dumb");
        shell
    }
}

/// Stands for a program of the reader's own: reads events, asks its user, prints the answer.
const ASK_THE_PERSON: &str = r#"
while read -r event; do
  case $event in
    *'"authorize_url"'*)
      printf '%s\n' "$event" | sed 's/.*"url":"\([^"]*\)".*/\1/' > /dev/tty
      read -r address < /dev/tty
      printf '%s\n' "$address" ;;
  esac
done"#;
