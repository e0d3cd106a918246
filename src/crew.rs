//! The tasks of a process: told to stop together, awaited together; one that fails stops all.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow};
use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of a process.
#[derive(Debug, Clone)]
pub struct Crew {
    /// Cancelled when it is time to close the door: by a signal, or because somebody failed.
    pub alarm: CancellationToken,
    /// Cancelled when the door is closed and everybody is to stop.
    stop: CancellationToken,
    tasks: TaskTracker,
    failure: Arc<Mutex<Option<String>>>,
}

impl Crew {
    /// Nobody works yet.
    pub fn new() -> Self {
        Self {
            alarm: CancellationToken::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            failure: Arc::default(),
        }
    }

    /// What tells a task to stop.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task that the process can't do without: its failing, panicking or ending too early ends the process.
    pub fn critical<E: Display>(&self, name: &'static str, task: impl Future<Output = Result<(), E>> + Send + 'static) {
        let crew = self.clone();
        self.tasks.spawn(async move {
            let ended = AssertUnwindSafe(task).catch_unwind().await;
            let reason = match ended {
                Ok(Ok(())) if crew.stop.is_cancelled() => return,
                Ok(Ok(())) => format!("{name}: ended too early"),
                Ok(Err(error)) => format!("{name}: {error}"),
                Err(_) => format!("{name}: panicked (see above)"),
            };
            tracing::error!(task = name, reason, "stopping");
            crew.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
            crew.alarm.cancel();
        });
    }

    /// Tells everybody to stop and waits for them; the first failure, if there was one.
    pub async fn end(self) -> Result<()> {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(()), |reason| Err(anyhow!(reason)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_fails_raises_the_alarm_and_is_the_reason() {
        let crew = Crew::new();
        crew.critical("the log", async { Err("on fire") });
        crew.alarm.cancelled().await;
        assert_eq!(crew.end().await.unwrap_err().to_string(), "the log: on fire");
    }

    #[tokio::test]
    async fn a_task_that_stops_when_told_is_no_failure() {
        let crew = Crew::new();
        let stop = crew.stop();
        crew.critical("the log", async move {
            stop.cancelled().await;
            Ok::<_, &str>(())
        });
        crew.end().await.unwrap();
    }
}
