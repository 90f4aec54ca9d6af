//! systemd's unit files, as far as they say who runs a gateway and where.

use hermes_machine::Environment;

use super::{
    Account, HostProbe, Service, Source, account, account_named,
    services::{home, served},
};

/// Where units of the system are, the ones that win first.
const SYSTEM: [&str; 3] = [
    "/etc/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];

/// What a unit says that matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) start: Vec<String>,
    pub(super) user: Option<String>,
    pub(super) variables: Vec<(String, String)>,
}

/// The services that unit files describe.
pub(super) fn services(probe: &dyn HostProbe, environment: &Environment) -> Vec<Service> {
    let mut services = Vec::new();
    let mut seen = Vec::new();
    for directory in SYSTEM {
        let root = account(probe, 0);
        for (name, path, unit) in units(probe, directory) {
            if !seen.contains(&name) {
                services.extend(service(probe, &path, &unit, root.as_ref()));
                seen.push(name);
            }
        }
    }
    if let Some(own) = environment.path("HOME") {
        let directory = own.join(".config/systemd/user").display().to_string();
        let me = account(probe, probe.user_id());
        for (_, path, unit) in units(probe, &directory) {
            services.extend(service(probe, &path, &unit, me.as_ref()));
        }
    }
    services
}

/// Name, path and content of the services in a directory, with their drop-ins.
fn units(probe: &dyn HostProbe, directory: &str) -> Vec<(String, String, Unit)> {
    let mut names = probe.list(directory);
    names.sort_unstable();
    let services = names.into_iter().filter(|name| name.ends_with(".service"));
    let read = |name: String| {
        let path = format!("{directory}/{name}");
        let mut text = probe.read(&path)?;
        let mut more = probe.list(&format!("{path}.d"));
        more.sort_unstable();
        for drop_in in more.iter().filter(|name| name.ends_with(".conf")) {
            text.push('\n');
            text.push_str(&probe.read(&format!("{path}.d/{drop_in}"))?);
        }
        Some((name, path, parse(&text)))
    };
    services.filter_map(read).collect()
}

fn service(
    probe: &dyn HostProbe,
    path: &str,
    unit: &Unit,
    default: Option<&Account>,
) -> Option<Service> {
    let served = unit.start.iter().find_map(|line| {
        let line = line.trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let words = words(line);
        served(&words.iter().map(String::as_str).collect::<Vec<_>>())
    })?;
    let user = match unit.user.as_deref() {
        None => default.cloned()?,
        Some(user) => match user.parse() {
            Ok(id) => account(probe, id)?,
            // A name that no user has, or a specifier: nobody to sign in for.
            Err(_) => account_named(probe, user)?,
        },
    };
    let variable = |name: &str| {
        let mut values = unit.variables.iter().rev();
        let (_, value) = values.find(|(found, _)| found == name)?;
        Some(value.replace("%h", &user.home))
    };
    Some(Service {
        command: served.command,
        user_id: user.id,
        home: home(
            variable("HERMES_HOME").as_deref(),
            variable("HOME").as_deref().or(Some(&user.home)),
            served.profile.as_deref(),
        ),
        user: Some(user.name),
        source: Source::Unit(path.to_owned()),
    })
}

pub(super) fn parse(text: &str) -> Unit {
    let mut unit = Unit::default();
    let mut inside = false;
    for line in text.replace("\\\n", " ").lines() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[Service]";
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else {
            continue;
        };
        let value = value.trim();
        match key.trim() {
            // Empty takes back what was said before.
            "ExecStart" if value.is_empty() => unit.start.clear(),
            "ExecStart" => unit.start.push(value.to_owned()),
            "User" => unit.user = Some(value.to_owned()).filter(|user| !user.is_empty()),
            "Environment" if value.is_empty() => unit.variables.clear(),
            "Environment" => unit
                .variables
                .extend(words(value).iter().filter_map(|word| {
                    let (name, value) = word.split_once('=')?;
                    Some((name.to_owned(), value.to_owned()))
                })),
            _ => {}
        }
    }
    unit
}

/// Words as systemd separates them: blanks, with quotes of both kinds around or inside.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in line.chars() {
        match (letter, quote) {
            (_, Some(end)) if letter == end => quote = None,
            ('"' | '\'', None) => quote = Some(letter),
            (' ' | '\t', None) => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            _ => word.push(letter),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}
