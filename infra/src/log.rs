//! The event log: one trait, two implementations ([`sqlite`], [`jetstream`]), one conformance suite.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::id::{CommitId, LogId, Position};
use domain::stream::Stream;
use futures::Stream as AsyncStream;

pub mod floor;
pub mod jetstream;
pub mod sqlite;

/// The most bytes one commit may take in the log: 512 KiB, sealed and encoded.
pub const COMMIT_MAX_BYTES: usize = 512 * 1024;

/// A commit to append.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose events these are.
    pub stream: Stream,
    /// The position of the stream's last commit, as the writer knows it; `None`: the stream is empty.
    pub expected: Option<Position>,
    /// Made by the writer, new for each attempt to decide; the same for a repeated append.
    pub id: CommitId,
    /// The encoded commit, at most [`COMMIT_MAX_BYTES`].
    pub body: Bytes,
}

impl Append {
    /// Refuses what no log takes, before anything is sent.
    fn check(&self) -> Result<(), AppendError> {
        let size = self.body.len();
        if size > COMMIT_MAX_BYTES {
            Err(AppendError::TooLarge { size })
        } else {
            Ok(())
        }
    }
}

/// A commit as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub position: Position,
    /// Whose events these are.
    pub stream: Stream,
    /// As it was appended.
    pub id: CommitId,
    /// As it was appended.
    pub body: Bytes,
}

/// A part of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its commits, in order.
    pub records: Vec<Record>,
    /// Whether there may be more behind them; then it is not empty.
    pub more: bool,
}

/// A remembered place in a log: the commit that was there. Whoever remembers a position remembers this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The log.
    pub log: LogId,
    /// The place.
    pub position: Position,
    /// The commit at that place.
    pub commit: CommitId,
}

/// Why an append did not happen, or may not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote first: load again and decide again.
    #[error("the stream has moved on to {last:?}")]
    Conflict {
        /// The stream's last commit now.
        last: Option<Position>,
    },
    /// Over [`COMMIT_MAX_BYTES`].
    #[error("the commit takes {size} bytes, at most {COMMIT_MAX_BYTES} are allowed")]
    TooLarge {
        /// Its bytes.
        size: usize,
    },
    /// The log can't be reached or can't write; nothing was appended.
    #[error("the log is unavailable: {0}")]
    Unavailable(String),
    /// No answer in time: it may or may not have been appended. The same append may be sent again.
    #[error("the log did not confirm the append: {0}")]
    Unconfirmed(String),
}

/// Why a log can't be read or opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It can't be reached just now.
    #[error("the log is unavailable: {0}")]
    Unavailable(String),
    /// Its server does not let us in, or is not one that a log can be on: somebody has to change that.
    #[error("the log's server can't be used: {0}")]
    Unfit(String),
    /// It holds something that no log of ours holds.
    #[error("the log is damaged: {0}")]
    Damaged(String),
    /// A remembered commit is not in it: its tail was lost, or it is another log.
    #[error("the log is not the one remembered: {0}")]
    Replaced(String),
}

/// Commits as they come, in batches, in order.
pub type Follow = Pin<Box<dyn AsyncStream<Item = Result<Vec<Arc<Record>>, Error>> + Send>>;

/// An append-only log of commits, with optimistic concurrency per stream. Positions only rise;
/// within a stream they are in the order of its appends.
#[async_trait]
pub trait EventLog: Send + Sync + std::fmt::Debug {
    /// Which log this is; made when the log was created.
    fn id(&self) -> LogId;

    /// Appends atomically: the whole commit or nothing. `Ok` means as durable as the log is
    /// configured to be. Appending the same id again after `Unconfirmed` gives the first position.
    async fn append(&self, append: Append) -> Result<Position, AppendError>;

    /// Appends several commits of different streams, each on its own; the answers stand in the order
    /// of the questions.
    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>>;

    /// A stream's first commits behind `after`, in order, as many as are read at a time.
    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, Error>;

    /// A stream's commits behind `after`, all of them, in order.
    async fn read(&self, stream: &Stream, after: Option<Position>) -> Result<Vec<Record>, Error> {
        let Page { mut records, mut more } = self.page(stream, after).await?;
        while more {
            let next = self.page(stream, records.last().map(|record| record.position)).await?;
            records.extend(next.records);
            more = next.more;
        }
        Ok(records)
    }

    /// The position of a stream's last commit, not older than any append confirmed before the call
    /// (by whatever process).
    async fn last(&self, stream: &Stream) -> Result<Option<Position>, Error>;

    /// The commit at a position, `None` where there is none.
    async fn at(&self, position: Position) -> Result<Option<Record>, Error>;

    /// The last position of the log, `None` while it is empty.
    async fn end(&self) -> Result<Option<Position>, Error>;

    /// All commits behind `after`, then each new one as it comes; never ends by itself. Outlives the
    /// loss of the connection; on every reconnect it checks that what it last gave is still there.
    /// An `Err(Replaced)`, `Err(Damaged)` or `Err(Unfit)` is the last item.
    fn follow(&self, after: Option<Position>) -> Follow;
}

/// The id of a log that is being created, and of what a measurement writes.
#[expect(
    clippy::disallowed_methods,
    reason = "no test needs to know a log's id beforehand, and nothing is decided by it"
)]
fn new_id() -> LogId {
    LogId(uuid::Uuid::new_v4())
}

/// Checks that a remembered commit is in the log.
pub async fn verify(log: &dyn EventLog, mark: &Mark) -> Result<(), Error> {
    if log.id() != mark.log {
        return Err(Error::Replaced(format!("it is log {}, remembered was log {}", log.id(), mark.log)));
    }
    match log.at(mark.position).await? {
        Some(record) if record.id == mark.commit => Ok(()),
        Some(record) => Err(Error::Replaced(format!(
            "at position {} stands commit {}, remembered was {}",
            mark.position, record.id, mark.commit
        ))),
        None => Err(Error::Replaced(format!(
            "there is no commit at position {}, remembered was {}",
            mark.position, mark.commit
        ))),
    }
}
