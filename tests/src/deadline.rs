//! Waiting for what must come true, instead of sleeping and hoping.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

/// How long anything that needs no repair may take. Generous: a slow machine must not fail a test.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Asks again and again until there is an answer; panics with `what` after [`PATIENCE`].
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask).await
}

/// Asks again and again until there is an answer; panics with `what` after `patience`.
pub async fn within<T>(patience: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Ok(Some(answer)) = timeout_at(deadline, ask()).await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
