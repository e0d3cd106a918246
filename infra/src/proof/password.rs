//! Passwords, kept as Argon2id in the PHC string format.

use std::fmt;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a salt.
pub(super) const SALT: usize = 16;
/// Guesses within which a password is among the first that anybody would try: the lists of the estimator have the 30,000 most common
/// ones, 11,611 of them of 8 characters or more.
const GUESSES: u64 = 100_000;
/// What else would be tried first here.
const OURS: [&str; 4] = ["heliograph", "messenger", "telegram", "password"];

/// What hashing a password costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory; at least 8 for each lane.
    pub memory_kib: u32,
    /// How often it is gone through; at least 1.
    pub passes: u32,
    /// Into how many lanes it is divided; at least 1.
    pub lanes: u32,
}

/// A password as somebody wrote it. Never shown by `Debug`.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why something can't be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// It is too short or too long.
    #[error("a password has 8 to 256 characters")]
    Length,
    /// It would be guessed at once.
    #[error("the password is among the first that anybody would try; take another")]
    TooCommon,
}

impl Password {
    /// Its smallest length, in code points.
    pub const MIN: usize = 8;
    /// Its greatest length, in code points.
    pub const MAX: usize = 256;

    /// Takes a password exactly as it was written.
    pub fn parse(mut text: String) -> Result<Self, InvalidPassword> {
        if (Self::MIN..=Self::MAX).contains(&text.chars().count()) {
            Ok(Self(Zeroizing::new(text)))
        } else {
            text.zeroize();
            Err(InvalidPassword::Length)
        }
    }

    pub(super) fn text(&self) -> Zeroizing<String> {
        self.0.clone()
    }

    /// Whether a text tells it, however it is spelt there.
    pub fn is_told_by(&self, text: &str) -> bool {
        let [password, text] = [&*self.0, text].map(|text| Zeroizing::new(text.to_lowercase()));
        text.contains(&**password)
    }

    /// Whether it would be guessed within so many tries that a list of common ones must have it, by who knows what its owner is called.
    pub(super) fn is_common(&self, own: &[String]) -> bool {
        let known: Vec<&str> = OURS.into_iter().chain(own.iter().map(String::as_str)).collect();
        zxcvbn::zxcvbn(&self.0, &known).guesses() <= GUESSES
    }

    pub(super) fn hash(&self, salt: &[u8; SALT], cost: Cost) -> String {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).expect("the configuration keeps within Argon2's limits");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = argon2.hash_password_with_salt(self.0.as_bytes(), salt);
        hash.expect("at most 1 KiB and a salt of 16 bytes are within Argon2's limits")
            .to_string()
    }

    /// `None`: what is kept can't be read.
    pub(super) fn is(&self, phc: &str) -> Option<bool> {
        let kept = PasswordHash::new(phc).ok()?;
        // Cost and algorithm are those of the kept one.
        match Argon2::default().verify_password(self.0.as_bytes(), &kept) {
            Ok(()) => Some(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Some(false),
            Err(_) => None,
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 2,
    };

    fn password(text: &str) -> Password {
        Password::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn lengths_are_counted_in_code_points() {
        for (text, fits) in [
            ("1234567", false),
            ("12345678", true),
            ("ääääääää", true),
            (&*"x".repeat(256), true),
            (&*"x".repeat(257), false),
        ] {
            assert_eq!(Password::parse(text.to_owned()).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_password_is_known_by_what_is_kept_and_another_is_not() {
        let kept = password("Pass wörd, as written").hash(&[7; SALT], CHEAP);
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=2$"), "{kept}");
        assert_eq!(password("Pass wörd, as written").is(&kept), Some(true));
        for other in ["pass wörd, as written", "Pass wörd, as written ", "Pass wo\u{308}rd, as written"] {
            assert_eq!(password(other).is(&kept), Some(false), "{other}");
        }
        assert_ne!(kept, password("Pass wörd, as written").hash(&[8; SALT], CHEAP));
    }

    #[test]
    fn what_was_kept_at_another_cost_is_still_known() {
        let dearer = Cost { passes: 3, ..CHEAP };
        let kept = password("correct horse").hash(&[1; SALT], dearer);
        assert_eq!(password("correct horse").is(&kept), Some(true));
        assert_eq!(password("correct house").is(&kept), Some(false));
    }

    #[test]
    fn what_is_damaged_is_neither_right_nor_wrong() {
        for damaged in [
            "",
            "$argon2id$",
            "$argon2id$v=19$m=64,t=1,p=2$AAAA",
            "$scrypt$ln=1,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(password("correct horse").is(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn the_first_that_anybody_would_try_are_common() {
        for common in [
            "password",
            "12345678",
            "Password1",
            "qwertyuiop",
            "iloveyou",
            "aaaaaaaaaaaa",
            "heliograph",
            "Telegram1",
            "Waldemar1987",
        ] {
            assert!(password(common).is_common(&["waldemar".to_owned()]), "{common}");
        }
        for uncommon in ["correct horse battery staple", "kx7#hQ2!vb", "mein Hund heißt Waldi"] {
            assert!(!password(uncommon).is_common(&[]), "{uncommon}");
        }
    }

    #[test]
    fn a_text_that_has_it_in_it_tells_it() {
        let password = password("Correct horse");
        for (text, tells) in [
            ("it is CORRECT HORSE", true),
            ("correct horse", true),
            ("an animal", false),
            ("", false),
        ] {
            assert_eq!(password.is_told_by(text), tells, "{text}");
        }
    }

    #[test]
    fn what_is_printed_of_a_password_says_nothing_of_it() {
        assert_eq!(format!("{:?}", password("correct horse")), "Password(***)");
    }
}
