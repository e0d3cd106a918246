//! `[sign_in]`: how people come in.

use domain::sign_in::limits::{Limits, Rate};
use serde::{Deserialize, Serialize};

use super::within;

/// How people come in: one-time codes, and how often they are made, sent and tried for one phone number or e-mail address. These limits hold
/// over all processes together.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignIn {
    /// Whether who signs in for the first time gets an account. Without it only those come in whom the operator gave one.
    pub registration: bool,
    /// Whether everybody has to have a second factor: until one is set, devices are let in to set one, and for nothing else.
    pub require_second_factor: bool,
    /// Whether there are the limits of what one contact may ask, and waits before a code is sent again. `--ephemeral` has none.
    pub limited: bool,
    /// Seconds that a code is good, 90 … 3,600.
    pub code_seconds: u32,
    /// Wrong tries after which a code is good no more, 1 … 20.
    pub code_tries: u32,
    /// Seconds from the right code until the device must be let in, 60 … 3,600.
    pub proof_seconds: u32,
    /// Seconds until a code may be sent again, 1 … 600; twice as many after each further one.
    pub resend_seconds: u32,
    /// Codes of a contact at once, 1 … 1,000.
    pub codes_burst: u32,
    /// Seconds until there may be one more, 1 … 86,400.
    pub codes_every_seconds: u32,
    /// Codes sent to a contact itself at once, by SMS or mail, 1 … 1,000.
    pub sends_burst: u32,
    /// Seconds until there may be one more, 1 … 86,400.
    pub sends_every_seconds: u32,
    /// Wrong codes of a contact at once, and wrong passwords or other factors of an account, 1 … 1,000.
    pub tries_burst: u32,
    /// Seconds until there may be one more, 1 … 86,400.
    pub tries_every_seconds: u32,
}

impl Default for SignIn {
    fn default() -> Self {
        let limits = Limits::default();
        let burst = |rate: Option<Rate>| rate.map_or(1, |rate| rate.burst);
        let every = |rate: Option<Rate>| rate.map_or(1, |rate| rate.every_seconds);
        Self {
            registration: true,
            require_second_factor: false,
            limited: true,
            code_seconds: limits.code_seconds,
            code_tries: limits.tries_of_code,
            proof_seconds: limits.proof_seconds,
            resend_seconds: limits.resend_seconds,
            codes_burst: burst(limits.codes),
            codes_every_seconds: every(limits.codes),
            sends_burst: burst(limits.sends),
            sends_every_seconds: every(limits.sends),
            tries_burst: burst(limits.tries),
            tries_every_seconds: every(limits.tries),
        }
    }
}

impl SignIn {
    /// As contacts and accounts are told them.
    pub fn limits(&self) -> Limits {
        let rate = |burst, every_seconds| self.limited.then_some(Rate { burst, every_seconds });
        Limits {
            codes: rate(self.codes_burst, self.codes_every_seconds),
            tries: rate(self.tries_burst, self.tries_every_seconds),
            sends: rate(self.sends_burst, self.sends_every_seconds),
            tries_of_code: self.code_tries,
            code_seconds: self.code_seconds,
            proof_seconds: self.proof_seconds,
            resend_seconds: if self.limited { self.resend_seconds } else { 0 },
        }
    }

    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "sign_in.code_seconds", &self.code_seconds, 90..=3_600);
        within(wrong, "sign_in.code_tries", &self.code_tries, 1..=20);
        within(wrong, "sign_in.proof_seconds", &self.proof_seconds, 60..=3_600);
        within(wrong, "sign_in.resend_seconds", &self.resend_seconds, 1..=600);
        for (of, burst, every_seconds) in [
            ("codes", self.codes_burst, self.codes_every_seconds),
            ("sends", self.sends_burst, self.sends_every_seconds),
            ("tries", self.tries_burst, self.tries_every_seconds),
        ] {
            within(wrong, &format!("sign_in.{of}_burst"), &burst, 1..=1_000);
            within(wrong, &format!("sign_in.{of}_every_seconds"), &every_seconds, 1..=86_400);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_domain_unless_they_are_set_or_switched_off() {
        assert_eq!(SignIn::default().limits(), Limits::default());
        let none = SignIn {
            limited: false,
            ..SignIn::default()
        };
        let limits = none.limits();
        assert_eq!(
            (limits.codes, limits.tries, limits.sends, limits.resend_seconds),
            (None, None, None, 0)
        );
        assert_eq!(limits.tries_of_code, 5, "a code is no riddle even so");
    }
}
