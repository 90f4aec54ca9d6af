use std::fmt;

use hermes_machine::Random;
use hermes_storage::TokenHash;

/// The letters of RFC 8628 section 6.1: no vowels, so that no code is a word.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// How many of them a code has: 34.5 bits.
const LENGTH: usize = 8;

/// The longest text that may be a code with what people put between its letters.
const TYPED_LIMIT: usize = 64;

/// What a person reads on one machine and types on another.
#[derive(Clone)]
pub(crate) struct UserCode([u8; LENGTH]);

impl UserCode {
    /// A new one. Every letter is as likely as every other.
    pub(crate) fn new(random: &dyn Random) -> Self {
        // The bytes beyond the last whole round of the alphabet would favour its beginning.
        const EVEN: u8 = (256 / ALPHABET.len() * ALPHABET.len() - 1) as u8;
        let mut letters = [0; LENGTH];
        for letter in &mut letters {
            let mut byte = [u8::MAX];
            while byte[0] > EVEN {
                random.fill(&mut byte);
            }
            *letter = ALPHABET[usize::from(byte[0]) % ALPHABET.len()];
        }
        Self(letters)
    }

    /// Reads what was typed: letters of either case, with or without the dash, or blanks for it.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_LIMIT {
            return None;
        }
        let letters = typed.bytes().filter(|byte| !b" -".contains(byte));
        let letters: Vec<_> = letters.map(|byte| byte.to_ascii_uppercase()).collect();
        let known = letters.iter().all(|letter| ALPHABET.contains(letter));
        letters.try_into().ok().filter(|_| known).map(Self)
    }

    /// What is kept, and compared in constant time.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.to_string())
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        let text = |half| std::str::from_utf8(half).unwrap_or_default();
        write!(f, "{}-{}", text(first), text(second))
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use hermes_testkit::FixedRandom;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dv2_a_user_code_has_eight_letters_of_twenty_each_as_likely() {
        let random = FixedRandom::seeded(11);
        let mut counts = [[0_u32; 26]; LENGTH];
        let codes = 20_000;
        for _ in 0..codes {
            let code = UserCode::new(&*random);
            let shown = code.to_string();
            assert_eq!((shown.len(), &shown[4..5]), (9, "-"));
            for (place, letter) in code.0.iter().enumerate() {
                assert!(ALPHABET.contains(letter), "{shown}");
                counts[place][usize::from(letter - b'A')] += 1;
            }
        }
        let expected = f64::from(codes) / 20.0;
        for counts in counts {
            let seen = ALPHABET.map(|letter| f64::from(counts[usize::from(letter - b'A')]));
            let distance: f64 = seen
                .iter()
                .map(|seen| (seen - expected).powi(2) / expected)
                .sum();
            // Chi-squared of 19 degrees: beyond this once in a hundred thousand fair draws.
            assert!(distance < 60.0, "{seen:?}");
        }
        let bits = (ALPHABET.len() as f64).log2() * LENGTH as f64;
        assert!((34.5..34.6).contains(&bits));
    }

    #[test]
    fn dv2_a_user_code_is_read_as_people_type_it() {
        for (typed, code) in [
            ("WDJB-MJHT", Some("WDJB-MJHT")),
            ("wdjbmjht", Some("WDJB-MJHT")),
            (" wdjb mjht ", Some("WDJB-MJHT")),
            ("WDJB-MJH", None),
            ("WDJB-MJHTT", None),
            ("WDJB-MJHA", None),
            ("WDJB-MJH1", None),
            ("WDJB.MJHT", None),
            ("WDJB\u{2013}MJHT", None),
            ("", None),
        ] {
            let read = UserCode::parse(typed).map(|code| code.to_string());
            assert_eq!(read.as_deref(), code, "{typed:?}");
        }
        assert!(UserCode::parse(&format!("WDJBMJHT{}", " ".repeat(TYPED_LIMIT))).is_none());
        let code = UserCode::parse("WDJBMJHT").unwrap();
        assert_eq!(format!("{code:?}"), "UserCode(..)");
    }

    proptest! {
        #[test]
        fn dv2_what_is_read_is_shown_and_read_again(typed in "[a-zA-Z -]{0,12}|\\PC{0,80}") {
            if let Some(code) = UserCode::parse(&typed) {
                let again = UserCode::parse(&code.to_string()).unwrap();
                prop_assert_eq!(again.hash(), code.hash());
            }
        }
    }
}
