//! The runner that feeds what is built, until it is stopped or comes no further.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::id::Position;
use domain::system::Parked;
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::log::EventLog;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::feed::Feed;
use crate::parking::Parker;
use crate::read_models::{self, ReadModels};
use crate::runner::{Built, Limits, Runner};

/// How often in a row it may fail without coming further.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// More at a time than where somebody waits for each.
fn limits() -> Limits {
    Limits {
        facts: 20_000,
        bytes: 24 << 20,
        ahead: 64 << 20,
        attempt: Duration::from_mins(1),
        ..Limits::default()
    }
}

/// What is fed, and how.
#[derive(Debug, Clone)]
pub(super) struct Feeding {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) clock: Clock,
    /// When the log's newest commit was recorded.
    pub(super) newest: Option<Timestamp>,
}

/// A runner behind what is built.
#[derive(Debug)]
pub(super) struct Chase {
    models: ReadModels,
    built: Built,
    stop: CancellationToken,
    task: JoinHandle<()>,
    failure: watch::Receiver<Option<String>>,
}

impl Chase {
    /// From where it stands; so many facts were counted before.
    pub(super) fn start(models: ReadModels, feeding: Feeding, built: Built) -> Self {
        let refusing = Arc::new(Refusing::default());
        let Feeding { log, clock, newest } = feeding;
        let mut runner = Runner::new(models.clone(), log, Arc::clone(&refusing) as Arc<dyn Parker>, clock.clone());
        runner.limits = limits();
        runner.projections = Arc::new(move |feed: &Feed| read_models::hot_until(feed, &clock, newest));
        runner.built = Some(Arc::clone(&built));
        let stop = CancellationToken::new();
        let (failed, failure) = watch::channel(None);
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            if let Some(why) = feed(&runner, &refusing, &stopped).await {
                failed.send_replace(Some(why));
            }
        });
        Self {
            models,
            built,
            stop,
            task,
            failure,
        }
    }

    pub(super) fn models(&self) -> &ReadModels {
        &self.models
    }

    /// Counts what it takes in.
    pub(super) fn built(&self) -> Built {
        Arc::clone(&self.built)
    }

    /// Waits until it has failed for good; says why.
    pub(super) async fn failed(&self) -> String {
        let mut failure = self.failure.clone();
        let failed = failure.wait_for(Option::is_some).await;
        let why = failed.ok().and_then(|why| why.clone());
        why.unwrap_or_else(|| "what feeds the new read models ended unexpectedly".to_owned())
    }

    /// Waits until it includes a position; `false`: not in time.
    pub(super) async fn includes(&self, position: Option<Position>, at_most: Duration) -> Result<bool, Error> {
        let Some(position) = position else { return Ok(true) };
        tokio::select! {
            come = self.models.progress.wait(position, at_most) => Ok(come.is_ok()),
            why = self.failed() => Err(Error::Building(why)),
        }
    }

    /// Ends it between two transactions.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        let models = self.models.clone();
        let _writing = models.writing().await;
        self.stop.cancel();
        let ended = (&mut self.task).await;
        let why = ended.err().map(|error| error.to_string()).or_else(|| self.failure.borrow().clone());
        why.map_or(Ok(()), |why| Err(Error::Building(why)))
    }
}

impl Drop for Chase {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How many facts were taken in.
pub(super) fn facts(built: &Built) -> u64 {
    built.load(Ordering::Relaxed)
}

/// Feeds until it is stopped, or comes no further; says why.
async fn feed(runner: &Runner, refusing: &Refusing, stop: &CancellationToken) -> Option<String> {
    let mut failures = 0;
    loop {
        let before = runner.models.checkpoint();
        let ended = tokio::select! {
            ended = runner.session() => ended,
            () = stop.cancelled() => return None,
        };
        let why = match ended.into_final() {
            Ok(error) => return Some(error.to_string()),
            Err(stop) => stop.to_string(),
        };
        failures = if runner.models.checkpoint() > before { 0 } else { failures + 1 };
        tracing::warn!(error = why, "building read models");
        if failures == TRIES {
            return Some(refusing.last().unwrap_or(why));
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = stop.cancelled() => return None,
        }
    }
}

/// Parks nothing: what can't be applied now was applied when it was written, or was parked then. What has just come, those that
/// serve park, and the next session finds it.
#[derive(Debug, Default)]
struct Refusing(Mutex<Option<String>>);

impl Refusing {
    fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Parker for Refusing {
    async fn park(&self, fact: Parked, error: &str) -> Result<(), String> {
        let Parked {
            projection,
            position,
            index,
        } = fact;
        let why = format!("projection {projection} can't apply the fact at {position}.{index}: {error}");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
        Err(why)
    }
}
