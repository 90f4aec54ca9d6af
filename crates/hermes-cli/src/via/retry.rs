use super::{destination::Destination, ssh::quote};
use crate::args::AddArgs;

/// The line that signs in on this host, for a person to type again.
pub(super) fn retry(args: &AddArgs, profile: Option<&str>, host: &Destination) -> String {
    let mut words = vec!["hermes".to_owned()];
    let option = |name: &str, value: Option<String>| match value {
        Some(value) => vec![name.to_owned(), value],
        None => Vec::new(),
    };
    words.extend(option("--profile", profile.map(str::to_owned)));
    words.extend(["auth".into(), "add".into(), args.provider.clone()]);
    let sign_in = &args.sign_in;
    let flow = sign_in.wanted_flow().map(|flow| flow.as_str().to_owned());
    words.extend(option("--issuer", args.issuer.clone()));
    words.extend(option("--client-id", sign_in.client_id.clone()));
    words.extend(option("--scope", sign_in.scope.clone()));
    words.extend(option("--flow", flow));
    words.extend(option("--via", Some(host.text())));
    words.extend(option("--remote-hermes", args.via.remote_hermes.clone()));
    if !args.via.ssh_options.is_empty() {
        words.push("--".to_owned());
        words.extend(args.via.ssh_options.iter().cloned());
    }
    // What cannot be quoted had not got as far as a host.
    let quoted = words.iter().filter_map(|word| quote(word).ok());
    quoted.collect::<Vec<_>>().join(" ")
}
