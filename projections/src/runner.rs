//! The loop that feeds the read models: follows the log once, and applies it in every lane.
//!
//! Whatever goes wrong on the way (the database restarts, the log can't be reached) ends in the same place: everything
//! remembered is dropped, the checkpoints are read again and checked against the log, and it goes on from there. Only a
//! log that is not the one remembered stops it, and what comes no further where somebody else is to deal with that.

mod attempt;
mod commit;
mod culprit;
mod metering;
mod source;
mod standing;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use infra::clock::Clock;
use infra::log::{self, EventLog, Mark};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::checkpoint;
use crate::feed::Feed;
use crate::lane::Lane;
use crate::parking::{Parker, Skips};
use crate::projection::Projection;
pub(crate) use metering::Built;

use crate::read_models::{self, ReadModels};
use source::Source;
use worker::Worker;

/// A session that lasted so long, longer than anything may fall silent, had little to take in.
const FRUITFUL: Duration = Duration::from_mins(1);

/// Makes the projections of a lane, in the order in which they apply.
pub type Projections = Arc<dyn Fn(&Feed) -> Vec<Box<dyn Projection>> + Send + Sync>;

/// How much is taken at a time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Facts of one transaction, about.
    pub facts: usize,
    /// Bytes of one transaction's commits, about.
    pub bytes: usize,
    /// Bytes of commits read ahead of the slowest lane, at most.
    pub ahead: usize,
    /// How long a runner that lost a lane to another looks on before it tries again, if that one does not move.
    pub give_way: Duration,
    /// How long one transaction may take.
    pub attempt: Duration,
    /// How long a lane that has caught up gathers what comes, so that it takes more at a time. Nobody waits for what has time.
    pub rest: Duration,
    /// After how many sessions in a row that came no further it gives up; `None`: never. That the log is away does not count.
    pub fruitless: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            facts: 4_000,
            bytes: 4 << 20,
            ahead: 32 << 20,
            give_way: Duration::from_secs(2),
            attempt: Duration::from_secs(20),
            rest: Duration::ZERO,
            fruitless: None,
        }
    }
}

/// Feeds the read models of one database.
pub struct Runner {
    /// What it feeds.
    pub models: ReadModels,
    /// What it follows.
    pub log: Arc<dyn EventLog>,
    /// Where facts go that can't be applied.
    pub parker: Arc<dyn Parker>,
    /// For measuring lag, and what its own projections go by.
    pub clock: Clock,
    /// How much is taken at a time.
    pub limits: Limits,
    /// What applies; [`read_models::hot`] unless a test says otherwise.
    pub projections: Projections,
    /// Set where read models are built that serve nobody yet: facts are counted there.
    pub(crate) built: Option<Built>,
}

/// Why the runner gave up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log lost commits that the read models include, or is another one.
    #[error(
        "the read models remember a commit that the log does not have: {0}. Following it would show what never happened. \
         If this is the wrong log, connect the right one. If it lost its tail, or was replaced by an older copy, first put back the newest copy that \
         there is: what is not in the log is lost for ever once the read models are deleted. Only if the log stays like this: stop the server, \
         delete read.db and state.db in the data folder (with PostgreSQL: make a new, empty database and name it by database.url), and start \
         again; the read models are made anew from the log as it is"
    )]
    Replaced(log::Error),
    /// The log holds what no log of ours holds.
    #[error("the log can't be read any further: {0}. Restore it from a backup")]
    Damaged(log::Error),
    /// It came no further, however often it was tried ([`Limits::fruitless`]).
    #[error("it comes no further: {0}")]
    Stuck(String),
}

/// Why a session of following ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("the read models' database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the read models' database did not end a transaction within {0:?}")]
    Silent(Duration),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error("parking a fact: {0}")]
    Park(String),
    #[error("the rows are behind where they were: the database is an older copy of itself")]
    Rewound,
    #[error("others have taken the place of the rows")]
    Renewed,
    #[error("the rows of projection {0} are of a newer version than this program makes; a newer program feeds them")]
    Newer(&'static str),
    #[error("projection {0} fails on several facts together, and on none of them alone: {1}")]
    Elusive(&'static str, String),
    #[error("a task ended unexpectedly: {0}")]
    Task(String),
}

impl Stop {
    pub(crate) fn into_final(self) -> Result<Error, Self> {
        match self {
            Self::Log(error @ log::Error::Replaced(_)) => Ok(Error::Replaced(error)),
            Self::Log(error @ log::Error::Damaged(_)) => Ok(Error::Damaged(error)),
            other => Err(other),
        }
    }
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("models", &self.models)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner of the hot projections.
    pub fn new(models: ReadModels, log: Arc<dyn EventLog>, parker: Arc<dyn Parker>, clock: Clock) -> Self {
        let time = clock.clone();
        Self {
            models,
            log,
            parker,
            clock,
            limits: Limits::default(),
            projections: Arc::new(move |feed: &Feed| read_models::hot(feed, &time)),
            built: None,
        }
    }

    /// Runs until `shutdown`, or until the log turns out not to be the one remembered, or until it is [stuck](Error::Stuck).
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), Error> {
        tokio::select! {
            ended = self.feed(&shutdown) => ended,
            never = metering::watch(&*self.log, &self.models, &self.clock) => match never {},
        }
    }

    async fn feed(&self, shutdown: &CancellationToken) -> Result<(), Error> {
        let (mut pause, mut fruitless) = (Pause::default(), 0);
        loop {
            let (begun, before) = (Instant::now(), self.models.checkpoint());
            let stop = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(()),
                stop = self.session() => stop,
            };
            match stop.into_final() {
                Ok(error) => return Err(error),
                // They are good ones, and nobody waits.
                Err(Stop::Renewed) => {
                    tracing::info!("the read models were made anew; going on with them");
                    continue;
                }
                Err(stop) => {
                    tracing::warn!(error = %stop, "projections stopped; going on from their checkpoints");
                    let bore_fruit = self.models.checkpoint() > before || begun.elapsed() > FRUITFUL;
                    fruitless = match &stop {
                        Stop::Log(_) => fruitless,
                        _ if bore_fruit => 0,
                        _ => fruitless + 1,
                    };
                    if self.limits.fruitless.is_some_and(|most| fruitless >= most) {
                        return Err(Error::Stuck(stop.to_string()));
                    }
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause.next(begun.elapsed())) => {}
            }
        }
    }

    /// Follows from the checkpoints on, until something goes wrong, or others take the place of the rows.
    pub(crate) async fn session(&self) -> Stop {
        let mut generation = self.models.generation();
        let mut tasks = match self.start().await {
            Ok(tasks) => tasks,
            Err(stop) => return stop,
        };
        let ended = tokio::select! {
            ended = tasks.join_next() => ended,
            _ = generation.changed() => Some(Ok(Err(Stop::Renewed))),
        };
        let stop = match ended {
            Some(Ok(Err(stop))) => stop,
            Some(Ok(Ok(()))) | None => Stop::Task("it had nothing left to do".to_owned()),
            Some(Err(error)) => Stop::Task(error.to_string()),
        };
        // The first task to end takes the others with it; none of them tells of its progress once the next session has begun.
        tasks.shutdown().await;
        stop
    }

    async fn start(&self) -> Result<JoinSet<Result<(), Stop>>, Stop> {
        let mut marks: Vec<(Lane, Option<Mark>)> = Vec::new();
        let lanes = checkpoint::lanes(&self.models.db).await?.unwrap_or(self.models.lanes());
        if lanes != self.models.lanes() {
            // Another process has made them anew.
            self.models.progress.recut(Lane::all(lanes).map(|_| None));
        }
        for lane in Lane::all(lanes) {
            let mark = checkpoint::load(&self.models.db, &lane).await?;
            if let Some(mark) = &mark {
                log::verify(&*self.log, mark).await?;
            }
            self.models.progress.stands(lane, mark.map(|mark| mark.position));
            marks.push((lane, mark));
        }
        // What was committed while the connection broke was told to nobody.
        self.models.feed.missed();
        let skips = Arc::new(Skips::default());
        let after = marks.iter().map(|(_, mark)| mark.map(|mark| mark.position)).min().flatten();
        let mut source = Source::new(
            Arc::clone(&self.log),
            Arc::clone(&skips),
            Arc::clone(&self.parker),
            self.limits.ahead,
        );
        source.learn_skips().await?;
        let mut tasks = JoinSet::new();
        for (lane, mark) in marks {
            let (sender, inbox) = mpsc::channel(self.limits.facts);
            source.lanes.push(sender);
            tasks.spawn(Worker::new(self, lane, mark, Arc::clone(&skips), inbox).await?.run());
        }
        tasks.spawn(source.run(after));
        tasks.spawn(standing::watch(self.models.clone()));
        Ok(tasks)
    }
}

/// Longer and longer pauses while nothing works.
#[derive(Debug, Default)]
struct Pause(u32);

impl Pause {
    /// The pause after a session that lasted this long.
    fn next(&mut self, lasted: Duration) -> Duration {
        self.0 = if lasted > Duration::from_secs(10) { 0 } else { (self.0 + 1).min(5) };
        Duration::from_millis(25 << self.0)
    }
}
