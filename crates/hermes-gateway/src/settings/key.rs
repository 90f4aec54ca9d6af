use std::time::Duration;

/// The prefix of all our variables.
pub(super) const OURS: &str = "HERMES_";

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A text that is never shown; `<key>_file` names a file that holds it instead.
    Secret,
    /// `true` or `false`.
    Switch,
    /// A whole number within bounds.
    Whole(u64, u64),
    /// A time such as `15m` within bounds, in seconds.
    Span(u64, u64),
    /// A list of texts.
    List,
}

/// One key of the settings: all that is known about it, once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// The name in its table.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// The default as TOML; `None` if it is unset.
    pub(super) default: Option<&'static str>,
    /// What the file that we write shows where there is no default.
    pub(super) example: &'static str,
    /// Upstream's variable, which keeps working.
    pub(super) upstream: Option<&'static str>,
    /// The flag, where it is not called as the path of the key.
    pub(super) flag: Option<&'static str>,
    /// What it does, for the file that we write.
    pub(super) about: &'static str,
}

impl Key {
    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret)
    }

    /// Our variable for this key of that table.
    pub(super) fn variable(&self, table: &str) -> String {
        let path = format!("{table}_{}", self.name);
        format!("{OURS}{}", path.replace('.', "_").to_uppercase())
    }

    /// What a value may be, as the end of a sentence that begins with "must be".
    pub(super) fn wants(&self) -> String {
        match self.kind {
            Kind::Text | Kind::Secret => "a text".to_owned(),
            Kind::Switch => "`true` or `false`".to_owned(),
            Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Span(least, most) => format!(
                "a time from {} to {}, such as `30s`, `15m`, `12h` or `7d`",
                span_text(Duration::from_secs(least)),
                span_text(Duration::from_secs(most)),
            ),
            Kind::List => "a list of texts".to_owned(),
        }
    }
}

/// A table of the file.
#[derive(Debug)]
pub(super) struct Section {
    /// The path of the table.
    pub(super) table: &'static str,
    /// Its keys.
    pub(super) keys: &'static [Key],
    /// What it is about, for the file that we write.
    pub(super) about: &'static str,
    /// Whether a change waits for a restart. The other tables are those that
    /// [`Rules`](crate::gateway::Rules) are made of, and that of the model.
    pub(super) waits: bool,
}

/// A time as it is typed: the largest unit that divides it.
pub(super) fn span_text(span: Duration) -> String {
    let seconds = span.as_secs();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

/// Reads a time as it is typed. A bare number is seconds, as in upstream's variables.
pub(super) fn span(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|ch: char| ch.is_ascii_alphabetic());
    let length = match &text[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = plain.then(|| digits.parse().ok())??;
    number.checked_mul(length).map(Duration::from_secs)
}
