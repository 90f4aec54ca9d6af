//! The hashes themselves: argon2id as we make it, and upstream's scrypt as we accept it.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hermes_secret::Secret;
use subtle::ConstantTimeEq as _;

use super::{PasswordError, Verdict};

/// Memory in KiB, passes and lanes: of OWASP's equivalent settings the one with the most memory.
/// What is above 32 MiB the C library gives back to the system at once. What is below it keeps for
/// the thread that had it, and each sign-in would leave its memory behind.
const COST: (u32, u32, u32) = (46 * 1024, 1, 1);

/// What marks upstream's form: `scrypt$N$r$p$salt$key`, both in base64.
const SCRYPT: &str = "scrypt$";

/// The most memory that a hash of somebody else's making may ask for.
const SCRYPT_MEMORY: u64 = 128 * 1024 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Computes hashes, and counts them: it is what costs, and what must not differ between one who is
/// there and one who is not.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    computed: AtomicU64,
}

impl Hashes {
    /// How many have been computed.
    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash of a password with this salt, as a PHC string.
    pub(super) fn make(&self, password: &Secret, salt: &[u8]) -> Result<Secret, PasswordError> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        make(password, salt)
    }

    /// Checks a password against a hash of either form.
    pub(super) fn check(
        &self,
        password: &Secret,
        stored: &Secret,
    ) -> Result<Verdict, PasswordError> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        check(password, stored)
    }
}

fn make(password: &Secret, salt: &[u8]) -> Result<Secret, PasswordError> {
    let hash: PasswordHash = argon2()?
        .hash_password_with_salt(password.expose().as_bytes(), salt)
        .map_err(|_| PasswordError::Unusable)?;
    Ok(Secret::new(hash.to_string()))
}

fn check(password: &Secret, stored: &Secret) -> Result<Verdict, PasswordError> {
    if let Some(rest) = stored.expose().strip_prefix(SCRYPT) {
        let right = scrypt(password, rest).ok_or(PasswordError::Unusable)?;
        return Ok(match right {
            true => Verdict::RightButWeak,
            false => Verdict::Wrong,
        });
    }
    let stored = PasswordHash::new(stored.expose()).map_err(|_| PasswordError::Unusable)?;
    match argon2()?.verify_password(password.expose().as_bytes(), &stored) {
        Ok(()) if is_weak(&stored) => Ok(Verdict::RightButWeak),
        Ok(()) => Ok(Verdict::Right),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(_) => Err(PasswordError::Unusable),
    }
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|_| PasswordError::Unusable)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_weak(stored: &PasswordHash) -> bool {
    let (memory, passes, lanes) = COST;
    let at_least = |name: &str, value: u32| {
        stored
            .params
            .get_decimal(name)
            .is_some_and(|stored| stored >= value)
    };
    stored.algorithm.as_str() != "argon2id"
        || !(at_least("m", memory) && at_least("t", passes) && at_least("p", lanes))
}

/// Whether the password has this hash; `None` if it is no hash, or one that asks for too much.
fn scrypt(password: &Secret, text: &str) -> Option<bool> {
    let mut parts = text.split('$');
    let mut number = || parts.next()?.parse::<u32>().ok();
    let (cost, block, lanes) = (number()?, number()?, number()?);
    let mut bytes = || BASE64.decode(parts.next()?).ok();
    let (salt, key) = (bytes()?, bytes()?);
    let memory = u64::from(cost) * u64::from(block) * 128;
    let bounded = cost.is_power_of_two() && memory <= SCRYPT_MEMORY && lanes <= 16;
    if parts.next().is_some() || !bounded || !(16..=64).contains(&key.len()) {
        return None;
    }
    let log = u8::try_from(cost.ilog2()).ok()?;
    let params = scrypt::Params::new(log, block, lanes).ok()?;
    let mut found = vec![0; key.len()];
    scrypt::scrypt(password.expose().as_bytes(), &salt, &params, &mut found).ok()?;
    Some(found.ct_eq(&key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python's `hashlib.scrypt(b"hunter2 hunter2", salt=b"0123456789abcdef", n=16384, r=8,
    /// p=1, dklen=32)` gives.
    const UPSTREAM: &str =
        "scrypt$16384$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$be+pHrk6IhVWe8lQv4BI+FPoD5Lld9Axaf5UQX+Osxs=";

    #[test]
    fn pw1_hashes_are_argon2id_at_the_cost_of_today() {
        let hash = make(&Secret::new("x"), &[7; 16]).unwrap();
        let parsed = PasswordHash::new(hash.expose()).unwrap();
        assert!(
            hash.expose().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
            "{}",
            hash.expose()
        );
        assert_eq!(parsed.salt.unwrap().as_ref().len(), 16);
        assert_eq!(check(&Secret::new("x"), &hash), Ok(Verdict::Right));
        assert_eq!(check(&Secret::new("X"), &hash), Ok(Verdict::Wrong));
    }

    #[test]
    fn pw1_a_hash_of_less_than_today_is_weak() {
        let weak = Params::new(1024, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, weak);
        let hash: PasswordHash = weak.hash_password_with_salt(b"x", &[7; 16]).unwrap();
        let hash = Secret::new(hash.to_string());
        assert_eq!(check(&Secret::new("x"), &hash), Ok(Verdict::RightButWeak));
        assert_eq!(check(&Secret::new("y"), &hash), Ok(Verdict::Wrong));
    }

    #[test]
    fn pw1_upstreams_scrypt_is_accepted_and_weak() {
        let stored = Secret::new(UPSTREAM);
        let found = |password| check(&Secret::new(password), &stored);
        assert_eq!(found("hunter2 hunter2"), Ok(Verdict::RightButWeak));
        assert_eq!(found("hunter2 hunter3"), Ok(Verdict::Wrong));
    }

    #[test]
    fn hashes_that_are_none_or_ask_for_too_much_are_unusable() {
        for text in [
            "",
            "scrypt$",
            "scrypt$16384$8$1$AAAA",
            "scrypt$16383$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "scrypt$1048576$64$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "scrypt$16384$8$1000$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "scrypt$16384$8$1$AAAA$AAAA",
            "scrypt$0$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$",
            "plain text",
        ] {
            let found = check(&Secret::new("x"), &Secret::new(text));
            assert_eq!(found, Err(PasswordError::Unusable), "{text}");
        }
    }
}
