use hermes_machine::Environment;
use hermes_secret::plain;

use super::{
    Ancestor, Inside, Place, PlaceKind, Probe, SshConnection, TmuxVariable,
    names::{is_host, is_user},
};

/// One finding, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was found.
    pub finding: String,
    /// What that means for a sign-in.
    pub follows: String,
}

/// Variables that shells inside a web page set, with the product's name.
const BROWSER_SHELLS: [(&str, &str); 6] = [
    ("CODESPACES", "Codespaces"),
    ("CODESPACE_NAME", "Codespaces"),
    ("CLOUD_SHELL", "Cloud Shell"),
    ("GITPOD_WORKSPACE_ID", "Gitpod"),
    ("REPL_ID", "Replit"),
    ("STACKBLITZ", "StackBlitz"),
];

/// Browsers that would take over the terminal.
const TEXT_BROWSERS: [&str; 8] = [
    "w3m",
    "lynx",
    "links",
    "links2",
    "elinks",
    "www-browser",
    "browsh",
    "netrik",
];

/// Marks of a container in `/proc/self/cgroup`.
const CONTAINER_GROUPS: [&str; 6] = [
    "/docker",
    "/kubepods",
    "/libpod",
    "/lxc",
    "/ecs/",
    "containerd",
];

pub(super) fn detect(environment: &Environment, probe: &dyn Probe) -> Place {
    let mut finder = Finder {
        environment,
        probe,
        ancestors: probe.ancestors(),
        evidence: Vec::new(),
        inside: Vec::new(),
    };
    finder.multiplexers();
    finder.mosh();
    finder.other_user();
    let ssh = finder.ssh();
    let shell = finder.browser_shell();
    let container = finder.container();
    let wsl = finder.wsl();
    let display = finder.display();
    let kind = match shell {
        Some(name) => PlaceKind::BrowserShell(name),
        None if ssh.is_some() => PlaceKind::Ssh,
        None if container => PlaceKind::Container,
        None if wsl => PlaceKind::Wsl,
        None if display => PlaceKind::Desktop,
        None => PlaceKind::Headless,
    };
    let graphical_browser = finder.graphical_browser(kind);
    let user = finder.user().unwrap_or_else(|| "<user>".to_owned());
    let host = finder.host().unwrap_or_else(|| "<this-host>".to_owned());
    let Finder {
        evidence,
        mut inside,
        ..
    } = finder;
    inside.sort_unstable();
    inside.dedup();
    Place {
        kind,
        evidence,
        user,
        host,
        ssh,
        inside,
        graphical_browser,
    }
}

struct Finder<'a> {
    environment: &'a Environment,
    probe: &'a dyn Probe,
    ancestors: Vec<Ancestor>,
    evidence: Vec<Evidence>,
    inside: Vec<Inside>,
}

impl Finder<'_> {
    fn found(&mut self, finding: impl Into<String>, follows: impl Into<String>) {
        self.evidence.push(Evidence {
            finding: finding.into(),
            follows: follows.into(),
        });
    }

    fn text(&self, name: &str) -> Option<String> {
        self.environment.text(name).map(str::to_owned)
    }

    /// The nearest process above us of one of these names. The kernel cuts names at 15 characters;
    /// servers add to theirs (`tmux: server`, `sshd-session`).
    fn ancestor(&self, names: &[&str]) -> Option<String> {
        let known = |process: &&Ancestor| {
            names.iter().any(|name| {
                let rest = process.name.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '-']))
            })
        };
        let found = self.ancestors.iter().find(known)?;
        Some(plain(&found.name, 32))
    }

    /// A variable that a process above us has and we have not, where we may look.
    fn variable_above(&self, name: &str) -> Option<String> {
        let above = self.ancestors.iter();
        above
            .into_iter()
            .find_map(|process| self.probe.variable_of(process.id, name))
    }

    fn multiplexers(&mut self) {
        if self.environment.has("TMUX") {
            self.inside.push(Inside::Tmux);
            self.found(
                "TMUX is set",
                "a pane keeps the variables of the login that opened it, so tmux is asked for the present ones",
            );
        }
        if self.environment.has("STY") {
            self.inside.push(Inside::Screen);
            self.found(
                "STY is set",
                "a screen window keeps the variables of the login that opened it, which may be an old one",
            );
        }
    }

    fn mosh(&mut self) {
        let variable = ["MOSH_CONNECTION", "MOSH_IP", "MOSH_SERVER_PID"]
            .into_iter()
            .find(|name| self.environment.has(name));
        let finding = match (variable, self.ancestor(&["mosh-server"])) {
            (Some(name), _) => format!("{name} is set"),
            (None, Some(process)) => format!("an ancestor process is `{process}`"),
            (None, None) => return,
        };
        self.inside.push(Inside::Mosh);
        self.found(
            finding,
            "mosh carries no forwards, so a tunnel needs a plain ssh session of its own",
        );
    }

    fn other_user(&mut self) {
        if let Some(user) = self.text("SUDO_USER") {
            self.inside.push(Inside::Sudo);
            self.found(
                format!("SUDO_USER is `{}`", plain(&user, 64)),
                "sudo strips the SSH variables, so the processes above are looked at; credentials go to the home of the present user",
            );
        } else if let Some(process) = self.ancestor(&["sudo", "su", "doas", "runuser"]) {
            self.inside.push(Inside::Sudo);
            self.found(
                format!("an ancestor process is `{process}`"),
                "it strips the SSH variables; credentials go to the home of the present user",
            );
        }
    }

    fn ssh(&mut self) -> Option<SshConnection> {
        if self.inside.contains(&Inside::Tmux) {
            match self.probe.tmux_variable("SSH_CONNECTION") {
                TmuxVariable::Value(value) => {
                    self.found(
                        "tmux says that the attached client came with SSH_CONNECTION",
                        "the browser is on the machine at the other end",
                    );
                    return Some(SshConnection::of_connection(&value));
                }
                TmuxVariable::Removed => {
                    self.found(
                        "tmux says that the attached client came without SSH_CONNECTION",
                        "the person sits at this machine now, whatever the pane's variables say",
                    );
                    return None;
                }
                TmuxVariable::Unknown => {}
            }
        }
        let follows = "the browser is on the machine at the other end";
        if let Some(value) = self.text("SSH_CONNECTION") {
            let connection = SshConnection::of_connection(&value);
            match connection.server {
                Some(_) => self.found("SSH_CONNECTION is set", follows),
                None => self.found("SSH_CONNECTION is set, but not as sshd sets it", follows),
            }
            return Some(connection);
        }
        if let Some(value) = self.text("SSH_CLIENT") {
            self.found("SSH_CLIENT is set", follows);
            return Some(SshConnection::of_client(&value));
        }
        if self.environment.has("SSH_TTY") {
            self.found("SSH_TTY is set", follows);
            return Some(SshConnection::default());
        }
        let server = self.ancestor(&["sshd", "dropbear", "mosh-server"]);
        if server.is_some() || self.inside.contains(&Inside::Sudo) {
            let stripped = self.variable_above("SSH_CONNECTION");
            if let Some(value) = stripped {
                self.found(
                    "SSH_CONNECTION is set in a process above, and was stripped since",
                    follows,
                );
                return Some(SshConnection::of_connection(&value));
            }
        }
        if let Some(process) = server {
            self.found(
                format!("an ancestor process is `{process}`, though no SSH variable is set"),
                follows,
            );
            return Some(SshConnection::default());
        }
        if self.inside.contains(&Inside::Mosh) {
            return Some(SshConnection::default());
        }
        None
    }

    fn browser_shell(&mut self) -> Option<&'static str> {
        let (variable, name) = BROWSER_SHELLS
            .into_iter()
            .find(|(variable, _)| self.environment.has(variable))?;
        self.found(
            format!("{variable} is set: this is a {name} shell"),
            "the browser cannot reach this machine's loopback, so the answer is pasted",
        );
        Some(name)
    }

    fn container(&mut self) -> bool {
        if let Some(shared) = self.shared_network() {
            self.found(
                shared,
                "it shares the machine's network and display, so it counts as the machine",
            );
            return false;
        }
        let kubernetes = self.environment.has("KUBERNETES_SERVICE_HOST");
        let groups = self.probe.read("/proc/self/cgroup").unwrap_or_default();
        let finding = if kubernetes {
            "KUBERNETES_SERVICE_HOST is set".to_owned()
        } else if self.probe.exists("/.dockerenv") {
            "`/.dockerenv` exists".to_owned()
        } else if self.probe.exists("/run/.containerenv") {
            "`/run/.containerenv` exists".to_owned()
        } else if let Some(kind) = self.text("container") {
            format!("`container` is `{}`", plain(&kind, 32))
        } else if let Some(mark) = CONTAINER_GROUPS
            .into_iter()
            .find(|mark| groups.contains(mark))
        {
            format!("`/proc/self/cgroup` names `{mark}`")
        } else {
            return false;
        };
        if kubernetes {
            self.inside.push(Inside::Kubernetes);
        }
        if self.ancestor(&["sshd", "dropbear"]).is_some() {
            self.found(
                finding,
                "this container runs the SSH server that you came through, so a tunnel to it ends in here",
            );
            return true;
        }
        self.inside.push(Inside::Container);
        self.found(
            finding,
            "this loopback is the container's own: a tunnel to its host does not end in here",
        );
        true
    }

    /// Containers that people work in as if they were the desktop.
    fn shared_network(&self) -> Option<&'static str> {
        if self.probe.exists("/run/.toolboxenv") {
            return Some("`/run/.toolboxenv` exists: this is a toolbox");
        }
        if self.environment.has("DISTROBOX_ENTER_PATH") {
            return Some("DISTROBOX_ENTER_PATH is set: this is a distrobox");
        }
        if self.environment.text("container") == Some("flatpak") {
            return Some("`container` is `flatpak`");
        }
        None
    }

    fn wsl(&mut self) -> bool {
        let finding = if self.environment.has("WSL_DISTRO_NAME") {
            "WSL_DISTRO_NAME is set"
        } else if self.environment.has("WSL_INTEROP") {
            "WSL_INTEROP is set"
        } else if self.probe.read("/proc/version").is_some_and(|version| {
            let version = version.to_ascii_lowercase();
            version.contains("microsoft") || version.contains("wsl")
        }) {
            "`/proc/version` names Microsoft"
        } else {
            return false;
        };
        self.inside.push(Inside::Wsl);
        self.found(
            finding,
            "the browser is on the Windows side, whose firewall may drop the redirect without a word, so the answer is pasted",
        );
        true
    }

    fn display(&mut self) -> bool {
        if self.probe.system() != "linux" {
            return true;
        }
        for name in ["WAYLAND_DISPLAY", "DISPLAY", "BROWSER"] {
            if self.environment.has(name) {
                self.found(format!("{name} is set"), "there is a way to show a browser");
                return true;
            }
        }
        self.found(
            "neither DISPLAY nor WAYLAND_DISPLAY is set",
            "no browser can be opened here",
        );
        false
    }

    fn graphical_browser(&mut self, kind: PlaceKind) -> Result<(), String> {
        if let Some(name) = self.text_browser() {
            self.found(
                format!("BROWSER names `{name}`, a text browser"),
                "it would take over this terminal, so no browser is opened",
            );
            return Err(format!("BROWSER names `{name}`, a text browser"));
        }
        match kind {
            PlaceKind::Desktop => Ok(()),
            PlaceKind::Wsl => self.windows_programs(),
            PlaceKind::Ssh => Err("your browser is at the other end of SSH".to_owned()),
            PlaceKind::BrowserShell(name) => Err(format!("your browser shows the {name} shell")),
            // A development container names a helper that asks the editor outside.
            PlaceKind::Container if self.environment.has("BROWSER") => Ok(()),
            PlaceKind::Container => Err("this is a container".to_owned()),
            PlaceKind::Headless => Err("neither DISPLAY nor WAYLAND_DISPLAY is set".to_owned()),
        }
    }

    /// Under WSL a browser is a Windows program, unless Linux windows are shown as well.
    fn windows_programs(&self) -> Result<(), String> {
        let display = ["WAYLAND_DISPLAY", "DISPLAY", "BROWSER"];
        let interop = "/proc/sys/fs/binfmt_misc/WSLInterop";
        let starts = |state: String| state.contains("enabled");
        if display.iter().any(|name| self.environment.has(name))
            || self.probe.read(interop).is_some_and(starts)
            || self
                .probe
                .read(&format!("{interop}-late"))
                .is_some_and(starts)
        {
            Ok(())
        } else {
            Err("this WSL may not start Windows programs".to_owned())
        }
    }

    /// `BROWSER` may list several commands; one text browser among them is one too many, for the
    /// others may be missing.
    fn text_browser(&self) -> Option<String> {
        let commands = self.environment.text("BROWSER")?;
        commands.split(':').find_map(|command| {
            let program = command.split_ascii_whitespace().next()?;
            let name = program.rsplit('/').next()?;
            TEXT_BROWSERS.contains(&name).then(|| name.to_owned())
        })
    }

    /// Whom to sign in as by SSH: the person who logged in, not whom sudo made of them.
    fn user(&self) -> Option<String> {
        let became = self.inside.contains(&Inside::Sudo);
        let login = || became.then(|| self.probe.login_user()).flatten();
        self.text("SUDO_USER")
            .or_else(login)
            .or_else(|| self.text("USER"))
            .or_else(|| self.text("LOGNAME"))
            .or_else(|| self.probe.user_name(self.probe.user_id()))
            .filter(|name| is_user(name))
    }

    fn host(&self) -> Option<String> {
        self.probe.host_name().filter(|name| is_host(name))
    }
}

#[cfg(test)]
mod tests;
