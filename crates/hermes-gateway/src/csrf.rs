//! Whether the owner of a session meant a changing request, or a foreign page sent it.

use http::{HeaderMap, HeaderName, Method, header};

use crate::{
    forwarded::Seen,
    reach::{Reach, Source},
};

/// From what kind of page a browser sends a request (Fetch Metadata).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a route takes as its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// JSON alone, which no form of a foreign page can send.
    Json,
    /// A form as well: the pages that work without a script.
    Form,
}

/// Why a request is taken for forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forged {
    /// The browser says that a page of another origin sent it.
    #[error("the request was sent by a page of another site")]
    Site,
    /// The origin is not ours, nor one that the settings allow.
    #[error(
        "the request was sent by a page of another origin: add it to \
         `gateway.proxy.allowed_origins` if it is yours"
    )]
    Origin,
    /// The body is not of the kind that the route takes.
    #[error("the body must be JSON, with `Content-Type: application/json`")]
    Body,
}

/// Checks a request that a cookie vouches for. Requests that change nothing pass: they are sent by
/// every link, and no route of ours changes anything on them.
///
/// # Errors
///
/// If the request changes something and a foreign page may have sent it.
pub fn check(
    method: &Method,
    headers: &HeaderMap,
    body: Body,
    reach: &Reach,
    seen: &Seen,
) -> Result<(), Forged> {
    if method.is_safe() {
        return Ok(());
    }
    let mut sites = headers.get_all(SITE).iter();
    if !sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none")) {
        return Err(Forged::Site);
    }
    let named = headers.contains_key(header::ORIGIN);
    let ours = || {
        matches!(
            reach.origin(seen, headers),
            Ok(Source::Own | Source::Allowed)
        )
    };
    if named && !ours() {
        return Err(Forged::Origin);
    }
    if has_body(headers) && !is_taken(headers, body) {
        return Err(Forged::Body);
    }
    Ok(())
}

/// Whether a body follows: anything but an announced length of nothing is taken for one.
pub(crate) fn has_body(headers: &HeaderMap) -> bool {
    let lengths = headers.get_all(header::CONTENT_LENGTH);
    headers.contains_key(header::TRANSFER_ENCODING)
        || lengths.iter().any(|length| length.as_bytes() != b"0")
}

fn is_taken(headers: &HeaderMap, body: Body) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (types.next(), types.next()) else {
        return false;
    };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let form = body == Body::Form && kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    kind.eq_ignore_ascii_case("application/json") || form
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::HeaderValue;

    use super::*;
    use crate::{
        reach::Allowed,
        site::{Authority, Prefix, PublicUrl, Scheme, WebOrigin},
    };

    fn run(method: &str, pairs: &[(&str, &str)], body: Body) -> Result<(), Forged> {
        let public = PublicUrl::parse("https://gw.example.com").unwrap();
        let allowed = Allowed {
            origins: vec![WebOrigin::parse("https://chat.example.com").unwrap()],
            non_web_origins: true,
            ..Allowed::default()
        };
        let reach = Reach::new("127.0.0.1", [], Some(&public), allowed);
        let seen = Seen {
            address: IpAddr::from([127, 0, 0, 1]),
            scheme: Scheme::Https,
            told_scheme: Scheme::Https,
            asked: Authority::parse("gw.example.com"),
            forwarded: None,
            prefix: Prefix::default(),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        check(&method.parse().unwrap(), &headers, body, &reach, &seen)
    }

    const SITE: &str = "sec-fetch-site";
    const ORIGIN: &str = "origin";
    const OURS: (&str, &str) = (ORIGIN, "https://gw.example.com");
    const LENGTH: (&str, &str) = ("content-length", "2");
    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[test]
    fn sc7_header_mixes() {
        use Forged::{Body, Origin, Site};

        type Row<'a> = (&'a [(&'a str, &'a str)], Result<(), Forged>);
        let rows: [Row<'_>; 27] = [
            (&[], Ok(())),
            (&[(SITE, "same-origin")], Ok(())),
            (&[(SITE, "none")], Ok(())),
            (&[(SITE, "same-site")], Err(Site)),
            (&[(SITE, "cross-site")], Err(Site)),
            (&[(SITE, "")], Err(Site)),
            (&[(SITE, "Same-Origin")], Err(Site)),
            (&[(SITE, "same-origin"), (SITE, "cross-site")], Err(Site)),
            (&[(SITE, "same-site"), OURS], Err(Site)),
            (
                &[(SITE, "cross-site"), (ORIGIN, "https://chat.example.com")],
                Err(Site),
            ),
            (&[OURS], Ok(())),
            (&[OURS, (SITE, "same-origin"), LENGTH, JSON], Ok(())),
            (&[(ORIGIN, "https://chat.example.com")], Ok(())),
            (&[(ORIGIN, "https://evil.test")], Err(Origin)),
            (&[(ORIGIN, "http://gw.example.com")], Err(Origin)),
            (&[(ORIGIN, "https://gw.example.com:8443")], Err(Origin)),
            (&[(ORIGIN, "https://x.gw.example.com")], Err(Origin)),
            (&[(ORIGIN, "null")], Err(Origin)),
            (&[(ORIGIN, "")], Err(Origin)),
            (&[OURS, OURS], Err(Origin)),
            (&[(SITE, "none"), (ORIGIN, "file://")], Err(Origin)),
            (&[OURS, LENGTH], Err(Body)),
            (&[OURS, LENGTH, FORM], Err(Body)),
            (&[OURS, LENGTH, ("content-type", "text/plain")], Err(Body)),
            (&[OURS, LENGTH, JSON, FORM], Err(Body)),
            (&[OURS, ("transfer-encoding", "chunked"), FORM], Err(Body)),
            (&[OURS, ("content-length", "0"), FORM], Ok(())),
        ];
        for (pairs, expected) in rows {
            for method in ["POST", "PUT", "PATCH", "DELETE", "BREW"] {
                assert_eq!(
                    run(method, pairs, super::Body::Json),
                    expected,
                    "{method} {pairs:?}"
                );
            }
            for method in ["GET", "HEAD", "OPTIONS"] {
                assert_eq!(
                    run(method, pairs, super::Body::Json),
                    Ok(()),
                    "{method} {pairs:?}"
                );
            }
        }
    }

    #[test]
    fn sc7_a_route_may_take_a_form() {
        let take = |pairs: &[(&str, &str)]| run("POST", pairs, Body::Form);
        assert_eq!(take(&[OURS, LENGTH, FORM]), Ok(()));
        assert_eq!(take(&[OURS, LENGTH, JSON]), Ok(()));
        let plain = ("content-type", "text/plain");
        assert_eq!(take(&[OURS, LENGTH, plain]), Err(Forged::Body));
        let foreign = (ORIGIN, "https://evil.test");
        assert_eq!(take(&[foreign, LENGTH, FORM]), Err(Forged::Origin));
    }
}
