//! Acknowledgements on their way to the operational state: gathered for a moment, at most one a device, then written at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::Seq;
use infra::clock::Clock;
use projections::feed;
use projections::state::{Cursor, State};
use projections::updates::EPOCH;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::Gateway;
use crate::caller::Device;
use crate::error::Error;

/// How long they are gathered.
const EVERY: Duration = Duration::from_secs(1);
/// How long one writing may take.
const WRITE_MAX: Duration = Duration::from_secs(5);
/// Devices written in one transaction, at most.
const DEVICES: usize = 2_000;

/// Acknowledgements that are not written yet. In the order of devices: whoever else writes them takes the same way.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    waiting: Mutex<BTreeMap<feed::Device, Seq>>,
    some: Notify,
}

impl Acks {
    /// Takes one of a number that the device was given; of several the highest counts.
    pub(crate) fn take(&self, me: Device, seq: Seq) {
        self.put((me.account, me.device), seq);
    }

    /// Writes what was taken, now and then until `closed`, and at last what is left.
    pub(crate) async fn keep(&self, state: &State, clock: &Clock, closed: CancellationToken) {
        while closed.run_until_cancelled(self.gathered()).await.is_some() {
            self.write(state, clock).await;
        }
        self.write(state, clock).await;
    }

    async fn gathered(&self) {
        self.some.notified().await;
        sleep(EVERY).await;
    }

    async fn write(&self, state: &State, clock: &Clock) {
        let waiting = std::mem::take(&mut *self.waiting());
        let (epoch, seen_at) = (EPOCH, clock.now());
        let cursor = |(device, seq)| (device, Cursor { epoch, seq, seen_at });
        let cursors: Vec<_> = waiting.into_iter().map(cursor).collect();
        for (index, part) in cursors.chunks(DEVICES).enumerate() {
            let reason = match timeout(WRITE_MAX, state.acknowledge(part)).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it takes too long".to_owned(),
            };
            let left = &cursors[index * DEVICES..];
            tracing::warn!(
                error.reason = reason,
                devices = left.len(),
                "acknowledgements could not be kept yet"
            );
            for (device, cursor) in left {
                self.put(*device, cursor.seq);
            }
            return;
        }
    }

    fn put(&self, device: feed::Device, seq: Seq) {
        let mut waiting = self.waiting();
        let is_first = waiting.is_empty();
        waiting.entry(device).and_modify(|before| *before = seq.max(*before)).or_insert(seq);
        drop(waiting);
        if is_first {
            self.some.notify_one();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<feed::Device, Seq>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.acks.take(me, seq);
        Ok(())
    }
}
