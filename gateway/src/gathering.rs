//! What devices say, on its way to the operational state: gathered for a moment, at most one thing of each, then written at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use infra::clock::Clock;
use projections::feed::Device;
use projections::state::State;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long one writing may take.
const WRITE_MAX: Duration = Duration::from_secs(5);
/// Devices written in one transaction, at most.
const DEVICES: usize = 2_000;

/// What a device says again and again, and of which the highest counts.
pub(crate) trait Said: Copy + Ord + Send + Sync + 'static {
    /// What it is, many of it.
    const WHAT: &str;
    /// How long it is gathered.
    const EVERY: Duration;

    /// Writes down what these devices say, at this time.
    fn keep(state: &State, clock: &Clock, said: &[(Device, Self)]) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// What is not written yet. In the order of devices: whoever else writes them takes the same way.
#[derive(Debug)]
pub(crate) struct Gathering<T> {
    waiting: Mutex<BTreeMap<Device, T>>,
    some: Notify,
}

impl<T> Default for Gathering<T> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            some: Notify::new(),
        }
    }
}

impl<T: Said> Gathering<T> {
    /// Takes what a device says.
    pub(crate) fn put(&self, device: Device, said: T) {
        let mut waiting = self.waiting();
        let is_first = waiting.is_empty();
        waiting
            .entry(device)
            .and_modify(|before| *before = said.max(*before))
            .or_insert(said);
        drop(waiting);
        if is_first {
            self.some.notify_one();
        }
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
        sleep(T::EVERY).await;
    }

    async fn write(&self, state: &State, clock: &Clock) {
        let waiting = std::mem::take(&mut *self.waiting());
        let said: Vec<_> = waiting.into_iter().collect();
        for (index, part) in said.chunks(DEVICES).enumerate() {
            let reason = match timeout(WRITE_MAX, T::keep(state, clock, part)).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it takes too long".to_owned(),
            };
            let left = &said[index * DEVICES..];
            tracing::warn!(error.reason = reason, devices = left.len(), "{} could not be kept yet", T::WHAT);
            for (device, said) in left {
                self.put(*device, *said);
            }
            return;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Device, T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
