use std::sync::Arc;

use hermes_credentials::{Check, Checked, Entry, PoolStrategy, State, Status};
use hermes_errors::{Failure, Outcome};
use hermes_login::turns::{Attempts, Waiting};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::{
    account::{self, Account},
    shape, turns,
};
use crate::{
    args::StatusArgs,
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Says who is signed in.
pub(super) fn run(args: &StatusArgs, world: &World, output: Output) -> Done {
    match &args.provider {
        Some(name) => one(name, args.account.as_deref(), args.check, world, output),
        None => everybody(world, output),
    }
}

/// One provider: local and instant, unless the provider is to be asked.
pub(super) fn one(
    name: &str,
    account: Option<&str>,
    check: bool,
    world: &World,
    output: Output,
) -> Done {
    let opened = super::open(name, world)?;
    let account = Account::choose(&opened.id, account, &world.environment);
    let about = |error| account.stop(&opened.id, &error);
    let status = account
        .status(&opened.id, &opened.credentials)
        .map_err(about)?;
    let check = match check && status.signed_in {
        true => {
            let check = opened.credentials.check(&opened.id, account.target());
            Some(super::block_on(check)?.map_err(about)?)
        }
        false => None,
    };
    let now = world.ports.clock.now();
    let mut pending = Attempts::of(&world.home).kept(now);
    pending.retain(|waiting| waiting.provider == opened.id);
    let shown = Shown {
        status: &status,
        account: &account,
        check: check.as_ref(),
        problem: None,
        strategy: world.settings().strategy(&opened.id),
    };
    if output.json {
        let mut json = shown.json();
        json["pending"] = pending_json(&pending, world);
        output.json(&json)?;
    } else {
        output.data(&shown.text())?;
        say_pending(&pending, world, output);
    }
    if status.signed_in {
        return Ok(());
    }
    if !output.json {
        output.say(&format!("  next: hermes auth add {}", opened.id));
    }
    Err(Stop::Said(Outcome::SignInNeeded))
}

/// Every provider that has a credential.
fn everybody(world: &World, output: Output) -> Done {
    let credentials = world.credentials(&Arc::new(world.table()?));
    let pools = credentials
        .list(None)
        .map_err(|error| Failure::of(&error))?;
    let mut all = Vec::new();
    for pool in &pools {
        all.push(
            account::status_among_all(&pool.provider, &credentials, &world.environment)
                .map_err(|error| Failure::of(&error))?,
        );
    }
    let settings = world.settings();
    let shown = all.iter().map(|(status, account, problem)| Shown {
        status,
        account,
        check: None,
        problem: problem.as_deref(),
        strategy: settings.strategy(&status.provider),
    });
    let pending = Attempts::of(&world.home).kept(world.ports.clock.now());
    if output.json {
        let providers: Vec<_> = shown.map(|shown| shown.json()).collect();
        let pending = pending_json(&pending, world);
        output.json(&json!({ "providers": providers, "pending": pending }))?;
    } else {
        output.data(&shown.map(|shown| shown.text()).collect::<String>())?;
        say_pending(&pending, world, output);
    }
    if all.iter().any(|(status, ..)| status.signed_in) {
        return Ok(());
    }
    if !output.json {
        output.say("Nobody is signed in.\n  next: hermes auth add <provider>");
    }
    Err(Stop::Said(Outcome::SignInNeeded))
}

fn pending_json(pending: &[Waiting], world: &World) -> serde_json::Value {
    let pending = pending.iter();
    pending
        .map(|waiting| turns::pending(waiting, world))
        .collect()
}

fn say_pending(pending: &[Waiting], world: &World, output: Output) {
    for waiting in pending {
        output.say(&turns::line(waiting, world));
    }
}

/// What is shown of one provider.
struct Shown<'a> {
    status: &'a Status,
    account: &'a Account,
    check: Option<&'a Check>,
    /// Why the account that was named is not used.
    problem: Option<&'a str>,
    /// How upstream's program spreads use over the pool.
    strategy: Option<PoolStrategy>,
}

impl Shown<'_> {
    fn json(&self) -> serde_json::Value {
        let status = self.status;
        let account = self.check.and_then(|check| check.account.as_ref());
        json!({
            "provider": status.provider,
            "signed_in": status.signed_in,
            "reason": self.reason(),
            "credential": status.current.as_ref().map(shape::entry),
            "credentials": status.entries.iter().map(shape::entry).collect::<Vec<_>>(),
            "checked": self.check.map(|check| checked_word(check.how)),
            "account": account.map(|account| account.label.as_str()),
            "plan": account.and_then(|account| account.plan.as_deref()),
            "chosen_by": self.account.chosen_by(),
            "chosen_variable": self.account.variable(),
            "pool_strategy": self.strategy.map(PoolStrategy::as_str),
        })
    }

    fn text(&self) -> String {
        let status = self.status;
        let provider = &status.provider;
        let Some(entry) = status.current.as_ref().filter(|_| status.signed_in) else {
            let reason = self
                .reason()
                .map(|reason| format!(" ({})", plain(&reason, LABEL_LIMIT)));
            return format!("{provider}: logged out{}\n", reason.unwrap_or_default());
        };
        let mut text = format!("{provider}: logged in\n");
        for (name, value) in details(entry) {
            text.push_str(&format!("  {name}: {}\n", plain(&value, LABEL_LIMIT)));
        }
        text.push_str(&format!("  chosen_by: {}\n", self.chosen_by()));
        // With one credential there is nothing to spread over, and `fill_first` is what commands do.
        if let Some(strategy) = self.strategy
            && strategy != PoolStrategy::FillFirst
            && status.entries.len() > 1
        {
            let strategy = strategy.as_str();
            text.push_str(&format!(
                "  pool_strategy: {strategy} (for prompts; commands take the first usable)\n"
            ));
        }
        if let Some(check) = self.check {
            text.push_str(&format!("  checked: {}\n", checked_word(check.how)));
            let account = check.account.as_ref();
            if let Some(account) = account {
                text.push_str(&format!(
                    "  account: {}\n",
                    plain(&account.label, LABEL_LIMIT)
                ));
            }
            if let Some(plan) = account.and_then(|account| account.plan.as_deref()) {
                text.push_str(&format!("  plan: {}\n", plain(plan, LABEL_LIMIT)));
            }
        }
        text
    }

    fn reason(&self) -> Option<String> {
        match self.problem {
            Some(problem) => Some(problem.to_owned()),
            None => signed_out_because(self.status),
        }
    }

    fn chosen_by(&self) -> String {
        match self.account {
            Account::Flag(_) => "--account".to_owned(),
            Account::Variable { variable, .. } => variable.clone(),
            Account::LastUsed if self.status.entries.len() > 1 => format!(
                "last used, of {}; change it: hermes auth use {} NAME",
                self.status.entries.len(),
                self.status.provider
            ),
            Account::LastUsed => "it is the only one".to_owned(),
        }
    }
}

/// Why nobody is signed in, where the file tells.
pub(in crate::commands) fn signed_out_because(status: &Status) -> Option<String> {
    if status.signed_in {
        return None;
    }
    let used = status.current.as_ref();
    let mut entries = used.into_iter().chain(&status.entries);
    entries.find_map(|entry| match &entry.state {
        State::Dead { reason } => Some(reason.clone()),
        State::Expired => Some("expired".to_owned()),
        State::CoolingDown { .. } => Some("resting after a refusal".to_owned()),
        State::Missing => Some("its variable is not set".to_owned()),
        State::Ready => None,
    })
}

/// How the provider was asked, in one word.
const fn checked_word(how: Checked) -> &'static str {
    match how {
        Checked::Account => "account",
        Checked::Refreshed => "refreshed",
        Checked::NotAsked => "not_asked",
    }
}

fn details(entry: &Entry) -> Vec<(&'static str, String)> {
    let renewal = match (entry.renews, &entry.state) {
        (true, _) => "by itself".to_owned(),
        (false, State::Ready) if entry.expires_at.is_none() => "not needed".to_owned(),
        (false, _) => "no; sign in again when it expires".to_owned(),
    };
    let fields = [
        ("label", Some(entry.label.clone())),
        ("auth_type", Some(entry.kind.as_str().to_owned())),
        ("client_id", entry.client_id.clone()),
        ("redirect_uri", entry.redirect_uri.clone()),
        ("scope", entry.scope.clone()),
        ("expires_at", entry.expires_at.map(shape::time)),
        ("api_base_url", entry.base_url.clone()),
        ("renews", Some(renewal)),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
}
