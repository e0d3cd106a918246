//! Drives one aggregate: as long as commands wait for it, takes them in batches, decides, appends, answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::aggregate::Aggregate;
use domain::id::{CommitId, Position};
use tokio::time::Instant;

use super::append::append;
use super::lookup::{Age, LookedUp, identify, look_up, wishes};
use super::memory::{Last, Memory};
use super::plan::{Basis, Plan};
use super::settle::answers;
use super::slot::{Slot, Waiting};
use super::trouble::{Trouble, in_time, within};
use super::{Error, Shared};
use crate::commit::Frame;
use crate::log::{Append, AppendError};
use crate::trace;

/// Drives until nothing waits. A task of its own: callers that give up stop nothing.
pub(super) async fn drive<A: Aggregate>(shared: Arc<Shared>, slot: Arc<Slot<A>>) {
    let mut driver = Driver {
        memory: slot.begin(),
        shared,
        slot,
        batch: VecDeque::new(),
    };
    loop {
        driver.slot.fill(&mut driver.batch, driver.shared.limits.batch);
        if driver.batch.is_empty() {
            driver.shared.slots.weigh(&driver.slot, driver.memory.as_ref());
            if driver.slot.rest(&mut driver.memory) {
                return;
            }
        } else {
            driver.pace().await;
            driver.round().await;
        }
    }
}

struct Driver<A: Aggregate> {
    shared: Arc<Shared>,
    slot: Arc<Slot<A>>,
    memory: Option<Memory<A>>,
    batch: VecDeque<Waiting<A>>,
}

/// What a plan came to.
enum Outcome {
    /// Its events are in the log.
    Committed(CommitId, Position),
    /// It has none, and what it says is true of the newest state.
    Nothing,
    /// Somebody else wrote: decide again.
    Stale,
}

impl<A: Aggregate> Driver<A> {
    /// Waits until the next commit may be made; meanwhile more commands may come to share it.
    async fn pace(&mut self) {
        if let Some(until) = self.memory.as_ref().and_then(|memory| memory.paced_until) {
            tokio::time::sleep_until(until).await;
            self.slot.fill(&mut self.batch, self.shared.limits.batch);
        }
    }

    /// Decides and answers at least the first command of the batch.
    async fn round(&mut self) {
        self.give_up_on_the_late();
        if let Err(trouble) = self.decide().await {
            for waiting in self.batch.drain(..) {
                waiting.answer(Err(trouble.clone().into()));
            }
        }
    }

    fn give_up_on_the_late(&mut self) {
        let patience = self.shared.limits.patience_with::<A>();
        while let Some(late) = self.batch.pop_front_if(|waiting| waiting.since.elapsed() > patience) {
            late.answer(Err(Error::Unavailable("it waited too long to be decided".to_owned())));
        }
    }

    async fn decide(&mut self) -> Result<(), Trouble> {
        let (shared, slot) = (Arc::clone(&self.shared), Arc::clone(&self.slot));
        let deadline = Instant::now() + shared.limits.patience;
        // Read first: whatever is looked up from here on includes this much, and the trail holds the rest.
        let included = shared.recall.checkpoint();
        shared.ahead.prune(included);
        let kept = self.memory.as_mut().is_some_and(|memory| memory.reaches_back_to(included));
        if !kept {
            self.memory = None;
            self.load(included, deadline).await?;
        }
        let memory = self.memory.as_ref().ok_or_else(unloaded)?;
        identify(&shared, &slot.stream, &mut self.batch).await?;
        let mut looked_up = look_up(&shared, &slot, included, &memory.trail, &mut self.batch).await?;
        while !self.batch.is_empty() {
            let plan = self.plan(&looked_up, deadline).await?;
            if plan.rejects() && looked_up.wished.stale {
                // Nobody is refused for what somebody wished a moment ago.
                looked_up.wished = wishes(&shared, &slot, included, &self.batch, Age::Now).await?;
                continue;
            }
            match self.append(&plan, deadline).await? {
                Outcome::Stale => {
                    self.catch_up(included, deadline).await?;
                    looked_up.wished = wishes(&shared, &slot, included, &self.batch, Age::Any).await?;
                }
                Outcome::Committed(commit, position) => return self.settle(plan, Some((commit, position))).await,
                Outcome::Nothing => return self.settle(plan, None).await,
            }
        }
        Ok(())
    }

    async fn plan(&mut self, looked_up: &LookedUp, deadline: Instant) -> Result<Plan<A>, Trouble> {
        loop {
            let basis = Basis {
                shared: &self.shared,
                stream: &self.slot.stream,
                memory: self.memory.as_ref().ok_or_else(unloaded)?,
                batch: &self.batch,
                looked_up,
            };
            let plan = Plan::decide(&basis);
            if plan.missing.is_empty() {
                return Ok(plan);
            }
            in_time(deadline, "keys do not stay loaded")?;
            let (new, old): (Vec<_>, Vec<_>) = plan.missing.iter().partition(|account| basis.begins(**account));
            let keys = &self.shared.keys;
            within(self.shared.limits.call, "the keys", async {
                keys.make(&new).await?;
                keys.load(&old).await
            })
            .await?;
        }
    }

    async fn append(&mut self, plan: &Plan<A>, deadline: Instant) -> Result<Outcome, Trouble> {
        let expected = self.memory.as_ref().ok_or_else(unloaded)?.position();
        let stream = &self.slot.stream;
        if plan.pending.is_empty() {
            let fresh = !plan.depends_on_freshness() || {
                let last = within(self.shared.limits.call, "the log", self.shared.log.last(stream)).await?;
                last == expected
            };
            return Ok(if fresh { Outcome::Nothing } else { Outcome::Stale });
        }
        let id = self.shared.clock.commit_id();
        let causes = || plan.accepted(&self.batch).filter_map(|waiting| waiting.request.trace.as_deref());
        let span = trace::follow("log.append", causes());
        span.tell("heliograph.stream", || stream.to_string());
        span.tell("heliograph.facts", || count(plan.recorded().count()));
        let own = span.traceparent();
        let body = Frame::new(id, plan.at, own.as_deref().or_else(|| causes().next()))
            .around(plan.recorded().map(|pending| pending.entry.as_slice()))
            .map_err(|error| Trouble::Internal(error.to_string()))?;
        let stream = stream.clone();
        let commit = Append {
            stream,
            expected,
            id,
            body,
        };
        match span.within(append(&self.shared, commit, deadline)).await {
            Ok(position) => {
                span.tell("heliograph.position", || position.get());
                Ok(Outcome::Committed(id, position))
            }
            Err(AppendError::Conflict { .. }) => {
                span.failed(|| "another process was faster".into());
                metrics::counter!("heliograph_conflicts_total").increment(1);
                Ok(Outcome::Stale)
            }
            Err(error @ AppendError::TooLarge { .. }) => Err(Trouble::Internal(error.to_string())),
            Err(error @ AppendError::Unavailable(_)) => Err(Trouble::Unavailable(error.to_string())),
            Err(error @ AppendError::Unconfirmed(_)) => {
                // It may be in the log or not: what is remembered may be behind.
                self.memory = None;
                Err(Trouble::Unavailable(error.to_string()))
            }
        }
    }

    /// Takes in what others wrote.
    async fn catch_up(&mut self, included: Option<Position>, deadline: Instant) -> Result<(), Trouble> {
        in_time(deadline, "others keep writing first")?;
        let (shared, slot) = (&self.shared, &self.slot);
        let memory = self.memory.as_mut().ok_or_else(unloaded)?;
        if memory.catch_up(shared, &slot.stream, included, deadline).await? == 0 {
            // The log and the memory disagree about what was, not about what is new.
            self.memory = None;
            self.load(included, deadline).await?;
        }
        Ok(())
    }

    async fn load(&mut self, included: Option<Position>, deadline: Instant) -> Result<(), Trouble> {
        let (shared, slot) = (&self.shared, &self.slot);
        let memory = Memory::begin(shared, &slot.id, &slot.stream, included).await?;
        let memory = self.memory.insert(memory);
        memory.catch_up(shared, &slot.stream, included, deadline).await.map(drop)
    }

    /// Remembers what happened and answers.
    async fn settle(&mut self, mut plan: Plan<A>, committed: Option<(CommitId, Position)>) -> Result<(), Trouble> {
        let memory = self.memory.as_mut().ok_or_else(unloaded)?;
        if let Some((commit, position)) = committed {
            plan.move_on(&mut memory.state);
            let at = plan.at;
            memory.committed(Last { position, commit, at });
            memory.paced_until = (A::PACE_MICROS > 0).then(|| Instant::now() + Duration::from_micros(A::PACE_MICROS));
            if let Some(snapshot) = memory.due_snapshot(&self.shared) {
                self.shared.snapshots.offer(&self.slot.stream, snapshot);
            }
        }
        let decided = self.batch.drain(..plan.verdicts.len()).collect();
        answers(&self.shared, &self.slot.stream, memory, plan, decided).await;
        Ok(())
    }
}

impl<A: Aggregate> Drop for Driver<A> {
    /// A defect in deciding costs the batch its answers, and the aggregate nothing: it is loaded again for those that wait.
    fn drop(&mut self) {
        if std::thread::panicking() && !self.slot.rest(&mut None) {
            tokio::spawn(drive(Arc::clone(&self.shared), Arc::clone(&self.slot)));
        }
    }
}

/// A count as spans tell it.
fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unloaded() -> Trouble {
    Trouble::Internal("the aggregate is not loaded".to_owned())
}
