//! Read models of a test's own, fed from a log by a runner of their own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::actor::Actor;
use domain::event::Event;
use domain::id::Position;
use domain::stream::Stream;
use domain::system::event::{FactParked, FactReleased};
use domain::system::{self, Parked};
use infra::clock::Clock;
use infra::db::Db;
use infra::log::EventLog;
use projections::ReadModels;
use projections::feed::Feed;
use projections::hash::{Hashes, hashes};
use projections::parking::Parker;
use projections::runner::{Error, Limits, Projections, Runner};
use projections::state::State;
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::history::Scribe;

/// How long anything may take.
pub use crate::deadline::PATIENCE;

/// A database for read models, and one for operational state.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    url: Option<String>,
}

impl Place {
    /// Files of their own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, url: None }
    }

    /// A database by URL, for both.
    pub fn postgres(url: String) -> Self {
        Self {
            url: Some(url),
            ..Self::sqlite()
        }
    }

    /// Opens the read models.
    pub async fn open(&self, log: &dyn EventLog, lanes: u32) -> ReadModels {
        self.try_open(log, lanes).await.expect("read models of this log")
    }

    /// Opens the read models, or says why not.
    pub async fn try_open(&self, log: &dyn EventLog, lanes: u32) -> Result<ReadModels, projections::read_models::OpenError> {
        let file = |name: &str| format!("sqlite:{}", self.folder.path().join(name).display());
        let url = |name: &str| self.url.clone().unwrap_or_else(|| file(name));
        let read = Db::open(&url("read.db"), lanes + 3, "normal").await.expect("a database");
        let state = Db::open(&url("state.db"), 2, "full").await.expect("a database");
        let state = State::open(state).await.expect("its tables");
        ReadModels::open(read, state, log.id(), lanes).await
    }
}

/// Parks by writing to the log itself.
#[derive(Debug)]
pub struct ByHand(pub Arc<Mutex<Scribe>>);

#[async_trait]
impl Parker for ByHand {
    async fn park(&self, fact: Parked, error: &str) -> Result<(), String> {
        let event = system::Event::FactParked(FactParked {
            projection: fact.projection,
            position: fact.position,
            index: fact.index,
            error: error.to_owned(),
        });
        self.record(event).await;
        Ok(())
    }
}

impl ByHand {
    /// Releases a parked fact.
    pub async fn release(&self, projection: &str, position: Position, index: u32) -> Position {
        let projection = projection.to_owned();
        self.record(system::Event::FactReleased(FactReleased {
            projection,
            position,
            index,
        }))
        .await
    }

    async fn record(&self, event: system::Event) -> Position {
        let by = Actor::Reactor("parking".to_owned());
        self.0.lock().await.write(Stream::System, &by, &[Event::System(event)]).await
    }
}

/// A runner at work.
#[derive(Debug)]
pub struct Fed {
    /// What it feeds.
    pub models: ReadModels,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl Fed {
    /// Starts feeding.
    pub fn start(models: ReadModels, log: Arc<dyn EventLog>, parker: Arc<dyn Parker>, limits: Limits) -> Self {
        let hot = |feed: &Feed| projections::read_models::hot(feed, &Clock::system());
        Self::start_with(models, log, parker, limits, Arc::new(hot))
    }

    /// Starts feeding other projections than the usual ones.
    pub fn start_with(
        models: ReadModels,
        log: Arc<dyn EventLog>,
        parker: Arc<dyn Parker>,
        limits: Limits,
        projections: Projections,
    ) -> Self {
        let mut runner = Runner::new(models.clone(), log, parker, Clock::system());
        runner.limits = limits;
        runner.projections = projections;
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(runner.run(shutdown.clone()));
        Self { models, shutdown, task }
    }

    /// Waits until everything up to a position is included.
    pub async fn includes(&self, position: Position) {
        self.models.progress.wait(position, PATIENCE).await.expect("the runner gets there");
    }

    /// Waits for that, stops, and hashes the rows.
    pub async fn finish(self, position: Position) -> Hashes {
        self.includes(position).await;
        let models = self.models.clone();
        self.stop().await;
        let answered = async {
            loop {
                match hashes(&models).await {
                    Ok(hashes) => return hashes,
                    // A connection from before the database restarted, say.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.expect("the database answers")
    }

    /// Stops.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.expect("no panic").expect("no complaint");
    }

    /// Waits until it gives up, and says why.
    pub async fn complaint(self) -> Error {
        let ended = tokio::time::timeout(PATIENCE, self.task).await.expect("it gives up");
        ended.expect("no panic").expect_err("a complaint")
    }
}

/// Small transactions.
pub fn one_fact_at_a_time() -> Limits {
    Limits {
        facts: 1,
        ..Limits::default()
    }
}
