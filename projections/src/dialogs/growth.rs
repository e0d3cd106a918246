//! How dialogs grow: memberships, marks and settings, of which in a batch the last counts.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::chat;
use domain::chat::event::MemberAdded;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, ChatId, MessageId};
use domain::inbox;
use domain::inbox::event::DraftChanged;
use domain::sealed::SealedPart as _;
use domain::time::Timestamp;
use infra::db::Writes;

use super::{Draft, Standing};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by account: the account lanes' own copy of membership.
#[derive(Debug, Default)]
pub struct Dialogs;

/// What a batch does to a dialog; `None`: it stays as it was.
#[derive(Default)]
pub(crate) struct Change {
    /// Whether the account is a member now.
    pub(crate) member: Option<bool>,
    /// Whether it leads the group.
    pub(crate) admin: Option<bool>,
    /// Where and when it last joined.
    joined: Option<(FactRef, Timestamp)>,
    pub(crate) read_up_to: Option<MessageId>,
    pub(crate) cleared_up_to: Option<MessageId>,
    pub(crate) marked_unread: Option<bool>,
    /// Until when it is muted; 0: not any more.
    pub(crate) muted_until: Option<Timestamp>,
    pub(crate) archived: Option<bool>,
    /// The draft as its column holds it; empty: there is none any more.
    pub(crate) draft: Option<String>,
    /// Where it last said something.
    wrote_at: Option<FactRef>,
    /// Where it last said or did something that is seen in the chat.
    acted_at: Option<FactRef>,
    /// Where it last came or went.
    moved_at: Option<FactRef>,
}

impl Change {
    fn joined_at(&self) -> Option<Timestamp> {
        self.joined.map(|(_, joined_at)| joined_at)
    }
}

/// What a batch does to the lane's dialogs.
pub(crate) struct Changes<'a> {
    lane: &'a Lane,
    /// Whether the chat's facts come before the inbox's, whatever their order in the log.
    is_apart: bool,
    dialogs: BTreeMap<(AccountId, ChatId), Change>,
    /// The whole order of pinned chats, of those who changed theirs.
    pins: BTreeMap<AccountId, Vec<ChatId>>,
    hidden: BTreeSet<(AccountId, ChatId, MessageId)>,
}

#[async_trait]
impl Projection for Dialogs {
    fn name(&self) -> &'static str {
        "dialogs"
    }

    /// 2: with all that is more than membership and read marks. 3: with who leads groups.
    fn version(&self) -> i32 {
        3
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::of(lane);
        for fact in &batch.facts {
            changes.take(fact)?;
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
            is_apart: true,
            ..Self::of(&Lane::WHOLE)
        }
    }

    fn of(lane: &Lane) -> Changes<'_> {
        Changes {
            lane,
            is_apart: false,
            dialogs: BTreeMap::new(),
            pins: BTreeMap::new(),
            hidden: BTreeSet::new(),
        }
    }

    /// What the account is to the chat then, where no fact came before.
    pub(crate) fn standing(&self, account: AccountId, chat: ChatId) -> Option<Standing> {
        self.dialogs.get(&(account, chat)).map(|change| Standing {
            member: change.member == Some(true),
            joined_at: change.joined_at(),
            read_up_to: change.read_up_to,
        })
    }

    /// What was changed of how the account has the chat.
    pub(crate) fn change(&self, account: AccountId, chat: ChatId) -> Option<&Change> {
        self.dialogs.get(&(account, chat))
    }

    /// The place of the chat among those that the account has pinned.
    pub(crate) fn place(&self, account: AccountId, chat: ChatId) -> Option<u32> {
        let pins = self.pins.get(&account)?;
        (1..).zip(pins).find(|(_, pinned)| **pinned == chat).map(|(place, _)| place)
    }

    /// Whether the account has hidden the message.
    pub(crate) fn is_hidden(&self, account: AccountId, chat: ChatId, message: MessageId) -> bool {
        let cleared = self.change(account, chat).and_then(|change| change.cleared_up_to);
        Some(message) <= cleared || self.hidden.contains(&(account, chat, message))
    }

    /// Takes in what a fact does.
    pub(crate) fn take(&mut self, fact: &Fact) -> Result<(), ApplyError> {
        match (&fact.event, share::chat(fact), share::inbox(fact)) {
            (Event::Chat(event), Some(chat), _) => self.chat(fact, chat, event),
            (Event::Inbox(event), _, Some(account)) if self.lane.owns_account(account) => return self.inbox(fact, account, event),
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
        Ok(())
    }

    fn chat(&mut self, fact: &Fact, chat: ChatId, event: &chat::Event) {
        if let Some((message, service)) = event.service()
            && let Some(author) = service.author(fact.by.account())
            && self.lane.owns_account(author)
        {
            self.read(author, chat, message);
            self.acted(fact.at, author, chat);
        }
        match event {
            chat::Event::Created(created) => created.members.iter().for_each(|member| self.joined(fact, chat, member)),
            chat::Event::MemberAdded(added) => self.joined(fact, chat, added),
            chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => self.gone(fact, gone.account, chat),
            chat::Event::MessageSent(sent) => self.wrote(fact.at, sent.from, chat, sent.message),
            chat::Event::RoleChanged(changed) => {
                self.leads(changed.account, chat, changed.role.leads());
                // Who runs a channel follows it.
                if matches!(chat, ChatId::Channel(_)) && changed.role.leads() {
                    self.follows(fact, changed.account, chat, None);
                }
            }
            chat::Event::Renamed(_)
            | chat::Event::MessageEdited(_)
            | chat::Event::MessagesDeleted(_)
            | chat::Event::Described(_)
            | chat::Event::PermissionsChanged(_)
            | chat::Event::SlowModeChanged(_)
            | chat::Event::ProtectionChanged(_)
            | chat::Event::MemberRestricted(_)
            | chat::Event::MemberBanned(_)
            | chat::Event::MemberUnbanned(_)
            | chat::Event::LinkMade(_)
            | chat::Event::LinkChanged(_)
            | chat::Event::LinkRevoked(_)
            | chat::Event::JoinRequested(_)
            | chat::Event::JoinDeclined(_)
            | chat::Event::ReactionChanged(_)
            | chat::Event::MessagePinned(_)
            | chat::Event::MessagesUnpinned(_)
            | chat::Event::SequenceBegun(_)
            | chat::Event::UsernameRequested(_)
            | chat::Event::UsernameChanged(_)
            | chat::Event::UsernameRefused(_) => {}
        }
    }

    fn inbox(&mut self, fact: &Fact, account: AccountId, event: &inbox::Event) -> Result<(), ApplyError> {
        match event {
            inbox::Event::Read(read) => self.read(account, read.chat, read.up_to),
            inbox::Event::MessagesHidden(hidden) => {
                let each = hidden.messages.iter().map(|message| (account, hidden.chat, *message));
                self.hidden.extend(each);
            }
            inbox::Event::Cleared(cleared) => {
                let change = self.of_own(account, cleared.chat);
                change.cleared_up_to = change.cleared_up_to.max(Some(cleared.up_to));
            }
            inbox::Event::MarkedUnread(marked) => {
                let ended = self.is_ended(fact, (account, marked.chat), |change| change.acted_at);
                self.of_own(account, marked.chat).marked_unread = Some(marked.unread && !ended);
            }
            inbox::Event::Muted(muted) => self.of_own(account, muted.chat).muted_until = Some(muted.until.unwrap_or(Timestamp(0))),
            inbox::Event::PinsChanged(changed) => drop(self.pins.insert(account, changed.chats.clone())),
            inbox::Event::Subscribed(subscribed) => self.joins(fact, account, subscribed.chat, subscribed.after),
            inbox::Event::Unsubscribed(unsubscribed) => self.gone(fact, account, unsubscribed.chat),
            inbox::Event::Archived(archived) => self.of_own(account, archived.chat).archived = Some(archived.archived),
            inbox::Event::DraftChanged(changed) => {
                let ended = self.is_ended(fact, (account, changed.chat), |change| change.wrote_at);
                let draft = if ended { String::new() } else { draft(fact, changed)? };
                self.of_own(account, changed.chat).draft = Some(draft);
            }
        }
        Ok(())
    }

    fn joined(&mut self, fact: &Fact, chat: ChatId, member: &MemberAdded) {
        self.joins(fact, member.account, chat, member.after);
        self.leads(member.account, chat, member.role.leads());
    }

    fn joins(&mut self, fact: &Fact, account: AccountId, chat: ChatId, after: Option<MessageId>) {
        if let Some(change) = self.own(account, chat) {
            change.joined = change.joined.max(Some((fact.at, fact.happened_at())));
        }
        self.follows(fact, account, chat, after);
    }

    fn follows(&mut self, fact: &Fact, account: AccountId, chat: ChatId, after: Option<MessageId>) {
        if let Some(change) = self.moves(fact, account, chat) {
            change.member = Some(true);
        }
        if let Some(change) = self.own(account, chat) {
            change.read_up_to = change.read_up_to.max(after);
        }
    }

    fn gone(&mut self, fact: &Fact, account: AccountId, chat: ChatId) {
        if let Some(change) = self.moves(fact, account, chat) {
            change.member = Some(false);
            change.admin = Some(false);
        }
    }

    /// A dialog whose account comes or goes, unless it did so later.
    fn moves(&mut self, fact: &Fact, account: AccountId, chat: ChatId) -> Option<&mut Change> {
        if self.is_ended(fact, (account, chat), |change| change.moved_at) {
            return None;
        }
        let change = self.own(account, chat)?;
        change.moved_at = Some(fact.at);
        Some(change)
    }

    fn leads(&mut self, account: AccountId, chat: ChatId, leads: bool) {
        if let Some(change) = self.own(account, chat) {
            change.admin = Some(leads);
        }
    }

    fn read(&mut self, account: AccountId, chat: ChatId, up_to: MessageId) {
        let change = self.of_own(account, chat);
        change.read_up_to = change.read_up_to.max(Some(up_to));
        change.marked_unread = Some(false);
    }

    /// Who says something has read what was said before, and said what was to be said.
    fn wrote(&mut self, at: FactRef, account: AccountId, chat: ChatId, message: MessageId) {
        if self.lane.owns_account(account) {
            self.read(account, chat, message);
            let change = self.of_own(account, chat);
            change.draft = Some(String::new());
            change.wrote_at = change.wrote_at.max(Some(at));
            self.acted(at, account, chat);
        }
    }

    fn acted(&mut self, at: FactRef, account: AccountId, chat: ChatId) {
        let change = self.of_own(account, chat);
        change.acted_at = change.acted_at.max(Some(at));
    }

    /// Whether what it said, did or became later ends what the fact says, though that comes only now.
    fn is_ended(&self, fact: &Fact, (account, chat): (AccountId, ChatId), by: impl FnOnce(&Change) -> Option<FactRef>) -> bool {
        self.is_apart && self.change(account, chat).and_then(by) > Some(fact.at)
    }

    fn own(&mut self, account: AccountId, chat: ChatId) -> Option<&mut Change> {
        self.lane.owns_account(account).then(|| self.of_own(account, chat))
    }

    fn of_own(&mut self, account: AccountId, chat: ChatId) -> &mut Change {
        self.dialogs.entry((account, chat)).or_default()
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        rows::dialogs(self.dialogs, writes).await?;
        rows::pins(&self.pins, writes).await?;
        rows::hidden(&self.hidden, writes).await
    }
}

/// A draft as its column holds it.
fn draft(fact: &Fact, changed: &DraftChanged) -> Result<String, ApplyError> {
    let Some(text) = &changed.text else { return Ok(String::new()) };
    let text = text
        .closed()
        .ok_or_else(|| ApplyError::Fact(fact.at, "its sealed part is open".to_owned()))?;
    let draft = Draft {
        reply_to: changed.reply_to,
        entities: changed.entities.clone(),
        text: text.clone(),
        at: fact.happened_at(),
    };
    share::json(fact, &draft)
}
