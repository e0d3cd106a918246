//! The newest commits in memory, so that live followers need no reads, and a hint that there are more.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::Position;
use domain::stream::Stream;
use tokio::sync::watch;

use super::super::Record;
use super::last::Lasts;

const KEPT_BYTES: usize = 16 * 1024 * 1024;
/// What a record takes beside its body, roughly.
const RECORD_BYTES: usize = 160;
/// The most records handed out at once.
const BATCH: usize = 2_000;

/// What the writer has confirmed lately: moved on before any append is answered.
#[derive(Debug)]
pub(super) struct Tail {
    recent: Mutex<Recent>,
    end: watch::Sender<i64>,
}

#[derive(Debug, Default)]
struct Recent {
    /// Dense, up to the end.
    records: VecDeque<Arc<Record>>,
    bytes: usize,
    lasts: Lasts,
}

impl Tail {
    pub(super) fn new(end: i64) -> Self {
        Self {
            recent: Mutex::default(),
            end: watch::Sender::new(end),
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was just written.
    pub(super) fn push(&self, records: Vec<Record>) {
        let Some(end) = records.last().map(|record| record.position.get()) else {
            return;
        };
        let records: Vec<Arc<Record>> = records.into_iter().map(Arc::new).collect();
        let mut guard = self.recent();
        let recent = &mut *guard;
        for record in records {
            recent.bytes += record.body.len() + RECORD_BYTES;
            recent.lasts.set(&record.stream, record.position.get());
            recent.records.push_back(record);
        }
        while recent.bytes > KEPT_BYTES
            && let Some(dropped) = recent.records.pop_front()
        {
            recent.bytes -= dropped.body.len() + RECORD_BYTES;
        }
        self.end.send_replace(end);
    }

    /// Forgets everything but the end: what is in the file is to be looked up again.
    pub(super) fn reset(&self, end: i64) {
        let mut recent = self.recent();
        recent.records.clear();
        recent.bytes = 0;
        recent.lasts.clear();
        drop(recent);
        self.end.send_replace(end);
    }

    /// Remembers where streams end that were looked up.
    pub(super) fn learn(&self, lasts: &[(Stream, i64)]) {
        let mut recent = self.recent();
        for (stream, last) in lasts {
            recent.lasts.set(stream, *last);
        }
    }

    /// Where each stream ends; `None`: not remembered, 0: it is empty.
    pub(super) fn lasts<'a>(&self, streams: impl Iterator<Item = &'a Stream>) -> Vec<Option<i64>> {
        let recent = self.recent();
        streams.map(|stream| recent.lasts.get(stream)).collect()
    }

    /// Where a stream ends, if that is remembered; 0: it is empty.
    pub(super) fn last(&self, stream: &Stream) -> Option<i64> {
        self.recent().lasts.get(stream)
    }

    /// The records behind `after`, `None` when they have to be read from the table.
    pub(super) fn after(&self, after: i64) -> Option<Vec<Arc<Record>>> {
        let recent = self.recent();
        let first = recent.records.front()?.position.get();
        let skipped = usize::try_from(after + 1 - first).ok()?;
        let records: Vec<_> = recent.records.iter().skip(skipped).take(BATCH).cloned().collect();
        (!records.is_empty()).then_some(records)
    }

    /// The last position.
    pub(super) fn end(&self) -> Option<Position> {
        Position::try_from(*self.end.borrow()).ok()
    }

    /// Wakes whenever the end moves.
    pub(super) fn watch(&self) -> watch::Receiver<i64> {
        self.end.subscribe()
    }
}
