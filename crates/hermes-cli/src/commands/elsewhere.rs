//! The right user: a gateway on this host that runs as somebody else, or in another home, does not
//! see what is saved here. Whoever signs in learns of it before and after, with the line to type.

use hermes_errors::Failure;
use hermes_login::host::{HostProbe, Service, SystemHost, services as on_host, strangers};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::{Value, json};

use crate::{output::Output, world::World};

/// A service that does not see this home.
pub(crate) struct Elsewhere {
    service: Service,
    probe: &'static dyn HostProbe,
}

impl Elsewhere {
    /// The line that signs in for it, with what comes behind `hermes auth add`.
    pub(crate) fn line(&self, adds: &str) -> String {
        self.service.command_line(self.probe, adds)
    }

    /// Who it is: `` `hermes serve` (process 77) runs as svc in /srv/svc/.hermes ``.
    pub(crate) fn describe(&self) -> String {
        let (service, user) = (self.service.describe(), self.service.name());
        let home = self.home().map(|home| format!(" in {home}"));
        format!("{service} runs as {user}{}", home.unwrap_or_default())
    }

    fn home(&self) -> Option<String> {
        let home = self.service.home.as_ref()?;
        Some(plain(&home.display().to_string(), LABEL_LIMIT))
    }
}

/// The services of this host that would not see what is saved in this home.
pub(crate) fn services(world: &World) -> Vec<Elsewhere> {
    static PROBE: SystemHost = SystemHost;
    let services = on_host(&PROBE, &world.environment);
    let strangers = strangers(&PROBE, world.home.path(), services).into_iter();
    let elsewhere = strangers.map(|service| Elsewhere {
        service,
        probe: &PROBE,
    });
    elsewhere.collect()
}

/// Says so before it starts.
pub(crate) fn before(services: &[Elsewhere], adds: &str, output: Output) -> Result<(), Failure> {
    if output.json {
        if !services.is_empty() {
            let services = shapes(services, adds);
            output.json(&json!({"event": "other_user", "services": services}))?;
        }
        return Ok(());
    }
    for service in services {
        output.say(&format!("Note: {}.", service.describe()));
        output.say("  It will not see a credential that is saved here. To sign in for it:");
        output.say(&format!("  {}", service.line(adds)));
    }
    Ok(())
}

/// Says so once more, where the next step is named.
pub(crate) fn after(services: &[Elsewhere], adds: &str, output: Output) {
    for remark in remarks(services, adds) {
        output.say(&format!("  {remark}"));
    }
}

/// What is to be said of a credential that they do not see, a line each.
pub(crate) fn remarks(services: &[Elsewhere], adds: &str) -> Vec<String> {
    let of = |elsewhere: &Elsewhere| {
        let service = elsewhere.service.describe();
        let what = format!("{service} does not see it. Sign in for it too:");
        [what, elsewhere.line(adds)]
    };
    services.iter().flat_map(of).collect()
}

/// The same for a program.
pub(crate) fn shapes(services: &[Elsewhere], adds: &str) -> Vec<Value> {
    let shape = |elsewhere: &Elsewhere| {
        json!({
            "service": elsewhere.service.describe(),
            "user": elsewhere.service.name(),
            "home": elsewhere.home(),
            "command": elsewhere.line(adds),
        })
    };
    services.iter().map(shape).collect()
}
