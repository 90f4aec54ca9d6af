use std::{collections::BTreeMap, net::IpAddr};

use super::*;

/// A machine made of tables.
#[derive(Default)]
struct Machine {
    files: BTreeMap<String, String>,
    tmux: Option<TmuxVariable>,
    system: Option<&'static str>,
    host: Option<&'static str>,
}

impl Machine {
    fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    fn tmux(self, answer: TmuxVariable) -> Self {
        Self {
            tmux: Some(answer),
            ..self
        }
    }

    /// Processes above this one, the nearest first.
    fn under(mut self, names: &[&str]) -> Self {
        let mut path = "/proc/self/stat".to_owned();
        let mut name = "hermes";
        for (index, above) in names.iter().enumerate() {
            let parent = 100 + index;
            self.files
                .insert(path, format!("1 ({name}) S {parent} 1 1 0"));
            path = format!("/proc/{parent}/stat");
            name = above;
        }
        self.files.insert(path, format!("1 ({name}) S 0 1 1 0"));
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
        self.tmux.clone().unwrap_or(TmuxVariable::Unknown)
    }

    fn host_name(&self) -> Option<String> {
        Some(self.host.unwrap_or("build7").to_owned())
    }

    fn user_id(&self) -> u32 {
        1000
    }

    fn system(&self) -> &'static str {
        self.system.unwrap_or("linux")
    }
}

fn machine() -> Machine {
    Machine::default().with(
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n",
    )
}

const SSH: (&str, &str) = ("SSH_CONNECTION", "198.51.100.9 50122 203.0.113.7 22");

type Variables<'a> = &'a [(&'a str, &'a str)];

fn place(variables: Variables<'_>, machine: &Machine) -> Place {
    let environment = variables
        .iter()
        .fold(Environment::default(), |environment, (name, value)| {
            environment.with(name, *value)
        });
    Place::detect(&environment, machine)
}

#[test]
fn every_kind_of_place_is_recognised() {
    use Inside::{Container, Kubernetes, Mosh, Screen, Sudo, Tmux, Wsl};
    use PlaceKind as Kind;
    type Row<'a> = (
        &'a str,
        &'a [(&'a str, &'a str)],
        Machine,
        PlaceKind,
        &'a [Inside],
    );
    let passed = || TmuxVariable::Value("198.51.100.9 1 203.0.113.7 22".to_owned());
    let rows: Vec<Row<'_>> = vec![
        ("bare", &[], machine(), Kind::Headless, &[]),
        ("x11", &[("DISPLAY", ":0")], machine(), Kind::Desktop, &[]),
        (
            "wayland",
            &[("WAYLAND_DISPLAY", "wayland-0")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "empty display",
            &[("DISPLAY", "")],
            machine(),
            Kind::Headless,
            &[],
        ),
        (
            "a browser and no display",
            &[("BROWSER", "firefox")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "another system",
            &[],
            Machine {
                system: Some("macos"),
                ..machine()
            },
            Kind::Desktop,
            &[],
        ),
        ("ssh connection", &[SSH], machine(), Kind::Ssh, &[]),
        (
            "ssh client",
            &[("SSH_CLIENT", "198.51.100.9 50122 22")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "ssh tty",
            &[("SSH_TTY", "/dev/pts/1")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "empty ssh",
            &[("SSH_CLIENT", ""), ("SSH_TTY", ""), ("DISPLAY", ":0")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "garbled ssh",
            &[("SSH_CONNECTION", "not what sshd writes")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "ssh with forwarded x11",
            &[SSH, ("DISPLAY", "localhost:10.0")],
            machine(),
            Kind::Ssh,
            &[],
        ),
        (
            "tmux over ssh",
            &[("TMUX", "/tmp/t,1,0"), SSH],
            machine().tmux(passed()),
            Kind::Ssh,
            &[Tmux],
        ),
        (
            "tmux that does not answer",
            &[("TMUX", "/tmp/t,1,0"), SSH],
            machine(),
            Kind::Ssh,
            &[Tmux],
        ),
        (
            "old pane, attached over ssh since",
            &[("TMUX", "/tmp/t,1,0"), ("DISPLAY", ":0")],
            machine().tmux(passed()),
            Kind::Ssh,
            &[Tmux],
        ),
        (
            "pane of an ssh login, attached at the desk since",
            &[("TMUX", "/tmp/t,1,0"), SSH, ("DISPLAY", ":0")],
            machine().tmux(TmuxVariable::Removed),
            Kind::Desktop,
            &[Tmux],
        ),
        (
            "screen over ssh",
            &[("STY", "1.pts"), SSH],
            machine(),
            Kind::Ssh,
            &[Screen],
        ),
        (
            "mosh by its process",
            &[],
            machine().under(&["bash", "mosh-server", "systemd"]),
            Kind::Ssh,
            &[Mosh],
        ),
        (
            "mosh by a variable",
            &[("MOSH_IP", "203.0.113.7")],
            machine(),
            Kind::Ssh,
            &[Mosh],
        ),
        (
            "tmux in mosh",
            &[("TMUX", "/tmp/t,1,0"), ("MOSH_IP", "203.0.113.7")],
            machine(),
            Kind::Ssh,
            &[Tmux, Mosh],
        ),
        (
            "sudo over ssh",
            &[("SUDO_USER", "ada")],
            machine().under(&["sudo", "bash", "sshd", "sshd", "systemd"]),
            Kind::Ssh,
            &[Sudo],
        ),
        (
            "su - over ssh",
            &[],
            machine().under(&["bash", "su", "bash", "sshd-session", "sshd"]),
            Kind::Ssh,
            &[Sudo],
        ),
        (
            "sudo at the desk",
            &[("SUDO_USER", "ada"), ("DISPLAY", ":0")],
            machine().under(&["sudo", "bash", "gnome-terminal-", "systemd"]),
            Kind::Desktop,
            &[Sudo],
        ),
        (
            "sshd among the processes, no variable",
            &[],
            machine().under(&["bash", "sshd", "sshd"]),
            Kind::Ssh,
            &[],
        ),
        (
            "dropbear",
            &[],
            machine().under(&["ash", "dropbear"]),
            Kind::Ssh,
            &[],
        ),
        (
            "a program that is merely called like sshd",
            &[("DISPLAY", ":0")],
            machine().under(&["bash", "sshdfs"]),
            Kind::Desktop,
            &[],
        ),
        (
            "docker",
            &[],
            machine().with("/.dockerenv", ""),
            Kind::Container,
            &[Container],
        ),
        (
            "podman",
            &[],
            machine().with("/run/.containerenv", ""),
            Kind::Container,
            &[Container],
        ),
        (
            "by its control group",
            &[],
            machine().with("/proc/self/cgroup", "3:cpu:/docker/0123\n"),
            Kind::Container,
            &[Container],
        ),
        (
            "the one control group of today's kernels",
            &[("DISPLAY", ":0")],
            machine().with("/proc/self/cgroup", "0::/user.slice\n"),
            Kind::Desktop,
            &[],
        ),
        (
            "by its variable",
            &[("container", "podman")],
            machine(),
            Kind::Container,
            &[Container],
        ),
        (
            "kubernetes",
            &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
            machine(),
            Kind::Container,
            &[Container, Kubernetes],
        ),
        (
            "ssh in a container",
            &[SSH],
            machine().with("/.dockerenv", ""),
            Kind::Ssh,
            &[Container],
        ),
        (
            "a container with an ssh server of its own",
            &[SSH],
            machine()
                .with("/.dockerenv", "")
                .under(&["bash", "sshd-session", "sshd"]),
            Kind::Ssh,
            &[],
        ),
        (
            "toolbox on a desktop",
            &[("container", "oci"), ("DISPLAY", ":0")],
            machine()
                .with("/run/.containerenv", "")
                .with("/run/.toolboxenv", ""),
            Kind::Desktop,
            &[],
        ),
        (
            "flatpak",
            &[("container", "flatpak"), ("WAYLAND_DISPLAY", "w")],
            machine(),
            Kind::Desktop,
            &[],
        ),
        (
            "wsl by the kernel",
            &[],
            machine().with(
                "/proc/version",
                "Linux version 5.15.1-microsoft-standard-WSL2",
            ),
            Kind::Wsl,
            &[Wsl],
        ),
        (
            "wsl 1",
            &[],
            machine().with("/proc/version", "Linux version 4.4.0-19041-Microsoft"),
            Kind::Wsl,
            &[Wsl],
        ),
        (
            "wsl by its variable",
            &[("WSL_DISTRO_NAME", "Debian"), ("DISPLAY", ":0")],
            machine(),
            Kind::Wsl,
            &[Wsl],
        ),
        (
            "ssh into wsl",
            &[("WSL_DISTRO_NAME", "Debian"), SSH],
            machine(),
            Kind::Ssh,
            &[Wsl],
        ),
        (
            "codespaces",
            &[("CODESPACES", "true"), ("CODESPACE_NAME", "fluffy")],
            machine().with("/.dockerenv", ""),
            Kind::BrowserShell("Codespaces"),
            &[Container],
        ),
        (
            "codespaces by name",
            &[("CODESPACE_NAME", "fluffy")],
            machine(),
            Kind::BrowserShell("Codespaces"),
            &[],
        ),
        (
            "cloud shell",
            &[("CLOUD_SHELL", "true"), SSH],
            machine(),
            Kind::BrowserShell("Cloud Shell"),
            &[],
        ),
        (
            "gitpod",
            &[("GITPOD_WORKSPACE_ID", "x")],
            machine(),
            Kind::BrowserShell("Gitpod"),
            &[],
        ),
        (
            "replit",
            &[("REPL_ID", "x")],
            machine(),
            Kind::BrowserShell("Replit"),
            &[],
        ),
        (
            "stackblitz",
            &[("STACKBLITZ", "1")],
            machine(),
            Kind::BrowserShell("StackBlitz"),
            &[],
        ),
    ];
    for (name, variables, machine, kind, inside) in rows {
        let place = place(variables, &machine);
        assert_eq!(place.kind, kind, "{name}: {:?}", place.evidence);
        assert_eq!(place.inside, inside, "{name}");
        assert!(
            !place.evidence.is_empty() || machine.system.is_some(),
            "{name}"
        );
        for Evidence { finding, follows } in &place.evidence {
            assert!(!finding.is_empty() && !follows.is_empty(), "{name}");
        }
        assert_eq!(
            place.is_remote(),
            !matches!(kind, Kind::Desktop | Kind::Wsl),
            "{name}"
        );
        if place.is_remote() {
            assert!(place.graphical_browser.is_err(), "{name}");
        }
    }
}

#[test]
fn what_sudo_stripped_is_found_in_the_processes_above() {
    let above = ["sudo", "bash", "sshd", "systemd"];
    let value = "198.51.100.9 50122 203.0.113.7 2222";
    let shell = format!("HOME=/home/ada\0SSH_CONNECTION={value}\0TERM=xterm\0");
    let readable = machine().under(&above).with("/proc/101/environ", &shell);
    let found = place(&[("SUDO_USER", "ada"), ("USER", "root")], &readable);
    let ssh = found.ssh.unwrap();
    assert_eq!(ssh.server, "203.0.113.7".parse().ok());
    assert_eq!(ssh.port, Some(2222));
    assert_eq!((found.kind, found.user.as_str()), (PlaceKind::Ssh, "ada"));
    // Without sudo or an SSH server above, a variable up there means nothing.
    let desk = machine()
        .under(&["bash", "xterm"])
        .with("/proc/101/environ", &shell);
    assert_eq!(place(&[("DISPLAY", ":0")], &desk).kind, PlaceKind::Desktop);
}

#[test]
fn a_text_browser_is_never_graphical() {
    for command in [
        "lynx",
        "/usr/bin/w3m",
        "links",
        "links2 -g",
        "elinks",
        "www-browser",
        "browsh",
        "firefox:lynx",
        "/opt/bin/elinks %s:firefox",
    ] {
        let place = place(&[("DISPLAY", ":0"), ("BROWSER", command)], &machine());
        assert!(place.graphical_browser.is_err(), "{command}");
        assert_eq!(place.kind, PlaceKind::Desktop, "{command}");
    }
    for command in [
        "firefox",
        "/usr/bin/chromium --incognito %s",
        "linksys",
        ":",
    ] {
        let place = place(&[("DISPLAY", ":0"), ("BROWSER", command)], &machine());
        assert_eq!(place.graphical_browser, Ok(()), "{command}");
    }
}

#[test]
fn wsl_opens_a_browser_only_where_it_can() {
    let wsl = ("WSL_DISTRO_NAME", "Debian");
    assert!(place(&[wsl], &machine()).graphical_browser.is_err());
    assert!(
        place(&[wsl, ("DISPLAY", ":0")], &machine())
            .graphical_browser
            .is_ok()
    );
    for (state, expected) in [("enabled\n", true), ("disabled\n", false)] {
        let machine = machine().with("/proc/sys/fs/binfmt_misc/WSLInterop", state);
        assert_eq!(
            place(&[wsl], &machine).graphical_browser.is_ok(),
            expected,
            "{state}"
        );
    }
}

#[test]
fn the_connection_is_read_as_sshd_writes_it() {
    let parse = |text: &str| text.parse::<IpAddr>().ok();
    let rows = [
        (
            "198.51.100.9 50122 203.0.113.7 22",
            parse("203.0.113.7"),
            Some(22),
        ),
        (
            "2001:db8::9 50122 2001:db8::7 2222",
            parse("2001:db8::7"),
            Some(2222),
        ),
        ("fe80::9%eth0 1 fe80::7%eth0 22", parse("fe80::7"), Some(22)),
        (
            "::ffff:198.51.100.9 1 ::ffff:203.0.113.7 22",
            parse("203.0.113.7"),
            Some(22),
        ),
        (
            "198.51.100.9 50122 203.0.113.7 0",
            parse("203.0.113.7"),
            None,
        ),
        (
            "198.51.100.9 50122 203.0.113.7 99999",
            parse("203.0.113.7"),
            None,
        ),
        ("UNKNOWN 65535 UNKNOWN 65535", None, Some(65535)),
        ("198.51.100.9 50122", None, None),
        ("a b c d e", None, None),
        ("x", None, None),
    ];
    for (value, server, port) in rows {
        let place = place(&[("SSH_CONNECTION", value)], &machine());
        let ssh = place.ssh.unwrap();
        assert_eq!((ssh.server, ssh.port), (server, port), "{value}");
    }
    let place = place(&[("SSH_CLIENT", "198.51.100.9 50122 2222")], &machine());
    assert_eq!(place.ssh.unwrap().port, Some(2222));
}

#[test]
fn the_user_is_the_one_who_logged_in() {
    let rows: [(Variables<'_>, Machine, &str); 9] = [
        (&[("USER", "ada")], machine(), "ada"),
        (&[("LOGNAME", "ada")], machine(), "ada"),
        (&[], machine(), "ada"),
        (&[("USER", "root"), ("SUDO_USER", "bob")], machine(), "bob"),
        (
            &[("USER", "hermes")],
            machine()
                .under(&["bash", "su", "bash", "sshd"])
                .with("/proc/self/loginuid", "1000"),
            "ada",
        ),
        (
            &[("USER", "hermes")],
            machine()
                .under(&["bash", "su", "bash", "sshd"])
                .with("/proc/self/loginuid", "4294967295"),
            "hermes",
        ),
        (&[("USER", "ada; rm -rf /")], machine(), "<user>"),
        (&[("USER", "-oProxyCommand=x")], machine(), "<user>"),
        (&[("USER", "$(id)")], machine(), "<user>"),
    ];
    for (variables, machine, expected) in rows {
        assert_eq!(place(variables, &machine).user, expected, "{variables:?}");
    }
    let odd = Machine {
        host: Some("-bad host"),
        ..machine()
    };
    assert_eq!(place(&[], &odd).host, "<this-host>");
}

#[test]
fn the_place_describes_itself() {
    let rows: [(Variables<'_>, Machine, &str); 6] = [
        (&[SSH], machine(), "build7 over SSH"),
        (&[("DISPLAY", ":0")], machine(), "build7 with a browser"),
        (&[("CLOUD_SHELL", "1")], machine(), "a Cloud Shell shell"),
        (
            &[],
            machine().with("/.dockerenv", ""),
            "the container build7",
        ),
        (
            &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
            machine(),
            "the pod build7",
        ),
        (&[], machine(), "build7 without a display"),
    ];
    for (variables, machine, expected) in rows {
        assert_eq!(place(variables, &machine).describe(), expected);
    }
}
