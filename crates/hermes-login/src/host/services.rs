use std::path::{Path, PathBuf};

use hermes_machine::{Environment, Home};

use super::{HostProbe, account, units};

/// Programs that run a script which is named behind them.
const INTERPRETERS: [&str; 6] = ["python", "sh", "bash", "dash", "env", "node"];
/// What is said behind `gateway` by the process that stays, rather than by one that asks it.
const STAYING: [&str; 2] = ["run", "start"];

/// A service of this host that uses credentials: a gateway of ours or upstream's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What it runs, in two words: `hermes serve`.
    pub command: String,
    /// The id of the user that it runs as.
    pub user_id: u32,
    /// The name of that user, where the machine has one.
    pub user: Option<String>,
    /// Its home, where it can be told.
    pub home: Option<PathBuf>,
    /// How we know.
    pub source: Source,
}

/// How a service was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It runs, as this process.
    Process(u32),
    /// systemd would run it, by this unit file.
    Unit(String),
}

/// A command line that is a service: what it runs, and the profile it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) command: String,
    pub(super) profile: Option<String>,
}

/// The services of this host, running ones first. One that runs and has a unit is there twice.
pub fn services(probe: &dyn HostProbe, environment: &Environment) -> Vec<Service> {
    let mut services: Vec<_> = processes(probe)
        .into_iter()
        .filter(|id| *id != probe.process_id())
        .filter_map(|id| running(probe, id))
        .collect();
    services.extend(units::services(probe, environment));
    services
}

/// The services that would not see what is saved in this home, one for each user and home; none if
/// there is one that would.
pub fn strangers(probe: &dyn HostProbe, home: &Path, services: Vec<Service>) -> Vec<Service> {
    let me = probe.user_id();
    let same = |theirs: &Path| probe.is_same_place(theirs, home);
    let ours =
        |service: &Service| service.user_id == me && service.home.as_deref().is_none_or(same);
    if services.iter().any(ours) {
        return Vec::new();
    }
    let mut strangers = Vec::<Service>::new();
    for service in services {
        let known = |other: &Service| {
            other.user_id == service.user_id
                && (other.home == service.home || service.home.is_none())
        };
        if !strangers.iter().any(known) {
            strangers.push(service);
        }
    }
    strangers
}

impl Service {
    /// The line that signs in for this service.
    pub fn command_line(&self, probe: &dyn HostProbe, adds: &str) -> String {
        let account = account(probe, self.user_id);
        let default = account
            .as_ref()
            .map(|account| Path::new(&account.home).join(".hermes"));
        let variable = self
            .home
            .as_ref()
            .filter(|home| default.as_ref() != Some(*home))
            .map(|home| format!("HERMES_HOME={} ", quoted(home)))
            .unwrap_or_default();
        let rest = format!("hermes auth add {adds}");
        if self.user_id == probe.user_id() {
            return format!("{variable}{rest}");
        }
        let name = self.name();
        // A user whose shell refuses logins cannot be had with `-i`; `-H` names its home at least.
        let login = account.is_none_or(|account| account.can_log_in());
        let switch = if login { "-i" } else { "-H" };
        let env = if variable.is_empty() { "" } else { "env " };
        format!("sudo -u {name} {switch} {env}{variable}{rest}")
    }

    /// The user's name, or the number in the form that `sudo -u` takes.
    pub fn name(&self) -> String {
        match &self.user {
            Some(name) => hermes_secret::plain(name, 40),
            None => format!("'#{}'", self.user_id),
        }
    }

    /// What it is and how we know, in words: `` `hermes serve` (process 77) ``.
    pub fn describe(&self) -> String {
        let source = match &self.source {
            Source::Process(id) => format!("process {id}"),
            Source::Unit(path) => hermes_secret::plain(path, 120),
        };
        format!("`{}` ({source})", self.command)
    }
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte);
    match text.bytes().all(plain) {
        true => text,
        false => format!("'{}'", hermes_secret::visible(&text).replace('\'', "'\\''")),
    }
}

/// The ids of all processes that we may see.
pub(super) fn processes(probe: &dyn HostProbe) -> Vec<u32> {
    let names = probe.list("/proc");
    let mut ids: Vec<_> = names.iter().filter_map(|name| name.parse().ok()).collect();
    ids.sort_unstable();
    ids
}

fn running(probe: &dyn HostProbe, id: u32) -> Option<Service> {
    let line = probe.read(&format!("/proc/{id}/cmdline"))?;
    let arguments: Vec<_> = line.trim_end_matches('\0').split('\0').collect();
    // A process that renamed itself has one string.
    let words: Vec<_> = match arguments.as_slice() {
        [title] => title.split_ascii_whitespace().collect(),
        _ => arguments,
    };
    let served = served(&words)?;
    let status = probe.read(&format!("/proc/{id}/status"))?;
    let user_id = effective_user(&status)?;
    let account = account(probe, user_id);
    let variables = probe.read(&format!("/proc/{id}/environ"));
    let variable = |name: &str| {
        let pairs = variables.as_deref()?.split('\0');
        let mut values = pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        values.next().filter(|value| !value.is_empty())
    };
    let user_home = account.as_ref().map(|account| account.home.as_str());
    Some(Service {
        command: served.command,
        user_id,
        home: home(
            variable("HERMES_HOME"),
            variable("HOME").or(user_home),
            served.profile.as_deref(),
        ),
        user: account.map(|account| account.name),
        source: Source::Process(id),
    })
}

/// The home that follows from these variables, as for a command of ours.
pub(super) fn home(
    hermes_home: Option<&str>,
    user_home: Option<&str>,
    profile: Option<&str>,
) -> Option<PathBuf> {
    let mut environment = Environment::default();
    if let Some(value) = hermes_home {
        environment = environment.with("HERMES_HOME", value);
    }
    if let Some(value) = user_home {
        environment = environment.with("HOME", value);
    }
    let home = Home::locate(&environment, profile).ok()?;
    Some(home.path().to_owned())
}

fn effective_user(status: &str) -> Option<u32> {
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    ids.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Whether these words start a gateway: `hermes [-p NAME] serve|gateway`, by whatever path and
/// interpreter, or upstream's module.
pub(super) fn served(words: &[&str]) -> Option<Served> {
    let mut words = words.iter().copied();
    let mut program = base(words.next()?);
    if INTERPRETERS.iter().any(|name| is_named(program, name)) {
        let mut module = false;
        program = loop {
            let word = words.next()?;
            match word {
                "-m" => module = true,
                // A whole command line behind `sh -c`.
                "-c" => {
                    let inner: Vec<_> = words.next()?.split_ascii_whitespace().collect();
                    let inner = inner.strip_prefix(&["exec"]).unwrap_or(&inner);
                    return served(inner);
                }
                _ if word.starts_with('-') || word.contains('=') => {}
                _ if module => break word.split('.').next()?,
                _ if is_named(base(word), "python") => {}
                _ => break base(word),
            }
        };
    }
    if !matches!(program, "hermes" | "hermes_cli") {
        return None;
    }
    let mut profile = None;
    let verb = loop {
        match words.next()? {
            "-p" | "--profile" => profile = Some(words.next()?.to_owned()),
            word if word.starts_with('-') => {
                if let Some(name) = word.strip_prefix("--profile=") {
                    profile = Some(name.to_owned());
                }
            }
            word => break word,
        }
    };
    let stays = match verb {
        "serve" => true,
        "gateway" => words
            .next()
            .is_none_or(|word| word.starts_with('-') || STAYING.contains(&word)),
        _ => false,
    };
    stays.then(|| Served {
        command: format!("hermes {verb}"),
        profile,
    })
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// `python`, `python3`, `python3.11`.
fn is_named(program: &str, name: &str) -> bool {
    program.strip_prefix(name).is_some_and(|rest| {
        rest.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}
