//! xAI: standard, with extra parameters, and a 403 that means "no plan".

use crate::pkce::{self, Pkce};

/// Without a plan the consent page refuses loopback clients that are not on xAI's list.
pub(crate) const PARAMETERS: &[(&str, &str)] = &[("plan", "generic"), ("referrer", "hermes-agent")];

/// The API key that works where the account's plan does not.
pub(crate) const KEY_VARIABLE: &str = "XAI_API_KEY";

/// Some of xAI's back ends have forgotten the challenge by the time the code comes.
pub(crate) fn challenge_again(pkce: &Pkce) -> [(&str, &str); 2] {
    [
        ("code_challenge", &pkce.challenge),
        ("code_challenge_method", pkce::METHOD),
    ]
}
