use serde_json::{Value, json};

/// An answer in one piece.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self {
            body: value.to_string().into_bytes(),
            ..Self::empty(status)
        }
        .header("Content-Type", "application/json")
        .header("Cache-Control", "no-store")
    }

    pub(super) fn html(status: u16, page: String) -> Self {
        Self {
            body: page.into_bytes(),
            ..Self::empty(status)
        }
        .header("Content-Type", "text/html; charset=utf-8")
    }

    pub(super) fn redirect(status: u16, to: &str) -> Self {
        Self::empty(status).header("Location", to)
    }

    pub(super) fn not_found() -> Self {
        Self::json(404, &json!({"error": "not_found"}))
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Why a request is not granted; each vendor has its own way to say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: &str) -> Self {
        let status = if error == "invalid_client" { 401 } else { 400 };
        Self {
            status,
            error,
            description: description.to_owned(),
        }
    }

    pub(super) fn invalid_request(description: &str) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn invalid_grant(description: &str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) fn method_not_allowed() -> Self {
        Self {
            status: 405,
            ..Self::new("invalid_request", "use POST")
        }
    }

    /// RFC 6749 section 5.2.
    pub(super) fn flat(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({"error": self.error, "error_description": self.description}),
        )
    }

    /// OpenAI's form.
    pub(super) fn nested(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({"error": {
                "code": self.error,
                "type": "invalid_request_error",
                "message": self.description,
            }}),
        )
    }
}
