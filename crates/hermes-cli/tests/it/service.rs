//! `hermes service`, with a `systemctl` that writes down what it is told.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use hermes_machine::file;
use hermes_testkit::TestHome;
use serde_json::{Value, json};

use crate::rig::{Ended, finish, hermes};

/// A home, and a folder of programs with a `systemctl` of this version in it.
struct Machine {
    home: TestHome,
}

impl Machine {
    fn of(version: &str) -> Self {
        let machine = Self {
            home: TestHome::new(),
        };
        let (programs, log) = (machine.at("programs"), machine.at("systemctl.log"));
        std::fs::create_dir_all(&programs).unwrap();
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{}'\ncase \"$*\" in\n\
             *=Version*) echo '{version}' ;;\n\
             *=ActiveState*) printf 'ActiveState=active\\nSubState=running\\nMainPID=7\\nUnitFileState=enabled\\n' ;;\n\
             *failing*) exit 1 ;;\nesac\n",
            log.display()
        );
        executable(&programs.join("systemctl"), &script);
        machine
    }

    /// A place beside the home.
    fn at(&self, name: &str) -> PathBuf {
        self.home.home().path().parent().unwrap().join(name)
    }

    fn unit(&self) -> PathBuf {
        self.at(".config/systemd/user/hermes.service")
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = hermes(self.home.home().path(), arguments);
        let programs = self.at("programs");
        let path = format!("{}:/usr/bin:/bin", programs.display());
        finish(command.env("PATH", path).stdin(Stdio::null())).await
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(arguments).await;
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// What systemd was told since the last time, questions left out.
    fn told(&self) -> Vec<String> {
        let log = self.at("systemctl.log");
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let _ = std::fs::remove_file(log);
        let lines = text.lines().filter(|line| !line.contains("show"));
        lines.map(str::to_owned).collect()
    }
}

fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    file::write_private(path, text.as_bytes()).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_service_is_installed_seen_and_removed_and_twice_is_harmless() {
    let machine = Machine::of("255.4");
    let start = [
        "--user daemon-reload".to_owned(),
        "--user enable --now hermes.service".to_owned(),
    ];
    for again in [false, true] {
        let installed = machine.run(&["service", "install", "--user"]).await;
        assert_eq!(installed.status, 0, "{}", installed.stderr);
        assert!(
            installed.stderr.contains("enable-linger"),
            "{}",
            installed.stderr
        );
        let mut expected = start.to_vec();
        expected.extend(again.then(|| "--user restart hermes.service".to_owned()));
        assert_eq!(machine.told(), expected);
    }
    let text = std::fs::read_to_string(machine.unit()).unwrap();
    let home = machine.home.home().path().display().to_string();
    assert!(text.contains(&format!("\"HERMES_HOME={home}\"")), "{text}");
    assert!(text.contains("\nType=notify-reload\n"), "{text}");

    let status = machine
        .json(&["service", "status", "--user", "--json"])
        .await;
    assert_eq!(
        status,
        json!({
            "scope": "user", "path": machine.unit(), "installed": true, "ours": true,
            "active": "active", "enabled": "enabled", "pid": 7, "systemd": 255,
        })
    );
    let shown = machine.run(&["service", "status", "--user"]).await;
    assert!(
        shown.stdout.contains("active (running), enabled"),
        "{}",
        shown.stdout
    );

    let removed = machine
        .json(&["service", "uninstall", "--user", "--json"])
        .await;
    assert_eq!(removed["event"], "service_uninstalled");
    assert_eq!(
        machine.told(),
        [
            "--user disable --now hermes.service",
            "--user daemon-reload"
        ]
    );
    assert!(!machine.unit().exists());
    let again = machine.run(&["service", "uninstall", "--user"]).await;
    assert_eq!(
        (again.status, machine.told().len()),
        (0, 0),
        "{}",
        again.stderr
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_needs_no_systemd() {
    let machine = Machine::of("255.4");
    let planned = machine
        .json(&["service", "install", "--user", "--dry-run", "--json"])
        .await;
    assert!(
        planned["unit"].as_str().unwrap().contains("ExecStart="),
        "{planned}"
    );
    assert_eq!(planned["commands"][0], "systemctl --user daemon-reload");
    std::fs::remove_file(machine.at("programs/systemctl")).unwrap();
    executable(&machine.at("programs/systemctl"), "#!/bin/sh\nexit 1\n");
    let planned = machine
        .run(&["service", "install", "--user", "--dry-run"])
        .await;
    assert_eq!(planned.status, 0, "{}", planned.stderr);
    // Nobody knows which systemd it will be, so it is what all of them take.
    assert!(
        planned.stdout.contains("\nType=notify\n"),
        "{}",
        planned.stdout
    );
    assert!(!machine.unit().exists() && machine.told().is_empty());
    let refused = machine.run(&["service", "install", "--user"]).await;
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("service.no_systemd"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("next: hermes serve"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn a_unit_of_somebody_else_or_of_another_home_is_left_alone() {
    let machine = Machine::of("255.4");
    std::fs::create_dir_all(machine.unit().parent().unwrap()).unwrap();
    let theirs = "[Service]\nExecStart=/usr/bin/true\n";
    file::write_private(&machine.unit(), theirs.as_bytes()).unwrap();
    for verb in ["install", "uninstall"] {
        let refused = machine.run(&["service", verb, "--user"]).await;
        assert_eq!(refused.status, 1, "{verb}");
        assert!(
            refused.stderr.contains("service.not_ours"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    }
    assert_eq!(std::fs::read_to_string(machine.unit()).unwrap(), theirs);
    assert!(machine.told().is_empty());
    let forced = machine
        .run(&["service", "install", "--user", "--force"])
        .await;
    assert_eq!(forced.status, 0, "{}", forced.stderr);

    let mut other = hermes(&machine.at("other"), &["service", "install", "--user"]);
    let path = format!("{}:/usr/bin:/bin", machine.at("programs").display());
    let refused = finish(other.env("PATH", path)).await;
    assert!(
        refused.stderr.contains("another home"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn settings_that_would_not_start_are_not_installed() {
    let machine = Machine::of("255.4");
    file::create_private_dir(machine.home.home().path()).unwrap();
    let path = machine.home.home().config_toml();
    file::write_private(&path, b"[gateway]\nprot = 9119\n").unwrap();
    let refused = machine.run(&["service", "install", "--user"]).await;
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains("config.invalid"),
        "{}",
        refused.stderr
    );
    assert!(!machine.unit().exists() && machine.told().is_empty());
}

#[tokio::test]
async fn what_systemd_refuses_is_named_by_its_command() {
    let machine = Machine::of("255.4");
    let failed = machine
        .run(&["--profile", "failing", "service", "install", "--user"])
        .await;
    assert_eq!(failed.status, 1);
    let next = "next: systemctl --user enable --now hermes-failing.service";
    assert!(failed.stderr.contains(next), "{}", failed.stderr);
}

/// The units for the system and for a person, of this systemd and of a newer one.
#[tokio::test]
async fn systemd_takes_the_units() {
    let machine = Machine::of("252.38-1~deb12u1");
    let folder = machine.at("units");
    std::fs::create_dir_all(&folder).unwrap();
    for (scope, home) in [
        ("--system", machine.home.home().path().to_owned()),
        ("--user", machine.home.home().path().to_owned()),
        ("--system", machine.at("a \"b\" 100%h")),
    ] {
        let arguments = ["service", "install", "--dry-run", "--json", scope];
        let mut command = hermes(&home, &arguments);
        let path = format!("{}:/usr/bin:/bin", machine.at("programs").display());
        let planned = finish(command.env("PATH", path)).await;
        let planned: Value = serde_json::from_str(&planned.stdout).unwrap();
        let unit = folder.join("hermes.service");
        file::write_private(&unit, planned["unit"].as_str().unwrap().as_bytes()).unwrap();
        let mut verify = tokio::process::Command::new("systemd-analyze");
        verify.env("XDG_RUNTIME_DIR", &folder);
        let verified = finish(verify.args(["verify", scope]).arg(&unit)).await;
        assert_eq!(
            (verified.status, verified.stdout + &verified.stderr),
            (0, String::new()),
            "{planned}"
        );
    }
}
