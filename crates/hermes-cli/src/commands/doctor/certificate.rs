use hermes_gateway::{settings::Flags, tls::Pair};
use hermes_host::{certificate, config::Found};

use super::Finding;
use crate::world::World;

/// The certificate that the gateway of this home shows, or would show. Settings that are not good
/// are for `hermes config check`.
pub(super) fn look(world: &World) -> Vec<Finding> {
    let settings = Found::read(world, &Flags::default()).and_then(|it| it.into_settings(world));
    let files = settings.ok().and_then(|it| certificate::files(&it, world));
    let Some(files) = files else {
        return Vec::new();
    };
    let renew = "renew it; a gateway that runs takes the new files by itself";
    let pair = match Pair::read(&files) {
        Ok(pair) => pair,
        Err(error) => {
            return vec![Finding::broken(
                "tls",
                error.to_string(),
                "hermes config check",
            )];
        }
    };
    let now = world.ports.clock.now();
    let certificate = pair.certificate();
    let (name, ends) = (files.cert.display(), certificate.not_after);
    let mut findings = vec![match certificate.trouble(now) {
        None => Finding::fine(
            "tls",
            format!("`{name}` ends on {}", ends.strftime("%Y-%m-%d")),
        ),
        Some(trouble) if certificate.is_in_force(now) => {
            Finding::warning("tls", format!("`{name}` {trouble}"), renew)
        }
        Some(trouble) => Finding::broken("tls", format!("`{name}` {trouble}"), renew),
    }];
    if pair.is_open() {
        let key = files.key.display();
        let evidence = format!("everybody on this machine may read `{key}`");
        findings.push(Finding::warning(
            "tls",
            evidence,
            format!("chmod o= '{key}'"),
        ));
    }
    findings
}
