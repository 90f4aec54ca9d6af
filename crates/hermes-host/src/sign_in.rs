//! What every sign-in of a home begins with, whoever attends it: a provider that has accounts, a client to
//! sign in as, and a place among the sign-ins that are under way.

use std::sync::Arc;

use hermes_credentials::{Credentials, Tool};
use hermes_errors::{Code, Failure};
use hermes_login::{
    SignIn,
    turns::{Attempts, Newcomer, Standing, Waiting},
};
use hermes_oauth::Registration;
use hermes_providers::Provider;

use crate::World;

/// The provider, if one can sign in to it at all.
///
/// # Errors
///
/// Why one cannot, and what there is instead.
pub fn able(provider: &Provider) -> Result<&Provider, Failure> {
    match &provider.no_sign_in {
        Some(reason) => {
            let failure = Failure::new(Code::NoSignIn, reason.clone());
            Err(match Tool::of_provider(&provider.id) {
                Some(tool) => failure.with_next_step(format!("hermes auth import {}", tool.id())),
                None => failure,
            })
        }
        None if provider.has_sign_in() => Ok(provider),
        None => {
            let message = format!(
                "{} has no accounts to sign in to, only API keys",
                provider.name
            );
            let next = format!("hermes auth add {} --type api-key", provider.id);
            Err(Failure::new(Code::NoSignIn, message).with_next_step(next))
        }
    }
}

/// The client to sign in as: the one that is given, or of the environment, or of the last sign-in. With
/// none of them it is the table's, if that knows one.
///
/// # Errors
///
/// If the credentials cannot be read.
pub fn registration(
    provider: &Provider,
    given: Registration,
    credentials: &Credentials,
    world: &World,
) -> Result<Registration, Failure> {
    let mut registration = given;
    let variables = &provider.client_id_env;
    let from_environment = || {
        variables
            .iter()
            .find_map(|name| world.environment.text(name))
    };
    registration.client_id = registration
        .client_id
        .or_else(|| from_environment().map(str::to_owned));
    if registration.client_id.is_some() || provider.client_id.is_some() {
        return Ok(registration);
    }
    let pools = credentials
        .list(Some(&provider.id))
        .map_err(|error| Failure::of(&error))?;
    registration.client_id = pools
        .into_iter()
        .flat_map(|pool| pool.entries)
        .find_map(|entry| entry.client_id);
    Ok(registration)
}

/// Takes a place among the sign-ins of this home, and says which ones are void now. Where nothing
/// can be saved there is none to take, and the sign-in itself has the words for that.
pub async fn enter(
    request: &SignIn,
    credentials: &Credentials,
    world: &World,
) -> (Option<Arc<Standing>>, Vec<Waiting>) {
    if credentials.check_can_save().is_err() {
        return (None, Vec::new());
    }
    let newcomer = Newcomer {
        provider: &request.provider.id,
        label: request.label.as_deref(),
    };
    let attempts = Attempts::of(&world.home);
    match attempts.enter(newcomer, &world.ports).await {
        Ok((standing, voided)) => (Some(Arc::new(standing)), voided),
        Err(_) => (None, Vec::new()),
    }
}

/// Completes when a newer sign-in has made this one void.
pub async fn superseded(standing: Option<&Standing>, world: &World) {
    match standing {
        Some(standing) => standing.superseded(&*world.ports.clock).await,
        None => std::future::pending().await,
    }
}
