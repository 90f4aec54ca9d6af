use std::collections::HashSet;

use hermes_machine::SystemRandom;
use proptest::prelude::*;

use super::*;

/// RFC 7636 appendix B.
#[test]
fn pc1_the_challenge_is_that_of_the_rfc() {
    struct Octets;
    impl Random for Octets {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.copy_from_slice(&[
                116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22,
                212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
            ]);
        }
    }
    let pkce = Pkce::new(&Octets);
    assert_eq!(
        pkce.verifier.expose(),
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert_eq!(
        pkce.challenge,
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}

#[test]
fn pc1_ten_thousand_verifiers_are_distinct() {
    let verifiers: HashSet<String> = (0..10_000)
        .map(|_| {
            let pkce = Pkce::new(&SystemRandom);
            assert_eq!(pkce.verifier.expose().len(), 43);
            assert_eq!(pkce.challenge.len(), 43);
            pkce.verifier.expose().to_owned()
        })
        .collect();
    assert_eq!(verifiers.len(), 10_000);
}

proptest! {
    #[test]
    fn pc1_any_bytes_make_an_unreserved_verifier(bytes in any::<[u8; 32]>()) {
        struct Given([u8; 32]);
        impl Random for Given {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.copy_from_slice(&self.0);
            }
        }
        let pkce = Pkce::new(&Given(bytes));
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        prop_assert!(pkce.verifier.expose().bytes().all(unreserved));
        prop_assert!(pkce.challenge.bytes().all(unreserved));
        prop_assert_eq!(URL_SAFE_NO_PAD.decode(pkce.verifier.expose()).unwrap(), bytes);
    }
}
