//! The embedded log: one SQLite file, one writer that groups what waits into one transaction.
//!
//! Acknowledged means on disk (`synchronous = FULL`). Positions are dense: 1, 2, 3 …

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use domain::id::{LogId, Position};
use domain::stream::Stream;
use sqlx::SqlitePool;

use self::tail::Tail;
use self::writer::Writer;
use super::{Append, AppendError, Error, EventLog, Follow, Page, Record};
use crate::wal::Checkpoints;

mod batch;
mod fault;
mod follow;
mod last;
mod rows;
mod schema;
mod still;
mod tail;
mod writer;

pub use still::StillLog;

/// The log in a file. Whoever opens it for writing holds the data folder's lock: there is one at a time.
#[derive(Debug)]
pub struct SqliteLog {
    id: LogId,
    writer: Writer,
    tail: Arc<Tail>,
    readers: SqlitePool,
    checkpoints: Checkpoints,
}

impl SqliteLog {
    /// Opens the log in `path`, made when missing. A damaged one is refused with the repair in words.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let (id, end, connection) = schema::open(path).await?;
        let readers = schema::readers(path).await?;
        let tail = Arc::new(Tail::new(end));
        let writer = Writer::start(connection, schema::writing(path), Arc::clone(&tail), end);
        let checkpoints = Checkpoints::start(path);
        Ok(Self {
            id,
            writer,
            tail,
            readers,
            checkpoints,
        })
    }

    /// Lets what was handed over be written, then closes the file. Later appends are `Unavailable`.
    pub async fn close(&self) {
        self.checkpoints.stop().await;
        self.readers.close().await;
        // Last, so that it can fold the write-ahead log into the file.
        self.writer.close().await;
    }
}

#[async_trait]
impl EventLog for SqliteLog {
    fn id(&self) -> LogId {
        self.id
    }

    async fn append(&self, append: Append) -> Result<Position, AppendError> {
        append.check()?;
        self.writer.append(append).await?.outcome().await
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>> {
        let mut pending = Vec::with_capacity(appends.len());
        for append in appends {
            pending.push(match append.check() {
                Ok(()) => self.writer.append(append).await,
                Err(error) => Err(error),
            });
        }
        let mut outcomes = Vec::with_capacity(pending.len());
        for one in pending {
            outcomes.push(match one {
                Ok(pending) => pending.outcome().await,
                Err(error) => Err(error),
            });
        }
        outcomes
    }

    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, Error> {
        rows::page_of_stream(&self.readers, stream, after).await
    }

    async fn last(&self, stream: &Stream) -> Result<Option<Position>, Error> {
        match self.tail.last(stream) {
            Some(last) => Ok(Position::try_from(last).ok()),
            None => rows::last(&self.readers, stream).await,
        }
    }

    async fn at(&self, position: Position) -> Result<Option<Record>, Error> {
        rows::at(&self.readers, position).await
    }

    async fn end(&self) -> Result<Option<Position>, Error> {
        Ok(self.tail.end())
    }

    fn follow(&self, after: Option<Position>) -> Follow {
        follow::follow(Arc::clone(&self.tail), self.readers.clone(), after)
    }
}
