//! An event as recorded.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::Event;
use crate::id::{CommandId, Position};
use crate::stream::Stream;
use crate::time::Timestamp;

/// Where a fact stands in the log: its commit's position and its index within the commit (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactRef {
    /// Of the commit.
    pub position: Position,
    /// Within the commit, from 0.
    pub index: u32,
}

/// An event as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Where it stands in the log.
    pub at: FactRef,
    /// Whose stream it is in.
    pub stream: Stream,
    /// When its commit was made; never before the stream's last.
    pub recorded_at: Timestamp,
    /// When it happened, if that was earlier: only an import says so.
    pub sent_at: Option<Timestamp>,
    /// Who asked for it.
    pub by: Actor,
    /// The command it answers.
    pub command: CommandId,
    /// A keyed digest of that command's payload: 32 hex digits.
    pub digest: String,
    /// What happened.
    pub event: Event,
}

impl Fact {
    /// When it happened, as people see it.
    pub fn happened_at(&self) -> Timestamp {
        self.sent_at.unwrap_or(self.recorded_at)
    }
}
