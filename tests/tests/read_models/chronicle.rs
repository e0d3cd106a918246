//! Facts for projections, without a log: recorded one after the other, as an executor would.

use std::sync::Arc;

use domain::actor::Actor;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, CommandId, DeviceId, Position};
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use domain::time::Timestamp;
use uuid::Uuid;

/// What happened, in order, and when the next thing will happen.
#[derive(Debug, Clone)]
pub(crate) struct Chronicle {
    /// What has happened.
    pub(crate) facts: Vec<Arc<Fact>>,
    /// When the next commit is recorded; each takes a millisecond.
    pub(crate) now: Timestamp,
}

impl Default for Chronicle {
    fn default() -> Self {
        Self {
            facts: Vec::new(),
            now: Timestamp(1_700_000_000_000_000),
        }
    }
}

impl Chronicle {
    /// Records an event as a commit of its own, by an account's first device and a command of its own.
    pub(crate) fn record(&mut self, stream: Stream, by: AccountId, event: impl Into<Event>) -> Arc<Fact> {
        self.now = Timestamp(self.now.0 + 1000);
        let position = self.facts.last().map_or(1, |last| last.at.position.get() + 1);
        let position = Position::try_from(position).expect("positions count");
        self.push(FactRef { position, index: 0 }, stream, by, event.into())
    }

    /// Records an event in the last commit; it must be the same stream's.
    pub(crate) fn also(&mut self, by: AccountId, event: impl Into<Event>) -> Arc<Fact> {
        let last = self.facts.last().expect("a commit to share");
        let (at, stream) = (last.at, last.stream.clone());
        let at = FactRef { index: at.index + 1, ..at };
        self.push(at, stream, by, event.into())
    }

    fn push(&mut self, at: FactRef, stream: Stream, by: AccountId, event: Event) -> Arc<Fact> {
        let number = u64::try_from(self.facts.len()).expect("a few");
        let fact = Arc::new(Fact {
            at,
            stream,
            recorded_at: self.now,
            sent_at: None,
            by: Actor::Device(by, DeviceId::MIN),
            command: CommandId(Uuid::from_u64_pair(0x7000, 0x8000_0000_0000_0000 | number)),
            digest: format!("{number:032x}"),
            event,
        });
        self.facts.push(Arc::clone(&fact));
        fact
    }
}

/// A sealed part as it is stored, with a legible "ciphertext".
pub(crate) fn sealed<T>(of: AccountId, says: &str) -> Sealed<T> {
    Sealed::Closed(closed(of, says))
}

/// The same, as read models give it.
pub(crate) fn closed(of: AccountId, says: &str) -> Closed {
    Closed {
        of,
        cipher: says.to_owned(),
    }
}

/// An account's id.
pub(crate) fn account(id: i64) -> AccountId {
    AccountId::try_from(id).expect("an account's id")
}
