use std::collections::BTreeSet;

use hyper::{HeaderMap, Method, header};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::reply::Refusal;

/// A request that the server got.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `GET`, `POST`, ….
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The body, if it was a form, decoded, in order.
    pub form: Vec<(String, String)>,
    /// The body, if it was JSON.
    pub json: Option<Value>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The media type of the body as sent.
    pub(super) media_type: String,
}

impl Recorded {
    pub(crate) fn new(
        method: &Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let media_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(|kind| kind.trim().to_ascii_lowercase())
            .unwrap_or_default();
        let form = match media_type.as_str() {
            "application/x-www-form-urlencoded" => pairs(body),
            _ => Vec::new(),
        };
        let json = match media_type.as_str() {
            "application/json" => serde_json::from_slice(body).ok(),
            _ => None,
        };
        Self {
            method: method.as_str().to_owned(),
            path: path.to_owned(),
            query: query.map(|text| pairs(text.as_bytes())).unwrap_or_default(),
            form,
            json,
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            media_type,
        }
    }

    /// What a browser asks that opens this URL.
    pub(super) fn visit(url: &Url) -> Self {
        Self::new(
            &Method::GET,
            url.path(),
            url.query(),
            &HeaderMap::new(),
            &[],
        )
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The parameter of the query, the form or the JSON body, whichever has it.
    pub fn param(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
            .or_else(|| first(&self.form, name))
            .or_else(|| self.json.as_ref()?.get(name)?.as_str())
    }

    /// The bearer token.
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }

    /// The parameters of a form that was posted; anything else is refused.
    pub(super) fn posted_form(&self) -> Result<Params, Refusal> {
        self.posted()?;
        if self.media_type != "application/x-www-form-urlencoded" {
            return Err(Refusal::invalid_request("the body is not a form"));
        }
        Params::new(self.form.clone())
    }

    /// The text members of a JSON object that was posted; anything else is refused.
    pub(super) fn posted_json(&self) -> Result<Params, Refusal> {
        self.posted()?;
        let Some(Value::Object(object)) = &self.json else {
            return Err(Refusal::invalid_request("the body is not a JSON object"));
        };
        let members = object.iter().map(|(name, value)| match value {
            Value::String(text) => (name.clone(), text.clone()),
            other => (name.clone(), other.to_string()),
        });
        Params::new(members.collect())
    }

    fn posted(&self) -> Result<(), Refusal> {
        if self.method != "POST" {
            return Err(Refusal::method_not_allowed());
        }
        // RFC 6749 section 3.2: parameters belong in the body, where they are not logged.
        if !self.query.is_empty() {
            return Err(Refusal::invalid_request("parameters in the query"));
        }
        Ok(())
    }
}

/// Parameters of which none comes twice; empty ones count as absent (RFC 6749 section 3.1).
#[derive(Clone, Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn new(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut seen = BTreeSet::new();
        for (name, _) in &pairs {
            if !seen.insert(name.as_str()) {
                return Err(Refusal::invalid_request(&format!("`{name}` comes twice")));
            }
        }
        Ok(Self(pairs))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        first(&self.0, name).filter(|value| !value.is_empty())
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name)
            .ok_or_else(|| Refusal::invalid_request(&format!("`{name}` is missing")))
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}
