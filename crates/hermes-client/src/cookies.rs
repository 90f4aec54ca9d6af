use hermes_protocol::routes::cookie;

use crate::Cookie;

/// What the cookies of a gateway say about a browser's sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// There is a short-lived value: a sign-in has just ended well.
    pub is_in: bool,
    /// There is a short-lived or a long-lived value: it is worth asking for a ticket. Without one,
    /// a sign-in is needed, and nobody has to be asked.
    pub may_connect: bool,
}

impl Signed {
    /// What these cookies say, by name and value. An empty value counts for nothing.
    pub fn of<'a>(cookies: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut signed = Self::default();
        for (name, value) in cookies {
            if value.is_empty() {
                continue;
            }
            let is = |wanted: &str| {
                let mut prefixes = cookie::PREFIXES.iter();
                prefixes.any(|prefix| name.strip_prefix(prefix) == Some(wanted))
            };
            signed.is_in |= is(cookie::SESSION);
            signed.may_connect |= is(cookie::SESSION) || is(cookie::RENEWAL);
        }
        signed
    }

    /// The same of cookies that are kept.
    pub(crate) fn of_cookies(cookies: &[Cookie]) -> Self {
        let pairs = cookies.iter();
        Self::of(pairs.map(|one| (one.name.as_str(), one.value.expose())))
    }
}
