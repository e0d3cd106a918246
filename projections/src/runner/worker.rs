//! One lane: takes what is waiting, applies it in one transaction, tells who waits for it.

use std::collections::VecDeque;
use std::sync::Arc;

use infra::clock::Clock;
use infra::db::{Engine, Lease, in_time};
use infra::log::Mark;
use infra::trace::{self, Span};
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant};

use super::attempt::Attempt;
use super::commit::{Commit, Share};
use super::culprit;
use super::metering::Metering;
use super::{Limits, Runner, Stop};
use crate::checkpoint::{self, Together};
use crate::lane::Lane;
use crate::parking::{Parker, Skips};
use crate::projection::Projection;
use crate::read_models::ReadModels;

/// How often a runner that lost a lane to another looks how far that one has come.
const LOOK: Duration = Duration::from_millis(50);

/// A lane writes all over its tables; those who read have less to remember.
const CACHE: &str = "pragma cache_size = -65536";

pub(super) struct Worker {
    pub(super) lane: Lane,
    /// Unchanged while the rows are those that this worker has a connection to.
    pub(super) generation: watch::Receiver<u64>,
    pub(super) models: ReadModels,
    pub(super) projections: Vec<Box<dyn Projection>>,
    pub(super) skips: Arc<Skips>,
    pub(super) parker: Arc<dyn Parker>,
    clock: Clock,
    pub(super) limits: Limits,
    metering: Metering,
    pub(super) checkpoints: Together,
    pub(super) mark: Option<Mark>,
    pub(super) connection: Lease,
    inbox: mpsc::Receiver<Arc<Commit>>,
    waiting: VecDeque<Arc<Commit>>,
}

impl Worker {
    pub(super) async fn new(
        runner: &Runner,
        lane: Lane,
        mark: Option<Mark>,
        skips: Arc<Skips>,
        inbox: mpsc::Receiver<Arc<Commit>>,
    ) -> Result<Self, Stop> {
        // Before there is a connection, which is to the rows as of now.
        let generation = runner.models.generation();
        let mut projections = (runner.projections)(&runner.models.feed);
        // What is new has no rows here: it begins where everything is made anew.
        let mut versions = checkpoint::versions(&runner.models.db, &lane).await?;
        projections.retain(|projection| versions.iter().any(|(name, _)| name == projection.name()));
        versions.retain(|(name, _)| projections.iter().any(|projection| name == projection.name()));
        refuse_newer(&projections, &versions)?;
        let mut connection = runner.models.db.pool.acquire().await?;
        // It may be left in the midst of a transaction that the driver knows nothing of.
        connection.close_on_drop();
        if runner.models.db.engine == Engine::Sqlite {
            sqlx::raw_sql(CACHE).execute(&mut *connection).await?;
        }
        for projection in &mut projections {
            in_time(runner.limits.attempt, projection.begins(&lane, &mut connection)).await?;
        }
        Ok(Self {
            lane,
            generation,
            models: runner.models.clone(),
            projections,
            skips,
            parker: Arc::clone(&runner.parker),
            clock: runner.clock.clone(),
            limits: runner.limits.clone(),
            metering: Metering::of(runner.models.label(lane), runner.built.as_ref()),
            checkpoints: Together::new(runner.models.db.engine, lane, &versions),
            mark,
            connection,
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
            let span = self.span(&commits);
            let settled = span.within(self.settle(&commits)).await;
            drop(span);
            if settled? {
                let facts = commits.iter().map(|commit| commit.items.len()).sum();
                self.metering.committed(&last, facts, begun.elapsed(), self.clock.now());
                if facts < self.limits.facts && !self.limits.rest.is_zero() {
                    tokio::time::sleep(self.limits.rest).await;
                }
            } else {
                commits.into_iter().rev().for_each(|commit| self.waiting.push_front(commit));
                self.give_way().await?;
            }
        }
    }

    /// In the trace of the first commit that is traced, linked to the others. Of what is made anew nothing is told: it was, long ago.
    fn span(&self, commits: &[Arc<Commit>]) -> Span {
        if self.metering.is_building() {
            return Span::default();
        }
        let span = trace::follow("projection.batch", commits.iter().filter_map(|commit| commit.trace.as_deref()));
        span.tell("heliograph.lane", || i64::from(self.lane.index));
        span.tell("heliograph.commits", || count(commits.len()));
        span
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

/// Rows of a newer version are for a newer program to write.
fn refuse_newer(projections: &[Box<dyn Projection>], versions: &[(String, i64)]) -> Result<(), Stop> {
    let newer = |one: &dyn Projection| {
        let found = versions.iter().find(|(name, _)| name == one.name());
        found.is_some_and(|(_, version)| *version > i64::from(one.version()))
    };
    match projections.iter().find(|one| newer(one.as_ref())) {
        Some(newer) => Err(Stop::Newer(newer.name())),
        None => Ok(()),
    }
}

/// A count as spans tell it.
fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
