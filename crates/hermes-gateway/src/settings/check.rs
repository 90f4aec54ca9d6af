use hermes_machine::Environment;

use super::{
    Settings,
    problem::nearest,
    table::{ISSUER, SECTIONS},
};
use crate::site::{Host, Scheme};

/// How all our variables of the gateway begin.
const BEGINNING: &str = "HERMES_GATEWAY_";

/// What is allowed and still worth a sentence: each names the key it speaks of.
pub fn check(settings: &Settings, environment: &Environment) -> Vec<String> {
    let mut notices = Vec::new();
    if settings.token_in_page {
        notices.push(
            "`gateway.token_in_page` is on: whoever can reach the port of a gateway without \
             sign-in can read the token"
                .to_owned(),
        );
    }
    if let Some(url) = &settings.proxy.public_url
        && url.origin.scheme == Scheme::Http
        && !url.origin.host.is_loopback()
    {
        notices.push(
            "`gateway.proxy.public_url` begins with `http://`: passwords and sessions travel \
             in the clear"
                .to_owned(),
        );
    }
    if settings.tls.is_some() && settings.proxy.public_url.is_none() {
        notices.push(
            "`gateway.tls` is set without `gateway.proxy.public_url`: the name in the certificate \
             is no name of the gateway, and the links that it prints hold an address"
                .to_owned(),
        );
    }
    if let Some(metrics) = settings.metrics
        && !Host::Address(metrics.ip()).is_loopback()
    {
        notices.push("`gateway.metrics` listens beyond this machine, without sign-in".to_owned());
    }
    if settings.announce && Host::typed(&settings.host).is_some_and(|host| host.is_loopback()) {
        notices.push(
            "`gateway.announce` is on, and `gateway.host` is for this machine alone: nothing is \
             announced"
                .to_owned(),
        );
    }
    for issuer in settings
        .issuers
        .iter()
        .filter(|issuer| issuer.allow.is_empty())
    {
        notices.push(format!(
            "`gateway.oidc.{}` lets nobody in: name the owner by `owner_email` or \
             `owner_subject`, and others by `allow_emails`, `allow_domains`, `allow_groups` or \
             `allow_subjects`",
            issuer.name
        ));
    }
    if settings
        .nous
        .as_ref()
        .is_some_and(|nous| nous.allow.is_empty())
    {
        notices.push("`gateway.nous` lets nobody in: name the owner by `owner_subject`".to_owned());
    }
    notices.extend(misspelt(environment));
    notices
}

/// Variables that look like ours and are none. Upstream has variables of this beginning too, so
/// only those that come near one of ours are named.
fn misspelt(environment: &Environment) -> Vec<String> {
    let sections = SECTIONS.into_iter().chain([&ISSUER]);
    let known: Vec<String> = sections
        .flat_map(|section| {
            section.keys.iter().flat_map(|key| {
                let name = key.variable(section.table);
                let file = key.is_secret().then(|| format!("{name}_FILE"));
                [Some(name), file].into_iter().flatten()
            })
        })
        .collect();
    let names = environment.iter().filter_map(|(name, _)| name.to_str());
    names
        .filter(|name| !known.iter().any(|known| known == name))
        .filter_map(|name| {
            // The common beginning says nothing about nearness.
            let rest = name.strip_prefix(BEGINNING)?;
            let ends = known.iter().filter_map(|name| name.strip_prefix(BEGINNING));
            let near = nearest(rest, ends)?;
            Some(format!(
                "the variable `{name}` is not read: did you mean `{BEGINNING}{near}`?"
            ))
        })
        .collect()
}
