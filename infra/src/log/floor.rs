//! What the bare log does: the floor beneath every figure of the whole system.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::id::{AccountId, CommitId};
use domain::stream::Stream;
use futures::future::join_all;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Append, EventLog, new_id};

/// Appends `payload` bytes at a time to `streams` streams, `window` at once (at most one per stream), and gives the
/// confirmed appends per second. Appends that fail count as nothing. Writes to the log: it should be one for measuring.
pub async fn floor(log: Arc<dyn EventLog>, payload: usize, streams: usize, window: usize, seconds: f64) -> f64 {
    let body = Bytes::from(vec![b'x'; payload]);
    let confirmed = AtomicU64::new(0);
    let started = Instant::now();
    let until = started + Duration::from_secs_f64(seconds);
    let streams = streams.max(1);
    let window = window.clamp(1, streams);
    let writers = (0..window).map(|first| {
        let (log, body, confirmed) = (Arc::clone(&log), body.clone(), &confirmed);
        async move { write(&*log, body, (first..streams).step_by(window), until, confirmed).await }
    });
    join_all(writers).await;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let count = confirmed.into_inner() as f64;
    count / started.elapsed().as_secs_f64()
}

async fn write(log: &dyn EventLog, body: Bytes, numbers: impl Iterator<Item = usize>, until: Instant, confirmed: &AtomicU64) {
    let mut ends = Vec::new();
    for number in numbers {
        let account = i64::try_from(number + 1).ok().and_then(|id| AccountId::try_from(id).ok());
        let stream = Stream::Account(account.unwrap_or(AccountId::MAX));
        let last = log.last(&stream).await.unwrap_or_default();
        ends.push((stream, last));
    }
    let first_id = new_id().0.as_u128();
    for count in 0u128.. {
        let turn = usize::try_from(count % ends.len() as u128).unwrap_or(0);
        let (stream, last) = &mut ends[turn];
        if Instant::now() >= until {
            return;
        }
        let append = Append {
            stream: stream.clone(),
            expected: *last,
            id: CommitId(Uuid::from_u128(first_id.wrapping_add(count))),
            body: body.clone(),
        };
        if let Ok(position) = log.append(append).await {
            *last = Some(position);
            confirmed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
