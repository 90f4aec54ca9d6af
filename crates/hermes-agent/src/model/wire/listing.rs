//! The models that a provider lists.

use hermes_machine::http::Request;
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::Value;

use super::messages;
use crate::model::{ApiMode, Grant, ModelInfo, Price, manner};

/// The most models of a listing.
const MOST: usize = 5_000;
/// The names under which servers tell how much a model can have before it.
const CONTEXT: [&str; 6] = [
    "/context_length",
    "/context_window",
    "/max_model_len",
    "/max_context_length",
    "/max_input_tokens",
    "/meta/n_ctx_train",
];

/// The names under which servers list what a model reads, and those under which they tell of pictures alone.
const MODALITIES: [&str; 3] = [
    "/architecture/input_modalities",
    "/input_modalities",
    "/modalities/input",
];
const IMAGES: [&str; 3] = [
    "/capabilities/supports/vision",
    "/capabilities/vision",
    "/capabilities/image_input/supported",
];

/// The request that asks for them.
pub(in crate::model) fn listing(grant: &Grant) -> Request {
    let url = match grant.mode {
        ApiMode::Messages => {
            let mut url = grant.base_url.at_version("models");
            url.set_query(Some("limit=1000"));
            url
        }
        _ if grant.provider == "openai-codex" => {
            let mut url = grant.base_url.at("models");
            let version = concat!("client_version=", env!("CARGO_PKG_VERSION"));
            url.set_query(Some(version));
            url
        }
        _ => grant.base_url.at("models"),
    };
    let mut request = Request::get(url);
    request.headers = manner::headers(grant, None);
    if grant.mode == ApiMode::Messages {
        request = request.header("anthropic-version", messages::VERSION);
    }
    request
}

/// The models of a listing, if it is one.
pub(in crate::model) fn models(bytes: &[u8]) -> Option<Vec<ModelInfo>> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let list = value
        .get("data")
        .or_else(|| value.get("models"))
        .unwrap_or(&value)
        .as_array()?;
    let model = |entry: &Value| {
        let names = ["id", "slug", "name"];
        let id = names.iter().find_map(|name| entry.get(name)?.as_str())?;
        let id = plain(id, LABEL_LIMIT);
        let context = CONTEXT
            .iter()
            .find_map(|name| entry.pointer(name)?.as_u64());
        let price = Price::of(entry);
        (!id.is_empty()).then_some(ModelInfo {
            id,
            context,
            images: images(entry),
            price,
        })
    };
    Some(list.iter().take(MOST).filter_map(model).collect())
}

/// Whether a model reads pictures; none where nothing is said of it.
fn images(entry: &Value) -> Option<bool> {
    let list = |name| entry.pointer(name)?.as_array();
    if let Some(read) = MODALITIES.into_iter().find_map(list) {
        return Some(read.iter().any(|kind| kind == "image"));
    }
    let told = |name| entry.pointer(name)?.as_bool();
    IMAGES.into_iter().find_map(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_model_reads_pictures_is_known_where_its_listing_says() {
        for (said, known) in [
            (
                r#""architecture":{"input_modalities":["text","image"]}"#,
                Some(true),
            ),
            (
                r#""architecture":{"input_modalities":["text"]}"#,
                Some(false),
            ),
            (r#""input_modalities":["image"]"#, Some(true)),
            (r#""modalities":{"input":["text","audio"]}"#, Some(false)),
            (r#""capabilities":{"supports":{"vision":true}}"#, Some(true)),
            (r#""capabilities":{"vision":false}"#, Some(false)),
            (
                r#""capabilities":{"image_input":{"supported":true}}"#,
                Some(true),
            ),
            (r#""capabilities":{"vision":"yes"}"#, None),
            (r#""input_modalities":"image""#, None),
            (r#""name":"x""#, None),
        ] {
            let text = format!(r#"{{"data":[{{"id":"m",{said}}}]}}"#);
            let list = models(text.as_bytes()).unwrap();
            assert_eq!(list[0].images, known, "{said}");
        }
    }

    #[test]
    fn listings_of_all_kinds_are_read() {
        let ids = |text: &str| {
            let list = models(text.as_bytes())?;
            Some(
                list.into_iter()
                    .map(|model| (model.id, model.context))
                    .collect::<Vec<_>>(),
            )
        };
        let one = |id: &str, context| Some(vec![(id.to_owned(), context)]);
        assert_eq!(
            ids(r#"{"object":"list","data":[{"id":"a","context_length":8192}]}"#),
            one("a", Some(8192))
        );
        assert_eq!(
            ids(r#"{"models":[{"slug":"gpt-x","context_window":1}]}"#),
            one("gpt-x", Some(1))
        );
        assert_eq!(
            ids(r#"{"data":[{"id":"m","meta":{"n_ctx_train":2048}}]}"#),
            one("m", Some(2048))
        );
        assert_eq!(ids(r#"[{"id":"a\u001b[2J"},{}]"#), one("a[2J", None));
        assert_eq!(ids(r#"{"data":[]}"#), Some(vec![]));
        for wrong in ["", "<html>", "{}", r#"{"data":{}}"#] {
            assert_eq!(ids(wrong), None, "{wrong}");
        }
    }
}
