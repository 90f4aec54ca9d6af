use std::fmt;

use hermes_credentials::Kind;
use hermes_machine::http::is_loopback;
use hermes_secret::{SafeUrl, Secret};
use thiserror::Error;
use url::Url;

/// The dialect of an inference API, by the words of the provider table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiMode {
    /// OpenAI's chat completions, which most servers speak.
    ChatCompletions,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
}

impl ApiMode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ChatCompletions, Self::Responses, Self::Messages];

    /// The word of the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Responses => "codex_responses",
            Self::Messages => "anthropic_messages",
        }
    }

    /// The dialect of this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}

/// Where the paths of an API begin: https, or http on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is no base URL.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// It is no address of a server, or has parts in it that such an address has not.
    #[error("`{0}` is not the base URL of an API: `https://host/path`, without query")]
    Shape(String),
    /// It goes over the network without TLS.
    #[error("`{url}` is not encrypted, and `{host}` is another machine")]
    Unencrypted {
        /// The address, safe to show.
        url: String,
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
    },
}

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// If it is none, or tokens and prompts would go over the network without TLS.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let shape = |url: Option<&Url>| {
            let shown = url.map_or_else(
                || hermes_secret::plain(text, hermes_secret::LABEL_LIMIT),
                |url| SafeUrl(url).to_string(),
            );
            BaseUrlError::Shape(shown)
        };
        let url = Url::parse(text.trim()).map_err(|_| shape(None))?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let (true, Some(host)) = (bare, url.host()) else {
            return Err(shape(Some(&url)));
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&host) => Ok(Self(url)),
            "http" => Err(BaseUrlError::Unencrypted {
                url: SafeUrl(&url).to_string(),
                host: host.to_string(),
                port: url.port_or_known_default().unwrap_or(80),
            }),
            _ => Err(shape(Some(&url))),
        }
    }

    /// The URL of a path below.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }

    /// The same for paths that begin with the version, which the base may have already.
    pub(super) fn at_version(&self, path: &str) -> Url {
        match self.0.path().trim_end_matches('/').ends_with("/v1") {
            true => self.at(path),
            false => self.at(&format!("v1/{path}")),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", SafeUrl(&self.0))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", SafeUrl(&self.0))
    }
}

/// The right to one call of a model. Its `Debug` does not show the token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The provider's id.
    pub provider: String,
    /// The provider's name in sentences.
    pub name: String,
    /// The dialect.
    pub mode: ApiMode,
    /// Where.
    pub base_url: BaseUrl,
    /// The token; servers on one's own machine often want none.
    pub token: Option<Secret>,
    /// Whether it is a key or an account's token.
    pub kind: Kind,
    /// The credential that the token belongs to. A renewed token belongs to the same one.
    pub credential: String,
    /// The account at the provider, where requests have to name it.
    pub account: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pc7_nothing_but_loopback_is_spoken_to_without_tls() {
        for good in [
            "https://api.example.org/v1",
            "http://127.0.0.1:11434/v1",
            "http://localhost:1234",
            "http://[::1]:8080/v1/",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        let lan = BaseUrl::parse("http://192.168.1.7:11434/v1").unwrap_err();
        assert_eq!(
            lan.to_string(),
            "`http://192.168.1.7:11434/v1` is not encrypted, and `192.168.1.7` is another machine"
        );
        for bad in [
            "ollama",
            "https://",
            "ftp://a.test",
            "https://user:key-CANARY@a.test",
            "https://a.test/v1?key=key-CANARY",
            "https://a.test/#x",
            "file:///etc/passwd",
        ] {
            let error = BaseUrl::parse(bad).unwrap_err();
            assert!(matches!(error, BaseUrlError::Shape(_)), "{bad}: {error}");
            assert!(!error.to_string().contains("CANARY"), "{error}");
        }
    }

    #[test]
    fn paths_are_put_below() {
        let at = |base: &str| BaseUrl::parse(base).unwrap();
        assert_eq!(
            at("https://a.test/v1/").at("models").as_str(),
            "https://a.test/v1/models"
        );
        assert_eq!(at("https://a.test").at("x").as_str(), "https://a.test/x");
        for base in ["https://a.test/anthropic", "https://a.test/anthropic/v1"] {
            assert_eq!(
                at(base).at_version("messages").as_str(),
                "https://a.test/anthropic/v1/messages"
            );
        }
    }

    #[test]
    fn dialects_have_the_words_of_the_table() {
        for mode in ApiMode::ALL {
            assert_eq!(ApiMode::find(mode.as_str()), Some(mode));
        }
        assert_eq!(ApiMode::find("gemini"), None);
    }
}
