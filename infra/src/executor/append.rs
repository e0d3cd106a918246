//! Appends until it is certain what became of it.

use std::time::Duration;

use domain::id::Position;
use tokio::time::Instant;

use super::Shared;
use crate::log::{Append, AppendError};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Appends; without a confirmation the same append again until the deadline. `Unconfirmed`: it is not known whether it happened.
pub(super) async fn append(shared: &Shared, append: Append, deadline: Instant) -> Result<Position, AppendError> {
    let start = Instant::now();
    let outcome = confirmed(shared, append, deadline).await;
    metrics::histogram!("heliograph_append_seconds").record(start.elapsed().as_secs_f64());
    outcome
}

async fn confirmed(shared: &Shared, append: Append, deadline: Instant) -> Result<Position, AppendError> {
    let (mut pause, mut in_doubt) = (FIRST_PAUSE, false);
    loop {
        let attempt = tokio::time::timeout(shared.limits.call, shared.log.append(append.clone())).await;
        let why = match attempt {
            Err(_) => format!("no answer within {:?}", shared.limits.call),
            Ok(Err(AppendError::Unconfirmed(why))) => why,
            // Nothing came of this attempt; of an earlier one something may have.
            Ok(Err(AppendError::Unavailable(why))) if in_doubt => why,
            Ok(certain) => return certain,
        };
        in_doubt = true;
        metrics::counter!("heliograph_appends_unconfirmed_total").increment(1);
        if Instant::now() + pause >= deadline {
            return Err(AppendError::Unconfirmed(why));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
