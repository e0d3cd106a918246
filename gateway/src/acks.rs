//! Acknowledgements: what devices say that they have kept.

use std::time::Duration;

use domain::id::Seq;
use infra::clock::Clock;
use projections::feed;
use projections::state::{Cursor, State};
use projections::updates::EPOCH;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;
use crate::gathering::{Gathering, Said};

/// Acknowledgements that are not written yet; of a device's the highest counts.
pub(crate) type Acks = Gathering<Seq>;

impl Said for Seq {
    const WHAT: &str = "acknowledgements";
    const EVERY: Duration = Duration::from_secs(1);

    async fn keep(state: &State, clock: &Clock, said: &[(feed::Device, Self)]) -> Result<(), sqlx::Error> {
        let (epoch, seen_at) = (EPOCH, clock.now());
        let cursor = |&(device, seq)| (device, Cursor { epoch, seq, seen_at });
        let cursors: Vec<_> = said.iter().map(cursor).collect();
        state.acknowledge(&cursors).await
    }
}

impl Gateway {
    /// Takes an acknowledgement from somebody of whom it is not known what they were told.
    pub(crate) async fn acknowledge(&self, me: Device, seq: Seq) -> Result<(), Error> {
        let mut head = self.head(me).await?;
        if seq.get() > head {
            self.level().await?;
            head = self.head(me).await?;
        }
        if seq.get() > head {
            return Err(Error::SeqFromTheFuture { seq: seq.get(), head });
        }
        self.acks.put((me.account, me.device), seq);
        Ok(())
    }
}
