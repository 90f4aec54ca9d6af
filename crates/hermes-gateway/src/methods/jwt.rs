//! Tokens signed by a provider that are no ID tokens (RFC 7519): read under a list of algorithms
//! and under the provider's own keys, whatever their header points to (RFC 8725).

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::PublicKeyUse};
use serde_json::{Map, Value};

use super::{identity::ProviderError, keys::Keys};

/// How far clocks may be apart, in seconds.
pub(super) const SKEW: i64 = 60;

/// What an OpenID provider may sign with: nothing that is keyed by a shared secret.
pub(super) const ASYMMETRIC: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What the header of a token says that may be believed before its signature.
#[derive(Debug)]
pub(super) struct Head {
    /// `kid`.
    pub(super) key: Option<String>,
    /// `typ`, in lower case.
    pub(super) kind: Option<String>,
    algorithm: Algorithm,
}

/// Reads the header.
///
/// # Errors
///
/// If it is none, names an algorithm that is not on the list, or asks for what we do not know.
pub(super) fn head(token: &str, algorithms: &[Algorithm]) -> Result<Head, ProviderError> {
    let header =
        decode_header(token).map_err(|_| ProviderError::invalid("the token is no signed JWT"))?;
    if !algorithms.contains(&header.alg) {
        return Err(ProviderError::invalid("the token has a foreign algorithm"));
    }
    if header.crit.is_some() {
        return Err(ProviderError::invalid("the token asks for extensions"));
    }
    Ok(Head {
        key: header.kid,
        kind: header.typ.map(|kind| kind.to_ascii_lowercase()),
        algorithm: header.alg,
    })
}

/// The claims of a token whose signature holds under these keys.
///
/// # Errors
///
/// If it does not.
pub(super) fn claims(
    token: &str,
    head: &Head,
    keys: &Keys,
) -> Result<Map<String, Value>, ProviderError> {
    let mut fitting = keys.plain.keys.iter().filter(|key| {
        let named = head.key.is_none() || key.common.key_id == head.key;
        let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let stated = key.common.key_algorithm.map(|stated| stated.to_string());
        let agrees = stated.is_none_or(|stated| stated == format!("{:?}", head.algorithm));
        named && signs && agrees
    });
    // A token without `kid` is good where there is one key that fits.
    let (Some(key), None) = (fitting.next(), fitting.next()) else {
        return Err(ProviderError::invalid(
            "no key of the provider fits the token",
        ));
    };
    let key = DecodingKey::from_jwk(key)
        .map_err(|_| ProviderError::invalid("the key of the token cannot be used"))?;
    // Time and names are checked by `Expected`, against the clock that we were given.
    let mut rules = Validation::new(head.algorithm);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    decode::<Map<String, Value>>(token, &key, &rules)
        .map(|token| token.claims)
        .map_err(|_| ProviderError::invalid("the signature of the token does not hold"))
}

/// `iss`, before any signature: which provider to ask. Nothing else may be believed yet.
pub(super) fn claimed_issuer(token: &str) -> Option<String> {
    let claims: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}

/// What every token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) now: Timestamp,
}

impl Expected<'_> {
    /// Checks `iss`, `aud`, and `exp`, `nbf` and `iat` where they are.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub(super) fn check(&self, claims: &Map<String, Value>) -> Result<(), ProviderError> {
        let invalid = |why| Err(ProviderError::invalid(why));
        if text(claims, "iss") != Some(self.issuer) {
            return invalid("the token is from another issuer");
        }
        let is_us = |value: &Value| value.as_str() == Some(self.audience);
        let is_ours = match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_us),
            Some(one) => is_us(one),
            None => false,
        };
        if !is_ours {
            return invalid("the token is for somebody else");
        }
        let now = self.now.as_second();
        let time = |name| moment(claims, name);
        if time("exp")?.is_some_and(|exp| exp.saturating_add(SKEW) <= now) {
            return invalid("the token is over");
        }
        if time("nbf")?.is_some_and(|nbf| nbf.saturating_sub(SKEW) > now) {
            return invalid("the token is not good yet");
        }
        if time("iat")?.is_some_and(|iat| iat.saturating_sub(SKEW) > now) {
            return invalid("the token was made in the future");
        }
        Ok(())
    }
}

/// A claim that is a text with something in it.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = claims.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// A claim that is a moment (`NumericDate`, RFC 7519 section 2), if it is there.
///
/// # Errors
///
/// If it is there and is none.
pub(super) fn moment(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<i64>, ProviderError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a conversion from floating point ends at the bounds"
    )]
    let moment = value
        .as_i64()
        .or_else(|| value.as_f64().map(|it| it as i64));
    match moment {
        Some(moment) => Ok(Some(moment)),
        None => Err(ProviderError::invalid("a time in the token is none")),
    }
}
