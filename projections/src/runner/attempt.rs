//! One transaction of a lane: checkpoints first, then each projection, all or nothing.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use infra::db::{Engine, Writes};
use infra::trace;
use sqlx::Connection;

use super::Stop;
use super::commit::{Commit, Share};
use super::culprit::{self, Failure};
use super::worker::Worker;
use crate::lane::Lane;
use crate::parking::Skips;
use crate::projection::{ApplyError, Projection};

/// What became of a transaction.
#[derive(Debug)]
pub(super) enum Attempt {
    Committed,
    /// Another runner has moved the checkpoint.
    Lost,
    Failed(Failure),
}

/// How far one projection is taken, to find what it fails on; everything is rolled back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    pub(super) projection: usize,
    pub(super) facts: usize,
}

/// How the projections' statements go to the database.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// All at once: the fast one.
    Together,
    /// Each projection's apart, so that it is plain whose are refused.
    Apart,
    /// The same, up to here.
    Trial(Trial),
}

/// How a transaction ended, as far as that can be told.
enum Ending {
    Known(Attempt),
    /// The database refuses something of what went there together.
    Unclear,
}

impl Worker {
    /// One transaction, or with a trial none. A database that does not answer ends the session: the next one has connections of
    /// its own.
    pub(super) async fn attempt(&mut self, commits: &[Arc<Commit>], trial: Option<Trial>) -> Result<Attempt, Stop> {
        let models = self.models.clone();
        let _writing = models.writing().await;
        if self.generation.has_changed().unwrap_or(true) {
            return Err(Stop::Renewed);
        }
        // A file is slow, not silent.
        if models.db.engine == Engine::Sqlite {
            return self.in_any_way(commits, trial).await;
        }
        let limit = self.limits.attempt;
        let attempt = tokio::time::timeout(limit, self.in_any_way(commits, trial)).await;
        attempt.unwrap_or(Err(Stop::Silent(limit)))
    }

    async fn in_any_way(&mut self, commits: &[Arc<Commit>], trial: Option<Trial>) -> Result<Attempt, Stop> {
        let mut way = trial.map_or(Way::Together, Way::Trial);
        loop {
            match self.transaction(commits, way).await? {
                Ending::Known(attempt) => return Ok(attempt),
                Ending::Unclear => way = Way::Apart,
            }
        }
    }

    /// Checkpoints first, then each projection. Whatever is not committed is rolled back and forgotten.
    async fn transaction(&mut self, commits: &[Arc<Commit>], way: Way) -> Result<Ending, Stop> {
        let Some(last) = commits.last() else {
            return Ok(Ending::Known(Attempt::Committed));
        };
        if matches!(way, Way::Together) {
            return self.in_one_go(commits, last).await;
        }
        let mut tx = self.connection.begin().await?;
        let ending = if self.checkpoints.advance(&mut tx, self.mark.as_ref(), &last.mark).await? {
            let share = Share::of(commits);
            let mut writes = Writes::new(self.models.db.engine, &mut tx);
            match apply(&mut self.projections, &self.lane, &share, &self.skips, way, &mut writes).await? {
                Ending::Known(Attempt::Committed) => ended(writes.settled().await.map(drop))?,
                other @ (Ending::Known(_) | Ending::Unclear) => other,
            }
        } else {
            Ending::Known(Attempt::Lost)
        };
        match (&ending, way) {
            (Ending::Known(Attempt::Committed), Way::Together | Way::Apart) => tx.commit().await?,
            (Ending::Known(_) | Ending::Unclear, _) => {
                tx.rollback().await?;
                self.projections.iter_mut().for_each(|projection| projection.forget());
            }
        }
        Ok(ending)
    }

    /// The same in a single call. That the checkpoints were elsewhere is told like anything else that is refused. Rows and checkpoint
    /// are lost together, and the log gives them back: nobody waits for the disk.
    async fn in_one_go(&mut self, commits: &[Arc<Commit>], last: &Commit) -> Result<Ending, Stop> {
        let claim = self.checkpoints.claim(self.mark.as_ref(), &last.mark)?;
        let mut writes = Writes::transaction(self.models.db.engine, &mut self.connection, claim);
        let share = Share::of(commits);
        let applied = apply(&mut self.projections, &self.lane, &share, &self.skips, Way::Together, &mut writes).await?;
        let ending = match applied {
            Ending::Known(Attempt::Committed) => ended(writes.commit().await)?,
            Ending::Known(Attempt::Lost | Attempt::Failed(_)) | Ending::Unclear => {
                writes.rollback().await?;
                applied
            }
        };
        if !matches!(ending, Ending::Known(Attempt::Committed)) {
            self.projections.iter_mut().for_each(|projection| projection.forget());
        }
        Ok(ending)
    }
}

/// What the database says at the end to all that went there together.
fn ended(said: Result<(), sqlx::Error>) -> Result<Ending, Stop> {
    match said {
        Ok(()) => Ok(Ending::Known(Attempt::Committed)),
        Err(error) if culprit::is_data(&error) => Ok(Ending::Unclear),
        Err(error) => Err(Stop::Database(error)),
    }
}

async fn apply(
    projections: &mut [Box<dyn Projection>],
    lane: &Lane,
    share: &Share<'_>,
    skips: &Skips,
    way: Way,
    writes: &mut Writes<'_>,
) -> Result<Ending, Stop> {
    for (index, projection) in projections.iter_mut().enumerate() {
        let name = projection.name();
        let (batch, is_last) = match way {
            Way::Trial(trial) if trial.projection == index => (Cow::Owned(share.first(trial.facts, name, skips)), true),
            Way::Together | Way::Apart | Way::Trial(_) => (share.batch(name, skips), false),
        };
        let span = trace::part(|| format!("projection.{name}.apply").into());
        let applied = async {
            projection.apply(lane, &batch, writes).await?;
            if !matches!(way, Way::Together) {
                writes.settled().await?;
            }
            Ok(())
        };
        let failure = match AssertUnwindSafe(span.within(applied)).catch_unwind().await {
            Ok(Ok(())) if is_last => return Ok(Ending::Known(Attempt::Committed)),
            Ok(Ok(())) => continue,
            Ok(Err(ApplyError::Database(error))) if !culprit::is_data(&error) => return Err(Stop::Database(error)),
            // It may be another's statement, or the checkpoints'; and nobody parks anything before the checkpoints are his.
            Ok(Err(_)) | Err(_) if matches!(way, Way::Together) => return Ok(Ending::Unclear),
            Ok(Err(ApplyError::Database(error))) => Failure::anywhere(index, error.to_string()),
            Ok(Err(ApplyError::Fact(at, error))) => Failure::at(index, at, error),
            Err(panic) => Failure::anywhere(index, culprit::panic_text(&*panic)),
        };
        return Ok(Ending::Known(Attempt::Failed(failure)));
    }
    Ok(Ending::Known(Attempt::Committed))
}
