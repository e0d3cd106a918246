//! The sequences of chats that many follow: what happens in one is numbered 1, 2, 3 … without a gap, once for all who follow it.
//!
//! Every channel has one, and a group from `chat.sequence_begun` on. A fact that everybody who follows should see costs a place in a row,
//! however many follow; what is about somebody goes to that account's devices ([`crate::updates`]). Facts are kept, and rendered, as those
//! that devices are told.

mod numbering;
mod read;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::chat;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::ChatId;
use domain::interactions;
use domain::stream::Stream;
use infra::db::{Engine, Writes};
use sqlx::AnyConnection;

use crate::feed::{Feed, Told};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use numbering::{Heads, Numbers};

pub use read::{follows, has_own, head, heads, read};

/// Keyed by chat.
#[derive(Debug)]
pub struct Sequences {
    feed: Feed,
    heads: Heads,
    told: Option<Told>,
}

impl Sequences {
    /// Delivers what it has committed to who follows by `feed`.
    pub fn new(feed: Feed) -> Self {
        Self {
            feed,
            heads: Heads::new(),
            told: None,
        }
    }
}

#[async_trait]
impl Projection for Sequences {
    fn name(&self) -> &'static str {
        "sequences"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        self.heads.load(lane, writes.engine, batch, writes.as_before()).await?;
        let numbers = Numbers::give(*lane, batch, &mut self.heads)?;
        numbers.write(writes).await?;
        self.told = Some(numbers.told);
        Ok(())
    }

    fn forget(&mut self) {
        self.heads.forget();
        self.told = None;
    }

    fn committed(&mut self) {
        if let Some(told) = self.told.take() {
            self.feed.publish(&told);
        }
    }

    async fn applied_elsewhere(
        &mut self,
        lane: &Lane,
        _engine: Engine,
        batch: &Batch,
        connection: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        self.heads.forget();
        let concerned: BTreeSet<ChatId> = batch.facts.iter().filter_map(|fact| chat_of(fact)).collect();
        let concerned = concerned.into_iter().filter(|chat| lane.owns_chat(*chat));
        for chat in self.feed.followed(concerned) {
            self.feed.publish(&numbering::found(chat, batch, connection).await?);
        }
        Ok(())
    }
}

/// The chat in whose own sequence a fact has a number, if the chat has one by then. For ever: another answer would change old numbers.
pub(crate) fn chat_of(fact: &Fact) -> Option<ChatId> {
    match (&fact.stream, &fact.event) {
        (Stream::Chat(chat), Event::Chat(event)) => is_for_followers(*chat, event).then_some(*chat),
        (Stream::Interactions(chat), Event::Interactions(event)) => match event {
            interactions::Event::Counted(_) => Some(*chat),
            // Told by the next count.
            interactions::Event::ReactionChanged(_) => None,
        },
        (
            _,
            Event::Chat(_)
            | Event::Account(_)
            | Event::SignIn(_)
            | Event::Inbox(_)
            | Event::Name(_)
            | Event::Interactions(_)
            | Event::System(_),
        ) => None,
    }
}

/// Whether everybody who follows a chat should see it. A group's members see each other; who runs a channel is not told.
pub fn is_for_followers(chat: ChatId, event: &chat::Event) -> bool {
    let is_group = match chat {
        ChatId::Group(_) => true,
        ChatId::Channel(_) => false,
        ChatId::Direct(..) => return false,
    };
    match event {
        chat::Event::Renamed(_)
        | chat::Event::Described(_)
        | chat::Event::ProtectionChanged(_)
        | chat::Event::MessagePinned(_)
        | chat::Event::MessagesUnpinned(_)
        | chat::Event::MessageSent(_)
        | chat::Event::MessageEdited(_)
        | chat::Event::MessagesDeleted(_)
        | chat::Event::UsernameChanged(_) => true,
        chat::Event::MemberAdded(_)
        | chat::Event::MemberRemoved(_)
        | chat::Event::MemberLeft(_)
        | chat::Event::RoleChanged(_)
        | chat::Event::PermissionsChanged(_)
        | chat::Event::SlowModeChanged(_)
        | chat::Event::ReactionChanged(_) => is_group,
        // Who leads the chat is told of these, and whom they are about.
        chat::Event::MemberRestricted(_)
        | chat::Event::MemberBanned(_)
        | chat::Event::MemberUnbanned(_)
        | chat::Event::LinkMade(_)
        | chat::Event::LinkChanged(_)
        | chat::Event::LinkRevoked(_)
        | chat::Event::JoinRequested(_)
        | chat::Event::JoinDeclined(_)
        | chat::Event::Created(_)
        | chat::Event::SequenceBegun(_)
        | chat::Event::UsernameRequested(_)
        | chat::Event::UsernameRefused(_) => false,
    }
}
