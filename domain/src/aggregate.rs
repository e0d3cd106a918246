//! The one trait of everything that decides: state, `decide`, `evolve`.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::account::Wishes;
use crate::account::privacy::{Allowed, Privacy};
use crate::actor::Actor;
use crate::chat::Message;
use crate::event::Event;
use crate::id::{AccountId, MessageId};
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

/// Old messages that a chat no longer holds itself.
pub type Messages = BTreeMap<MessageId, Message>;

/// What an aggregate decides by and does not hold itself, looked up before it decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Of those it [asks](Aggregate::asks) about, those that there are.
    pub messages: Messages,
    /// What accounts that it [concerns](Aggregate::concerns) wish of the asker, and the asker of them, by who wishes and of whom. Who is absent
    /// wishes nothing. May be a second old.
    pub wishes: BTreeMap<(AccountId, AccountId), Wishes>,
}

impl Known {
    /// Whether the other lets the asker do what this part of its privacy is about, and neither has blocked the other.
    pub fn lets(&self, asker: AccountId, other: AccountId, part: impl FnOnce(&Privacy) -> Allowed) -> bool {
        let wishes = |owner, of| self.wishes.get(&(owner, of)).copied().unwrap_or_default();
        !wishes(asker, other).blocked && wishes(other, asker).allow(part)
    }
}

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

    /// The accounts beside the asker by whose wishes `decide` will go.
    fn concerns(_id: &Self::Id, _by: &Actor, _command: &Self::Command) -> Vec<AccountId> {
        Vec::new()
    }

    /// Brings looked-up messages up to date with an event newer than the look-up, which happened at `at` and was asked for `by` that account.
    fn amend(_messages: &mut Messages, _event: &Self::Event, _by: Option<AccountId>, _at: Timestamp) {}

    /// Whether `later`, in the same commit, makes `earlier` not worth recording.
    fn supersedes(_later: &Self::Event, _earlier: &Self::Event) -> bool {
        false
    }
}
