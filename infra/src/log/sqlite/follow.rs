//! Following: from memory while up to date, from the table while behind.

use std::sync::Arc;
use std::time::Duration;

use domain::id::Position;
use futures::stream;
use sqlx::SqlitePool;
use tokio::sync::watch;

use super::super::{Error, Follow, Record};
use super::tail::Tail;
use super::{fault, rows};

/// Between attempts to read a table that can't be read just now.
const RETRY: Duration = Duration::from_millis(200);

struct Follower {
    tail: Arc<Tail>,
    end: watch::Receiver<i64>,
    readers: SqlitePool,
    after: i64,
    /// The log is known to go as far as `after` did at the beginning.
    begun: bool,
    failed: bool,
    over: bool,
}

pub(super) fn follow(tail: Arc<Tail>, readers: SqlitePool, after: Option<Position>) -> Follow {
    let follower = Follower {
        end: tail.watch(),
        tail,
        readers,
        after: after.map_or(0, Position::get),
        begun: false,
        failed: false,
        over: false,
    };
    Box::pin(stream::unfold(follower, |mut follower| async move {
        if follower.over {
            return None;
        }
        let next = follower.next().await;
        follower.failed = next.is_err();
        follower.over = matches!(next, Err(Error::Replaced(_) | Error::Damaged(_)));
        Some((next, follower))
    }))
}

impl Follower {
    async fn next(&mut self) -> Result<Vec<Arc<Record>>, Error> {
        if self.failed {
            tokio::time::sleep(RETRY).await;
        }
        self.wait().await?;
        let batch = match self.tail.after(self.after) {
            Some(batch) => batch,
            None => self.page().await?,
        };
        self.after = batch.last().map_or(self.after, |record| record.position.get());
        Ok(batch)
    }

    /// Until there is something behind `after`.
    async fn wait(&mut self) -> Result<(), Error> {
        loop {
            let end = *self.end.borrow_and_update();
            if end < self.after && !self.begun {
                return Err(Error::Replaced(format!(
                    "it ends at position {end}, remembered was position {}",
                    self.after
                )));
            }
            self.begun = true;
            // What was read already may be announced a moment later.
            if end > self.after {
                return Ok(());
            }
            if self.end.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    async fn page(&self) -> Result<Vec<Arc<Record>>, Error> {
        let page = rows::page(&self.readers, Position::try_from(self.after).ok()).await?;
        let dense = (self.after + 1..)
            .zip(&page)
            .all(|(position, record)| record.position.get() == position);
        if page.is_empty() || !dense {
            return Err(fault::damaged(&format!("commits behind position {} are missing", self.after)));
        }
        Ok(page.into_iter().map(Arc::new).collect())
    }
}
