//! A made-up past: valid events of accounts, groups and direct chats, drawn from a seed and written to a log.

pub mod people;
mod world;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::actor::Actor;
use domain::event::Event;
use domain::id::{CommandId, CommitId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::commit::{Commit, Entry, VERSION};
use infra::log::{Append, EventLog};
use uuid::Uuid;

pub use world::World;

/// Writes commits to a log, and knows where each stream stands.
#[derive(Debug)]
pub struct Scribe {
    log: Arc<dyn EventLog>,
    last: HashMap<Stream, Position>,
    written: u64,
}

impl Scribe {
    /// For a log that nobody has written to.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self {
            log,
            last: HashMap::new(),
            written: 0,
        }
    }

    /// Appends a commit; its events answer one command each.
    pub async fn write(&mut self, stream: Stream, by: &Actor, events: &[Event]) -> Position {
        let n = self.written;
        let digest = format!("{n:032x}");
        let facts = (0u64..).zip(events).map(|(index, event)| Entry {
            by,
            command: CommandId(Uuid::from_u64_pair(n + 1, index)),
            digest: &digest,
            sent_at: None,
            event,
        });
        let commit = Commit {
            v: VERSION,
            id: CommitId(Uuid::from_u64_pair(7, n)),
            at: Timestamp(1_700_000_000_000_000 + i64::try_from(n).expect("small") * 1_000_000),
            trace: None,
            facts: facts.collect(),
        };
        let body = commit.encode().expect("closed events");
        self.write_body(stream, body).await
    }

    /// Appends a commit whose body is whatever is given.
    pub async fn write_body(&mut self, stream: Stream, body: Bytes) -> Position {
        let append = Append {
            expected: self.last.get(&stream).copied(),
            stream: stream.clone(),
            id: CommitId(Uuid::from_u64_pair(7, self.written)),
            body,
        };
        let position = self.log.append(append).await.expect("nobody else writes");
        self.last.insert(stream, position);
        self.written += 1;
        position
    }
}
