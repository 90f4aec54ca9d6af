use serde_json::Value;

/// How a gateway lets clients in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By a token that its host knows.
    Token,
    /// By a sign-in.
    SignIn,
}

impl Mode {
    /// The mode of the gateway that answers so at `/api/status`. It is what `auth_required` says, as
    /// JavaScript would take it, since upstream's gateways are read by clients that do.
    pub fn of_status(status: &Value) -> Self {
        let required = status
            .get("auth_required")
            .is_some_and(|value| match value {
                Value::Null => false,
                Value::Bool(required) => *required,
                Value::Number(number) => number.as_f64() != Some(0.0),
                Value::String(text) => !text.is_empty(),
                Value::Array(_) | Value::Object(_) => true,
            });
        match required {
            true => Self::SignIn,
            false => Self::Token,
        }
    }

    /// The mode that upstream's words for it mean: what is chosen now, else what was kept. Whoever
    /// has said neither has a token.
    pub fn resolve(chosen: Option<&str>, kept: Option<&str>) -> Self {
        let known = |word: &str| match word {
            "oauth" => Some(Self::SignIn),
            "token" => Some(Self::Token),
            _ => None,
        };
        chosen
            .and_then(known)
            .or_else(|| kept.and_then(known))
            .unwrap_or(Self::Token)
    }
}
