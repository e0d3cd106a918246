//! Decides commands: loads the aggregate, decides, seals, appends, and answers with the facts.
//!
//! Commands for one aggregate queue up and share a commit; the log's conflict check makes it right
//! whoever else writes. A caller that gives up takes nothing with it: each stream's queue is driven
//! by a task of its own.

mod ahead;
mod append;
mod drive;
mod limits;
mod look;
mod lookup;
mod memory;
mod plan;
mod recall;
mod scope;
mod settle;
mod slot;
mod snapshots;
#[cfg(test)]
mod tests;
mod trail;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use domain::actor::Actor;
use domain::aggregate::Aggregate;
use domain::fact::Fact;
use domain::id::{AccountId, CommandId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use self::ahead::Ahead;
use self::drive::drive;
use self::lookup::Lookups;
use self::scope::Scope;
use self::slot::{Answer, Slots, Waiting};
use self::snapshots::Snapshots;
use crate::clock::Clock;
use crate::log::EventLog;
use crate::seal::Keys;
use crate::trace;

pub use limits::Limits;
pub use recall::{Accepted, Recall, RecallError, Snapshot};

/// Who decides a command knows best why it takes too long, and has so much longer to say it.
const GRACE: Duration = Duration::from_millis(500);

/// A command with who asks for it.
#[derive(Debug, Clone)]
pub struct Request<C> {
    /// Who asks.
    pub by: Actor,
    /// Chosen by the caller: sent again with the same id within 24 hours, an accepted command acts once.
    pub command: CommandId,
    /// What is wanted.
    pub payload: C,
    /// When it happened, if that was earlier; only an import says so.
    pub sent_at: Option<Timestamp>,
    /// W3C trace context.
    pub trace: Option<String>,
}

/// A command's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What has to be included to read one's own writes: the commit's position or, when nothing needed
    /// to change, the position decided upon; `None`: nothing ever happened in this stream.
    pub position: Option<Position>,
    /// What this command made happen, sealed parts closed. Empty: nothing needed to change, or what it made
    /// happen was superseded by a later command of the same commit.
    pub facts: Vec<Arc<Fact>>,
    /// Whether this is the first answer again.
    pub repeated: bool,
}

/// Why a command was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error<R> {
    /// The aggregate says why not.
    #[error("{0}")]
    Rejected(R),
    /// The command's id was used for another command. Seen wherever this process or the read models know of that one, and
    /// within an aggregate always, from when on this process knows of it; not seen is an id used at two processes for two aggregates
    /// at about the same time.
    #[error("this command id was used for another command")]
    Reused,
    /// Too much is waiting; nothing was done.
    #[error("too many commands are waiting; try again in {retry_after:?}")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The log, the keys or the read models did not answer in time. The command may have been accepted: the same
    /// id sent again tells.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Its events take more than a commit may.
    #[error("the command's events take {size} bytes, which is too many for one commit")]
    TooLarge {
        /// What they would take, sealed and encoded.
        size: usize,
    },
    /// What it says would be tied to an account whose key was erased.
    #[error("account {0} was erased")]
    Erased(AccountId),
    /// What it says would be tied to an account whose key is lost, though nobody erased it: it can be done once a copy of the keys that has it
    /// is put back.
    #[error("the key of account {0} is missing, and was not erased")]
    KeyLost(AccountId),
    /// A defect, or a log that this program can't read.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Decides commands. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Executor {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    log: Arc<dyn EventLog>,
    keys: Keys,
    recall: Arc<dyn Recall>,
    clock: Clock,
    limits: Limits,
    slots: Slots,
    ahead: Arc<Ahead>,
    lookups: Lookups,
    snapshots: Snapshots,
    /// A place for each command under way.
    places: Arc<Semaphore>,
}

impl Executor {
    /// An executor; starts tasks on the current tokio runtime.
    pub fn new(log: Arc<dyn EventLog>, keys: Keys, recall: Arc<dyn Recall>, clock: Clock, limits: Limits) -> Self {
        let shared = Arc::new(Shared {
            slots: Slots::new(limits.memory),
            ahead: Arc::default(),
            lookups: Lookups::start(Arc::clone(&recall), limits.call),
            snapshots: Snapshots::start(Arc::clone(&recall)),
            places: Arc::new(Semaphore::new(limits.in_flight)),
            log,
            keys,
            recall,
            clock,
            limits,
        });
        Self { shared }
    }

    /// Executes a command: the answer comes when its events are in the log, or when it is certain that there are none.
    /// Commands for one aggregate are decided in the order in which their futures were first polled; a future that is
    /// dropped after that leaves its command under way.
    pub async fn execute<A: Aggregate>(&self, id: A::Id, mut request: Request<A::Command>) -> Result<Done, Error<A::Rejection>> {
        let span = trace::follow("executor.execute", request.trace.as_deref());
        span.tell("heliograph.stream", || A::stream(&id).to_string());
        request.trace = span.traceparent().or(request.trace);
        let answer = match self.shared.hand_in::<A>(id, request) {
            Ok(answer) => match timeout(self.shared.limits.patience_with::<A>() + GRACE, answer).await {
                Ok(answer) => answer.unwrap_or_else(|_| Err(Error::Internal("deciding failed by a defect".to_owned()))),
                Err(_) => Err(Error::Unavailable("it was not decided in time".to_owned())),
            },
            Err(error) => Err(error),
        };
        let outcome = outcome(&answer);
        span.tell("heliograph.outcome", || outcome);
        metrics::counter!("heliograph_commands_total", "outcome" => outcome).increment(1);
        answer
    }

    /// Waits until no command is under way.
    pub async fn drain(&self) {
        let all = u32::try_from(self.shared.limits.in_flight).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        drop(self.shared.places.acquire_many(all).await);
    }
}

impl Shared {
    fn hand_in<A: Aggregate>(
        self: &Arc<Self>,
        id: A::Id,
        mut request: Request<A::Command>,
    ) -> Result<oneshot::Receiver<Answer<A>>, Error<A::Rejection>> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| self.overloaded())?;
        // What the installation decides about itself lets stuck read models go on: it never waits for them.
        if A::stream(&id) != Stream::System && self.is_too_far_ahead() {
            return Err(self.overloaded());
        }
        request.trace = request.trace.filter(|trace| trace.len() <= plan::TRACE_MAX);
        let payload = serde_json::to_vec(&request.payload).map_err(|error| Error::Internal(error.to_string()))?;
        let slot = self.slots.slot::<A>(id);
        let (caller, answer) = oneshot::channel();
        let waiting = Waiting {
            key: (Scope::from(&request.by), request.command),
            request,
            payload,
            digest: String::new(),
            first: None,
            since: Instant::now(),
            claim: None,
            place,
            caller,
        };
        if slot.push(waiting, self.limits.queue).map_err(|_| self.overloaded())? {
            tokio::spawn(drive(Arc::clone(self), slot));
        }
        Ok(answer)
    }

    /// Whether the read models are so far behind that remembering what they lack takes too much memory.
    fn is_too_far_ahead(&self) -> bool {
        self.ahead.accepted() >= self.limits.ahead && {
            self.ahead.prune(self.recall.checkpoint());
            self.ahead.accepted() >= self.limits.ahead
        }
    }

    fn overloaded<R>(&self) -> Error<R> {
        Error::Overloaded {
            retry_after: self.limits.retry_after,
        }
    }
}

fn outcome<R>(answer: &Result<Done, Error<R>>) -> &'static str {
    match answer {
        Ok(done) if done.repeated => "repeated",
        Ok(done) if done.facts.is_empty() => "unchanged",
        Ok(_) => "accepted",
        Err(Error::Rejected(_)) => "rejected",
        Err(Error::Reused) => "reused",
        Err(Error::Overloaded { .. }) => "overloaded",
        Err(Error::Unavailable(_) | Error::KeyLost(_)) => "unavailable",
        Err(Error::TooLarge { .. }) => "too_large",
        Err(Error::Erased(_)) => "erased",
        Err(Error::Internal(_)) => "internal",
    }
}
