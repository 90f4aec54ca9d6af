use hermes_gateway::tls::Certificate;
use hermes_machine::http::{HttpError, Visit};
use jiff::Timestamp;
use url::Url;

use super::{
    super::Finding,
    proxy::{Line, change},
};

/// What the certificate says of itself; whether it is to be believed has been checked by then.
pub(super) fn certificate(visit: &Visit, now: Timestamp) -> Option<Finding> {
    let certificate = Certificate::parse(visit.certificate.as_ref()?)?;
    let ends = certificate.not_after.strftime("%Y-%m-%d");
    Some(match certificate.trouble(now) {
        None => Finding::fine(
            "tls",
            format!("the certificate is trusted, and ends on {ends}"),
        ),
        Some(trouble) => Finding::warning(
            "tls",
            format!("the certificate {trouble}"),
            "renew it: beyond that day no browser goes further",
        ),
    })
}

/// Why there is no TLS, where that is what the client said.
pub(super) fn trouble(url: &Url, error: &HttpError) -> Option<Finding> {
    let HttpError::NotSent { reason, .. } = error else {
        return None;
    };
    let host = url.host_str().unwrap_or_default();
    // The words of rustls, which has no other way through the client. What they do not fit is shown
    // as it is.
    let said = reason.to_ascii_lowercase();
    let has = |words: &str| said.contains(words);
    let (evidence, next) = if has("unknownissuer") || has("unknown issuer") {
        let chain = change(None, Line::Chain, "");
        let next = format!(
            "{chain}\nor, for an authority of your own: HERMES_CA_BUNDLE=FILE hermes doctor --url …"
        );
        let evidence = "the certificate leads to no authority that this machine trusts";
        (evidence.to_owned(), next)
    } else if has("valid for name") || has("notvalidforname") {
        let evidence = format!("the certificate is not for `{host}`");
        (
            evidence,
            format!("get one for `{host}`, or correct the address"),
        )
    } else if has("expired") {
        let next = "renew it, and let the proxy read it again";
        ("the certificate has ended".to_owned(), next.to_owned())
    } else if has("not yet valid") || has("notvalidyet") {
        let next = "set the clock of this machine: timedatectl set-ntp true";
        (
            "the certificate is not valid yet".to_owned(),
            next.to_owned(),
        )
    } else if has("corrupt message") || has("invalidcontenttype") {
        let next = "nginx: `listen 443 ssl;`\nHAProxy: `bind :443 ssl crt …`\nor correct the port";
        (
            "what listens there speaks no TLS".to_owned(),
            next.to_owned(),
        )
    } else {
        return None;
    };
    Some(Finding::broken(
        "tls",
        format!("{evidence}: {reason}"),
        next,
    ))
}
