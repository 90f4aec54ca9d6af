//! What each tool writes, read without trust.

use hermes_oauth::{jwt_expiry, jwt_label};
use hermes_secret::{Secret, plain};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{ImportError, Login, Origin, Tool};
use crate::times;

/// The longest token that is taken.
const LONGEST: usize = 64 * 1024;
/// The tokens of GitHub that Copilot takes. The classic ones, `ghp_…`, it does not.
const GITHUB: [&str; 3] = ["gho_", "ghu_", "github_pat_"];

/// Reads a file's content.
pub(super) fn parse(tool: Tool, origin: Origin, bytes: &[u8]) -> Result<Login, ImportError> {
    let store = Store { tool, origin };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        // The error's own text may quote the content.
        let (line, column) = (error.line(), error.column());
        store.malformed(format!("not JSON, at line {line} column {column}"))
    })?;
    let Value::Object(document) = &value else {
        return Err(store.malformed("it is not a JSON object".to_owned()));
    };
    match tool {
        Tool::Codex => store.codex(document),
        Tool::Claude => store.claude(document),
        Tool::Qwen => store.qwen(document),
        Tool::Gh => Err(ImportError::NoFile { tool }),
    }
}

/// Reads what `gh auth token` said.
pub(super) fn of_gh(origin: Origin, bytes: &[u8]) -> Result<Login, ImportError> {
    let tool = Tool::Gh;
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
    if text.is_empty() {
        return Err(ImportError::Missing { tool, origin });
    }
    if !GITHUB.iter().any(|prefix| text.starts_with(prefix)) {
        return Err(ImportError::Unusable {
            tool,
            reason: "its token is not one of `gho_`, `ghu_` or `github_pat_`, which Copilot wants",
        });
    }
    if !is_token(text) {
        return Err(ImportError::Unusable {
            tool,
            reason: "its token holds characters that no token may hold",
        });
    }
    Ok(Login {
        tool,
        origin,
        account: None,
        expires_at: None,
        access: Secret::new(text),
        refresh: None,
        scope: None,
    })
}

struct Store {
    tool: Tool,
    origin: Origin,
}

impl Store {
    /// `{"OPENAI_API_KEY": …, "tokens": {…}, "last_refresh": …}`.
    fn codex(self, document: &Map<String, Value>) -> Result<Login, ImportError> {
        let Some(tokens) = self.object(document, "tokens")? else {
            let key = document.get("OPENAI_API_KEY").and_then(Value::as_str);
            let Self { tool, origin } = self;
            return Err(match key.is_some_and(|key| !key.is_empty()) {
                true => ImportError::OnlyKey { tool, origin },
                false => ImportError::Missing { tool, origin },
            });
        };
        let access = self.token(tokens, "access_token")?;
        let refresh = self.token(tokens, "refresh_token")?;
        let id_token = self.token(tokens, "id_token")?;
        self.login(access, refresh, |access| Details {
            account: jwt_label(access).or_else(|| jwt_label(id_token.as_ref()?)),
            expires_at: jwt_expiry(access),
            scope: None,
        })
    }

    /// `{"claudeAiOauth": {"accessToken": …, "refreshToken": …, "expiresAt": ms, "scopes": […]}}`.
    fn claude(self, document: &Map<String, Value>) -> Result<Login, ImportError> {
        let Some(login) = self.object(document, "claudeAiOauth")? else {
            return Err(self.missing());
        };
        let access = self.token(login, "accessToken")?;
        let refresh = self.token(login, "refreshToken")?;
        let scopes = login.get("scopes").and_then(Value::as_array);
        let words: Vec<_> = scopes
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        self.login(access, refresh, |access| Details {
            account: jwt_label(access),
            expires_at: login.get("expiresAt").and_then(times::read),
            scope: scope(&words.join(" ")),
        })
    }

    /// `{"access_token": …, "refresh_token": …, "expiry_date": ms, "resource_url": …}`. The last
    /// one is not followed: where tokens may go, the provider table says.
    fn qwen(self, document: &Map<String, Value>) -> Result<Login, ImportError> {
        let access = self.token(document, "access_token")?;
        let refresh = self.token(document, "refresh_token")?;
        let words = document.get("scope").and_then(Value::as_str);
        self.login(access, refresh, |access| Details {
            account: jwt_label(access),
            expires_at: document.get("expiry_date").and_then(times::read),
            scope: scope(words.unwrap_or_default()),
        })
    }

    fn login(
        self,
        access: Option<Secret>,
        refresh: Option<Secret>,
        details: impl FnOnce(&Secret) -> Details,
    ) -> Result<Login, ImportError> {
        let Some(access) = access else {
            return Err(self.missing());
        };
        let Details {
            account,
            expires_at,
            scope,
        } = details(&access);
        Ok(Login {
            tool: self.tool,
            origin: self.origin,
            account,
            expires_at: expires_at.or_else(|| jwt_expiry(&access)),
            access,
            refresh,
            scope,
        })
    }

    /// A member that is an object; what is absent, `null` or empty is a login that has ended.
    fn object<'a>(
        &self,
        document: &'a Map<String, Value>,
        key: &str,
    ) -> Result<Option<&'a Map<String, Value>>, ImportError> {
        match document.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object).filter(|object| !object.is_empty())),
            Some(_) => Err(self.malformed(format!("`{key}` is not an object"))),
        }
    }

    fn token(&self, object: &Map<String, Value>, key: &str) -> Result<Option<Secret>, ImportError> {
        let text = match object.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text,
            Some(_) => return Err(self.malformed(format!("`{key}` is not a text"))),
        };
        if text.is_empty() {
            return Ok(None);
        }
        if !is_token(text) {
            let reason = format!("`{key}` holds characters that no token may hold");
            return Err(self.malformed(reason));
        }
        Ok(Some(Secret::new(text.as_str())))
    }

    fn malformed(&self, reason: String) -> ImportError {
        ImportError::Malformed {
            tool: self.tool,
            origin: self.origin.clone(),
            reason,
        }
    }

    fn missing(self) -> ImportError {
        ImportError::Missing {
            tool: self.tool,
            origin: self.origin,
        }
    }
}

/// What a login says about itself.
struct Details {
    account: Option<String>,
    expires_at: Option<Timestamp>,
    scope: Option<String>,
}

fn scope(words: &str) -> Option<String> {
    Some(plain(words, 2000)).filter(|words| !words.is_empty())
}

/// A token goes into a header: visible ASCII is all that RFC 6749 allows.
fn is_token(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
}
