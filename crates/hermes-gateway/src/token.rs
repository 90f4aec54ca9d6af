//! Token mode: one static token, and the browsers that were let in by a printed link.
//!
//! No page ever holds the token. The link that the start prints has a one-use secret in its
//! fragment, which no log and no proxy sees; the page posts it once and gets a cookie for it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hermes_machine::Random;
use hermes_protocol::routes::header::SESSION_TOKEN;
use hermes_secret::Secret;
use hermes_storage::{SessionId, TokenHash};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::credential::bearer;

/// The header that holds the token, for programs.
const TOKEN: HeaderName = HeaderName::from_static(SESSION_TOKEN);

/// The most browsers that are let in at once; the first gives way.
const BROWSERS: usize = 64;

/// The most links that are open at once; the first gives way.
const LINKS: usize = 8;

/// The gate of token mode. It lives as long as the process.
pub struct TokenGate {
    token: Secret,
    session: SessionId,
    in_page: bool,
    links: Mutex<VecDeque<TokenHash>>,
    browsers: Mutex<VecDeque<TokenHash>>,
}

impl TokenGate {
    /// A gate for this token.
    pub fn new(token: Secret, random: &dyn Random) -> Self {
        Self {
            token,
            session: SessionId::new(random),
            in_page: false,
            links: Mutex::default(),
            browsers: Mutex::default(),
        }
    }

    /// The same gate, whose page holds the token for everybody who can reach the port, as clients
    /// of before look for it.
    #[must_use]
    pub fn with_token_in_page(self, in_page: bool) -> Self {
        Self { in_page, ..self }
    }

    /// The token, if the page is to hold it.
    pub(crate) fn in_page(&self) -> Option<&Secret> {
        self.in_page.then_some(&self.token)
    }

    /// The id that tickets of token mode are kept under.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// Whether this is the token. No token at all is nobody's.
    pub fn is_token(&self, candidate: &str) -> bool {
        !self.token.is_empty() && self.token.matches(candidate)
    }

    /// Whether a header holds the token: ours, or a bearer. `None` if there is neither.
    pub fn header(&self, headers: &HeaderMap) -> Option<bool> {
        let own = headers.get(TOKEN).map(HeaderValue::as_bytes);
        let candidate = own.or_else(|| bearer(headers))?;
        Some(std::str::from_utf8(candidate).is_ok_and(|candidate| self.is_token(candidate)))
    }

    /// The secret of a new link.
    pub fn new_link(&self, random: &dyn Random) -> Secret {
        let secret = random.token(32);
        keep(&self.links, TokenHash::of_secret(&secret), LINKS);
        secret
    }

    /// Uses a link up, for the value of a cookie.
    pub fn follow(&self, link: &str, random: &dyn Random) -> Option<Secret> {
        let hash = TokenHash::of(link);
        let mut links = lock(&self.links);
        let index = links.iter().position(|known| *known == hash)?;
        links.remove(index);
        drop(links);
        let value = random.token(32);
        keep(&self.browsers, TokenHash::of_secret(&value), BROWSERS);
        Some(value)
    }

    /// Whether a cookie's value was given to a browser.
    pub fn is_browser(&self, value: &str) -> bool {
        lock(&self.browsers).contains(&TokenHash::of(value))
    }
}

fn keep(kept: &Mutex<VecDeque<TokenHash>>, hash: TokenHash, most: usize) {
    let mut kept = lock(kept);
    while kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(hash);
}

fn lock(kept: &Mutex<VecDeque<TokenHash>>) -> MutexGuard<'_, VecDeque<TokenHash>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use hermes_testkit::FixedRandom;

    use super::*;

    fn gate() -> (TokenGate, std::sync::Arc<FixedRandom>) {
        let random = FixedRandom::seeded(1);
        (TokenGate::new(Secret::new("the-token"), &*random), random)
    }

    #[test]
    fn facts_1_11_the_headers_that_hold_the_token() {
        let (gate, _) = gate();
        for (name, value, expected) in [
            ("x-hermes-session-token", "the-token", Some(true)),
            ("x-hermes-session-token", "the-toke", Some(false)),
            ("x-hermes-session-token", "", Some(false)),
            ("authorization", "Bearer the-token", Some(true)),
            ("authorization", "bearer the-token", Some(true)),
            ("authorization", "Bearer another", Some(false)),
            ("authorization", "Basic the-token", None),
            ("authorization", "Bearer", None),
            ("cookie", "the-token", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(gate.header(&headers), expected, "{name}: {value}");
        }
    }

    #[test]
    fn ws11_a_link_works_once_and_gives_something_else_than_the_token() {
        let (gate, random) = gate();
        let link = gate.new_link(&*random);
        assert!(!gate.is_browser(link.expose()));
        let value = gate.follow(link.expose(), &*random).unwrap();
        assert!(gate.follow(link.expose(), &*random).is_none());
        assert!(gate.follow("no link", &*random).is_none());
        assert!(gate.is_browser(value.expose()));
        assert!(!gate.is_token(value.expose()) && !gate.is_browser("the-token"));
    }

    #[test]
    fn ds3_links_and_browsers_are_bounded() {
        let (gate, random) = gate();
        let links: Vec<_> = (0..=LINKS).map(|_| gate.new_link(&*random)).collect();
        assert!(
            gate.follow(links[0].expose(), &*random).is_none(),
            "the first gave way"
        );
        let browsers: Vec<_> = (0..=BROWSERS)
            .map(|_| {
                let link = gate.new_link(&*random);
                gate.follow(link.expose(), &*random).unwrap()
            })
            .collect();
        assert!(!gate.is_browser(browsers[0].expose()), "the first gave way");
        assert!(
            browsers[1..]
                .iter()
                .all(|value| gate.is_browser(value.expose()))
        );
    }
}
