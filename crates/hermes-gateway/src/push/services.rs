//! Which addresses are push services, and what a browser says of itself.
//!
//! A person who is signed in brings the address, and the gateway posts to it: so it must be one that leads
//! nowhere but to the vendors of browsers, of whom there are few. A check of the number that a name leads
//! to would not do, since the name may lead elsewhere a moment later, and a proxy may resolve it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_storage::Subscription;
use p256::PublicKey;
use thiserror::Error;
use url::{Host, Url};

/// The hosts of push services. Those that begin with a dot stand for all below it.
const HOSTS: [&str; 5] = [
    // Chrome and what is made of Chromium.
    "fcm.googleapis.com",
    "jmt17.google.com",
    // Firefox.
    ".push.services.mozilla.com",
    // Safari.
    ".push.apple.com",
    // Edge.
    ".notify.windows.com",
];

/// The most bytes of an address.
const ENDPOINT_LIMIT: usize = 2048;

/// Why a subscription is not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Nothing is sent there.
    #[error(
        "`endpoint` is not an address of a push service of Google, Mozilla, Apple or Microsoft"
    )]
    Elsewhere,
    /// Nothing can be made unreadable for it.
    #[error("`keys` must hold `p256dh`, a point of P-256, and `auth`, 16 bytes, both as base64url")]
    Keys,
}

/// The address, if it is one of a push service.
pub(super) fn endpoint(text: &str) -> Option<Url> {
    if text.len() > ENDPOINT_LIMIT {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let is_plain = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    let Some(Host::Domain(host)) = url.host() else {
        return None;
    };
    let is_known = HOSTS.into_iter().any(|known| match known.starts_with('.') {
        true => host.ends_with(known),
        false => host == known,
    });
    (is_plain && is_known).then_some(url)
}

/// What a browser has brought, checked.
pub(crate) fn subscription(
    address: &str,
    public_key: &str,
    auth: &str,
) -> Result<Subscription, Refused> {
    let url = endpoint(address).ok_or(Refused::Elsewhere)?;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let public_key: Option<[u8; 65]> = bytes(public_key).and_then(|bytes| bytes.try_into().ok());
    let public_key = public_key.filter(|bytes| PublicKey::from_sec1_bytes(bytes).is_ok());
    let auth: Option<[u8; 16]> = bytes(auth).and_then(|bytes| bytes.try_into().ok());
    Ok(Subscription {
        endpoint: url.into(),
        public_key: public_key.ok_or(Refused::Keys)?,
        auth: auth.ok_or(Refused::Keys)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rz6_nothing_is_sent_but_to_the_vendors_of_browsers() {
        for known in [
            "https://fcm.googleapis.com/fcm/send/x:y",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://web.push.apple.com/x",
            "https://wns2-par02p.notify.windows.com/w/?token=x",
            "https://fcm.googleapis.com:443/fcm/send/x",
        ] {
            assert!(endpoint(known).is_some(), "{known}");
        }
        for other in [
            "http://fcm.googleapis.com/fcm/send/x",
            "https://fcm.googleapis.com:8443/fcm/send/x",
            "https://ada@fcm.googleapis.com/fcm/send/x",
            "https://:pw@fcm.googleapis.com/fcm/send/x",
            "https://fcm.googleapis.com/fcm/send/x#y",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest",
            "https://2130706433/x",
            "https://localhost/x",
            "https://push.apple.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com/x",
            "https://xpush.apple.com.evil.example/x",
            "https://evil.example/fcm.googleapis.com",
            "https://evil.example\\@fcm.googleapis.com/x",
            "https://fcm.googleapis.com./x",
            "file:///etc/passwd",
            "fcm.googleapis.com/x",
            "",
        ] {
            assert_eq!(endpoint(other), None, "{other}");
        }
        let long = format!("https://fcm.googleapis.com/{}", "x".repeat(ENDPOINT_LIMIT));
        assert_eq!(endpoint(&long), None);
    }

    #[test]
    fn keys_are_a_point_and_sixteen_bytes() {
        let address = "https://fcm.googleapis.com/fcm/send/x";
        let point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let auth = "BTBZMqHH6r4Tts7J_aSIgg";
        assert!(subscription(address, point, auth).is_ok());
        assert!(subscription(address, point, &format!("{auth}==")).is_ok());
        let zeros = URL_SAFE_NO_PAD.encode([0; 65]);
        for (point, auth) in [
            (zeros.as_str(), auth),
            (auth, auth),
            ("", auth),
            (point, point),
            (point, ""),
            (point, "!"),
        ] {
            assert_eq!(subscription(address, point, auth), Err(Refused::Keys));
        }
        let elsewhere = subscription("https://evil.example/", point, auth);
        assert_eq!(elsewhere, Err(Refused::Elsewhere));
    }

    proptest! {
        #[test]
        fn rz6_whatever_is_an_endpoint_is_below_a_known_host(
            text in "https?://([a-z.:@\\[\\]\\\\/]|fcm\\.googleapis\\.com|\\.push\\.apple\\.com|127\\.0\\.0\\.1){1,6}",
        ) {
            if let Some(url) = endpoint(&text) {
                let host = url.host_str().unwrap();
                let known = HOSTS.iter().any(|known| host == *known || host.ends_with(known) && known.starts_with('.'));
                prop_assert!(known && url.scheme() == "https", "{text}");
            }
        }
    }
}
