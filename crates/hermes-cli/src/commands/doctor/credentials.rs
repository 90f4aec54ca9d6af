use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use hermes_credentials::{Credentials, Entry, State};
use hermes_login::turns::Attempts;
use hermes_providers::{Flow, Table};
use hermes_secret::{LABEL_LIMIT, plain};

use super::{Finding, fix::Fix, home::quoted};
use crate::world::World;

/// The credential file, each credential in it, and the ports that sign-ins need.
pub(super) fn look(world: &World) -> Vec<Finding> {
    // A broken table is reported elsewhere; what it has built in is good enough to go on with.
    let table = world.table().or_else(|_| Table::load(None));
    let Ok(table) = table.map(Arc::new) else {
        return Vec::new();
    };
    let mut findings = file(world, &table);
    findings.extend(ports(&table));
    findings
}

fn file(world: &World, table: &Arc<Table>) -> Vec<Finding> {
    let path = world.home.auth_json();
    let shown = world.display(&path);
    let credentials = world.credentials(table);
    let pools = match credentials.list(None) {
        Ok(pools) => pools,
        Err(error) => {
            let failure = hermes_errors::Failure::of(&error);
            let next = format!("it was not touched; see: hermes guide {}", failure.code);
            return vec![Finding::broken("credentials", failure.message, next)];
        }
    };
    let count: usize = pools.iter().map(|pool| pool.entries.len()).sum();
    let mut findings = vec![Finding::fine(
        "credentials",
        format!("{count} known; kept in {shown}"),
    )];
    if let Ok(meta) = fs::metadata(&path)
        && meta.permissions().mode() & 0o077 != 0
    {
        findings.push(
            Finding::warning(
                "credentials",
                format!("others may read {shown}"),
                format!("chmod 600 {}; else the next change does it", quoted(&path)),
            )
            .fixed_by(Fix::close(&path, world)),
        );
    }
    findings.extend(leftovers(world, &credentials));
    findings.extend(sign_ins(world));
    for pool in &pools {
        findings.extend(
            pool.entries
                .iter()
                .filter_map(|entry| credential(&pool.provider, entry)),
        );
    }
    findings
}

/// Files that are of no use any more, and may hold what was in use.
fn leftovers(world: &World, credentials: &Credentials) -> Option<Finding> {
    let leftovers = credentials.leftovers().ok()?;
    let first = world.display(&leftovers.first()?.path);
    let evidence = match leftovers.len() {
        1 => format!("{first} is of no use any more"),
        more => format!("{first} and {} files more are of no use any more", more - 1),
    };
    let finding = Finding::warning("leftovers", evidence, "hermes doctor --fix");
    Some(finding.fixed_by(Fix::Tidy(leftovers)))
}

/// Sign-ins that `auth add --no-wait` began and nobody finished: what is kept of them holds secrets
/// that are of no use any more.
fn sign_ins(world: &World) -> Option<Finding> {
    let paths = Attempts::of(&world.home).leftovers(world.ports.clock.now());
    let first = world.display(paths.first()?);
    let evidence = match paths.len() {
        1 => format!("{first} is of a sign-in that nobody finished in time"),
        more => format!(
            "{first} and {} files more are of sign-ins that nobody finished in time",
            more - 1
        ),
    };
    let finding = Finding::warning("leftovers", evidence, "hermes doctor --fix");
    Some(finding.fixed_by(Fix::EndSignIns(paths)))
}

fn credential(provider: &str, entry: &Entry) -> Option<Finding> {
    let label = plain(&entry.label, LABEL_LIMIT);
    let name = format!("{provider} \"{label}\"");
    if entry.interrupted_refresh.is_some() {
        return Some(Finding::warning(
            "credentials",
            format!("a refresh of {name} was cut off; its token may be spent"),
            format!("hermes auth refresh {provider}"),
        ));
    }
    let again = format!("hermes auth add {provider}");
    match &entry.state {
        State::Ready => None,
        State::CoolingDown { .. } => Some(Finding::warning(
            "credentials",
            format!("{name} is resting after a refusal"),
            format!("hermes auth reset {provider}"),
        )),
        State::Dead { reason } => {
            let reason = plain(reason, LABEL_LIMIT);
            Some(Finding::warning(
                "credentials",
                format!("{name} is dead: {reason}"),
                again,
            ))
        }
        State::Expired => Some(Finding::warning(
            "credentials",
            format!("{name} has expired"),
            again,
        )),
        State::Missing => Some(Finding::warning(
            "credentials",
            format!("{name} is a variable that is not set"),
            format!("hermes auth remove {provider} {}", entry.id),
        )),
    }
}

fn ports(table: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    for provider in table
        .iter()
        .filter(|provider| provider.flows.contains(&Flow::Loopback))
    {
        let Some(loopback) = &provider.loopback else {
            continue;
        };
        let Some(owner) = hermes_login::port_owner(loopback.port) else {
            continue;
        };
        let evidence = format!("port {} is in use by {owner}", loopback.port);
        let next = match loopback.any_port {
            true => format!(
                "{} takes another port by itself; read the one it prints",
                provider.short_name()
            ),
            false => format!(
                "end that program, or: hermes auth add {} --flow paste",
                provider.id
            ),
        };
        findings.push(Finding::warning("ports", evidence, next));
    }
    findings
}
