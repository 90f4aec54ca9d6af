//! The text of a unit (systemd.unit(5), systemd.exec(5)).

use std::path::Path;

/// How a unit of ours begins, by which it is known.
pub(super) const MARK: &str =
    "# Written by `hermes service install`. Changes belong into a drop-in: ";

/// What a unit is made of.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    /// The name of its file.
    pub(super) name: &'a str,
    /// Who runs it; none for a person's own systemd, which runs everything as them.
    pub(super) run_as: Option<&'a str>,
    /// The home of the gateway.
    pub(super) home: &'a Path,
    /// The program.
    pub(super) program: &'a Path,
    /// Whether its port is one that needs a right.
    pub(super) low_port: bool,
    /// Whether this systemd knows `Type=notify-reload` (253 and later).
    pub(super) notify_reload: bool,
}

/// What takes rights away by filters in the kernel, which a person's own systemd can set up as well.
const FILTERED: &str = "\
LimitCORE=0
LockPersonality=true
MemoryDenyWriteExecute=true
NoNewPrivileges=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
UMask=0077
";

/// What shows it a machine of its own, for which systemd needs to be the system's.
const CONFINED: &str = "\
PrivateDevices=true
PrivateTmp=true
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=true
";

impl Unit<'_> {
    /// The text; `None` if a path cannot be written into a unit.
    pub(super) fn text(&self) -> Option<String> {
        let (home, program) = (written(self.home)?, written(self.program)?);
        let name = self.name;
        let user = if self.run_as.is_some() { "" } else { "--user " };
        let mut text = format!("{MARK}systemctl {user}edit {name}\n");
        text += "[Unit]\nDescription=Hermes gateway\n";
        if self.run_as.is_some() {
            text += "Wants=network-online.target\nAfter=network-online.target\n";
        }
        text += "\n[Service]\n";
        text += match self.notify_reload {
            true => "Type=notify-reload\n",
            false => "Type=notify\n",
        };
        if let Some(user) = self.run_as {
            text += &format!("User={user}\n");
        }
        text += &format!("Environment=\"HERMES_HOME={home}\"\n");
        text += &format!("ExecStart=\"{program}\" serve --no-open\n");
        if !self.notify_reload {
            text += &format!("ExecReload=\"{program}\" reload\n");
        }
        text += "Restart=on-failure\nRestartSec=1\nTimeoutStopSec=15\nWatchdogSec=60\n\n";
        text += FILTERED;
        if self.run_as.is_some() {
            text += CONFINED;
            text += match self.low_port {
                true => {
                    "AmbientCapabilities=CAP_NET_BIND_SERVICE\n\
                     CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"
                }
                false => "CapabilityBoundingSet=\n",
            };
            let homes = ["/home", "/root", "/run/user"];
            let in_home = |path: &Path| homes.iter().any(|home| path.starts_with(home));
            text += match in_home(self.home) || in_home(self.program) {
                true => "ProtectHome=read-only\n",
                false => "ProtectHome=true\n",
            };
            text += &format!("ReadWritePaths=\"{home}\"\n");
        }
        text += match self.run_as {
            Some(_) => "\n[Install]\nWantedBy=multi-user.target\n",
            None => "\n[Install]\nWantedBy=default.target\n",
        };
        Some(text)
    }
}

/// A path between double quotes: without what systemd would read in it.
fn written(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|_| path.is_absolute())?;
    // A variable would be put in for a `$`, in some of the lines and not in others.
    let unwritable = |ch: char| ch.is_control() || ch == '$';
    let escape = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('%', "%%")
    };
    (!text.contains(unwritable)).then(|| escape(text))
}

/// The home that a unit of ours names, as it is written there.
pub(super) fn home_in(text: &str) -> Option<&str> {
    let line = |line| str::strip_prefix(line, "Environment=\"HERMES_HOME=");
    text.lines().find_map(line)?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit<'a>(home: &'a str, program: &'a str) -> Unit<'a> {
        Unit {
            name: "hermes.service",
            run_as: Some("ada"),
            home: Path::new(home),
            program: Path::new(program),
            low_port: false,
            notify_reload: true,
        }
    }

    #[test]
    fn the_unit_of_the_system() {
        let unit = unit("/home/ada/.hermes", "/usr/local/bin/hermes");
        insta::assert_snapshot!("system_unit", unit.text().unwrap());
    }

    #[test]
    fn the_unit_of_a_person_and_of_an_old_systemd() {
        let unit = Unit {
            run_as: None,
            notify_reload: false,
            ..unit("/home/ada/.hermes", "/home/ada/bin/hermes")
        };
        insta::assert_snapshot!("user_unit", unit.text().unwrap());
    }

    #[test]
    fn a_low_port_is_the_one_right_that_it_may_get() {
        let unit = Unit {
            low_port: true,
            ..unit("/var/lib/hermes", "/usr/local/bin/hermes")
        };
        let text = unit.text().unwrap();
        assert!(
            text.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"),
            "{text}"
        );
        assert!(text.contains("\nProtectHome=true\n"), "{text}");
    }

    #[test]
    fn a_path_is_written_so_that_systemd_reads_the_same_one() {
        let odd = unit("/srv/a \"b\" %h \\", "/usr/bin/hermes")
            .text()
            .unwrap();
        let written = r#"/srv/a \"b\" %%h \\"#;
        assert!(
            odd.contains(&format!("\nEnvironment=\"HERMES_HOME={written}\"\n")),
            "{odd}"
        );
        assert_eq!(home_in(&odd), Some(written));
        for path in ["/srv/$HOME", "/srv/a\nUser=root", "relative"] {
            assert_eq!(unit(path, "/usr/bin/hermes").text(), None, "{path:?}");
            assert_eq!(unit("/srv", path).text(), None, "{path:?}");
        }
    }
}
