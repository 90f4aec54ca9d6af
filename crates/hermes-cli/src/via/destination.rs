use hermes_errors::{Code, Failure};
use hermes_secret::{LABEL_LIMIT, plain, visible};

/// The longest name that DNS knows.
const LONGEST: usize = 253;

/// A host, as it was typed: `[user@]host[:port]`. Only what names are made of gets into one, so
/// that ssh cannot take it for an option and no shell for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    /// `[user@]host`, as ssh takes it.
    pub(super) target: String,
    /// The port.
    pub(super) port: Option<u16>,
}

impl Destination {
    /// The hosts of `--via a,b,c`.
    pub(super) fn all(text: &str) -> Result<Vec<Self>, Failure> {
        text.split(',').map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        read(text).ok_or_else(|| {
            let shown = plain(&visible(text), LABEL_LIMIT);
            Failure::new(
                Code::ViaDestination,
                format!("`{shown}` is not of the form [user@]host[:port]"),
            )
        })
    }

    /// As it was typed.
    pub(super) fn text(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.target),
            None => self.target.clone(),
        }
    }
}

fn read(text: &str) -> Option<Destination> {
    let (user, place) = match text.split_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, text),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            let address = |ch: char| ch.is_ascii_hexdigit() || matches!(ch, ':' | '.');
            let is_address = host.contains(':') && host.chars().all(address);
            let port = match after {
                "" => None,
                after => Some(after.strip_prefix(':')?),
            };
            (is_address.then_some(host)?, port)
        }
        None => match place.split_once(':') {
            Some((host, port)) => (name(host)?, Some(port)),
            None => (name(place)?, None),
        },
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = match port {
        Some(port) if digits(port) => Some(port.parse().ok().filter(|port| *port != 0)?),
        Some(_) => return None,
        None => None,
    };
    let target = match user {
        Some(user) => format!("{}@{host}", name(user)?),
        None => host.to_owned(),
    };
    Some(Destination { target, port })
}

/// Letters, digits and what joins them; the first is neither an option's dash nor a dot.
fn name(text: &str) -> Option<&str> {
    let inner = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '-' | '_');
    let first = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    let fits = text.starts_with(first) && text.chars().all(inner) && text.len() <= LONGEST;
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rl6_names_are_taken_apart() {
        for (text, target, port) in [
            ("build7", "build7", None),
            ("ada@build7.example.org", "ada@build7.example.org", None),
            ("ada@203.0.113.7:2222", "ada@203.0.113.7", Some(2222)),
            ("[2001:db8::7]:22", "2001:db8::7", Some(22)),
            ("a_b@my-host", "a_b@my-host", None),
        ] {
            let found = Destination::parse(text).unwrap();
            assert_eq!(
                (found.target.as_str(), found.port),
                (target, port),
                "{text}"
            );
        }
        assert_eq!(Destination::all("a,b,c").unwrap().len(), 3);
    }
}
