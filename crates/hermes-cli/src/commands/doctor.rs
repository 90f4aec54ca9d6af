//! `hermes doctor`: what this machine is like, what is broken, one fix for each. It needs no
//! sign-in, no network, and no valid file. With `--url` it looks at a gateway from outside instead.

mod certificate;
mod credentials;
mod fix;
mod home;
mod last;
mod outside;
mod surroundings;
mod users;

use std::time::Duration;

use hermes_errors::Failure;
use hermes_machine::Environment;
use serde_json::json;

use self::fix::{Change, Fix};
use super::{Done, Stop};
use crate::{args::DoctorArgs, output::Output, world::World};

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
pub(super) struct Finding {
    /// What was looked at, one word or two.
    subject: &'static str,
    weight: Weight,
    /// What was seen.
    evidence: String,
    /// What follows from it, or what to do about it.
    next: Option<String>,
    /// What `--fix` does about it, if that is safe.
    fix: Option<Fix>,
}

impl Finding {
    pub(super) fn fine(subject: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            subject,
            weight: Weight::Fine,
            evidence: evidence.into(),
            next: None,
            fix: None,
        }
    }

    pub(super) fn warning(
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
            fix: None,
        }
    }

    pub(super) fn broken(
        subject: &'static str,
        evidence: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        let (evidence, next) = (evidence.into(), Some(next.into()));
        Self {
            subject,
            weight: Weight::Broken,
            evidence,
            next,
            fix: None,
        }
    }

    /// Whether it needs nobody's attention.
    pub(super) fn is_fine(&self) -> bool {
        self.weight == Weight::Fine
    }

    /// The same with what `--fix` does about it.
    fn fixed_by(self, fix: impl Into<Option<Fix>>) -> Self {
        let fix = fix.into();
        Self { fix, ..self }
    }
}

/// Looks at everything, fixes what is asked for, and fails if something is broken.
pub(super) fn run(
    args: &DoctorArgs,
    environment: &Environment,
    profile: Option<&str>,
    output: Output,
) -> Done {
    if let Some(url) = &args.url {
        let mut findings = outside::look(url, environment);
        if let Some(seconds) = args.idle {
            let span = Duration::from_secs(seconds);
            let world = World::new(environment.clone(), profile, true)?;
            findings.push(outside::idle::look(url, span, &world, environment));
        }
        return told(&findings, &[], args, output);
    }
    let world = World::new(environment.clone(), profile, true);
    let mut findings = look(environment, &world);
    let mut changes = Vec::new();
    if args.fix
        && let Ok(here) = &world
    {
        let fixes: Vec<Fix> = findings
            .iter_mut()
            .filter_map(|one| one.fix.take())
            .collect();
        changes = match args.dry_run {
            true => fixes.iter().flat_map(Fix::changes).collect(),
            false => fixes.iter().flat_map(|fix| fix.apply(here)).collect(),
        };
        // What stands in the way afterwards is what counts.
        findings = look(environment, &world);
        if !output.json {
            let lines: String = changes.iter().map(|change| change.line(here)).collect();
            output.data(&if args.ascii { ascii(&lines) } else { lines })?;
        }
    }
    told(&findings, &changes, args, output)
}

/// Shows it, and fails if something is broken.
fn told(findings: &[Finding], changes: &[Change], args: &DoctorArgs, output: Output) -> Done {
    show(findings, changes, args, output)?;
    let broken = findings.iter().any(|one| one.weight == Weight::Broken);
    match broken || changes.iter().any(Change::has_failed) {
        true => Err(Stop::Said(hermes_errors::Outcome::Failed)),
        false => Ok(()),
    }
}

fn look(environment: &Environment, world: &Result<World, Failure>) -> Vec<Finding> {
    let mut findings = surroundings::look(environment);
    match world {
        Err(failure) => findings.push(Finding::broken(
            "home",
            failure.message.clone(),
            failure.next_step.clone(),
        )),
        Ok(world) => {
            findings.extend(home::look(world));
            findings.extend(credentials::look(world));
            findings.extend(certificate::look(world));
            findings.extend(users::look(world));
            findings.extend(last::look(world));
        }
    }
    findings
}

fn show(findings: &[Finding], changes: &[Change], args: &DoctorArgs, output: Output) -> Done {
    let count = |weight| findings.iter().filter(|one| one.weight == weight).count();
    let (broken, warnings) = (count(Weight::Broken), count(Weight::Warning));
    let fixable = |one: &&Finding| one.weight != Weight::Fine && one.fix.is_some();
    let fixable = findings.iter().filter(fixable).count();
    let shown = findings
        .iter()
        .filter(|finding| !args.summary || finding.weight != Weight::Fine);
    if output.json {
        let mut report = json!({
            "findings": shown.map(shape).collect::<Vec<_>>(),
            "summary": { "broken": broken, "warnings": warnings, "fixable": fixable },
        });
        if args.fix {
            report["dry_run"] = args.dry_run.into();
            report["changes"] = changes.iter().map(Change::shape).collect();
        }
        output.json(&report)?;
        return Ok(());
    }
    let report: String = match args.ascii {
        true => shown
            .map(|finding| ascii(&line(finding, &format!("{:<7}", word(finding.weight)))))
            .collect(),
        false => shown.map(text).collect(),
    };
    output.data(&report)?;
    output.say(&format!("{broken} broken, {warnings} to know about."));
    output.say(&match (args.fix, args.dry_run, changes.len()) {
        (true, _, 0) => "There was nothing to fix that is safe to do unasked.".to_owned(),
        (true, true, _) => "Nothing was changed. Without --dry-run it is.".to_owned(),
        (true, false, _) => return Ok(()),
        (false, ..) if fixable == 0 => return Ok(()),
        (false, ..) => format!(
            "{fixable} can be fixed: hermes doctor --fix --dry-run says how, --fix does it."
        ),
    });
    Ok(())
}

/// The finding for a program.
pub(super) fn shape(finding: &Finding) -> serde_json::Value {
    json!({
        "subject": finding.subject,
        "weight": word(finding.weight),
        "evidence": finding.evidence,
        "next": finding.next,
        "fixable": finding.fix.is_some(),
    })
}

const fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Fine => "fine",
        Weight::Warning => "warning",
        Weight::Broken => "broken",
    }
}

const fn mark(weight: Weight) -> &'static str {
    match weight {
        Weight::Fine => "✓",
        Weight::Warning => "!",
        Weight::Broken => "✗",
    }
}

/// The finding for a person.
pub(super) fn text(finding: &Finding) -> String {
    line(finding, mark(finding.weight))
}

fn line(finding: &Finding, mark: &str) -> String {
    let next = finding.next.iter().flat_map(|next| next.lines());
    let next: String = next.map(|line| format!("      {line}\n")).collect();
    format!(
        "{mark} {:<13} {}\n{}",
        finding.subject, finding.evidence, next
    )
}

/// The same for whoever can show or hear nothing else.
fn ascii(text: &str) -> String {
    let plain = text.replace('…', "...");
    let escape = |ch: char| match ch.is_ascii() {
        true => ch.to_string(),
        false => ch.escape_unicode().to_string(),
    };
    plain.chars().map(escape).collect()
}
