//! Which new passwords are taken: long ones that are not the first guess.

use thiserror::Error;

/// The longest, in bytes: enough for any phrase, too little to keep a core busy with.
pub const LONGEST: usize = 1024;

/// What everybody who guesses tries first, in lower case and without what people put around and
/// between it (digits, punctuation, blanks). Words of this product are among them.
const GUESSED: &str = include_str!("guessed.txt");

/// How many tries, as a power of ten, somebody who guesses in the order of what is common may need
/// for a password that is refused. The estimate knows some thirty thousand passwords by their rank,
/// names, words, dates, rows of keys and repetitions; a random password of 8 characters is beyond.
const TRIES: f64 = 7.0;

/// How many characters are looked at for that. Beyond, a password is long enough.
const LOOKED_AT: usize = 100;

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PolicyError {
    /// It is too short.
    #[error("the password has {found} characters, and {least} is the fewest")]
    Short {
        /// How many it has.
        found: usize,
        /// How many it needs.
        least: usize,
    },
    /// It is longer than [`LONGEST`].
    #[error("the password is longer than {LONGEST} bytes")]
    Long,
    /// It is one of those that are tried first.
    #[error("the password is one of the first that anybody tries")]
    Guessed,
}

/// Checks a new password for this login name. Every character counts and may be any; nothing is
/// trimmed.
///
/// # Errors
///
/// [`PolicyError`].
pub fn check(password: &str, login: &str, least: usize) -> Result<(), PolicyError> {
    let found = password.chars().count();
    if found < least {
        return Err(PolicyError::Short { found, least });
    }
    if password.len() > LONGEST {
        return Err(PolicyError::Long);
    }
    let lower = password.to_lowercase();
    let core = lower.trim_matches(|character: char| !character.is_alphabetic());
    let name = login.split('@').next().unwrap_or_default();
    let name = letters(&name.to_lowercase());
    let guessed = [letters(&unmasked(core)), letters(&lower)]
        .iter()
        .any(|text| {
            is_made_of(text, |word| GUESSED.lines().any(|known| known == word))
                || is_made_of(text, |word| word == name)
        });
    if guessed || is_common(password, login) {
        return Err(PolicyError::Guessed);
    }
    Ok(())
}

fn is_common(password: &str, login: &str) -> bool {
    let start: String = password.chars().take(LOOKED_AT).collect();
    zxcvbn::zxcvbn(&start, &[login]).guesses_log10() < TRIES
}

/// With the signs that people put in place of letters turned back.
fn unmasked(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_alphabetic())
        .collect()
}

/// Whether the text is nothing but such words, at most four of them: a phrase of more is not the
/// first guess.
fn is_made_of(text: &str, is_word: impl Fn(&str) -> bool + Copy) -> bool {
    fn rest(text: &str, words: usize, is_word: impl Fn(&str) -> bool + Copy) -> bool {
        if text.is_empty() {
            return true;
        }
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        words > 0
            && ends
                .filter(|end| *end <= 24)
                .any(|end| is_word(&text[..end]) && rest(&text[end..], words - 1, is_word))
    }
    !text.is_empty() && rest(text, 4, is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw2_length_is_all_that_counts_for_an_unusual_one() {
        for password in [
            "correct horse battery staple",
            "vier verdorrte Pflaumen am See",
            "gT4#pQz!vN8w-Lk",
            " blanks around count too ",
            "пятнадцать букв и больше",
            "😀🦊🌊🚲🎈🍋🐢🧭🪁🎻🌵🧊🪵🫖🛶",
            &"long and longer ".repeat(60),
        ] {
            assert_eq!(check(password, "ada", 15), Ok(()), "{password}");
        }
        let short = PolicyError::Short {
            found: 14,
            least: 15,
        };
        assert_eq!(check("gT4#pQz!vN8w-L", "ada", 15), Err(short));
        assert_eq!(check("gT4#pQz!", "ada", 8), Ok(()));
        let long = "long and longer ".repeat(65);
        assert_eq!(check(&long, "ada", 15), Err(PolicyError::Long));
    }

    #[test]
    fn pw2_what_is_tried_first_is_refused() {
        for password in [
            "password",
            "Password123!",
            "P@ssw0rd2026!!!!",
            "passwordpassword",
            "hermes-agent-2026",
            "HermesGateway123",
            "administrator123",
            "letmein letmein!",
            "iloveyou1234567",
            "qwertyuiopasdfgh",
            "1q2w3e4r5t6y7u8i",
            "123456789012345",
            "987654321098765",
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            "abcdefghijklmnop",
            "................",
            "ada-ada-ada-2026",
        ] {
            let found = check(password, "ada", 8);
            assert_eq!(found, Err(PolicyError::Guessed), "{password}");
        }
        let name = "ada.lovelace@example.com";
        let found = check("AdaLovelace12345", name, 8);
        assert_eq!(found, Err(PolicyError::Guessed));
    }

    /// A few of what lists of leaked passwords have near their top, of eight characters and more.
    #[test]
    fn pw2_the_commonest_are_refused() {
        for password in [
            "12345678",
            "11111111",
            "baseball",
            "football",
            "sunshine",
            "princess",
            "superman",
            "trustno1",
            "starwars",
            "michelle",
            "jennifer",
            "computer",
            "corvette",
            "mercedes",
            "whatever",
            "startrek",
            "liverpool",
            "jordan23",
            "asdfghjkl",
            "1qaz2wsx",
            "qazwsxedc",
            "butterfly",
            "metallica",
            "elizabeth",
            "Football1",
            "Sunshine2026",
            "drowssap",
        ] {
            let found = check(password, "ada", 8);
            assert_eq!(found, Err(PolicyError::Guessed), "{password}");
        }
    }

    #[test]
    fn the_list_is_clean() {
        let words: Vec<_> = GUESSED.lines().collect();
        assert!(words.len() > 200);
        for (at, word) in words.iter().enumerate() {
            assert!(
                word.chars().all(|c| c.is_ascii_lowercase()) && word.len() > 2,
                "{word}"
            );
            assert!(!words[..at].contains(word), "{word} twice");
        }
    }
}
