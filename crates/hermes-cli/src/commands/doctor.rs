//! `hermes doctor`: what this machine is like, what is broken, one fix for each. It needs no
//! sign-in, no network, and no valid file.

mod credentials;
mod home;
mod last;
mod surroundings;
mod users;

use hermes_machine::Environment;
use serde_json::json;

use super::{Done, Stop};
use crate::{output::Output, world::World};

/// How a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// As it should be, or simply so.
    Fine,
    /// May get in the way.
    Warning,
    /// Is in the way.
    Broken,
}

/// One thing that was looked at.
struct Finding {
    /// What was looked at, one word or two.
    subject: &'static str,
    weight: Weight,
    /// What was seen.
    evidence: String,
    /// What follows from it, or what to do about it.
    next: Option<String>,
}

impl Finding {
    fn fine(subject: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            subject,
            weight: Weight::Fine,
            evidence: evidence.into(),
            next: None,
        }
    }

    fn warning(
        subject: &'static str,
        evidence: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        let (evidence, next) = (evidence.into(), Some(next.into()));
        Self {
            subject,
            weight: Weight::Warning,
            evidence,
            next,
        }
    }

    fn broken(subject: &'static str, evidence: impl Into<String>, next: impl Into<String>) -> Self {
        let (evidence, next) = (evidence.into(), Some(next.into()));
        Self {
            subject,
            weight: Weight::Broken,
            evidence,
            next,
        }
    }
}

/// Looks at everything, and fails if something is broken.
pub(super) fn run(environment: &Environment, profile: Option<&str>, output: Output) -> Done {
    let mut findings = surroundings::look(environment);
    match World::new(environment.clone(), profile, true) {
        Err(failure) => findings.push(Finding::broken("home", failure.message, failure.next_step)),
        Ok(world) => {
            findings.extend(home::look(&world));
            findings.extend(credentials::look(&world));
            findings.extend(users::look(&world));
            findings.extend(last::look(&world));
        }
    }
    show(&findings, output)?;
    match findings
        .iter()
        .any(|finding| finding.weight == Weight::Broken)
    {
        true => Err(Stop::Said(hermes_errors::Outcome::Failed)),
        false => Ok(()),
    }
}

fn show(findings: &[Finding], output: Output) -> Done {
    if output.json {
        let findings: Vec<_> = findings.iter().map(shape).collect();
        output.json(&json!({ "findings": findings }))?;
        return Ok(());
    }
    let text: String = findings.iter().map(line).collect();
    output.data(&text)?;
    let count = |weight| {
        findings
            .iter()
            .filter(|finding| finding.weight == weight)
            .count()
    };
    let (broken, warnings) = (count(Weight::Broken), count(Weight::Warning));
    output.say(&format!("{broken} broken, {warnings} to know about."));
    Ok(())
}

fn shape(finding: &Finding) -> serde_json::Value {
    json!({
        "subject": finding.subject,
        "weight": match finding.weight {
            Weight::Fine => "fine",
            Weight::Warning => "warning",
            Weight::Broken => "broken",
        },
        "evidence": finding.evidence,
        "next": finding.next,
    })
}

fn line(finding: &Finding) -> String {
    let mark = match finding.weight {
        Weight::Fine => "✓",
        Weight::Warning => "!",
        Weight::Broken => "✗",
    };
    let next = finding.next.as_ref().map(|next| format!("      {next}\n"));
    format!(
        "{mark} {:<13} {}\n{}",
        finding.subject,
        finding.evidence,
        next.unwrap_or_default()
    )
}
