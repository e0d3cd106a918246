//! Devices that were not seen for too long are ended.

use async_trait::async_trait;

use super::{Chore, Round, Trouble};

/// Ends devices that were not seen for so many days; none of them if that is 0.
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

    async fn do_due(&self, _: &Round<'_>) -> Result<(), Trouble> {
        Ok(())
    }
}
