use std::process::Stdio;

use hermes_machine::file;
use hermes_testkit::FakeModels;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::rig::{Ended, Rig};

/// The key that is in the settings and in the pool, and in no output.
pub(crate) const KEY: &str = "sk-canary-0123456789";

/// A home whose settings name a server, which says what a test wrote down.
pub(crate) struct Stage {
    pub(crate) rig: Rig,
    pub(crate) models: FakeModels,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let stage = Self {
            rig: Rig::of("xai-oauth").await,
            models: FakeModels::start().await,
        };
        stage.settings(&format!(
            "[model]\nbase_url = \"{}\"\ndefault = \"demo\"\napi_key = \"{KEY}\"\n",
            stage.models.base_url()
        ));
        stage
    }

    /// Whose settings are these.
    pub(crate) fn settings(&self, text: &str) {
        file::write_private(&self.rig.home.config_toml(), text.as_bytes()).unwrap();
    }

    pub(crate) async fn asked(&self, arguments: &[&str]) -> Ended {
        self.rig.run(arguments).await
    }

    /// The same with `--json`.
    pub(crate) async fn told(&self, arguments: &[&str]) -> (i32, Value) {
        let ended = self.asked(&[arguments, &["--json"]].concat()).await;
        assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
        let told = serde_json::from_str(&ended.stdout).unwrap();
        (ended.status, told)
    }

    /// What the last message of the last request holds.
    pub(crate) fn content(&self) -> Value {
        let request = self.models.requests().pop().unwrap();
        let messages = request.json.unwrap()["messages"].clone();
        messages.as_array().unwrap().last().unwrap()["content"].clone()
    }

    /// The command, with all its streams in the hands of the test.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command: Command = self.rig.hermes(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).spawn().unwrap()
    }
    /// With a key of a provider whose models are the same server's.
    pub(crate) async fn sign_in(&self) {
        let base = self.models.base_url();
        let table = format!("[provider.openrouter.api]\nbase_url = \"{base}\"\n");
        self.rig.home.write_providers_toml(&table);
        let add = ["auth", "add", "openrouter", "--no-check", "--api-key-stdin"];
        let added = self.rig.run_with(&add, KEY).await;
        assert_eq!(added.status, 0, "{}", added.stderr);
    }
}
