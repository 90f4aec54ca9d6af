use hermes_secret::plain;

use super::{
    Origin, Problem,
    key::Section,
    problem::nearest,
    table::{ISSUER, MODEL, SECTIONS},
};

/// The longest part of an unknown name that is shown.
const SHOWN: usize = 60;

/// What the file says that nothing reads: keys, and tables that are none.
pub(super) fn keys(file: &toml::Table) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value) in file {
        match (name.as_str(), value.as_table()) {
            ("gateway", Some(table)) => in_gateway(table, &mut problems),
            ("model", Some(table)) => {
                check(&MODEL, table.keys().map(String::as_str), &mut problems);
            }
            (name @ ("gateway" | "model"), None) => problems.push(no_table(name)),
            _ => problems.push(unknown("", name, ["gateway", "model"].into_iter())),
        }
    }
    problems
}

fn in_gateway(gateway: &toml::Table, problems: &mut Vec<Problem>) {
    let below = |section: &&Section| section.table.starts_with("gateway");
    for section in SECTIONS.into_iter().filter(below) {
        let Some(name) = section.table.strip_prefix("gateway.") else {
            let is_key = |name: &str| !tables().any(|table| table == name);
            let names = gateway
                .keys()
                .map(String::as_str)
                .filter(|name| is_key(name));
            check(section, names, problems);
            continue;
        };
        match gateway.get(name).map(toml::Value::as_table) {
            Some(Some(table)) => check(section, table.keys().map(String::as_str), problems),
            Some(None) => problems.push(no_table(section.table)),
            None => {}
        }
    }
    let Some(issuers) = gateway.get("oidc") else {
        return;
    };
    for issuer in issuers.as_array().into_iter().flatten() {
        if let Some(table) = issuer.as_table() {
            check(&ISSUER, table.keys().map(String::as_str), problems);
        }
    }
    let tables = issuers.as_array();
    if !tables.is_some_and(|tables| tables.iter().all(toml::Value::is_table)) {
        let reason = "must be written as `[[gateway.oidc]]`, once for each issuer";
        problems.push(of_file(ISSUER.table.to_owned(), reason));
    }
}

/// The tables below `gateway`.
fn tables() -> impl Iterator<Item = &'static str> {
    let sections = SECTIONS.into_iter().chain([&ISSUER]);
    sections.filter_map(|section| section.table.strip_prefix("gateway."))
}

fn check<'a>(section: &Section, names: impl Iterator<Item = &'a str>, problems: &mut Vec<Problem>) {
    for name in names {
        let known = |key: &&super::key::Key| {
            key.name == name || (key.is_secret() && name.strip_suffix("_file") == Some(key.name))
        };
        if section.keys.iter().find(known).is_none() {
            let keys = section.keys.iter().map(|key| key.name);
            let tables = tables().filter(|_| section.table == "gateway");
            problems.push(unknown(section.table, name, keys.chain(tables)));
        }
    }
}

fn unknown<'a>(table: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let path = |name: &str| match table {
        "" => name.to_owned(),
        table => format!("{table}.{name}"),
    };
    let reason = match nearest(name, known) {
        Some(near) => format!("is not a key: did you mean `{}`?", path(near)),
        None => "is not a key".to_owned(),
    };
    of_file(path(&plain(name, SHOWN)), &reason)
}

fn no_table(path: &str) -> Problem {
    of_file(
        path.to_owned(),
        &format!("must be a table, written as `[{path}]`"),
    )
}

fn of_file(key: String, reason: &str) -> Problem {
    Problem {
        key,
        origin: Origin::File,
        reason: reason.to_owned(),
    }
}
