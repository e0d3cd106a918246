//! Devices that were not seen for too long are ended.

use async_trait::async_trait;
use domain::account::{self, Account};
use domain::id::AccountId;
use domain::time::Timestamp;

use super::{Chore, DAY, Round, Trouble};
use crate::directory;

/// Devices looked at together.
const DEVICES: u32 = 1_000;

/// Ends devices that were not seen for so many days; none of them if that is 0. One that never was counts from when it was authorised, and
/// none from before devices were watched: nobody is signed out because the server stood still, or lost its operational state.
#[derive(Debug, Clone, Copy)]
pub struct IdleDevices {
    /// How many.
    pub days: u32,
}

#[async_trait]
impl Chore for IdleDevices {
    fn name(&self) -> &'static str {
        "idle"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        let watched_since = round.models.state.watch(round.now).await?;
        let before = round.now.plus_seconds(-DAY * i64::from(self.days));
        if self.days == 0 || watched_since >= before {
            return Ok(());
        }
        let mut after = None;
        loop {
            let devices = directory::active_devices(&round.models.db, after, before, DEVICES).await?;
            let Some(last) = devices.last() else { return Ok(()) };
            after = Some((last.account, last.device));
            end_idle(round, &devices, before).await?;
        }
    }
}

/// Ends those of these devices that were not seen since.
async fn end_idle(round: &Round<'_>, devices: &[directory::Active], since: Timestamp) -> Result<(), Trouble> {
    let mut accounts: Vec<AccountId> = devices.iter().map(|device| device.account).collect();
    accounts.dedup();
    let seen = round.models.state.seen_of(&accounts).await?;
    for device in devices {
        let seen_at = seen.get(&(device.account, device.device)).copied();
        let seen_at = seen_at.unwrap_or(device.authorised_at);
        if seen_at < since {
            let due = format!("{}.{}.{}", device.account, device.device, seen_at.0);
            let end = account::Command::EndIdleDevice { device: device.device };
            round.command::<Account>(&due, device.account, end).await?;
        }
    }
    Ok(())
}
