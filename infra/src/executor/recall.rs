//! What the executor asks of the read models; they implement it.

use std::fmt::Debug;

use async_trait::async_trait;
use domain::account::Wishes;
use domain::aggregate::Messages;
use domain::id::{AccountId, ChatId, CommandId, MessageId, Position};
use domain::stream::Stream;

use crate::log::Mark;

/// What the read models remember for deciding.
#[async_trait]
pub trait Recall: Send + Sync + Debug {
    /// All hot lanes include everything up to here. It falls only when their database has become an older copy of itself.
    fn checkpoint(&self) -> Option<Position>;

    /// The accepted commands with these ids ([`domain::actor::Actor::scope`], command), in the order
    /// of the ids; at least 24 hours of them. An error unless what is asked includes everything up to `included`.
    async fn accepted(&self, included: Option<Position>, ids: &[(String, CommandId)]) -> Result<Vec<Option<Accepted>>, RecallError>;

    /// Messages of a chat; those that never were are absent. An error unless what is asked includes everything up to `included`.
    async fn messages(&self, included: Option<Position>, chat: ChatId, ids: &[MessageId]) -> Result<Messages, RecallError>;

    /// What the first of each pair wishes of the second, in their order. An error unless what is asked includes everything up to `included`.
    async fn wishes(&self, included: Option<Position>, pairs: &[(AccountId, AccountId)]) -> Result<Vec<Wishes>, RecallError>;

    /// The last snapshot of a stream's aggregate.
    async fn snapshot(&self, stream: &Stream) -> Result<Option<Snapshot>, RecallError>;

    /// Keeps snapshots, each in the place of its stream's former one.
    async fn save_snapshots(&self, snapshots: Vec<(Stream, Snapshot)>) -> Result<(), RecallError>;
}

/// A command that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Of its commit.
    pub position: Position,
    /// Of its payload, as in its facts.
    pub digest: String,
}

/// An aggregate's state as of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last commit it includes.
    pub mark: Mark,
    /// [`domain::aggregate::Aggregate::STATE_VERSION`] of the program that made it.
    pub version: u32,
    /// JSON, as the executor made it; sealed parts closed.
    pub state: String,
}

/// The read models can't answer just now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the read models are unavailable: {0}")]
pub struct RecallError(pub String);
