//! What is remembered of an aggregate: its state as of its last commit, and its trail.

use std::sync::Arc;

use domain::aggregate::Aggregate;
use domain::fact::Fact;
use domain::id::{CommitId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::trail::Trail;
use super::trouble::{Trouble, in_time, within};
use super::{Shared, Snapshot};
use crate::commit::{Read, decode};
use crate::log::{Mark, Record, verify};

/// Commits read in without giving other tasks a turn.
const TURN: usize = 256;

/// An aggregate as remembered.
pub(super) struct Memory<A> {
    pub(super) state: A,
    pub(super) last: Option<Last>,
    pub(super) trail: Trail,
    /// What the read models included when the trail was last cut: it holds what came later.
    included: Option<Position>,
    /// Commits behind the last snapshot.
    pub(super) unsaved: u32,
    /// When the next commit may be made.
    pub(super) paced_until: Option<Instant>,
}

/// A stream's last commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    pub(super) position: Position,
    pub(super) commit: CommitId,
    pub(super) at: Timestamp,
}

/// A snapshot's state as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored<S> {
    /// When the last commit was recorded.
    at: Timestamp,
    state: S,
}

impl<A: Aggregate> Memory<A> {
    /// An aggregate as of its snapshot, or as new: to be caught up. `included` was the read models' checkpoint before this call.
    pub(super) async fn begin(shared: &Shared, id: &A::Id, stream: &Stream, included: Option<Position>) -> Result<Self, Trouble> {
        Ok(match snapshot(shared, stream, included).await? {
            Some((state, last)) => Self::of(state, Some(last), included),
            None => Self::of(A::new(id.clone()), None, included),
        })
    }

    fn of(state: A, last: Option<Last>, included: Option<Position>) -> Self {
        Self {
            state,
            last,
            trail: Trail::default(),
            included,
            unsaved: 0,
            paced_until: None,
        }
    }

    /// Lets go of what the read models include by now. `false`: they include less than before (their database has become an older
    /// copy of itself), and what is missing there is missing here.
    pub(super) fn reaches_back_to(&mut self, included: Option<Position>) -> bool {
        let reaches = self.included <= included;
        if reaches {
            self.included = included;
            self.trail.prune(included);
        }
        reaches
    }

    pub(super) fn position(&self) -> Option<Position> {
        self.last.map(|last| last.position)
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.state.size() + self.trail.size()
    }

    /// Takes in the commits of others behind its last; gives how many there were. The trail holds what is behind `included`. Whatever
    /// ends this early, what was taken in stays: the next attempt goes on from there, in this process or from the snapshot.
    pub(super) async fn catch_up(
        &mut self,
        shared: &Shared,
        stream: &Stream,
        included: Option<Position>,
        deadline: Instant,
    ) -> Result<usize, Trouble> {
        let unsaved = self.unsaved;
        let outcome = self.take_in_all(shared, stream, included, deadline).await;
        if self.unsaved > unsaved
            && let Some(snapshot) = self.due_snapshot(shared)
        {
            shared.snapshots.offer(stream, snapshot);
        }
        outcome
    }

    async fn take_in_all(
        &mut self,
        shared: &Shared,
        stream: &Stream,
        included: Option<Position>,
        deadline: Instant,
    ) -> Result<usize, Trouble> {
        let mut count = 0;
        loop {
            let page = within(shared.limits.call, "the log", shared.log.page(stream, self.position())).await?;
            for record in &page.records {
                self.take_in(record, included)?;
                count += 1;
                if count % TURN == 0 {
                    tokio::task::yield_now().await;
                }
            }
            if !page.more {
                return Ok(count);
            }
            in_time(deadline, "much happened to it; it is being read")?;
        }
    }

    fn take_in(&mut self, record: &Record, included: Option<Position>) -> Result<(), Trouble> {
        let unreadable = |why: String| Trouble::Internal(format!("commit {} of {}: {why}", record.position, record.stream));
        let commit = decode(record).map_err(|error| unreadable(error.to_string()))?;
        let mut facts = Vec::with_capacity(commit.facts.len());
        // Nothing is decided on a part of what happened: the whole commit is read before any of it counts.
        for read in commit.facts {
            match read {
                Read::Fact(fact) if A::own(&fact.event).is_some() => facts.push(fact),
                Read::Fact(fact) => return Err(unreadable(format!("fact {} is another aggregate's", fact.at.index))),
                Read::Unreadable(at, error) => return Err(unreadable(format!("fact {}: {error}", at.index))),
            }
        }
        let last = Last {
            position: record.position,
            commit: record.id,
            at: commit.at,
        };
        for fact in &facts {
            self.evolve(fact);
        }
        if Some(record.position) > included {
            for fact in facts {
                self.trail.push(Arc::new(fact));
            }
        }
        self.committed(last);
        Ok(())
    }

    fn evolve(&mut self, fact: &Fact) {
        if let Some(event) = A::own(&fact.event) {
            self.state.evolve(event);
        }
    }

    /// Moves on to a commit whose events the state includes.
    pub(super) fn committed(&mut self, last: Last) {
        self.last = Some(last);
        self.unsaved = self.unsaved.saturating_add(1);
    }

    /// A snapshot, once enough was committed since the last.
    pub(super) fn due_snapshot(&mut self, shared: &Shared) -> Option<Snapshot> {
        let last = self.last.filter(|_| self.unsaved >= shared.limits.snapshot_every)?;
        self.unsaved = 0;
        let stored = Stored {
            at: last.at,
            state: &self.state,
        };
        let mark = Mark {
            log: shared.log.id(),
            position: last.position,
            commit: last.commit,
        };
        match serde_json::to_string(&stored) {
            Ok(state) => Some(Snapshot {
                mark,
                version: A::STATE_VERSION,
                state,
            }),
            Err(error) => {
                tracing::error!(%error, "an aggregate's state can't be stored");
                None
            }
        }
    }
}

/// The stream's snapshot, unless it is of no use: of another version or log, not in the log any more, or newer than what the
/// trail has to reach back to.
async fn snapshot<A: Aggregate>(shared: &Shared, stream: &Stream, included: Option<Position>) -> Result<Option<(A, Last)>, Trouble> {
    if included.is_none() {
        return Ok(None);
    }
    let call = shared.limits.call;
    let Some(snapshot) = within(call, "the read models", shared.recall.snapshot(stream)).await? else {
        return Ok(None);
    };
    let mark = snapshot.mark;
    if snapshot.version != A::STATE_VERSION || Some(mark.position) > included {
        return Ok(None);
    }
    match tokio::time::timeout(call, verify(&*shared.log, &mark)).await {
        Ok(Ok(())) => {}
        Ok(Err(crate::log::Error::Replaced(_))) => return Ok(None),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(Trouble::Unavailable(format!("the log did not answer within {call:?}"))),
    }
    let last = |at| Last {
        position: mark.position,
        commit: mark.commit,
        at,
    };
    Ok(serde_json::from_str::<Stored<A>>(&snapshot.state)
        .ok()
        .map(|stored| (stored.state, last(stored.at))))
}
