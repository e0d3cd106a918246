//! How often something may happen: so many at once, then one per interval. Figures arrive with the command, from the configuration.

use crate::time::Timestamp;

/// A rate: `burst` at once, then one every `every_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many may happen at once; at least 1.
    pub burst: u32,
    /// Seconds until one more may; at least 1.
    pub every_seconds: u32,
}

impl Rate {
    /// Takes one at `now`, when all would be there again at `full_at` (`None`: they are): when they will be from then on, or from when on there is one.
    pub fn take(self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Timestamp> {
        let (burst, every) = (i64::from(self.burst.max(1)), i64::from(self.every_seconds.max(1)));
        let full_at = full_at.map_or(now, |full_at| full_at.max(now));
        // A clock that went back must not shut anybody out for long.
        let full_at = full_at.min(now.plus_seconds(burst * every));
        let next = full_at.plus_seconds(every);
        let latest = now.plus_seconds(burst * every);
        if next <= latest {
            Ok(next)
        } else {
            Err(Timestamp(now.0 + (next.0 - latest.0)))
        }
    }
}

/// The limits of a contact, as configured. `None`: no limit (a server for trying out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Codes that are made.
    pub codes: Option<Rate>,
    /// Wrong codes that are shown.
    pub tries: Option<Rate>,
    /// Codes that are sent to the contact itself.
    pub sends: Option<Rate>,
    /// Wrong codes of one sign-in, until its code is of no use; at least 1.
    pub tries_of_code: u32,
    /// How long a code is good, in seconds.
    pub code_seconds: u32,
    /// How long what was proved may be used, in seconds.
    pub proof_seconds: u32,
    /// How long until the first repetition, in seconds; each further takes twice as long.
    pub resend_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            codes: Some(Rate {
                burst: 6,
                every_seconds: 30,
            }),
            tries: Some(Rate {
                burst: 5,
                every_seconds: 120,
            }),
            sends: Some(Rate {
                burst: 6,
                every_seconds: 1_800,
            }),
            tries_of_code: 5,
            code_seconds: 300,
            proof_seconds: 600,
            resend_seconds: 30,
        }
    }
}
