use proptest::prelude::*;

use super::*;

#[test]
fn reads_what_a_server_sends() {
    let answer =
        Answer::from_query("?code=c%2B1&state=s+1&iss=https%3A%2F%2Fa.test&other=x").unwrap();
    assert_eq!(answer.code.unwrap().expose(), "c+1");
    assert_eq!(answer.state.unwrap().expose(), "s 1");
    assert_eq!(answer.iss.as_deref(), Some("https://a.test"));
    assert_eq!(answer.error, None);
}

#[test]
fn pc2_empty_values_are_absent_and_doubled_ones_refused() {
    let answer = Answer::from_query("code=&state=").unwrap();
    assert!(answer.code.is_none() && answer.state.is_none());
    for name in ["code", "state", "iss", "error", "error_description"] {
        let twice = format!("{name}=a&x=y&{name}=b");
        assert_eq!(
            Answer::from_query(&twice).unwrap_err(),
            AnswerError::Doubled(name)
        );
        let empty_once = format!("{name}=&{name}=b");
        assert_eq!(
            Answer::from_query(&empty_once).unwrap_err(),
            AnswerError::Doubled(name)
        );
    }
}

#[test]
fn pa1_tokens_are_refused_by_name() {
    for name in ["access_token", "id_token", "refresh_token"] {
        let query = format!("state=s&{name}=t");
        assert_eq!(Answer::from_query(&query).unwrap_err(), AnswerError::Token);
    }
}

#[test]
fn pa3_an_answer_has_a_longest_length() {
    let just = format!("code={}", "a".repeat(LONGEST - 5));
    assert!(Answer::from_query(&just).is_ok());
    assert_eq!(
        Answer::from_query(&format!("{just}a")).unwrap_err(),
        AnswerError::TooLong
    );
}

#[test]
fn pc10_error_texts_are_cleaned() {
    let answer = Answer::from_query("error=a%1Bb&error_description=c%0Ad%E2%80%AEe").unwrap();
    assert_eq!(answer.error.as_deref(), Some("ab"));
    assert_eq!(answer.error_description.as_deref(), Some("c de"));
    let long = Answer::from_query(&format!("error={}", "e".repeat(1000))).unwrap();
    assert_eq!(long.error.unwrap().chars().count(), LABEL_LIMIT);
}

#[test]
fn lg2_debug_shows_no_secret() {
    let answer = Answer::from_query("code=canary&state=canary").unwrap();
    assert!(!format!("{answer:?}").contains("canary"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(query in any::<String>()) {
        if let Ok(answer) = Answer::from_query(&query) {
            for text in [answer.error, answer.error_description].into_iter().flatten() {
                prop_assert!(text.chars().count() <= LABEL_LIMIT);
                prop_assert!(!text.chars().any(char::is_control));
            }
            prop_assert!(!answer.code.is_some_and(|code| code.is_empty()));
            prop_assert!(!answer.state.is_some_and(|state| state.is_empty()));
        }
    }

    #[test]
    fn what_is_encoded_comes_back(code in "\\PC{1,50}", state in "\\PC{1,50}", noise in "[a-b]{0,5}") {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", &state)
            .append_pair(&format!("x{noise}"), &noise)
            .append_pair("code", &code)
            .finish();
        let answer = Answer::from_query(&query).unwrap();
        prop_assert!(answer.code.unwrap().matches(&code));
        prop_assert!(answer.state.unwrap().matches(&state));
    }
}
