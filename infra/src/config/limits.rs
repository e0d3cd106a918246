//! `[limits]`: how often one may ask.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::networks::Networks;
use super::within;

/// How often one may ask: so many at once, and then one after the other at a rate. What is over is answered
/// `too_many_requests`. Each process counts for itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Whether there are limits at all. `--ephemeral` has none.
    pub enabled: bool,
    /// The proxies, as networks with commas between, whose `X-Forwarded-For` is believed: a request counts for the address that
    /// they say. Without them everybody behind a proxy counts as one.
    pub trusted_proxies: Option<Networks>,
    /// How many bits of an IPv4 address make those who count as one, 8 … 32.
    pub address_prefix_v4: u8,
    /// How many bits of an IPv6 address make those who count as one, 16 … 128.
    pub address_prefix_v6: u8,
    /// Requests of an address at once, 1 … 1,000,000.
    pub address_burst: u32,
    /// Requests of an address per second from then on, 1 … 1,000,000.
    pub address_per_second: u32,
    /// Requests, and commands over WebSockets, of an account or a service at once, 1 … 1,000,000.
    pub account_burst: u32,
    /// Requests, and commands over WebSockets, of an account or a service per second from then on, 1 … 1,000,000.
    pub account_per_second: u32,
    /// Messages of an account in a chat at once, 1 … 1,000,000.
    pub message_burst: u32,
    /// Milliseconds until an account may send one more message in that chat, 1 … 3,600,000.
    pub message_every_ms: u64,
    /// Requests of all together at once, 1 … 1,000,000.
    pub request_burst: u32,
    /// Requests of all together per second from then on, 1 … 1,000,000.
    pub request_per_second: u32,
    /// Sign-ins begun by all together at once, and addresses that are to be added, 1 … 1,000,000.
    pub sign_in_burst: u32,
    /// The same per second from then on, 1 … 1,000,000.
    pub sign_in_per_second: u32,
    /// The same by an address at once, 1 … 1,000,000.
    pub sign_in_address_burst: u32,
    /// Milliseconds until an address may begin one more, 1 … 3,600,000.
    pub sign_in_address_every_ms: u64,
}

/// So many at once, and one more after each `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: NonZeroU32,
    /// Until there may be one more; above zero.
    pub every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enabled: true,
            trusted_proxies: None,
            address_prefix_v4: 24,
            address_prefix_v6: 56,
            address_burst: 2_000,
            address_per_second: 200,
            account_burst: 600,
            account_per_second: 30,
            message_burst: 60,
            message_every_ms: 1_000,
            request_burst: 40_000,
            request_per_second: 20_000,
            sign_in_burst: 300,
            sign_in_per_second: 10,
            sign_in_address_burst: 30,
            sign_in_address_every_ms: 10_000,
        }
    }
}

/// Made of figures that were checked: none of them is 0.
impl Rate {
    /// So many at once, and then so many a second.
    fn per_second(burst: u32, per_second: u32) -> Self {
        Self::every(burst, Duration::from_secs(1) / per_second.max(1))
    }

    /// So many at once, and then one after each so many milliseconds.
    fn every_ms(burst: u32, every_ms: u64) -> Self {
        Self::every(burst, Duration::from_millis(every_ms.max(1)))
    }

    fn every(burst: u32, every: Duration) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self { burst, every }
    }
}

impl Limits {
    /// Requests of an address.
    pub fn address(&self) -> Rate {
        Rate::per_second(self.address_burst, self.address_per_second)
    }

    /// Requests, and commands over WebSockets, of an account or a service.
    pub fn account(&self) -> Rate {
        Rate::per_second(self.account_burst, self.account_per_second)
    }

    /// Messages of an account in a chat.
    pub fn messages(&self) -> Rate {
        Rate::every_ms(self.message_burst, self.message_every_ms)
    }

    /// Requests of all together.
    pub fn requests(&self) -> Rate {
        Rate::per_second(self.request_burst, self.request_per_second)
    }

    /// Sign-ins begun by all together.
    pub fn sign_ins(&self) -> Rate {
        Rate::per_second(self.sign_in_burst, self.sign_in_per_second)
    }

    /// Sign-ins begun by an address.
    pub fn sign_ins_of_address(&self) -> Rate {
        Rate::every_ms(self.sign_in_address_burst, self.sign_in_address_every_ms)
    }

    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "limits.address_prefix_v4", &self.address_prefix_v4, 8..=32);
        within(wrong, "limits.address_prefix_v6", &self.address_prefix_v6, 16..=128);
        for (key, value) in [
            ("limits.address_burst", self.address_burst),
            ("limits.address_per_second", self.address_per_second),
            ("limits.account_burst", self.account_burst),
            ("limits.account_per_second", self.account_per_second),
            ("limits.message_burst", self.message_burst),
            ("limits.request_burst", self.request_burst),
            ("limits.request_per_second", self.request_per_second),
            ("limits.sign_in_burst", self.sign_in_burst),
            ("limits.sign_in_per_second", self.sign_in_per_second),
            ("limits.sign_in_address_burst", self.sign_in_address_burst),
        ] {
            within(wrong, key, &value, 1..=1_000_000);
        }
        within(wrong, "limits.message_every_ms", &self.message_every_ms, 1..=3_600_000);
        within(
            wrong,
            "limits.sign_in_address_every_ms",
            &self.sign_in_address_every_ms,
            1..=3_600_000,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_burst_and_a_time() {
        let limits = Limits::default();
        let figures = |rate: Rate| (rate.burst.get(), rate.every.as_micros());
        assert_eq!(figures(limits.messages()), (60, 1_000_000));
        assert_eq!(figures(limits.requests()), (40_000, 50));
        assert_eq!(figures(limits.sign_ins_of_address()), (30, 10_000_000));
    }

    #[test]
    fn nothing_is_no_rate() {
        let limits = Limits {
            message_burst: 0,
            account_per_second: 0,
            ..Limits::default()
        };
        let mut wrong = Vec::new();
        limits.check(&mut wrong);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}
