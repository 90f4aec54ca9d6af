use std::fmt;

use hermes_secret::plain;

/// One line of somebody's text, clean and short: a display name, an e-mail address, the name of a
/// session, a user agent. Control and invisible characters are gone, and it is never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label(Box<str>);

impl Label {
    /// The most characters; what is longer ends in an ellipsis.
    pub const LIMIT: usize = 256;

    /// Cleans the text; `None` if nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let line = plain(text, Self::LIMIT);
        (!line.is_empty()).then(|| Self(line.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_clean_line() {
        let label = |text: &str| Label::new(text).map(|label| label.to_string());
        assert_eq!(label(" Ada\tL.\n").as_deref(), Some("Ada L."));
        assert_eq!(label("\u{1b}\u{202e} "), None);
        let long = label(&"ä".repeat(9000)).unwrap();
        assert_eq!(long.chars().count(), Label::LIMIT);
        // What has been cleaned stays as it is, or it would change on its way through an engine.
        assert_eq!(label(&long).as_deref(), Some(long.as_str()));
    }
}
