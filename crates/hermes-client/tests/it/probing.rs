use std::sync::Mutex;

use hermes_client::{GatewayAddress, Mode, ProbeError, Probed, probe};
use hermes_machine::{
    BoxFuture,
    http::{Body, Http, HttpError, Request, Response},
};
use hermes_protocol::rest::AuthFlow;

const STATUS: &str = "/hermes/api/status";
const METHODS: &str = "/hermes/api/auth/providers";

/// Answers by path, and notes what it was asked. What has no answer is not reached.
struct Answers {
    by_path: Vec<(&'static str, u16, &'static str, &'static str)>,
    asked: Mutex<Vec<String>>,
}

impl Http for Answers {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        assert_eq!(request.body, Body::Empty);
        assert!(request.headers.is_empty(), "nothing is shown");
        let path = request.url.path().to_owned();
        let found = self.by_path.iter().find(|answer| answer.0 == path);
        let answer = found.map(|(_, status, kind, body)| Response {
            status: *status,
            media_type: Some((*kind).to_owned()),
            retry_after: None,
            date: None,
            set_cookies: Vec::new(),
            body: body.as_bytes().to_owned(),
        });
        self.asked.lock().unwrap().push(path);
        Box::pin(async move {
            answer.ok_or_else(|| HttpError::NotSent {
                host: "gw.example.com".to_owned(),
                reason: "refused".to_owned(),
            })
        })
    }
}

async fn probed(
    by_path: &[(&'static str, u16, &'static str, &'static str)],
) -> (Result<Probed, ProbeError>, Vec<String>) {
    let answers = Answers {
        by_path: by_path.to_vec(),
        asked: Mutex::default(),
    };
    let address = GatewayAddress::parse("https://gw.example.com/hermes").unwrap();
    let result = probe(&answers, &address).await;
    (result, answers.asked.into_inner().unwrap())
}

const JSON: &str = "application/json";

#[tokio::test]
async fn facts_5_3_a_gateway_tells_how_people_get_in() {
    let status = r#"{"version":"0.1.0","auth_required":true,"auth_flows":["password","by_pigeon","device_code"]}"#;
    let methods = r#"{"providers":[{"name":"password","display_name":"Pass\u001b[31mword","supports_password":true}]}"#;
    let answers = [(STATUS, 200, JSON, status), (METHODS, 200, JSON, methods)];
    let (result, asked) = probed(&answers).await;
    let found = result.unwrap();
    assert_eq!(asked, [STATUS, METHODS]);
    assert_eq!(found.mode, Mode::SignIn);
    assert_eq!(found.version.as_deref(), Some("0.1.0"));
    assert_eq!(found.flows, [AuthFlow::Password, AuthFlow::DeviceCode]);
    assert!(found.is_password_alone());
    let name = &found.methods[0].display_name;
    assert!(!name.contains('\u{1b}'), "{name:?}");
}

#[tokio::test]
async fn facts_5_3_methods_that_are_not_told_are_no_failure() {
    let status = r#"{"version":"0.19.0","auth_required":true}"#;
    for methods in [None, Some((METHODS, 500, "text/html", "<html>"))] {
        let mut answers = vec![(STATUS, 200, JSON, status)];
        answers.extend(methods);
        let found = probed(&answers).await.0.unwrap();
        assert_eq!((found.mode, found.methods.len()), (Mode::SignIn, 0));
        assert!(!found.is_password_alone());
    }
}

#[tokio::test]
async fn facts_5_3_a_gateway_of_a_token_is_asked_nothing_more() {
    let status = r#"{"version":"0.19.0","auth_required":false}"#;
    let (result, asked) = probed(&[(STATUS, 200, JSON, status)]).await;
    assert_eq!(result.unwrap().mode, Mode::Token);
    assert_eq!(asked, [STATUS]);
}

#[tokio::test]
async fn facts_5_3_what_is_no_gateway_is_told_as_that() {
    let host = || "gw.example.com".to_owned();
    for (status, kind, body, why) in [
        (200, "text/html", "<html>Sign in</html>", "page"),
        (403, "text/html", "<html>", "page"),
        (200, JSON, r#"{"ok":true}"#, "other"),
        (200, JSON, "[]", "other"),
        (200, JSON, "{", "other"),
        (302, "text/html", "", "other"),
        (404, JSON, r#"{"version":"1"}"#, "other"),
        (503, JSON, r#"{"detail":"later"}"#, "other"),
    ] {
        let (result, asked) = probed(&[(STATUS, status, kind, body)]).await;
        let wanted = match why {
            "page" => ProbeError::Page {
                host: host(),
                status,
            },
            _ => ProbeError::Other {
                host: host(),
                status,
            },
        };
        assert_eq!(result.unwrap_err(), wanted, "{body}");
        assert_eq!(asked, [STATUS]);
    }
    let unreached = probed(&[]).await.0.unwrap_err();
    assert!(matches!(unreached, ProbeError::Http(_)), "{unreached}");
}
