use hermes_errors::Failure;
use hermes_gateway::{
    gateway::Gateway,
    methods::Methods,
    mode::Mode,
    settings::{Flags, Row, Settings},
};
use tokio::signal::unix::Signal;
use tracing::{info, warn};

use crate::{commands::config::Found, world::World};

/// Reads the settings again at each signal: all of them, or none if one is not good.
pub(super) async fn at_each(
    mut asked: Signal,
    mut settings: Settings,
    flags: &Flags,
    gateway: &Gateway,
    world: &World,
) {
    while asked.recv().await.is_some() {
        match read(flags, world) {
            Ok((new, methods)) => {
                // A gateway without sign-in does not become one with it while it runs: its token
                // would go on to open it.
                let methods_wait = gateway.mode() == Mode::Token;
                if !methods_wait {
                    gateway.set_methods(methods);
                }
                let restart = needs_restart(settings.rows(), new.rows(), methods_wait);
                if restart.is_empty() {
                    info!("settings read again");
                } else {
                    let keys = restart.join(", ");
                    warn!(keys, "settings read again; these wait for a restart");
                    // They stay as they were, so that the next reload says so again.
                    continue;
                }
                settings = new;
            }
            Err(failure) => warn!(
                code = failure.code.as_str(),
                reason = failure.message,
                "settings not read again; those before stay in force"
            ),
        }
    }
}

fn read(flags: &Flags, world: &World) -> Result<(Settings, Methods), Failure> {
    let settings = Found::read(world, flags)?.into_settings(world)?;
    let methods = super::methods(&settings, world)?;
    Ok((settings, methods))
}

/// The keys that have changed and are read at the start alone: all but those of the OpenID Connect
/// issuers. A secret is compared as its row is, by being there.
fn needs_restart(old: &[Row], new: &[Row], methods_wait: bool) -> Vec<String> {
    let value = |rows: &[Row], key: &str| {
        let row = rows.iter().find(|row| row.key == key);
        row.map(|row| row.value.clone())
    };
    let keys = old.iter().chain(new).map(|row| row.key.as_str());
    let mut changed: Vec<String> = keys
        .filter(|key| methods_wait || !key.starts_with("gateway.oidc."))
        .filter(|key| value(old, key) != value(new, key))
        .map(str::to_owned)
        .collect();
    changed.sort();
    changed.dedup();
    changed
}
