use std::time::{Duration, SystemTime};

use hermes_secret::Secret;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AdditionalClaims, ClientId, IdToken, IdTokenVerifier, IssuerUrl, Nonce, NonceVerifier as _,
    core::{
        CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::{
    identity::{Described, ProviderError},
    jwt::SKEW,
    keys::Keys,
};

/// What an ID token may be signed with: the list of `jwt::ASYMMETRIC`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The claims that the library has no member for.
#[derive(Debug, Deserialize, Serialize)]
struct Rest {
    sid: Option<String>,
    nbf: Option<f64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl AdditionalClaims for Rest {}

type Token =
    IdToken<Rest, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What an ID token has to fit.
pub(super) struct Rules<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// The nonce of the attempt; a renewal has none.
    pub(super) nonce: Option<&'a Secret>,
    /// How long ago the person may have proved who they are.
    pub(super) max_age: Option<Duration>,
    pub(super) groups_claim: &'a str,
    pub(super) now: Timestamp,
}

/// What an ID token says.
pub(super) struct Read {
    pub(super) person: Described,
    /// `sid` (OpenID Connect Back-Channel Logout 1.0 section 2.1).
    pub(super) sid: Option<String>,
}

/// Reads an ID token (OpenID Connect Core 1.0 section 3.1.3.7).
pub(super) fn read(token: &Secret, keys: &Keys, rules: &Rules<'_>) -> Result<Read, ProviderError> {
    let token: Token = token
        .expose()
        .parse()
        .map_err(|_| ProviderError::invalid("the ID token is none"))?;
    let issuer = IssuerUrl::new(rules.issuer.to_owned())
        .map_err(|_| ProviderError::invalid("the issuer is no URL"))?;
    let skew = SignedDuration::from_secs(SKEW);
    let latest = rules.now.saturating_add(skew).unwrap_or(Timestamp::MAX);
    let earliest = rules.now.saturating_sub(skew).unwrap_or(Timestamp::MIN);
    let oldest = rules
        .max_age
        .map(|age| earliest.saturating_sub(age).unwrap_or(Timestamp::MIN));
    let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_public_client(
        ClientId::new(rules.client_id.to_owned()),
        issuer,
        keys.oidc.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    // Other audiences are fine where `azp` says that the token was made for us; see below, since
    // the library leaves `azp` to its users.
    .set_other_audience_verifier_fn(|_| true)
    // Whether the moment is there at all is asked below.
    .set_auth_time_verifier_fn(move |proved| match (proved, oldest) {
        (Some(proved), Some(oldest)) if SystemTime::from(proved) < SystemTime::from(oldest) => {
            Err("it is about a sign-in of long ago".to_owned())
        }
        _ => Ok(()),
    })
    .set_time_fn(move || SystemTime::from(earliest).into())
    .set_issue_time_verifier_fn(move |made| {
        if SystemTime::from(made) > SystemTime::from(latest) {
            return Err("it was made in the future".to_owned());
        }
        Ok(())
    });
    let nonce = |stated: Option<&Nonce>| match rules.nonce {
        Some(ours) => (&Nonce::new(ours.expose().to_owned())).verify(stated),
        None => Ok(()),
    };
    let claims = token
        .claims(&verifier, nonce)
        // The library's own words show claims, which may be anything.
        .map_err(|error| {
            ProviderError::invalid(format!("the ID token does not hold: {}", word(&error)))
        })?;
    // Whoever was asked for `max_age` has to say it (OpenID Connect Core 1.0 section 3.1.2.1).
    if rules.max_age.is_some() && claims.auth_time().is_none() {
        return Err(ProviderError::Undated);
    }
    let rest = claims.additional_claims();
    if rest.nbf.is_some_and(|nbf| nbf > latest.as_second() as f64) {
        return Err(ProviderError::invalid("the ID token is not good yet"));
    }
    let is_ours = match claims.authorized_party() {
        Some(party) => party.as_str() == rules.client_id,
        None => claims.audiences().len() == 1,
    };
    if !is_ours {
        let why = "the ID token was made for somebody else";
        return Err(ProviderError::invalid(why));
    }
    if claims.subject().is_empty() {
        return Err(ProviderError::invalid("the ID token names nobody"));
    }
    let name = claims.name().and_then(|name| name.get(None));
    let user_name = claims.preferred_username().map(|name| name.to_string());
    let nickname = claims.nickname().and_then(|name| name.get(None));
    Ok(Read {
        person: Described {
            issuer: rules.issuer.to_owned(),
            subject: claims.subject().to_string(),
            display_name: name
                .map(|name| name.to_string())
                .or(user_name)
                .or_else(|| nickname.map(|name| name.to_string())),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified().unwrap_or(false),
            groups: groups(rest.others.get(rules.groups_claim)),
        },
        sid: rest.sid.clone(),
    })
}

/// A list of texts, or one text.
pub(super) fn groups(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::Array(groups)) => {
            let texts = groups.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        Some(Value::String(group)) => vec![group.clone()],
        _ => Vec::new(),
    }
}

/// What is wrong, in our words.
fn word(error: &openidconnect::ClaimsVerificationError) -> &'static str {
    use openidconnect::ClaimsVerificationError as Error;
    match error {
        Error::Expired(_) => "it is over",
        Error::InvalidAudience(_) => "it is for somebody else",
        Error::InvalidIssuer(_) => "it is from another issuer",
        Error::InvalidNonce(_) => "it belongs to another sign-in",
        Error::SignatureVerification(_) => "its signature is not the issuer's",
        Error::InvalidSubject(_) => "it names nobody",
        Error::InvalidAuthTime(_) => "it is about a sign-in of long ago",
        _ => "it is of a kind that is not taken",
    }
}
