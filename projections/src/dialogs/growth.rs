//! How dialogs grow: memberships and read marks, whose order within a batch does not matter but for the last membership.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::chat::event::MemberAdded;
use domain::chat::{self, Role};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId};
use domain::inbox;
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, Writes};

use super::Standing;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by account: the account lanes' own copy of membership.
#[derive(Debug, Default)]
pub struct Dialogs;

const COLUMNS: &[(&str, infra::db::Column)] = &[
    ("account", Int),
    ("chat", Text),
    ("member", Int),
    ("joined_at", Int),
    ("read_up_to", Int),
];

/// Who joined or went.
const MEMBERSHIPS: Bulk = Bulk {
    table: "dialogs",
    columns: COLUMNS,
    conflict: "on conflict (account, chat) do update set member = excluded.member, joined_at = coalesce(excluded.joined_at, dialogs.joined_at), \
               read_up_to = case when excluded.read_up_to > dialogs.read_up_to then excluded.read_up_to else dialogs.read_up_to end",
};

/// Who read or wrote; membership stays as it was.
const MARKS: Bulk = Bulk {
    table: "dialogs",
    columns: COLUMNS,
    conflict: "on conflict (account, chat) do update set read_up_to = excluded.read_up_to where excluded.read_up_to > dialogs.read_up_to",
};

/// What a batch does to a dialog.
#[derive(Default)]
struct Change {
    /// Whether the account is a member now, if that changed.
    member: Option<bool>,
    joined_at: Option<Timestamp>,
    read_up_to: Option<MessageId>,
}

/// What a batch does to the lane's dialogs.
pub(crate) struct Changes<'a> {
    lane: &'a Lane,
    dialogs: BTreeMap<(AccountId, ChatId), Change>,
}

#[async_trait]
impl Projection for Dialogs {
    fn name(&self) -> &'static str {
        "dialogs"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes {
            lane,
            dialogs: BTreeMap::new(),
        };
        for fact in &batch.facts {
            changes.take(fact);
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes<'_> {
    /// None yet, of all lanes.
    pub(crate) fn of_all() -> Self {
        Self {
            lane: &Lane::WHOLE,
            dialogs: BTreeMap::new(),
        }
    }

    /// What the account is to the chat then, where no fact came before.
    pub(crate) fn standing(&self, account: AccountId, chat: ChatId) -> Option<Standing> {
        self.dialogs.get(&(account, chat)).map(|change| Standing {
            member: change.member == Some(true),
            joined_at: change.joined_at,
            read_up_to: change.read_up_to,
        })
    }

    /// Takes in what a fact does.
    pub(crate) fn take(&mut self, fact: &Fact) {
        match (&fact.event, share::chat(fact), share::inbox(fact)) {
            (Event::Chat(event), Some(chat), _) => self.chat(fact, chat, event),
            (Event::Inbox(event), _, Some(account)) => self.inbox(fact, account, event),
            (
                Event::Chat(_)
                | Event::Account(_)
                | Event::Inbox(_)
                | Event::SignIn(_)
                | Event::Name(_)
                | Event::Interactions(_)
                | Event::System(_),
                _,
                _,
            ) => {}
        }
    }

    fn inbox(&mut self, fact: &Fact, account: AccountId, event: &inbox::Event) {
        match event {
            inbox::Event::Read(read) => self.read(account, read.chat, read.up_to),
            inbox::Event::Subscribed(subscribed) => self.follows(account, subscribed.chat, Some(fact.happened_at()), subscribed.after),
            inbox::Event::Unsubscribed(unsubscribed) => self.gone(account, unsubscribed.chat),
        }
    }

    fn chat(&mut self, fact: &Fact, chat: ChatId, event: &chat::Event) {
        match event {
            chat::Event::Created(created) => created.members.iter().for_each(|member| self.joined(fact, chat, member)),
            chat::Event::MemberAdded(added) => self.joined(fact, chat, added),
            chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => self.gone(gone.account, chat),
            chat::Event::MessageSent(sent) => self.read(sent.from, chat, sent.message),
            // Who runs a channel follows it.
            chat::Event::RoleChanged(changed) => match (chat, &changed.role) {
                (ChatId::Channel(_), Role::Owner | Role::Admin(_)) => self.follows(changed.account, chat, None, None),
                (ChatId::Channel(_), Role::Member) | (ChatId::Direct(..) | ChatId::Group(_), _) => {}
            },
            chat::Event::Renamed(_) | chat::Event::MessageEdited(_) | chat::Event::MessagesDeleted(_) => {}
            chat::Event::SequenceBegun(_)
            | chat::Event::UsernameRequested(_)
            | chat::Event::UsernameChanged(_)
            | chat::Event::UsernameRefused(_) => {}
        }
    }

    fn joined(&mut self, fact: &Fact, chat: ChatId, member: &MemberAdded) {
        self.follows(member.account, chat, Some(fact.happened_at()), member.after);
    }

    fn follows(&mut self, account: AccountId, chat: ChatId, joined_at: Option<Timestamp>, after: Option<MessageId>) {
        if let Some(change) = self.own(account, chat) {
            change.member = Some(true);
            change.joined_at = joined_at.or(change.joined_at);
            change.read_up_to = change.read_up_to.max(after);
        }
    }

    fn gone(&mut self, account: AccountId, chat: ChatId) {
        if let Some(change) = self.own(account, chat) {
            change.member = Some(false);
        }
    }

    fn read(&mut self, account: AccountId, chat: ChatId, up_to: MessageId) {
        if let Some(change) = self.own(account, chat) {
            change.read_up_to = change.read_up_to.max(Some(up_to));
        }
    }

    fn own(&mut self, account: AccountId, chat: ChatId) -> Option<&mut Change> {
        self.lane
            .owns_account(account)
            .then(|| self.dialogs.entry((account, chat)).or_default())
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let (memberships, marks): (Vec<_>, Vec<_>) = self.dialogs.into_iter().partition(|(_, change)| change.member.is_some());
        let row = |((account, chat), change): ((AccountId, ChatId), Change)| {
            let read_up_to = change.read_up_to.map_or(0, MessageId::get);
            (account, chat, i64::from(change.member == Some(true)), change.joined_at, read_up_to)
        };
        let memberships: Vec<_> = memberships.into_iter().map(row).collect();
        MEMBERSHIPS.insert(writes, &memberships).await?;
        let marks: Vec<_> = marks.into_iter().map(row).collect();
        MARKS.insert(writes, &marks).await
    }
}
