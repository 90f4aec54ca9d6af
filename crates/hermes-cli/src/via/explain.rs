use hermes_errors::{Code, Failure};
use hermes_login::via::{Standing, ViaError};

use super::{
    run::Errand,
    ssh::{FOREIGN, MISSING, NO_CONNECTION},
};

/// What the end of the streams and that of ssh mean together.
pub(super) fn explain(
    error: &ViaError,
    status: Option<i32>,
    name: &str,
    again: &str,
    errand: &Errand<'_>,
) -> Failure {
    let provider = &errand.request.provider.id;
    let tunnel = format!(
        "on {name}: hermes auth add {provider}, and the tunnel that it prints; \
         or name the program by --remote-hermes PATH"
    );
    let short = errand.request.provider.short_name();
    let cut_short = |code, what: &str, standing| {
        let (ending, next) = match standing {
            Standing::NotSaved => ("; nothing was saved there", again.to_owned()),
            Standing::Unknown => (
                " before it was told whether it was saved there",
                look(errand, name, again),
            ),
            Standing::Saved => (
                " after it had been saved there",
                format!("on {name}: hermes auth list {provider}"),
            ),
        };
        let sign_in = format!("the sign-in to {short} on {name}");
        Failure::new(code, format!("{sign_in} {what}{ending}")).with_next_step(next)
    };
    match error {
        ViaError::NoHello => {}
        ViaError::Lost { standing } => {
            return cut_short(Code::ViaLost, "lost its connection", *standing);
        }
        ViaError::Stopped { standing } => {
            return cut_short(Code::Interrupted, "was stopped", *standing);
        }
        error => {
            let failure = Failure::of(error).for_provider(provider);
            if failure.code == Code::ViaHermesForeign {
                return failure.with_next_step(tunnel);
            }
            let next = match failure
                .next_step
                .strip_prefix(&format!("hermes auth add {provider}"))
            {
                // That would sign in this machine.
                Some(flags) => {
                    let adds = format!("auth add {}", errand.args.provider);
                    again.replacen(&adds, &format!("{adds}{flags}"), 1)
                }
                None => there(error, &failure.next_step, name),
            };
            return failure.with_next_step(next);
        }
    }
    match status {
        Some(MISSING) => {
            let message = format!("there is no `hermes` on {name}");
            Failure::new(Code::ViaHermesMissing, message).with_next_step(tunnel)
        }
        Some(FOREIGN) => {
            let message = format!("the `hermes` on {name} is upstream's program in Python");
            Failure::new(Code::ViaHermesForeign, message).with_next_step(tunnel)
        }
        Some(NO_CONNECTION) => {
            let message =
                format!("ssh could not connect to {name}, or lost it before `hermes` answered");
            Failure::new(Code::ViaSshFailed, message)
        }
        None => {
            let message = format!("ssh was ended before `hermes` on {name} had answered");
            Failure::new(Code::ViaSshFailed, message)
        }
        Some(_) => {
            let message = format!(
                "what answered on {name} is another program of the name, or a `hermes` that is \
                 too old for --via"
            );
            Failure::new(Code::ViaHermesForeign, message).with_next_step(tunnel)
        }
    }
}

/// A command for the machine that it is about: what a host reported is about the host.
fn there(error: &ViaError, command: &str, name: &str) -> String {
    let is_local = !command.starts_with("hermes ") || command.starts_with("hermes guide ");
    match error {
        ViaError::Remote { .. } if !is_local => format!("on {name}: {command}"),
        _ => command.to_owned(),
    }
}

/// How to find out whether the host has saved it.
fn look(errand: &Errand<'_>, name: &str, again: &str) -> String {
    let sign_in = &errand.args.sign_in;
    if sign_in.force || sign_in.label.is_some() {
        // There may be another account, which would be taken for this one.
        return format!("on {name}: hermes auth list {}", errand.request.provider.id);
    }
    format!("{again} (it signs in only if nothing was saved)")
}
