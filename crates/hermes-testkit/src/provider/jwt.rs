use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// A token in the form of a JWT. Nobody signed it: where a signature would be stands `mark`.
pub(super) fn unsigned(claims: &Map<String, Value>, mark: &str) -> String {
    let part = |value: String| URL_SAFE_NO_PAD.encode(value);
    let header = part(json!({"alg": "none", "typ": "JWT"}).to_string());
    let claims = part(Value::from(claims.clone()).to_string());
    format!("{header}.{claims}.{mark}")
}

/// Lays members over an object; `null` removes one.
pub(super) fn overlay(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        if value.is_null() {
            base.remove(name);
        } else {
            base.insert(name.clone(), value.clone());
        }
    }
}
