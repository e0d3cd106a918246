//! One-time codes: six digits, of which only a password hash is kept.
//!
//! There are a million, so a hash alone would keep none of them from who has the log: it is peppered with what is derived from the
//! installation's secret, which the log does not hold; and costly, should that be lost, too.

use std::fmt;
use std::str::FromStr;

use argon2::{Algorithm, Argon2, Params, Version};
use domain::id::SignInId;
use domain::sign_in::CodeHash;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::clock::Clock;
use crate::seal::hex;

const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;
/// Equal in all processes, of all versions, as long as a code lives: deciding compares the hashes.
const MEMORY_KIB: u32 = 8 * 1024;
const PASSES: u32 = 1;
const LANES: u32 = 1;
const LENGTH: usize = 32;

/// A one-time code: six digits. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// What was shown is no code at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is six digits")]
pub struct InvalidCode;

impl Code {
    /// Each of the million is as likely as any other.
    pub(super) fn draw(clock: &Clock) -> Self {
        // The last, incomplete million of 2^32 would make some likelier.
        const FAIR: u32 = u32::MAX - u32::MAX % CODES;
        loop {
            let mut bytes = [0; 4];
            clock.fill(&mut bytes);
            let drawn = u32::from_be_bytes(bytes);
            if drawn < FAIR {
                return Self(format!("{:0DIGITS$}", drawn % CODES));
            }
        }
    }

    /// The code itself, to be sent.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self, sign_in: SignInId, pepper: &[u8; 32]) -> CodeHash {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(LENGTH)).expect("constants within Argon2's limits");
        let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).expect("32 bytes are no long secret");
        let salt = Sha256::new()
            .chain_update(b"heliograph sign-in code\0")
            .chain_update(sign_in.0.as_bytes());
        let mut hash = Zeroizing::new([0; LENGTH]);
        argon2
            .hash_password_into(self.0.as_bytes(), &salt.finalize()[..16], &mut *hash)
            .expect("six digits and a salt of 16 bytes are within Argon2's limits");
        CodeHash(hex(&*hash))
    }
}

impl FromStr for Code {
    type Err = InvalidCode;

    /// Spaces and hyphens, by which people group digits, count for nothing.
    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let digits: String = text.chars().filter(|char| !matches!(char, ' ' | '-')).take(DIGITS + 1).collect();
        if digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(InvalidCode)
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn hash(code: &str, sign_in: u128, pepper: u8) -> String {
        let code: Code = code.parse().unwrap();
        code.hash(SignInId(Uuid::from_u128(sign_in)), &[pepper; 32]).0
    }

    #[test]
    fn a_code_is_six_digits_and_any_of_them_may_come_first() {
        let clock = Clock::manual(Timestamp(0));
        let codes: Vec<Code> = (0..1_000).map(|_| Code::draw(&clock)).collect();
        assert!(codes.iter().all(|code| code.reveal().parse::<Code>().as_ref() == Ok(code)));
        assert!(codes.iter().any(|code| code.reveal().starts_with('0')));
        assert!(codes.iter().any(|code| code.reveal().starts_with('9')));
    }

    #[test]
    fn what_is_shown_may_be_grouped_and_must_be_six_digits() {
        assert_eq!("123 456".parse(), Ok(Code("123456".to_owned())));
        assert_eq!("123-456".parse(), Ok(Code("123456".to_owned())));
        for text in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345"] {
            assert_eq!(text.parse::<Code>(), Err(InvalidCode), "{text}");
        }
    }

    #[test]
    fn a_hash_is_the_same_for_the_same_code_of_the_same_sign_in_only() {
        let first = hash("123456", 1, 1);
        assert_eq!(first, hash("123456", 1, 1));
        assert_eq!(first.len(), 64);
        for other in [hash("123457", 1, 1), hash("123456", 2, 1), hash("123456", 1, 2)] {
            assert_ne!(first, other);
        }
    }

    /// Codes that are under way while servers change must stay good.
    #[test]
    fn a_hash_is_what_it_always_was() {
        let golden = "331691defed2393ac5fc2581581a073e0c18dacf288f489530686cf148259bfe";
        assert_eq!(hash("123456", 1, 7), golden);
    }

    #[test]
    fn what_is_printed_of_a_code_says_nothing_of_it() {
        let code: Code = "123456".parse().unwrap();
        assert_eq!(format!("{code:?}"), "Code(***)");
    }
}
