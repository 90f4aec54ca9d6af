//! Letting in somebody whom no list of the settings names.
//!
//! Whoever signs in at a provider and is a stranger here reads a command for the owner. What it
//! names is the issuer and the subject in one word: neither can be mistaken for another person's,
//! and a shell reads nothing else into it.

use hermes_machine::{Clock, Random};
use hermes_storage::{Acceptance, Identity, Role, Storage, StorageError, TokenHash, UserId, Way};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use crate::claim;

/// What a subject keeps of itself (RFC 3986 section 2.3).
const SUBJECT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What an issuer keeps of itself beside that: what separates the parts of its address.
const ISSUER: &AsciiSet = &SUBJECT.remove(b':').remove(b'/');

/// The command by which the owner lets this person in.
pub fn command(identity: &Identity) -> String {
    format!("hermes users allow {}", word(identity))
}

/// An identity as one word. An issuer has no fragment (OpenID Connect Discovery 1.0 section 2), so
/// the first `#` is where the subject begins.
pub fn word(identity: &Identity) -> String {
    let issuer = utf8_percent_encode(&identity.issuer, ISSUER);
    let subject = utf8_percent_encode(&identity.subject, SUBJECT);
    format!("{issuer}#{subject}")
}

/// The identity that is this word; `None` if it is none.
pub fn read(word: &str) -> Option<Identity> {
    let (issuer, subject) = word.split_once('#')?;
    let text = |encoded| percent_decode_str(encoded).decode_utf8().ok();
    let (issuer, subject) = (text(issuer)?, text(subject)?);
    let url = Url::parse(&issuer).ok()?;
    let is_one = matches!(url.scheme(), "https" | "http") && !subject.is_empty();
    is_one.then(|| Identity {
        issuer: issuer.into_owned(),
        subject: subject.into_owned(),
    })
}

/// Lets this person in: as the user they were before, or as a new member.
///
/// # Errors
///
/// What storage met.
pub async fn vouch(
    storage: &dyn Storage,
    identity: Identity,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<UserId, StorageError> {
    let known = storage.users().by_identity(&identity).await?;
    let user = known.map_or_else(|| UserId::new(random), |user| user.id);
    // An invitation that is accepted for them at once: there is one way to vouch.
    let invitations = storage.invitations();
    let inviting = claim::invite(invitations, user, Role::Member, None, clock, random);
    let (secret, _) = inviting.await?;
    let acceptance = Acceptance {
        at: clock.now(),
        way: Way::Identity(identity),
        display_name: None,
        email: None,
    };
    let hash = TokenHash::of_secret(&secret);
    let accepted = invitations.accept(&hash, acceptance).await;
    let accepted = accepted?.ok_or(StorageError::UserUnknown)?;
    Ok(accepted.user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(issuer: &str, subject: &str) -> Identity {
        Identity {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
        }
    }

    #[test]
    fn rp4_a_word_is_one_person_and_says_nothing_to_a_shell() {
        for (issuer, subject, expected) in [
            (
                "https://id.example.com",
                "u-1",
                "https://id.example.com#u-1",
            ),
            (
                "https://id.example.com/t%20x/",
                "auth0|7",
                "https://id.example.com/t%2520x/#auth0%7C7",
            ),
            (
                "http://127.0.0.1:8080/a",
                "$(id)`;'\" #",
                "http://127.0.0.1:8080/a#%24%28id%29%60%3B%27%22%20%23",
            ),
            (
                "https://id.example.com",
                "ä\n",
                "https://id.example.com#%C3%A4%0A",
            ),
        ] {
            let person = identity(issuer, subject);
            assert_eq!(word(&person), expected);
            assert_eq!(read(expected), Some(person));
        }
        let odd = identity("https://id.example.com/a;b$(c)'", "u");
        assert_eq!(word(&odd), "https://id.example.com/a%3Bb%24%28c%29%27#u");
        assert_eq!(read(&word(&odd)), Some(odd));
    }

    #[test]
    fn what_is_no_word_is_nobody() {
        for text in [
            "",
            "ada",
            "#u",
            "https://id.example.com",
            "https://id.example.com#",
            "x:y#u",
            "https://i#%ff",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
