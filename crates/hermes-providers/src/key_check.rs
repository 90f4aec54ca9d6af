use serde::{Deserialize, Serialize};
use url::Url;

/// A request by which a provider tells whether an API key is good, and which costs nothing.
///
/// Only a page that refuses a bad key proves anything: the list of models is public at some
/// providers, and those have no section of this kind.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCheck {
    /// What is asked for: a path below the base URL, or a whole URL on one of the provider's hosts.
    pub at: String,
    /// How the key travels.
    #[serde(default)]
    pub how: KeyHeader,
    /// Words in the answer to a bad key, where its status is 400 and not the 401 of RFC 9110. A 400
    /// without them is about something else.
    #[serde(default)]
    pub bad_request: Option<String>,
}

/// The header in which an API key travels.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyHeader {
    /// `Authorization: Bearer` (RFC 6750 section 2.1).
    #[default]
    Bearer,
    /// `x-api-key`, with the version of the API.
    Anthropic,
    /// `x-goog-api-key`.
    Google,
}

impl KeyCheck {
    /// What is asked, where keys are used at `base`; `None` if the two do not fit together.
    pub fn url(&self, base: &Url) -> Option<Url> {
        if self.is_absolute() {
            return Url::parse(&self.at).ok();
        }
        let mut url = base.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend(self.at.split('/'));
        Some(url)
    }

    /// Whether the place is the same whatever the base URL is.
    pub fn is_absolute(&self) -> bool {
        self.at.contains("://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_below_the_base_url() {
        let asked = |at: &str, base: &str| {
            let check = KeyCheck {
                at: at.to_owned(),
                how: KeyHeader::Bearer,
                bad_request: None,
            };
            let url = check.url(&Url::parse(base).unwrap());
            url.map(|url| url.to_string())
        };
        for base in ["https://a.test/v1", "https://a.test/v1/"] {
            let url = asked("models", base);
            assert_eq!(url.as_deref(), Some("https://a.test/v1/models"));
        }
        let url = asked("v1/models", "https://a.test");
        assert_eq!(url.as_deref(), Some("https://a.test/v1/models"));
        let url = asked("https://b.test/who", "https://a.test/v1");
        assert_eq!(url.as_deref(), Some("https://b.test/who"));
        assert_eq!(asked("models", "mailto:a"), None);
    }
}
