//! Decides commands: loads the aggregate, decides, seals, appends, and answers with the facts.
//!
//! Commands for one aggregate queue up and share a commit; the log's conflict check makes it right
//! whoever else writes. A caller that gives up takes nothing with it: each stream's queue is driven
//! by a task of its own.

mod limits;
mod recall;

use std::sync::Arc;
use std::time::Duration;

use domain::actor::Actor;
use domain::aggregate::Aggregate;
use domain::fact::Fact;
use domain::id::{AccountId, CommandId, Position};
use domain::time::Timestamp;

use crate::clock::Clock;
use crate::log::EventLog;
use crate::seal::Keys;

pub use limits::Limits;
pub use recall::{Accepted, Recall, RecallError, Snapshot};

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
    /// The command's id was used for another command.
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
}

impl Executor {
    /// An executor; starts tasks on the current tokio runtime.
    pub fn new(log: Arc<dyn EventLog>, keys: Keys, recall: Arc<dyn Recall>, clock: Clock, limits: Limits) -> Self {
        let shared = Arc::new(Shared {
            log,
            keys,
            recall,
            clock,
            limits,
        });
        Self { shared }
    }

    /// Executes a command: the answer comes when its events are in the log, or when it is certain that there are none.
    /// Commands for one aggregate are decided in the order in which their futures were first polled.
    pub async fn execute<A: Aggregate>(&self, id: A::Id, request: Request<A::Command>) -> Result<Done, Error<A::Rejection>> {
        let _ = (&self.shared, id, request);
        Err(Error::Internal("not built yet".to_owned()))
    }
}
