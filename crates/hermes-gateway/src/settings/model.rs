use hermes_secret::Secret;

use super::reader::{Place, Reader};

/// Who answers in conversations.
#[derive(Clone, Debug)]
pub struct Model {
    /// Whom to ask.
    pub source: ModelSource,
    /// The model that answers where a conversation has chosen none.
    pub default: Option<String>,
    /// Whether it is asked for titles of conversations.
    pub titles: bool,
}

/// Whom to ask for answers.
#[derive(Clone, Debug)]
pub enum ModelSource {
    /// A provider, with its credentials.
    Provider(String),
    /// A server that speaks chat completions.
    Server {
        /// Where its API begins.
        base_url: String,
        /// The key for it.
        api_key: Option<Secret>,
    },
}

/// A provider or a server, and not both: one of them would not be asked.
pub(super) fn read(reader: &mut Reader<'_>, place: &Place<'_>) -> Option<Model> {
    let provider: Option<String> = reader.text(place, "provider", filled);
    let default: Option<String> = reader.text(place, "default", filled);
    let base_url: Option<String> = reader.text(place, "base_url", filled);
    let api_key = reader.secret(place, "api_key");
    let titles = reader.switch(place, "titles");
    let source = match (provider, base_url) {
        (Some(_), Some(_)) => {
            reader.problem(place, "base_url", "cannot be set beside `model.provider`");
            return None;
        }
        (Some(provider), None) => {
            if api_key.is_some() {
                let reason = "is for `model.base_url`; a key of a provider: `hermes auth add`";
                reader.problem(place, "api_key", reason);
            }
            ModelSource::Provider(provider)
        }
        (None, Some(base_url)) => ModelSource::Server { base_url, api_key },
        (None, None) => {
            if default.is_some() {
                let reason = "needs `model.provider` or `model.base_url`";
                reader.problem(place, "default", reason);
            }
            return None;
        }
    };
    Some(Model {
        source,
        default,
        titles,
    })
}

fn filled(text: &str) -> Result<Option<String>, String> {
    match text.trim() {
        "" => Err("must not be empty".to_owned()),
        text => Ok(Some(text.to_owned())),
    }
}
