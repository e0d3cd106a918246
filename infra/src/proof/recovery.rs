//! Recovery codes: ten, each good once, in the place of a time-based one-time password.
//!
//! They are drawn, 120 bits each, not chosen: nobody guesses one in any time, whatever a guess costs. So a plain SHA-256 is kept of each,
//! which would be too little for a password.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use domain::account::factor::RecoveryCodes;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::seal::hex;

/// How many are drawn together.
const COUNT: usize = 10;
/// Bytes of each.
const LENGTH: usize = 15;
/// Characters that stand together when one is written.
const GROUP: usize = 4;

/// A recovery code. Never shown by `Debug`.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; LENGTH]>);

/// What was shown is no recovery code at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a recovery code is 24 letters and digits, as in ABCD-EFGH-IJKL-MNOP-QRST-UVWX")]
pub struct InvalidRecoveryCode;

pub(super) fn draw(clock: &Clock) -> (Vec<RecoveryCode>, RecoveryCodes) {
    let codes: Vec<RecoveryCode> = (0..COUNT)
        .map(|_| {
            let mut bytes = Zeroizing::new([0; LENGTH]);
            clock.fill(&mut *bytes);
            RecoveryCode(bytes)
        })
        .collect();
    let hashes = codes.iter().map(RecoveryCode::hash).collect();
    (codes, RecoveryCodes { hashes })
}

impl RecoveryCode {
    /// The code itself, as it is told once: `ABCD-EFGH-IJKL-MNOP-QRST-UVWX`.
    pub fn reveal(&self) -> String {
        let text = BASE32_NOPAD.encode(&*self.0);
        let groups: Vec<&str> = (0..text.len()).step_by(GROUP).map(|at| &text[at..at + GROUP]).collect();
        groups.join("-")
    }

    /// Which of the kept ones it is.
    pub fn index_in(&self, kept: &RecoveryCodes) -> Option<u32> {
        let hash = self.hash();
        let index = kept.hashes.iter().position(|kept| *kept == hash)?;
        u32::try_from(index).ok()
    }

    fn hash(&self) -> String {
        hex(&Sha256::digest(*self.0))
    }
}

impl FromStr for RecoveryCode {
    type Err = InvalidRecoveryCode;

    /// In upper or lower case; spaces and hyphens count for nothing.
    fn from_str(text: &str) -> Result<Self, InvalidRecoveryCode> {
        const CHARACTERS: usize = LENGTH * 8 / 5;
        let grouping = |char: &char| !matches!(char, ' ' | '-');
        let text: String = text.chars().filter(grouping).take(CHARACTERS + 1).collect();
        let bytes = Zeroizing::new(
            BASE32_NOPAD
                .decode(text.to_ascii_uppercase().as_bytes())
                .map_err(|_| InvalidRecoveryCode)?,
        );
        let bytes = bytes.as_slice().try_into().map_err(|_| InvalidRecoveryCode)?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn drawn() -> (Vec<RecoveryCode>, RecoveryCodes) {
        draw(&Clock::manual(Timestamp(0)))
    }

    #[test]
    fn ten_are_drawn_and_each_is_known_by_its_place() {
        let (codes, kept) = drawn();
        assert_eq!((codes.len(), kept.hashes.len()), (10, 10));
        for (index, code) in (0..).zip(&codes) {
            let told = code.reveal();
            assert_eq!(told.len(), 29, "{told}");
            for shown in [told.clone(), told.to_lowercase(), told.replace('-', " "), told.replace('-', "")] {
                let shown: RecoveryCode = shown.parse().unwrap();
                assert_eq!(shown.index_in(&kept), Some(index));
            }
        }
        let (others, _) = drawn();
        assert_eq!(others[0].index_in(&kept), None);
    }

    #[test]
    fn what_is_no_recovery_code_is_none() {
        for text in [
            "",
            "ABCD",
            "ABCD-EFGH-IJKL-MNOP-QRST-UVWXY",
            "ABCD-EFGH-IJKL-MNOP-QRST-UVW1",
            "ÄBCD-EFGH-IJKL-MNOP-QRST-UVWX",
        ] {
            assert!(text.parse::<RecoveryCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_of_one_says_nothing_of_it() {
        let (codes, _) = drawn();
        assert_eq!(format!("{:?}", codes[0]), "RecoveryCode(***)");
    }
}
