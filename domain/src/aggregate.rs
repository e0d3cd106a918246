//! The one trait of everything that decides: state, `decide`, `evolve`.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::actor::Actor;
use crate::chat::Message;
use crate::event::Event;
use crate::id::MessageId;
use crate::stream::Stream;
use crate::time::Timestamp;

/// What surrounds a command: who asks, and when.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who asks.
    pub by: Actor,
    /// When it is decided; never before the stream's last commit.
    pub at: Timestamp,
}

/// Facts about old messages that a chat no longer holds itself, looked up before it decides.
pub type Known = BTreeMap<MessageId, Message>;

/// A consistency boundary: commands are decided on its state alone, and its events are one stream.
pub trait Aggregate: Debug + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Names one of them.
    type Id: Clone + Debug + Send + Sync + 'static;
    /// What somebody wants.
    type Command: Debug + Clone + Serialize + Send + Sync + 'static;
    /// What happened.
    type Event: Debug + Clone + Into<Event> + Send + Sync + 'static;
    /// Why not.
    type Rejection: std::error::Error + Clone + Send + Sync + 'static;

    /// The shortest time between two commits of one stream, in microseconds; commands in between
    /// queue and share the next commit. 0 for no wait.
    const PACE_MICROS: u64 = 0;

    /// Of the state's serialised shape: rises when that changes, and a snapshot of another version is not used.
    const STATE_VERSION: u32 = 1;

    /// The state before the first event.
    fn new(id: Self::Id) -> Self;

    /// The stream of the aggregate with this id.
    fn stream(id: &Self::Id) -> Stream;

    /// This aggregate's share of all events; `None` for another aggregate's.
    fn own(event: &Event) -> Option<&Self::Event>;

    /// Answers a command with what happens, or says why it does not. No events: nothing needs to change.
    fn decide(&self, context: &Context, command: &Self::Command, known: &Known) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Takes in an event that happened. Holds no rules and cannot fail.
    fn evolve(&mut self, event: &Self::Event);

    /// About how many bytes it takes in memory; told without counting them one by one.
    fn size(&self) -> usize {
        size_of::<Self>()
    }

    /// The old messages that `decide` will ask `known` about.
    fn asks(_command: &Self::Command) -> Vec<MessageId> {
        Vec::new()
    }

    /// Brings looked-up facts up to date with an event newer than the look-up, which happened at `at`.
    fn amend(_known: &mut Known, _event: &Self::Event, _at: Timestamp) {}

    /// Whether `later`, in the same commit, makes `earlier` not worth recording.
    fn supersedes(_later: &Self::Event, _earlier: &Self::Event) -> bool {
        false
    }
}
