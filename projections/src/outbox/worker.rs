//! The loop that empties the outbox: claims what is due, a few at a time, and looks again when something comes or is due.

use std::convert::Infallible;
use std::time::Duration;

use domain::time::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::attempt::{Outcome, count};
use super::{Outbox, Parts, later};
use crate::state::outbox::Waiting;

/// Attempts under way at a time.
const AT_ONCE: usize = 16;
/// How often it is looked for what other processes left behind.
const LOOK: Duration = Duration::from_secs(5);
/// How long attempts may take once it is time to stop.
const ENDING: Duration = Duration::from_secs(5);
/// A claim is held for so much longer than an attempt may take.
const GRACE: Duration = Duration::from_secs(5);

impl Outbox {
    /// Delivers, until told to stop; what is under way then is brought to its end, if that comes soon.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            let begun = self.begin(&mut under_way).await;
            let pause = begun.unwrap_or_else(|error| {
                tracing::warn!(error.reason = %error, "codes wait: the database of what waits does not answer");
                LOOK
            });
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.shared.wake.notified() => {}
                Some(_) = under_way.join_next() => {}
                () = sleep(pause) => {}
            }
        }
        // What is cut here is tried again once its claim is over, by whoever is there then.
        let ended = async { while under_way.join_next().await.is_some() {} };
        timeout(ENDING, ended).await.ok();
        Ok(())
    }

    /// Begins what is due, as far as there is room. How long to wait until there may be more.
    pub(super) async fn begin(&self, under_way: &mut JoinSet<()>) -> Result<Duration, sqlx::Error> {
        let Parts { state, clock, .. } = &self.shared.parts;
        if state.next_due().await?.is_none() {
            return Ok(LOOK);
        }
        state.turn_back(clock.now()).await?;
        for channel in state.strike_expired(clock.now()).await? {
            count(&channel, Outcome::Expired);
            tracing::warn!(channel, "a code could not be delivered before its end");
        }
        let room = AT_ONCE.saturating_sub(under_way.len());
        for waiting in state.due(clock.now(), i64::try_from(room).unwrap_or(0)).await? {
            if let Some(claimed) = self.claim(waiting).await? {
                let outbox = self.clone();
                under_way.spawn(async move { outbox.attempt(claimed).await });
            }
        }
        // Whoever ends gives room.
        if under_way.len() >= AT_ONCE {
            return Ok(LOOK);
        }
        Ok(until(state.next_due().await?, clock.now()))
    }

    /// `None`: another process was faster.
    async fn claim(&self, waiting: Waiting) -> Result<Option<Waiting>, sqlx::Error> {
        let Parts { state, clock, retry, .. } = &self.shared.parts;
        let now = clock.now();
        let until = later(now, retry.attempt + GRACE);
        let is_ours = state.claim(&waiting, until, now).await?;
        Ok(is_ours.then(|| Waiting {
            attempts: waiting.attempts + 1,
            next_at: until,
            ..waiting
        }))
    }
}

fn until(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let micros = next.map(|next| u64::try_from(next.0.saturating_sub(now.0)).unwrap_or(0));
    micros.map_or(LOOK, |micros| Duration::from_micros(micros).min(LOOK))
}
