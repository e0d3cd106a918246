//! A log that fails on demand, around a real one.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::id::{LogId, Position};
use domain::stream::Stream;
use tokio::sync::Semaphore;

use crate::log::sqlite::SqliteLog;
use crate::log::{Append, AppendError, EventLog, Follow, Page, Record};

/// A log that fails on demand, around a real one.
#[derive(Debug)]
pub(in crate::executor::tests) struct Faulty {
    inner: SqliteLog,
    /// Appends that happen, but whose confirmation is lost.
    pub(in crate::executor::tests) lose: AtomicUsize,
    /// Appends that do not happen, without a word.
    pub(in crate::executor::tests) swallow: AtomicUsize,
    /// Appends that the log refuses.
    pub(in crate::executor::tests) refuse: AtomicUsize,
    /// Appends that came.
    pub(in crate::executor::tests) came: AtomicUsize,
    /// Commits of a stream that are read at a time, at most.
    pub(in crate::executor::tests) page: AtomicUsize,
    /// How many pages can be read; then no more.
    pub(in crate::executor::tests) pages: AtomicUsize,
    /// Commits that were read.
    pub(in crate::executor::tests) given: AtomicUsize,
    /// Commits that were asked for one by one.
    pub(in crate::executor::tests) looked_up: AtomicUsize,
    /// Open: appends pass. Closed: they wait.
    gate: Semaphore,
}

impl Faulty {
    pub(super) fn new(inner: SqliteLog) -> Self {
        let gate = Semaphore::new(Semaphore::MAX_PERMITS);
        let zero = AtomicUsize::default;
        Self {
            inner,
            lose: zero(),
            swallow: zero(),
            refuse: zero(),
            came: zero(),
            page: AtomicUsize::new(usize::MAX),
            pages: AtomicUsize::new(usize::MAX),
            given: zero(),
            looked_up: zero(),
            gate,
        }
    }

    pub(in crate::executor::tests) fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(in crate::executor::tests) fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS);
    }
}

pub(super) fn used(count: &AtomicUsize) -> bool {
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok()
}

#[async_trait]
impl EventLog for Faulty {
    fn id(&self) -> LogId {
        self.inner.id()
    }

    async fn append(&self, append: Append) -> Result<Position, AppendError> {
        self.came.fetch_add(1, Ordering::SeqCst);
        drop(self.gate.acquire().await);
        if used(&self.refuse) {
            return Err(AppendError::Unavailable("refused".to_owned()));
        }
        if used(&self.swallow) {
            return Err(AppendError::Unconfirmed("swallowed".to_owned()));
        }
        let outcome = self.inner.append(append).await;
        if outcome.is_ok() && used(&self.lose) {
            return Err(AppendError::Unconfirmed("lost".to_owned()));
        }
        outcome
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>> {
        self.inner.append_many(appends).await
    }

    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, crate::log::Error> {
        if !used(&self.pages) {
            return Err(crate::log::Error::Unavailable("no more pages".to_owned()));
        }
        let mut page = self.inner.page(stream, after).await?;
        let most = self.page.load(Ordering::SeqCst);
        page.more |= page.records.len() > most;
        page.records.truncate(most);
        self.given.fetch_add(page.records.len(), Ordering::SeqCst);
        Ok(page)
    }

    async fn last(&self, stream: &Stream) -> Result<Option<Position>, crate::log::Error> {
        self.inner.last(stream).await
    }

    async fn at(&self, position: Position) -> Result<Option<Record>, crate::log::Error> {
        self.looked_up.fetch_add(1, Ordering::SeqCst);
        self.inner.at(position).await
    }

    async fn end(&self) -> Result<Option<Position>, crate::log::Error> {
        self.inner.end().await
    }

    fn follow(&self, after: Option<Position>) -> Follow {
        self.inner.follow(after)
    }
}
