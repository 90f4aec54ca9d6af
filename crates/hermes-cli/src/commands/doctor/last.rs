//! Why the last sign-in on this host did not complete: from its record, and from what listens on
//! this machine now. Nothing is asked of the network.

mod causes;

use hermes_login::host::{HostProbe, SystemHost, listeners};
use hermes_machine::Environment;
use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;

use super::{Finding, fix::Fix};
use crate::{
    last_sign_in::{self, Record, SIGNED_IN},
    world::World,
};

/// How far clocks may differ: the tokens of most providers live for an hour, codes for a minute.
const SKEW: i64 = 60;

/// Reads the record and explains it.
pub(super) fn look(world: &World) -> Vec<Finding> {
    let record = match Record::load(&world.home) {
        Ok(Some(record)) => record,
        Ok(None) => {
            return vec![Finding::fine(
                "last sign-in",
                "none was tried in this home yet",
            )];
        }
        Err(error) => {
            let path = last_sign_in::path(&world.home);
            let evidence = format!("{} cannot be read: {error}", world.display(&path));
            let next = "the next sign-in replaces it; nothing depends on it";
            let finding = Finding::warning("last sign-in", evidence, next);
            return vec![finding.fixed_by(Fix::Remove(path))];
        }
    };
    let view = View {
        record: &record,
        probe: &SystemHost,
        environment: &world.environment,
        now: world.ports.clock.now(),
    };
    view.explain()
}

/// What an explanation is made of.
struct View<'a> {
    record: &'a Record,
    probe: &'a dyn HostProbe,
    environment: &'a Environment,
    now: Timestamp,
}

impl View<'_> {
    fn explain(&self) -> Vec<Finding> {
        let mut causes = Vec::new();
        if !self.is_done() {
            let listeners = listeners(self.probe);
            causes.extend(self.port(&listeners));
            causes.extend(self.families(&listeners));
            causes.extend(self.https_only());
            causes.extend(self.local_network());
            causes.extend(self.old_answer());
            causes.extend(self.tunnel(&listeners));
            causes.extend(self.proxy());
            causes.extend(self.browser());
        }
        causes.extend(self.clock());
        let mut findings = vec![self.summary(causes.first())];
        findings.extend(causes);
        findings
    }

    fn is_done(&self) -> bool {
        self.record.outcome.as_deref() == Some(SIGNED_IN)
    }

    /// Whether the process of the record still waits.
    fn is_waiting(&self) -> bool {
        let id = self.record.process;
        let name = self.probe.read(&format!("/proc/{id}/comm"));
        self.record.ended.is_none() && name.is_some_and(|name| name.trim() == "hermes")
    }

    fn is_loopback(&self) -> bool {
        self.record.is_loopback()
    }

    fn has_outcome(&self, codes: &[&str]) -> bool {
        let outcome = self.record.outcome.as_deref();
        outcome.is_some_and(|outcome| codes.contains(&outcome))
    }

    /// The sign-in ended, or still stands, with nobody having come to the listener with an answer.
    fn in_vain(&self) -> bool {
        let waited = self.record.redirect_uri.is_some() && self.is_loopback();
        let answered = self.record.count("answer") > 0;
        let over = self.record.outcome.is_none()
            || self.has_outcome(&["auth.callback_timeout", "cli.interrupted"]);
        waited && !answered && over
    }

    fn provider(&self) -> String {
        plain(&self.record.provider, LABEL_LIMIT)
    }

    fn again(&self) -> String {
        format!("hermes auth add {}", self.provider())
    }

    fn port_number(&self) -> Option<u16> {
        self.record.port.or(self.record.wanted_port)
    }

    /// The tunnel that was printed, or one to this port by its form.
    fn tunnel_line(&self) -> String {
        match (&self.record.tunnel, self.port_number()) {
            (Some(tunnel), _) => plain(tunnel, LABEL_LIMIT),
            (None, Some(port)) => format!("ssh -N -L 127.0.0.1:{port}:127.0.0.1:{port} USER@HOST"),
            (None, None) => "hermes guide oauth-over-ssh".to_owned(),
        }
    }

    fn summary(&self, cause: Option<&Finding>) -> Finding {
        let record = self.record;
        let flow = record.flow.as_deref().unwrap_or("no flow yet");
        let mut what = format!("{} by {}", self.provider(), plain(flow, 20));
        if let Some(uri) = &record.redirect_uri {
            what.push_str(&format!(" on {}", plain(uri, LABEL_LIMIT)));
        }
        if let Some(age) = record.age(self.now).filter(|age| *age >= 0) {
            what.push_str(&format!(", {} ago", duration(age)));
        }
        if self.is_done() {
            return Finding::fine("last sign-in", format!("{what}: completed"));
        }
        let (how, next) = match (&record.outcome, self.is_waiting()) {
            (Some(code), _) => {
                let code = plain(code, 60);
                let message = record.message.as_deref().unwrap_or_default();
                (
                    format!("{code}: {}", plain(message, LABEL_LIMIT)),
                    format!("hermes guide {code}"),
                )
            }
            (None, true) => (
                format!("still waiting, as process {}", record.process),
                "finish it in the browser, or end it with Ctrl-C".to_owned(),
            ),
            (None, false) => ("it was ended from outside".to_owned(), self.again()),
        };
        // The first cause is the likeliest one, and one fix is enough.
        let next = cause.and_then(|cause| cause.next.clone()).unwrap_or(next);
        Finding::warning("last sign-in", format!("{what}: {how}"), next)
    }

    /// The provider's word where there is one, else a record from the future.
    fn clock(&self) -> Option<Finding> {
        let next = "set the clock: timedatectl set-ntp true";
        let ahead = self.record.clock_ahead_seconds.unwrap_or_default();
        let skew = ahead.checked_abs().unwrap_or(i64::MAX);
        if skew > SKEW {
            let side = if ahead > 0 { "behind" } else { "ahead of" };
            let evidence = format!("this clock is {} {side} the provider's", duration(skew));
            return Some(Finding::warning("clock", evidence, next));
        }
        let age = self.record.age(self.now)?;
        (age < -SKEW).then(|| {
            let ahead = duration(age.checked_abs().unwrap_or(i64::MAX));
            let evidence = format!("the last sign-in was {ahead} in the future");
            Finding::warning("clock", evidence, next)
        })
    }
}

fn duration(seconds: i64) -> String {
    match seconds {
        days if days >= 172_800 => format!("{} days", days / 86_400),
        hours if hours >= 7200 => format!("{} h", hours / 3600),
        minutes if minutes >= 120 => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests;
