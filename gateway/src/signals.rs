//! Signals to an account's devices, from whoever in this process has something to tell.

use domain::id::{AccountId, DeviceId};
use infra::signals::{Audience, Signal};
use projections::outbox::Outbox;

use crate::Gateway;

impl Gateway {
    /// Tells an account's online devices but one, in whatever process they are connected. Whether any took it: nobody is waited for longer than
    /// [`infra::signals::ANSWER`].
    pub async fn signal(&self, account: AccountId, except: Option<DeviceId>, signal: Signal) -> bool {
        let is_taken = self.signals.tell(Audience { account, except }, signal).await;
        let outcome = if is_taken { "delivered" } else { "nobody" };
        metrics::counter!("heliograph_deliveries_total", "channel" => "devices", "outcome" => outcome).increment(1);
        is_taken
    }

    /// Where codes wait that are to be delivered.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}
