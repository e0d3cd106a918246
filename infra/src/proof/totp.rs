//! Time-based one-time passwords (RFC 6238), as all authenticator apps make them: SHA-1, 30 seconds, six digits.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use domain::account::factor::TotpSecret;
use domain::time::Timestamp;
use totp_rs::Builder;
use zeroize::Zeroizing;

use crate::clock::Clock;

/// As long as what it keys (RFC 4226, 4).
const SECRET: usize = 20;
/// Steps by which the clock of whoever shows a code may be off, to either side.
const SKEW: u16 = 1;
/// Seconds.
const STEP: u64 = 30;
const DIGITS: u8 = 6;

/// A secret that an app shares. Never shown by `Debug`.
#[derive(Clone)]
pub struct Totp(Zeroizing<Vec<u8>>);

impl Totp {
    pub(super) fn draw(clock: &Clock) -> Self {
        let mut secret = Zeroizing::new(vec![0; SECRET]);
        clock.fill(&mut secret);
        Self(secret)
    }

    /// The secret that is kept, or that whoever proves to have it brings along; `None`: that can't be one.
    pub fn of(kept: &TotpSecret) -> Option<Self> {
        let secret = Zeroizing::new(BASE32_NOPAD.decode(kept.secret.as_bytes()).ok()?);
        (secret.len() == SECRET).then_some(Self(secret))
    }

    /// As it is kept, and typed into an app that reads no QR codes.
    pub fn secret(&self) -> TotpSecret {
        TotpSecret {
            secret: BASE32_NOPAD.encode(&self.0),
        }
    }

    /// What an app reads from a QR code: `otpauth://totp/…`. How the app calls who asks for it, and the account.
    pub fn url(&self, issuer: &str, account: &str) -> String {
        // A colon divides the two names in what the URL says.
        let [issuer, account] = [issuer, account].map(|name| name.replace(':', " "));
        let totp = self.builder().with_account_name(account).with_issuer(Some(issuer));
        totp.build_noncompliant().to_url().expect("a URL may hold any text, escaped")
    }

    /// The time step whose code this is, if it is one of now, of the one before or of the one after. Spaces, by which apps group digits, count
    /// for nothing.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code = code.replace(' ', "");
        let seconds = u64::try_from(now.0.div_euclid(1_000_000)).ok()?;
        let step = self.builder().build_noncompliant().check(&code, seconds)?;
        i64::try_from(step).ok()
    }

    fn builder(&self) -> Builder {
        let builder = Builder::new().with_digits(DIGITS).with_skew(SKEW).with_step_duration(STEP);
        builder.with_secret(self.0.as_slice())
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    /// RFC 6238, appendix B, whose codes have eight digits: of which these are the last six.
    fn of_the_rfc() -> Totp {
        Totp(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_rfc().step_of(code, seconds(at)), Some(at / 30), "{at}");
        }
        assert_eq!(of_the_rfc().step_of("287 082", seconds(59)), Some(1), "as apps show it");
    }

    #[test]
    fn a_code_is_good_a_step_before_and_after_its_own() {
        for at in [0, 29, 30, 59, 60, 89] {
            assert_eq!(of_the_rfc().step_of("287082", seconds(at)), Some(1), "{at}");
        }
        for at in [-1, 90, 120] {
            assert_eq!(of_the_rfc().step_of("287082", seconds(at)), None, "{at}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for code in ["", "28708", "2870820", "28708a", "２８７０８２"] {
            assert_eq!(of_the_rfc().step_of(code, seconds(59)), None, "{code}");
        }
    }

    #[test]
    fn a_secret_is_kept_in_base32_and_comes_back() {
        let clock = Clock::manual(Timestamp(0));
        let totp = Totp::draw(&clock);
        assert_eq!(totp.secret().secret.len(), 32);
        assert_eq!(Totp::of(&totp.secret()).map(|totp| totp.secret()), Some(totp.secret()));
        for secret in [
            "",
            "GEZDGNBV",
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ0",
        ] {
            let kept = TotpSecret { secret: secret.to_owned() };
            assert!(Totp::of(&kept).is_none(), "{secret}");
        }
    }

    #[test]
    fn an_app_is_told_all_it_needs_by_a_url() {
        let url = of_the_rfc().url("Hikers: Alps", "Alice: at home & abroad");
        assert!(
            url.starts_with("otpauth://totp/Hikers%20%20Alps:Alice%20%20at%20home%20%26%20abroad?"),
            "{url}"
        );
        for part in ["secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "issuer=Hikers%20%20Alps"] {
            assert!(url.contains(part), "{url}");
        }
    }

    #[test]
    fn what_is_printed_of_a_secret_says_nothing_of_it() {
        assert_eq!(format!("{:?}", of_the_rfc()), "Totp(***)");
    }
}
