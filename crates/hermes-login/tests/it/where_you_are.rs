//! The table of the guide's page `where-you-are`: each row is a place made of variables, files and
//! processes, in which a sign-in begins. What the row says is what happens.

use std::collections::BTreeMap;

use hermes_login::{BrowserOutcome, Offer, Place, Probe, TmuxVariable, ladder};
use hermes_machine::Environment;
use hermes_providers::Flow;

use crate::rig::{Rig, Told, free_port};

const PAGE: &str = include_str!("../../../../docs/src/guides/where-you-are.md");

const SSH: (&str, &str) = ("SSH_CONNECTION", "198.51.100.9 50122 203.0.113.7 22");
/// As it is behind a jump box: both ends have addresses of the network behind it.
const JUMPED: (&str, &str) = ("SSH_CONNECTION", "10.0.0.1 50122 10.0.0.7 22");

/// A machine made of tables.
#[derive(Default)]
struct Machine {
    files: BTreeMap<String, String>,
    attached: Option<&'static str>,
}

impl Machine {
    fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Processes above this one, the nearest first.
    fn under(mut self, names: &[&str]) -> Self {
        for (index, name) in ["hermes"].iter().chain(names).enumerate() {
            let path = match index {
                0 => "/proc/self/stat".to_owned(),
                _ => format!("/proc/{}/stat", 99 + index),
            };
            let parent = if index == names.len() { 0 } else { 100 + index };
            self = self.with(&path, &format!("1 ({name}) S {parent} 1 1 0"));
        }
        self
    }
}

impl Probe for Machine {
    fn read(&self, path: &str) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    fn tmux_variable(&self, _name: &str) -> TmuxVariable {
        match self.attached {
            Some(value) => TmuxVariable::Value(value.to_owned()),
            None => TmuxVariable::Unknown,
        }
    }

    fn host_name(&self) -> Option<String> {
        Some("build7".to_owned())
    }

    fn user_id(&self) -> u32 {
        1000
    }

    fn system(&self) -> &'static str {
        "linux"
    }
}

/// The place of a row.
fn simulated(row: &str) -> Place {
    let machine = Machine::default;
    let container = || machine().with("/.dockerenv", "");
    let (variables, machine): (&[(&str, &str)], Machine) = match row {
        "laptop" => (&[("DISPLAY", ":0")], machine()),
        "ssh" | "phone alone" => (&[SSH, ("SSH_TTY", "/dev/pts/1")], machine()),
        "ssh through a jump box" => (&[JUMPED], machine()),
        "tmux over ssh" => {
            let attached = Some(SSH.1);
            let machine = Machine {
                attached,
                ..machine()
            };
            (&[("TMUX", "/tmp/t,1,0"), ("DISPLAY", ":0")], machine)
        }
        "mosh" => (&[], machine().under(&["bash", "mosh-server", "systemd"])),
        "sudo over ssh" => {
            let above = ["sudo", "bash", "sshd-session", "sshd", "systemd"];
            let variables = &[("SUDO_USER", "ada"), ("USER", "hermes")];
            (variables, machine().under(&above))
        }
        "container" => (&[], container()),
        "Kubernetes pod" => (&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")], machine()),
        "WSL" => {
            let interop = "/proc/sys/fs/binfmt_misc/WSLInterop";
            let variables = &[("WSL_DISTRO_NAME", "Debian")];
            (variables, machine().with(interop, "enabled\n"))
        }
        "Codespaces" => {
            let variables = &[("CODESPACES", "true"), ("BROWSER", "/vscode/browser.sh")];
            (variables, container())
        }
        "Cloud Shell" => (&[("CLOUD_SHELL", "true"), SSH], container()),
        "Gitpod" => (&[("GITPOD_WORKSPACE_ID", "a-b-c")], container()),
        "CI" => (&[("CI", "true"), ("GITHUB_ACTIONS", "true")], machine()),
        "no terminal" => (&[("INVOCATION_ID", "0123")], machine().under(&["systemd"])),
        other => unreachable!("the test knows no place `{other}`"),
    };
    let environment = Environment::default().with("USER", "ada");
    let environment = variables
        .iter()
        .fold(environment, |all, (name, value)| all.with(name, *value));
    Place::detect(&environment, &machine)
}

/// The rows of the page's one table, cell by cell.
fn rows() -> Vec<[&'static str; 6]> {
    let lines = PAGE.lines().filter_map(|line| line.strip_prefix("| "));
    lines
        .skip(1)
        .map(|line| {
            let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
            cells.try_into().unwrap()
        })
        .collect()
}

/// The flow that the row's command asks for. An option that the test does not know fails it.
fn wanted(command: &str) -> Option<Flow> {
    let (_, line) = command
        .trim_matches('`')
        .split_once("hermes auth ")
        .unwrap();
    let mut words = line.split(' ');
    let (verb, provider) = (words.next().unwrap(), words.next().unwrap());
    if verb == "token" {
        assert_eq!((provider, words.next()), ("xai", None), "{command}");
        return None;
    }
    assert_eq!((verb, provider), ("add", "xai-oauth"), "{command}");
    let mut flow = None;
    while let Some(word) = words.next() {
        match (word, words.clone().next()) {
            ("--flow", Some("device")) => {
                words.next();
                flow = Some(Flow::Device);
            }
            ("--qr" | "--json", _) => {}
            _ => unreachable!("{command}"),
        }
    }
    flow
}

/// What a person sees of a sign-in before they do anything.
async fn begun(row: &str, flow: Option<Flow>) -> (Flow, bool, Option<String>) {
    let mut rig = Rig::new("xai-oauth").await.at_port(free_port());
    rig.place = simulated(row);
    rig.request.flow = flow;
    let seen = async {
        let opened = |told: &Told| match told {
            Told::Browser(outcome) => Some(matches!(outcome, BrowserOutcome::Opened)),
            _ => None,
        };
        rig.actor.until(opened).await
    };
    let opened = tokio::select! {
        opened = seen => opened,
        ended = rig.signs_in() => unreachable!("{row}: {:?}", ended.map(|_| ())),
    };
    assert_eq!(rig.opener.opened().len(), usize::from(opened), "{row}");
    let hint = rig.actor.told().into_iter().find_map(|told| match told {
        Told::Hint(text) => Some(text),
        _ => None,
    });
    (rig.actor.rungs()[0], opened, hint)
}

#[tokio::test]
async fn each_row_of_the_guide_is_what_happens() {
    let rows = rows();
    assert_eq!(rows.len(), 15);
    for [row, found, flows, browser, tunnel, command] in rows {
        let (place, wanted) = (simulated(row), wanted(command));
        assert_eq!(place.describe(), found, "{row}: {:?}", place.evidence);
        let offered = [Flow::Loopback, Flow::Paste, Flow::Device];
        let offer = Offer {
            name: "Acme",
            flows: &offered,
        };
        let order: Vec<_> = ladder(&place, offer, wanted, false).unwrap();
        let order: Vec<_> = order.iter().map(|rung| rung.flow.as_str()).collect();
        assert_eq!(order.join(", "), flows, "{row}");

        let (first, opened, hint) = begun(row, wanted).await;
        assert_eq!(Some(&first.as_str()), order.first(), "{row}");
        assert_eq!(if opened { "yes" } else { "no" }, browser, "{row}");
        let printed = match &hint {
            None => "no",
            Some(hint) if hint.contains("You are in ") => "with a note",
            Some(_) => "yes",
        };
        assert_eq!(printed, tunnel, "{row}: {hint:?}");
        if let Some(hint) = hint {
            assert!(hint.contains("  ssh -N -L "), "{row}: {hint}");
            assert!(hint.contains(" -J JUMP ada@"), "{row}: {hint}");
        }
    }
}

#[tokio::test]
async fn the_tunnel_of_a_row_leads_to_who_logged_in_and_where() {
    for (row, end) in [
        ("ssh", "ada@203.0.113.7"),
        ("ssh through a jump box", "ada@10.0.0.7"),
        ("sudo over ssh", "ada@build7"),
        ("mosh", "ada@build7"),
    ] {
        let (_, _, hint) = begun(row, None).await;
        let hint = hint.unwrap();
        let line = hint.lines().find(|line| line.starts_with("  ssh -N -L "));
        assert!(line.unwrap().ends_with(end), "{row}: {hint}");
    }
}
