mod kinds;

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
