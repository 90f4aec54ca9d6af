use std::time::Duration;

use hermes_client::{GatewayAddress, LONGEST_DELAY, Minted, Outage, PlainHttp, delay, minted};
use proptest::prelude::*;

#[test]
fn a_wait_doubles_and_ends_at_thirty_seconds() {
    let longest: Vec<_> = (1..=9).map(|failed| delay(failed, 0).as_millis()).collect();
    let wanted = [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 30_000, 30_000];
    assert_eq!(longest, wanted);
    let shortest: Vec<_> = (1..=3)
        .map(|failed| delay(failed, u32::MAX).as_millis())
        .collect();
    assert_eq!(shortest, [150, 300, 600]);
}

#[test]
fn what_a_gateway_says_of_its_outage_is_kept() {
    let until = Some(Duration::from_secs(7));
    let Minted::Out(outage) = minted(503, until, b"{}") else {
        panic!("503 is an outage");
    };
    assert_eq!(outage, Outage::Status(503, until));
}

#[test]
fn ws12_a_secret_is_never_in_what_is_shown() {
    let address = GatewayAddress::parse("http://gw.example.com/x").unwrap();
    let error = address.for_secrets(PlainHttp::Refused).unwrap_err();
    assert!(error.to_string().contains("`gw.example.com`"), "{error}");
    for typed in ["https://ada:hunter2@h", "ada:hunter2@h"] {
        let error = GatewayAddress::parse(typed).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_typed_is_too_much(text in "\\PC{0,60}") {
        if let Ok(address) = GatewayAddress::parse(&text) {
            let shown = address.to_string();
            prop_assert!(!shown.ends_with('/'));
            prop_assert_eq!(GatewayAddress::parse(&shown), Ok(address));
        }
    }

    #[test]
    fn a_wait_is_between_half_and_whole(failed in 1_u32.., roll in any::<u32>()) {
        let whole = delay(failed, 0);
        let waited = delay(failed, roll);
        prop_assert!(waited <= whole && waited >= whole / 2 && whole <= LONGEST_DELAY);
    }

    #[test]
    fn any_answer_means_something(status in any::<u16>(), body in any::<Vec<u8>>()) {
        prop_assert!(!matches!(minted(status, None, &body), Minted::Ticket(_)) || status < 300);
    }
}
