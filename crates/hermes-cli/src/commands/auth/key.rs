mod check;

use std::{
    io::{IsTerminal as _, Read as _},
    path::Path,
    sync::Arc,
};

use hermes_errors::{Code, Failure};
use hermes_machine::file;
use hermes_providers::{Lookup, Provider, Table};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use serde_json::json;

use super::shape;
use crate::{
    args::AddArgs,
    commands::{Done, Stop, elsewhere},
    output::{self, Output},
    world::World,
};

/// The most bytes of a key.
const KEY_LIMIT: u64 = 16 * 1024;

/// Adds an API key.
pub(super) fn run(args: &AddArgs, table: Table, world: &World, output: Output) -> Done {
    let provider = table
        .find(&args.provider, Lookup::Key)
        .map_err(|error| Failure::of(&error))?;
    if !provider.takes_keys() {
        let message = format!("{} does not take API keys", provider.name);
        let next = format!("hermes auth add {}", provider.id);
        return Err(Failure::new(Code::FlowUnsupported, message)
            .with_next_step(next)
            .into());
    }
    if provider.needs_base_url && args.base_url.is_none() {
        let message = format!(
            "{} has no address of its own; each account has one",
            provider.name
        );
        return Err(Failure::new(Code::BaseUrlMissing, message)
            .for_provider(&provider.id)
            .into());
    }
    let provider = provider.clone();
    let services = elsewhere::services(world);
    // The same name may be that of an account.
    let adds = format!("{} --type api-key", provider.id);
    elsewhere::before(&services, &adds, output)?;
    let key = read(args, &provider, world, output)?;
    let credentials = world.credentials(&Arc::new(table));
    let label = args.sign_in.label.as_deref();
    let (checked, saved) = super::block_on(async {
        let checked = check::ask(&provider, &key, args, &credentials).await?;
        let saving = credentials.add_key(&provider, key, label, args.base_url.as_ref());
        let saved = saving.await;
        let saved = saved.map_err(|error| Stop::about(&provider.id, &error))?;
        Ok::<_, Stop>((checked, saved))
    })??;
    if output.json {
        output.json(&json!({
            "event": "signed_in",
            "provider": provider.id,
            "credential": shape::entry(&saved.entry),
            "already": saved.replaced,
            "services": elsewhere::shapes(&services, &adds),
            "checked": checked.word(),
            "check_problem": checked.problem(),
        }))?;
        return Ok(());
    }
    let (id, label) = (&provider.id, plain(&saved.entry.label, LABEL_LIMIT));
    output.data(&format!(
        "Added {id} credential #{}: \"{label}\"\n",
        saved.entry.index
    ))?;
    checked.say(&provider, output);
    elsewhere::after(&services, &adds, output);
    output.say(&format!(
        "  In {}. Next: hermes auth status {id}",
        world.display(&saved.path)
    ));
    Ok(())
}

fn read(
    args: &AddArgs,
    provider: &Provider,
    world: &World,
    output: Output,
) -> Result<Secret, Failure> {
    if let Some(key) = &args.api_key {
        output.say(
            "warning: other users of this machine can see --api-key in the process list, and your",
        );
        output.say("         shell keeps it in its history. Prefer --api-key-stdin or the prompt.");
        return given(key, provider);
    }
    if let Some(path) = &args.api_key_file {
        return given(&from_file(path)?, provider);
    }
    if args.api_key_stdin {
        if std::io::stdin().is_terminal() {
            output.say(
                "Type or paste the key, then press Enter and Ctrl-D. It is shown as you type.",
            );
        }
        return given(&from_stdin()?, provider);
    }
    if world.no_input {
        let message = "an API key has to be asked for, and --no-input forbids it";
        let next = format!(
            "hermes auth add {} --type api-key --api-key-stdin",
            provider.id
        );
        return Err(Failure::new(Code::NoTerminal, message).with_next_step(next));
    }
    if !output::can_ask() {
        return given(&from_stdin()?, provider);
    }
    output.say(&format!(
        "The key is stored in {} and shown nowhere.",
        world.display(&world.home.auth_json())
    ));
    given(&ask()?, provider)
}

fn given(text: &str, provider: &Provider) -> Result<Secret, Failure> {
    let key = text.trim();
    if key.is_empty() {
        return Err(
            Failure::new(Code::ApiKeyMissing, "No API key provided.").for_provider(&provider.id)
        );
    }
    Ok(Secret::new(key))
}

fn from_file(path: &Path) -> Result<String, Failure> {
    let unreadable = |reason: String| {
        let message = format!("the key file `{}` {reason}", path.display());
        Failure::new(Code::InputUnreadable, message)
    };
    let bytes = file::read_bounded(path, KEY_LIMIT)
        .map_err(|error| unreadable(format!("cannot be read: {error}")))?
        .ok_or_else(|| unreadable("does not exist".to_owned()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("is not text".to_owned()))
}

fn from_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(KEY_LIMIT)
        .read_to_end(&mut bytes);
    read.map_err(|error| {
        Failure::new(
            Code::InputUnreadable,
            format!("standard input cannot be read: {error}"),
        )
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Code::InputUnreadable, "standard input is not text"))
}

/// Asks on the terminal; every character is shown as `*`.
fn ask() -> Result<String, Failure> {
    let config = rpassword::ConfigBuilder::new()
        .password_feedback_mask('*')
        .build();
    rpassword::prompt_password_with_config("Paste your API key: ", config).map_err(|error| {
        Failure::new(
            Code::Cancelled,
            format!("no key was read from the terminal: {error}"),
        )
    })
}
