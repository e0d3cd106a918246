//! Whom which messages mention.
//!
//! Unread mentions are counted on reading: what is behind the read mark.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::chat::Event;
use domain::id::{AccountId, ChatId, MessageId};
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkDelete, Writes};

use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Mentions;

const MENTIONED: Bulk = Bulk {
    table: "mentions",
    columns: &[("account", Int), ("chat", Text), ("message", Int)],
    conflict: "on conflict (account, chat, message) do nothing",
};

const GONE: BulkDelete = BulkDelete {
    table: "mentions",
    keys: &[("chat", Text), ("message", Int)],
};

/// What a batch does to mentions: whom each message mentions from now on, and whether it may have mentioned others before.
#[derive(Default)]
pub(crate) struct Changes(BTreeMap<(ChatId, MessageId), (bool, Vec<AccountId>)>);

#[async_trait]
impl Projection for Mentions {
    fn name(&self) -> &'static str {
        "mentions"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (_, chat, event) in share::chat_events(*lane, batch) {
            changes.take(chat, event);
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    /// Takes in what an event does.
    pub(crate) fn take(&mut self, chat: ChatId, event: &Event) {
        match event {
            Event::MessageSent(sent) => drop(self.0.insert((chat, sent.message), (false, sent.mentions.clone()))),
            Event::MessageEdited(edited) => self.again((chat, edited.message), &edited.mentions),
            Event::MessagesDeleted(deleted) => deleted.messages.iter().for_each(|message| self.again((chat, *message), &[])),
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberAdded(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::ReactionChanged(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_)
            | Event::Described(_)
            | Event::PermissionsChanged(_)
            | Event::SlowModeChanged(_)
            | Event::ProtectionChanged(_)
            | Event::MemberRestricted(_)
            | Event::MemberBanned(_)
            | Event::MemberUnbanned(_)
            | Event::LinkMade(_)
            | Event::LinkChanged(_)
            | Event::LinkRevoked(_)
            | Event::JoinRequested(_)
            | Event::JoinDeclined(_) => {}
        }
    }

    fn again(&mut self, key: (ChatId, MessageId), accounts: &[AccountId]) {
        let (_, mentioned) = self.0.entry(key).or_insert((true, Vec::new()));
        accounts.clone_into(mentioned);
    }

    /// The messages of one chat that mention an account, ascending: all there are, where no fact came before.
    pub(crate) fn of(&self, account: AccountId) -> impl Iterator<Item = MessageId> {
        let mentions = self.0.iter().filter(move |(_, (_, accounts))| accounts.contains(&account));
        mentions.map(|((_, message), _)| *message)
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let before = self.0.iter().filter(|(_, (before, _))| *before).map(|(key, _)| *key);
        GONE.delete(writes, &before.collect::<Vec<_>>()).await?;
        let each = self.0.into_iter().flat_map(|((chat, message), (_, accounts))| {
            let mentioned = accounts.into_iter();
            mentioned.map(move |account| (account, chat, message))
        });
        MENTIONED.insert(writes, &each.collect::<Vec<_>>()).await
    }
}
