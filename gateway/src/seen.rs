//! When devices were seen: they asked for something, or are connected. Noted once a minute at most.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;
use infra::clock::Clock;
use projections::feed;
use projections::state::State;
use tokio_util::sync::CancellationToken;

use crate::Gateway;
use crate::caller::Device;
use crate::gathering::{Gathering, Said};

/// How many µs have to pass before a device is noted again.
const MINUTE: i64 = 60 * 1_000_000;

/// Devices that were seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    minute: Mutex<Minute>,
    gathering: Gathering<Timestamp>,
}

/// Who was noted already in a minute.
#[derive(Debug, Default)]
struct Minute {
    number: i64,
    noted: HashSet<feed::Device>,
}

impl Said for Timestamp {
    const WHAT: &str = "when devices were seen";
    const EVERY: Duration = Duration::from_secs(3);

    async fn keep(state: &State, _: &Clock, said: &[(feed::Device, Self)]) -> Result<(), sqlx::Error> {
        state.see(said).await
    }
}

impl Seen {
    fn note(&self, device: feed::Device, now: Timestamp) {
        if self.is_first(device, now) {
            self.gathering.put(device, now);
        }
    }

    /// Whether a device was not noted yet in this minute.
    fn is_first(&self, device: feed::Device, now: Timestamp) -> bool {
        let number = now.0.div_euclid(MINUTE);
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number != number {
            minute.number = number;
            minute.noted.clear();
        }
        minute.noted.insert(device)
    }

    /// Writes down who was noted, now and then until `closed`, and at last who is left.
    pub(crate) async fn keep(&self, state: &State, clock: &Clock, closed: CancellationToken) {
        self.gathering.keep(state, clock, closed).await;
    }
}

impl Gateway {
    /// Notes that a device was seen just now.
    pub(crate) fn sees(&self, device: Device) {
        self.seen.note((device.account, device.device), self.clock.now());
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{AccountId, DeviceId};

    use super::*;

    const PHONE: feed::Device = (AccountId::MIN, DeviceId::MIN);

    #[test]
    fn a_device_is_noted_once_a_minute() {
        let seen = Seen::default();
        let noted = [0, 30, 59, 60, 119, 180].map(|second| seen.is_first(PHONE, Timestamp(second * 1_000_000)));
        assert_eq!(noted, [true, false, false, true, false, true]);
    }

    #[test]
    fn each_device_is_noted_by_itself_and_a_clock_may_jump_back() {
        let seen = Seen::default();
        let laptop = (AccountId::MIN, DeviceId::MIN.next().unwrap());
        assert!(seen.is_first(PHONE, Timestamp(MINUTE)));
        assert!(seen.is_first(laptop, Timestamp(MINUTE)));
        assert!(seen.is_first(PHONE, Timestamp(0)));
    }
}
