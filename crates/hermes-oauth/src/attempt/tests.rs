use super::*;
use crate::testing::{CannedHttp, callback, client, provider, standard};

fn attempt() -> Attempt {
    let (client, _) = client(&standard(), &CannedHttp::new([]));
    client.begin(&callback()).unwrap()
}

fn answer(state: Option<&str>, iss: Option<&str>) -> Answer {
    Answer {
        code: Some(Secret::new("c1")),
        state: state.map(Secret::new),
        iss: iss.map(str::to_owned),
        ..Answer::default()
    }
}

fn not_ours(verdict: &Verdict) -> NotOurs {
    match verdict {
        Verdict::NotOurs(reason) => reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pc2_only_this_attempts_state_counts() {
    let (one, two) = (attempt(), {
        let (client, _) = client(&standard(), &CannedHttp::new([]));
        client.begin(&callback()).unwrap();
        client.begin(&callback()).unwrap()
    });
    let own = one.state.expose().to_owned();
    assert!(own.len() == 43 && !one.state.same(&two.state));
    let truncated = &own[..42];
    let longer = format!("{own}x");
    for wrong in [
        two.state.expose(),
        truncated,
        &longer,
        "x",
        &own.to_uppercase(),
    ] {
        let verdict = one.judge(&answer(Some(wrong), None));
        assert_eq!(not_ours(&verdict), NotOurs::WrongState, "{wrong}");
    }
    assert_eq!(not_ours(&one.judge(&answer(None, None))), NotOurs::NoState);
    assert!(
        matches!(one.judge(&answer(Some(&own), None)), Verdict::Code(code) if code.0.matches("c1"))
    );
}

#[test]
fn pc3_an_issuer_that_is_there_must_be_ours() {
    let attempt = attempt();
    let state = attempt.state.expose();
    for wrong in ["https://b.test", "https://a.test/", "https://A.test", ""] {
        let verdict = attempt.judge(&answer(Some(state), Some(wrong)));
        assert_eq!(not_ours(&verdict), NotOurs::WrongIssuer, "{wrong}");
    }
    let right = attempt.judge(&answer(Some(state), Some("https://a.test")));
    assert!(matches!(right, Verdict::Code(_)));
}

#[test]
fn pc3_a_promised_issuer_must_be_there() {
    let attempt = Attempt {
        iss_promised: true,
        ..attempt()
    };
    let state = attempt.state.expose().to_owned();
    let verdict = attempt.judge(&answer(Some(&state), None));
    assert_eq!(not_ours(&verdict), NotOurs::MissingIssuer);
    let right = attempt.judge(&answer(Some(&state), Some("https://a.test")));
    assert!(matches!(right, Verdict::Code(_)));
}

#[test]
fn lb4_an_error_counts_only_with_the_right_state() {
    let attempt = attempt();
    let denied = |state: &str| Answer {
        state: Some(Secret::new(state)),
        error: Some("access_denied".to_owned()),
        error_description: Some("no".to_owned()),
        ..Answer::default()
    };
    assert!(matches!(
        attempt.judge(&denied("x")),
        Verdict::NotOurs(NotOurs::WrongState)
    ));
    match attempt.judge(&denied(attempt.state.expose())) {
        Verdict::Denied { error, description } => {
            assert_eq!(
                (error.as_str(), description.as_deref()),
                ("access_denied", Some("no"))
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_with_nothing_in_it_is_not_ours() {
    let attempt = attempt();
    let empty = Answer {
        state: Some(attempt.state.clone()),
        ..Answer::default()
    };
    assert_eq!(not_ours(&attempt.judge(&empty)), NotOurs::NoCode);
}

#[test]
fn a_provider_without_issuer_has_nothing_to_compare() {
    let (client, _) = client(&provider("spotify"), &CannedHttp::new([]));
    let redirect = Url::parse("http://127.0.0.1:43827/spotify/callback").unwrap();
    let attempt = client.begin(&redirect).unwrap();
    let state = attempt.state.expose();
    assert!(matches!(
        attempt.judge(&answer(Some(state), Some("https://x.test"))),
        Verdict::Code(_)
    ));
}

#[test]
fn lg2_debug_shows_no_secret() {
    let attempt = attempt();
    let text = format!("{attempt:?}");
    for secret in [
        &attempt.state,
        &attempt.pkce.verifier,
        attempt.nonce.as_ref().unwrap(),
    ] {
        assert!(!text.contains(secret.expose()), "{text}");
    }
}
