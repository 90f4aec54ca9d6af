//! Where the command runs: on a desktop, over SSH, in a browser's shell, in a container.
//!
//! Detection collects evidence and each finding says what follows from it, so that a person can
//! see why a sign-in took the path it took (`hermes doctor` prints the list). Nothing here asks
//! the network, and everything that it asks of the machine goes through [`Probe`].

mod evidence;
mod names;
mod probe;
mod ssh;

use hermes_machine::Environment;

pub use self::{
    evidence::Evidence,
    probe::{Ancestor, Probe, SystemProbe, TmuxVariable},
    ssh::SshConnection,
};

/// What kind of place it is, as far as a browser is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// A session with a display of its own.
    Desktop,
    /// A shell on a host that was reached by SSH.
    Ssh,
    /// A shell inside a web page, with its name.
    BrowserShell(&'static str),
    /// A container, whose loopback is not the machine's.
    Container,
    /// Linux under Windows: the browser is on the other side.
    Wsl,
    /// No display, and no sign of how the person got here.
    Headless,
}

/// Something between the person and the command that changes what works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inside {
    /// A tmux pane: it keeps the variables of the login that opened it.
    Tmux,
    /// A screen window, likewise.
    Screen,
    /// A mosh session: it carries no forwards.
    Mosh,
    /// sudo or su: they strip variables and change the user.
    Sudo,
    /// A container.
    Container,
    /// A pod.
    Kubernetes,
    /// Windows' subsystem for Linux.
    Wsl,
}

/// Where the command runs, and how we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What follows from all evidence together.
    pub kind: PlaceKind,
    /// The findings, in the order they were looked for.
    pub evidence: Vec<Evidence>,
    /// The name to sign in to this host with by SSH, `<user>` if it is not known.
    pub user: String,
    /// The name of this host, `<this-host>` if it is not known.
    pub host: String,
    /// The SSH connection, where there is one.
    pub ssh: Option<SshConnection>,
    /// What the shell is inside of.
    pub inside: Vec<Inside>,
    /// Whether a graphical browser can be opened here, or why not.
    pub graphical_browser: Result<(), String>,
}

impl Place {
    /// Looks around.
    pub fn detect(environment: &Environment, probe: &dyn Probe) -> Self {
        evidence::detect(environment, probe)
    }

    /// Whether the browser that signs in is somewhere else, so that this machine's loopback is
    /// not the browser's.
    pub fn is_remote(&self) -> bool {
        !matches!(self.kind, PlaceKind::Desktop | PlaceKind::Wsl)
    }

    /// Whether the place has this property.
    pub fn is_inside(&self, what: Inside) -> bool {
        self.inside.contains(&what)
    }

    /// The place in a few words: `build7 over SSH`.
    pub fn describe(&self) -> String {
        let host = &self.host;
        match self.kind {
            PlaceKind::Desktop => format!("{host} with a browser"),
            PlaceKind::Ssh => format!("{host} over SSH"),
            PlaceKind::BrowserShell(name) => format!("a {name} shell"),
            PlaceKind::Container if self.is_inside(Inside::Kubernetes) => {
                format!("the pod {host}")
            }
            PlaceKind::Container => format!("the container {host}"),
            PlaceKind::Wsl => format!("{host} in WSL"),
            PlaceKind::Headless => format!("{host} without a display"),
        }
    }
}
