use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use hermes_credentials::Settings;

use super::{Finding, fix::Fix};
use crate::{
    commands::{lasting, whose},
    world::World,
};

/// The directory and the files in it that commands need before anything else.
pub(super) fn look(world: &World) -> Vec<Finding> {
    let mut findings = vec![directory(world)];
    findings.extend(lasting::doubt(world).map(|doubt| {
        let shown = world.display(world.home.path());
        Finding::warning(
            "home",
            format!("{shown} {doubt}"),
            "keep it on a disk, or in a volume: hermes guide gateway",
        )
    }));
    findings.extend(files(world));
    findings.extend(clock(world));
    findings.push(match world.table() {
        Ok(table) => Finding::fine(
            "providers",
            format!("the table has {} providers", table.iter().count()),
        ),
        Err(failure) => Finding::broken(
            "providers",
            failure.message,
            format!(
                "mend or move away {}",
                world.display(&world.home.providers_toml())
            ),
        ),
    });
    if let Err(error) = Settings::read(&world.home) {
        let path = world.display(&world.home.config_yaml());
        findings.push(Finding::warning(
            "config",
            error.to_string(),
            format!("mend {path}; until then Hermes takes it for empty, and never writes it"),
        ));
    }
    if let Some(bundle) = world.environment.path("HERMES_CA_BUNDLE")
        && let Err(error) = fs::File::open(&bundle)
    {
        findings.push(Finding::broken(
            "tls",
            format!("`HERMES_CA_BUNDLE` names `{}`: {error}", bundle.display()),
            "correct or unset HERMES_CA_BUNDLE",
        ));
    }
    findings
}

fn directory(world: &World) -> Finding {
    let path = world.home.path();
    let shown = world.display(path);
    let Ok(meta) = fs::metadata(path) else {
        return Finding::fine(
            "home",
            format!("{shown} does not exist yet; the first sign-in makes it"),
        )
        .fixed_by(Fix::MakeHome(path.to_owned()));
    };
    if let Some(stranger) = whose::doubt(world) {
        return Finding::broken(
            "home",
            format!("{shown} {stranger}"),
            format!(
                "run hermes as that user: sudo -u '#{}' -i hermes …",
                stranger.owner
            ),
        );
    }
    match meta.permissions().mode() & 0o077 {
        0 => Finding::fine("home", format!("{shown}, which only you can enter")),
        _ => Finding::warning(
            "home",
            format!("others may enter {shown}"),
            format!("chmod 700 {}", quoted(path)),
        )
        .fixed_by(Fix::close(path, world)),
    }
}

/// Files of the home that others may read or enter and should not.
fn files(world: &World) -> Vec<Finding> {
    let home = world.home.path();
    let open = |path: &Path| {
        let meta = fs::metadata(path).ok()?;
        if meta.permissions().mode() & 0o077 == 0 {
            return None;
        }
        let shown = world.display(path);
        let (evidence, mode) = match meta.is_dir() {
            true => (format!("others may enter {shown}"), "700"),
            false => (format!("others may read {shown}"), "600"),
        };
        let next = format!("chmod {mode} {}", quoted(path));
        Some(Finding::warning("home", evidence, next).fixed_by(Fix::close(path, world)))
    };
    let paths = [
        world.home.dot_env(),
        world.home.run(),
        // Copies of credentials that upstream's program makes.
        home.join("auth.json.corrupt"),
        home.join(".anthropic_oauth.json"),
    ];
    paths.iter().filter_map(|path| open(path)).collect()
}

/// A clock that runs behind makes expired tokens look fresh. Without a network the only witness is
/// the file system: a file of ours that is newer than now.
fn clock(world: &World) -> Option<Finding> {
    let written = fs::metadata(world.home.auth_json()).ok()?.mtime();
    let ahead = written - world.ports.clock.now().as_second();
    (ahead > 60).then(|| {
        Finding::warning(
            "clock",
            format!("auth.json was written {ahead} s in the future"),
            "set the clock: timedatectl set-ntp true",
        )
    })
}

pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
