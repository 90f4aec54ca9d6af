//! What an app asks when it sends a browser here (RFC 6749 section 4.1.1, RFC 7636 section 4.3).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_protocol::routes::query;
use hermes_storage::{Label, TokenHash};
use thiserror::Error;
use url::form_urlencoded;

use super::redirect::RedirectUri;
use crate::approval::called;

/// The longest `state`, which is given back unchanged.
const STATE_LIMIT: usize = 1024;

/// What an app asks for: that somebody lets it in as themselves.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What it calls itself, which any program can.
    pub client_id: Option<Label>,
    /// What it calls the machine that it runs on.
    pub device: Option<Label>,
    /// Where it listens for the answer.
    pub redirect_uri: RedirectUri,
    /// The SHA-256 of its code verifier.
    pub challenge: TokenHash,
    /// What it knows its answer by.
    pub state: Option<Box<str>>,
    /// The sign-in method that it would like.
    pub provider: Option<String>,
}

/// Why there is nothing to ask anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AskError {
    /// A parameter is there twice, and nothing says which counts.
    #[error("`{0}` is there twice")]
    Doubled(&'static str),
    /// A parameter is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// The answer would go to something else than an app on the person's machine.
    #[error(
        "`redirect_uri` must be `http://127.0.0.1:PORT/PATH` or `http://[::1]:PORT/PATH`, with a \
         port from 1024"
    )]
    RedirectUri,
    /// An answer of another type is asked for.
    #[error("`response_type` must be `code`")]
    ResponseType,
    /// The challenge is made in another way.
    #[error("`code_challenge_method` must be `S256`")]
    Method,
    /// The challenge is none.
    #[error("`code_challenge` must be 43 characters of base64url")]
    Challenge,
    /// The state cannot be given back unchanged.
    #[error("`state` must be printable ASCII, 1024 characters at most")]
    State,
}

impl Ask {
    /// Reads the query of an app's address.
    ///
    /// # Errors
    ///
    /// What is wrong with it. The browser must not be sent anywhere then.
    pub fn parse(query: &str) -> Result<Self, AskError> {
        let one = |name: &'static str| {
            let mut values = form_urlencoded::parse(query.as_bytes());
            let mut values = values.by_ref().filter(|(known, _)| known == name);
            let value = values.next().map(|(_, value)| value.into_owned());
            match values.next() {
                Some(_) => Err(AskError::Doubled(name)),
                None => Ok(value),
            }
        };
        let name = |text: Option<String>| called(&text?);
        let redirect_uri = one("redirect_uri")?.ok_or(AskError::Missing("redirect_uri"))?;
        let redirect_uri = RedirectUri::parse(&redirect_uri).ok_or(AskError::RedirectUri)?;
        if one("response_type")?.is_some_and(|kind| kind != "code") {
            return Err(AskError::ResponseType);
        }
        let challenge = one("code_challenge")?.ok_or(AskError::Missing("code_challenge"))?;
        // Without a method the challenge would be the verifier itself (RFC 7636 section 4.3).
        if one("code_challenge_method")?.as_deref() != Some("S256") {
            return Err(AskError::Method);
        }
        let challenge = URL_SAFE_NO_PAD.decode(challenge);
        let challenge: [u8; 32] = challenge
            .map_err(|_| AskError::Challenge)?
            .try_into()
            .map_err(|_| AskError::Challenge)?;
        let state = one("state")?;
        let sound = |state: &str| {
            state.len() <= STATE_LIMIT && state.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        };
        if !state.as_deref().is_none_or(sound) {
            return Err(AskError::State);
        }
        Ok(Self {
            client_id: name(one("client_id")?),
            device: name(one("device")?),
            redirect_uri,
            challenge: TokenHash::from(challenge),
            state: state.map(Into::into),
            provider: one(query::PROVIDER)?,
        })
    }

    /// The address that gives the app its code.
    pub fn allowed(&self, code: &str, issuer: &str) -> String {
        self.answered(("code", code), issuer)
    }

    /// The address that tells the app that its person does not want it (RFC 6749 section 4.1.2.1).
    pub fn declined(&self, issuer: &str) -> String {
        self.answered(("error", "access_denied"), issuer)
    }

    /// Every answer names its issuer (RFC 9207), so that an app with several cannot be misled.
    fn answered(&self, (name, value): (&str, &str), issuer: &str) -> String {
        self.redirect_uri.with([
            (name, Some(value)),
            ("state", self.state.as_deref()),
            ("iss", Some(issuer)),
        ])
    }

    /// Whether this is what the challenge was made of.
    pub fn is_verified_by(&self, verifier: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let sound = (43..=128).contains(&verifier.len()) && verifier.bytes().all(plain);
        sound && TokenHash::of(verifier) == self.challenge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn parse(more: &str) -> Result<Ask, AskError> {
        let redirect = "redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcb";
        let query = format!("{redirect}&code_challenge={CHALLENGE}&code_challenge_method=S256");
        Ask::parse(&format!("{query}{more}"))
    }

    #[test]
    fn facts_1_16_what_an_app_asks() {
        let ask = parse("&state=a%20b&client_id=Hermes%0ADesktop&device=&provider=acme&x=1&x=2");
        let ask = ask.unwrap();
        assert_eq!(ask.redirect_uri.as_str(), "http://127.0.0.1:5000/cb");
        assert_eq!(ask.client_id, Label::new("Hermes Desktop"));
        assert_eq!(ask.device, None);
        assert_eq!(ask.provider.as_deref(), Some("acme"));
        assert_eq!(
            ask.allowed("c-1", "https://gw.example.com"),
            "http://127.0.0.1:5000/cb?code=c-1&state=a+b&iss=https%3A%2F%2Fgw.example.com"
        );
        let ask = parse("&response_type=code").unwrap();
        assert_eq!(
            ask.declined("http://[::1]:9119/hermes"),
            "http://127.0.0.1:5000/cb?error=access_denied&iss=http%3A%2F%2F%5B%3A%3A1%5D%3A9119%2Fhermes"
        );
    }

    #[test]
    fn as8_a_doubled_parameter_is_refused() {
        for name in [
            "redirect_uri",
            "code_challenge",
            "code_challenge_method",
            "state",
            "client_id",
            "device",
            "provider",
            "response_type",
        ] {
            let twice = format!("&{name}=code&{name}=code");
            assert_eq!(parse(&twice).unwrap_err(), AskError::Doubled(name));
        }
    }

    #[test]
    fn as2_s256_is_required() {
        let base = "redirect_uri=http://127.0.0.1:5000/cb";
        let with = |more: &str| Ask::parse(&format!("{base}{more}")).err();
        for (more, error) in [
            (String::new(), AskError::Missing("code_challenge")),
            (
                "&code_challenge_method=S256".to_owned(),
                AskError::Missing("code_challenge"),
            ),
            (format!("&code_challenge={CHALLENGE}"), AskError::Method),
            (
                format!("&code_challenge={CHALLENGE}&code_challenge_method=plain"),
                AskError::Method,
            ),
            (
                format!("&code_challenge={CHALLENGE}&code_challenge_method=s256"),
                AskError::Method,
            ),
            (
                "&code_challenge=&code_challenge_method=S256".to_owned(),
                AskError::Challenge,
            ),
            (
                "&code_challenge=short&code_challenge_method=S256".to_owned(),
                AskError::Challenge,
            ),
            (
                format!("&code_challenge={CHALLENGE}%3D&code_challenge_method=S256"),
                AskError::Challenge,
            ),
        ] {
            assert_eq!(with(&more), Some(error), "{more}");
        }
    }

    #[test]
    fn as2_a_verifier_is_the_one_that_the_challenge_was_made_of() {
        let ask = parse("").unwrap();
        assert!(ask.is_verified_by(VERIFIER));
        for verifier in ["", CHALLENGE, &VERIFIER[1..], &format!("{VERIFIER} ")] {
            assert!(!ask.is_verified_by(verifier), "{verifier:?}");
        }
    }

    #[test]
    fn as7_a_state_comes_back_unchanged_or_is_refused() {
        for (state, good) in [
            (String::new(), true),
            ("a".repeat(STATE_LIMIT), true),
            ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".to_owned(), true),
            ("a".repeat(STATE_LIMIT + 1), false),
            ("ä".to_owned(), false),
            ("a\nb".to_owned(), false),
            ("a\0".to_owned(), false),
        ] {
            let escaped: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
            let ask = parse(&format!("&state={escaped}"));
            let kept = ask.ok().map(|ask| {
                let url = url::Url::parse(&ask.declined("i")).unwrap();
                let pair = url.query_pairs().find(|(name, _)| name == "state");
                pair.unwrap().1.into_owned()
            });
            assert_eq!(kept, good.then_some(state));
        }
        assert_eq!(
            parse("&state=%FF").unwrap_err(),
            AskError::State,
            "it would be changed"
        );
    }
}
