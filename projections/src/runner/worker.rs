//! One lane: takes what is waiting, applies it in one transaction, tells who waits for it.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use infra::clock::Clock;
use infra::db::{Engine, in_time};
use infra::log::Mark;
use sqlx::Any;
use sqlx::pool::PoolConnection;
use sqlx::{AnyConnection, Connection};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

use super::commit::{Commit, Share};
use super::culprit::{self, Failure};
use super::metering::Metering;
use super::{Limits, Runner, Stop};
use crate::checkpoint::{self, Together};
use crate::lane::Lane;
use crate::parking::{Parker, Skips};
use crate::projection::{ApplyError, Projection};
use crate::read_models::ReadModels;

/// How often a runner that lost a lane to another looks how far that one has come.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Worker {
    pub(super) lane: Lane,
    pub(super) models: ReadModels,
    pub(super) projections: Vec<Box<dyn Projection>>,
    pub(super) skips: Arc<Skips>,
    pub(super) parker: Arc<dyn Parker>,
    clock: Clock,
    limits: Limits,
    metering: Metering,
    checkpoints: Together,
    mark: Option<Mark>,
    connection: PoolConnection<Any>,
    inbox: mpsc::Receiver<Arc<Commit>>,
    waiting: VecDeque<Arc<Commit>>,
}

/// How far one projection is taken, to find what it fails on; everything is rolled back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    pub(super) projection: usize,
    pub(super) facts: usize,
}

impl Worker {
    pub(super) async fn new(
        runner: &Runner,
        lane: Lane,
        mark: Option<Mark>,
        skips: Arc<Skips>,
        inbox: mpsc::Receiver<Arc<Commit>>,
    ) -> Result<Self, Stop> {
        let projections = (runner.projections)(&runner.models.feed);
        let names: Vec<_> = projections.iter().map(|projection| projection.name()).collect();
        Ok(Self {
            lane,
            models: runner.models.clone(),
            projections,
            skips,
            parker: Arc::clone(&runner.parker),
            clock: runner.clock.clone(),
            limits: runner.limits.clone(),
            metering: Metering::of(lane),
            checkpoints: Together::new(lane, &names),
            mark,
            connection: runner.models.db.pool.acquire().await?,
            inbox,
            waiting: VecDeque::new(),
        })
    }

    /// Applies what comes until the source ends.
    pub(super) async fn run(mut self) -> Result<(), Stop> {
        loop {
            let commits = self.take().await;
            let Some(last) = commits.last().cloned() else { return Ok(()) };
            let begun = Instant::now();
            if self.settle(&commits).await? {
                let facts = commits.iter().map(|commit| commit.items.len()).sum();
                self.metering.committed(&last, facts, begun.elapsed(), self.clock.now());
            } else {
                commits.into_iter().rev().for_each(|commit| self.waiting.push_front(commit));
                self.give_way().await?;
            }
        }
    }

    /// Waits for a commit, and takes with it what else is there, within limits. Empty: the source has ended.
    async fn take(&mut self) -> Vec<Arc<Commit>> {
        let mut taken = Vec::new();
        let (mut facts, mut bytes) = (0, 0);
        while facts < self.limits.facts && bytes < self.limits.bytes {
            let next = match self.waiting.pop_front() {
                Some(commit) => Some(commit),
                None if taken.is_empty() => self.inbox.recv().await,
                None => self.inbox.try_recv().ok(),
            };
            let Some(commit) = next else { break };
            if self.mark.is_some_and(|mark| commit.mark.position <= mark.position) {
                continue;
            }
            facts += commit.items.len();
            bytes += commit.bytes;
            taken.push(commit);
        }
        taken
    }

    /// Applies commits, parking what fails. `false`: another runner has moved the checkpoint.
    async fn settle(&mut self, commits: &[Arc<Commit>]) -> Result<bool, Stop> {
        loop {
            match self.attempt(commits, None).await? {
                Attempt::Committed => {
                    let mark = commits.last().map(|last| last.mark);
                    self.mark = mark;
                    self.projections.iter_mut().for_each(|projection| projection.committed());
                    if let Some(mark) = mark {
                        self.models.progress.reached(&self.lane, mark.position);
                    }
                    return Ok(true);
                }
                Attempt::Lost => return Ok(false),
                Attempt::Failed(failure) if commits.len() == 1 || failure.is_pinned() => {
                    culprit::park(self, &Share::of(commits), commits, failure).await?;
                }
                Attempt::Failed(_) => {
                    for commit in commits {
                        if !Box::pin(self.settle(std::slice::from_ref(commit))).await? {
                            return Ok(false);
                        }
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// One transaction. A database that does not answer ends the session: the next one has connections of its own.
    pub(super) async fn attempt(&mut self, commits: &[Arc<Commit>], trial: Option<Trial>) -> Result<Attempt, Stop> {
        let models = self.models.clone();
        let _writing = models.writing().await;
        // A file is slow, not silent.
        if models.db.engine == Engine::Sqlite {
            return self.transaction(commits, trial).await;
        }
        let limit = self.limits.attempt;
        let attempt = tokio::time::timeout(limit, self.transaction(commits, trial)).await;
        attempt.unwrap_or(Err(Stop::Silent(limit)))
    }

    /// Checkpoints first, then each projection. Whatever is not committed is rolled back and forgotten.
    async fn transaction(&mut self, commits: &[Arc<Commit>], trial: Option<Trial>) -> Result<Attempt, Stop> {
        let Some(last) = commits.last() else {
            return Ok(Attempt::Committed);
        };
        let mut tx = self.connection.begin().await?;
        let engine = self.models.db.engine;
        let outcome = if self.checkpoints.advance(&mut tx, self.mark.as_ref(), &last.mark).await? {
            let share = Share::of(commits);
            apply(&mut self.projections, &self.lane, engine, &share, &self.skips, trial, &mut tx).await?
        } else {
            Attempt::Lost
        };
        match (&outcome, trial) {
            (Attempt::Committed, None) => tx.commit().await?,
            (Attempt::Committed | Attempt::Lost | Attempt::Failed(_), _) => {
                tx.rollback().await?;
                self.projections.iter_mut().for_each(|projection| projection.forget());
            }
        }
        Ok(outcome)
    }

    /// Another runner feeds this lane: looks on until that one has stood still for a while with something to do before it.
    async fn give_way(&mut self) -> Result<(), Stop> {
        tracing::info!(lane = self.lane.index, "another runner feeds this lane; looking on");
        let mut stood_still = Duration::ZERO;
        while stood_still < self.limits.give_way {
            if !self.let_pass().await? {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
            stood_still = if self.look().await? { Duration::ZERO } else { stood_still + LOOK };
        }
        Ok(())
    }

    /// Lets go of what the other runner has applied, until what is next is ahead of it. `false`: the source has ended.
    async fn let_pass(&mut self) -> Result<bool, Stop> {
        loop {
            let mark = self.mark.map(|mark| mark.position);
            let ahead = self.waiting.partition_point(|commit| Some(commit.mark.position) <= mark);
            let passed: Vec<_> = self.waiting.drain(..ahead).collect();
            self.tell(&passed).await?;
            // Gives its room back: else nothing might come any more.
            drop(passed);
            if !self.waiting.is_empty() {
                return Ok(true);
            }
            let mut come = Vec::new();
            if self.inbox.recv_many(&mut come, self.limits.facts).await == 0 {
                return Ok(false);
            }
            self.waiting.extend(come);
        }
    }

    /// Tells the projections what another runner has applied.
    async fn tell(&mut self, passed: &[Arc<Commit>]) -> Result<(), Stop> {
        if passed.is_empty() {
            return Ok(());
        }
        let share = Share::of(passed);
        for projection in &mut self.projections {
            let batch = share.batch(projection.name(), &self.skips);
            let engine = self.models.db.engine;
            let told = projection.applied_elsewhere(&self.lane, engine, &batch, &mut self.connection);
            in_time(self.limits.attempt, told).await?;
        }
        Ok(())
    }

    /// Looks how far the other runner has come. `false`: no further than before.
    async fn look(&mut self) -> Result<bool, Stop> {
        let mark = checkpoint::load(&self.models.db, &self.lane).await?;
        if mark.map(|mark| mark.position) < self.mark.map(|mark| mark.position) {
            return Err(Stop::Rewound);
        }
        if let Some(mark) = mark {
            self.models.progress.reached(&self.lane, mark.position);
        }
        let moved = mark != self.mark;
        self.mark = mark;
        Ok(moved)
    }
}

/// What became of a transaction.
#[derive(Debug)]
pub(super) enum Attempt {
    Committed,
    /// Another runner has moved the checkpoint.
    Lost,
    Failed(Failure),
}

async fn apply(
    projections: &mut [Box<dyn Projection>],
    lane: &Lane,
    engine: infra::db::Engine,
    share: &Share<'_>,
    skips: &Skips,
    trial: Option<Trial>,
    tx: &mut AnyConnection,
) -> Result<Attempt, Stop> {
    for (index, projection) in projections.iter_mut().enumerate() {
        let name = projection.name();
        let tried = trial.filter(|trial| trial.projection == index);
        let batch = match tried {
            Some(trial) => std::borrow::Cow::Owned(share.first(trial.facts, name, skips)),
            None => share.batch(name, skips),
        };
        let applied = AssertUnwindSafe(projection.apply(lane, engine, &batch, tx)).catch_unwind().await;
        let error = match applied {
            Ok(Ok(())) if tried.is_some() => return Ok(Attempt::Committed),
            Ok(Ok(())) => continue,
            Ok(Err(ApplyError::Database(error))) if !culprit::is_data(&error) => return Err(Stop::Database(error)),
            Ok(Err(ApplyError::Database(error))) => Failure::anywhere(index, error.to_string()),
            Ok(Err(ApplyError::Fact(at, error))) => Failure::at(index, at, error),
            Err(panic) => Failure::anywhere(index, culprit::panic_text(&*panic)),
        };
        return Ok(Attempt::Failed(error));
    }
    Ok(Attempt::Committed)
}
