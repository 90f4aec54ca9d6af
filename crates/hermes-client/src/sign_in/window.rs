//! By a page of the gateway in a window of the program's own, where its sign-in cannot come back to a
//! listener: what opens the gateway then is in the cookies of that window.

use hermes_secret::Secret;

use super::{Method, SignedIn};
use crate::{Cookie, Held, Signed};

impl SignedIn {
    /// What the cookies say that a window has for the gateway's address: its sign-in, once there is one.
    /// Those of other things are left where they are. A long-lived cookie alone is no sign-in: it may be
    /// one from before.
    pub fn of_window(cookies: impl IntoIterator<Item = (String, Secret)>) -> Option<Self> {
        let cookies = cookies.into_iter();
        let cookies = cookies.filter_map(|(name, value)| Cookie::new(&name, &value));
        let cookies: Vec<_> = cookies
            .filter(|one| one.is_of_a_session() && !one.value.is_empty())
            .collect();
        Signed::of_cookies(&cookies).is_in.then(|| Self {
            held: Held::Cookies(cookies),
            method: Method::Browser,
            user: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cookies: &[(&str, &str)]) -> Option<String> {
        let pairs = cookies.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        let signed_in = SignedIn::of_window(pairs)?;
        assert_eq!((signed_in.method, signed_in.user), (Method::Browser, None));
        Some(signed_in.held.headers().remove(0).1)
    }

    #[test]
    fn facts_5_5_a_window_is_signed_in_when_it_has_an_access_cookie() {
        for (cookies, expected) in [
            (&[][..], None),
            (&[("theme", "dark")], None),
            (&[("hermes_session_at", "")], None),
            (&[("hermes_session_rt", "r")], None),
            (
                &[
                    ("__Host-hermes_session_rt", "r"),
                    ("hermes_session_provider", "basic"),
                ],
                None,
            ),
            (
                &[("hermes_session_pkce", "p"), ("hermes_sso_attempt", "1")],
                None,
            ),
            (&[("x__Host-hermes_session_at", "a")], None),
            (&[("hermes_session_at", "a")], Some("hermes_session_at=a")),
            (
                &[
                    ("CF_Authorization", "c"),
                    ("__Host-hermes_session_at", "\"a\\075b=\""),
                    ("__Host-hermes_session_rt", "r"),
                    ("hermes_session_provider", "basic"),
                    ("hermes_session_pkce", "p"),
                ],
                Some(
                    "__Host-hermes_session_at=\"a\\075b=\"; __Host-hermes_session_rt=r; hermes_session_provider=basic",
                ),
            ),
            (
                &[
                    ("__Secure-hermes_session_at", "a"),
                    ("hermes_session_rt", ""),
                ],
                Some("__Secure-hermes_session_at=a"),
            ),
            // What would begin another cookie, or another header, is none.
            (&[("hermes_session_at", "a; theme=dark")], None),
            (&[("hermes_session_at", "a\r\nx: y")], None),
            (
                &[("hermes_session_at", "a"), ("hermes_session_rt", "r;s")],
                Some("hermes_session_at=a"),
            ),
        ] {
            assert_eq!(shown(cookies).as_deref(), expected, "{cookies:?}");
        }
    }
}
