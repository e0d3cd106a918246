//! What a chat remembers to decide on: its members, what they may do, and how many messages it had. Not its messages.

mod links;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub(super) use links::Links;
pub(super) use rules::{Standing, lasts};

use super::event::RoleChanged;
use super::{Command, DELETE_MAX, Event, Message, Rejection, Role, TOLD_MAX, decide};
use crate::actor::Actor;
use crate::aggregate::{Aggregate, Context, Known, Messages};
use crate::event;
use crate::id::{AccountId, ChatId, MessageId, NameKey};
use crate::sealed::SealedPart;
use crate::stream::Stream;
use crate::time::Timestamp;

/// A direct chat, saved messages, a group or a channel, of whose people only the owner and the admins are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// Which.
    pub(super) id: ChatId,
    /// Whether it has come into being.
    pub(super) exists: bool,
    /// Who is in it now.
    pub(super) members: BTreeMap<AccountId, Member>,
    /// How many have ever joined; numbers the next.
    pub(super) joined: u32,
    /// Its newest message ever, deleted or not.
    pub(super) top: Option<MessageId>,
    /// Whether it has a sequence of its own, as every channel does.
    pub(super) own_sequence: bool,
    /// The username in use.
    pub(super) username: Option<NameKey>,
    /// Whose key seals how it is spelt.
    pub(super) named_by: Option<AccountId>,
    /// The username asked for and not yet had or refused; the newest request counts.
    pub(super) wanted: Option<NameKey>,
    /// What members may do.
    pub(super) standing: Standing,
    /// Its invite links.
    pub(super) links: Links,
    /// Its pinned messages, the last pinned last; at most [`PINS_MAX`](super::PINS_MAX).
    pub(super) pins: Vec<MessageId>,
}

/// A member of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What the member may do.
    pub(super) role: Role,
    /// The how-manieth to join: the smaller, the longer a member.
    pub(super) since: u32,
}

impl Chat {
    /// Refuses an account that is banned at that time.
    pub fn keeps_out(&self, account: AccountId, at: Timestamp) -> Result<(), Rejection> {
        if self.standing.bans(account, at) {
            Err(Rejection::Banned(account))
        } else {
            Ok(())
        }
    }

    /// Whether an account is its owner or one of its admins, if this is a channel.
    pub fn is_run_by(&self, account: AccountId) -> bool {
        matches!(self.id, ChatId::Channel(_)) && self.members.contains_key(&account)
    }

    /// Whether nothing that is said in it may be carried elsewhere.
    pub fn is_protected(&self) -> bool {
        self.standing.protected
    }

    /// Whether an account may follow a channel by a link with this key.
    pub fn lets_in(&self, account: AccountId, key: &NameKey, at: Timestamp) -> Result<(), Rejection> {
        decide::lets_in(self, account, key, at)
    }

    /// Whether an account may react to what is said here. Of those who follow a channel it knows only whom it has banned.
    pub fn lets_react(&self, account: AccountId, at: Timestamp) -> Result<(), Rejection> {
        match self.id {
            ChatId::Channel(_) => self.keeps_out(account, at),
            ChatId::Group(_) | ChatId::Direct(..) => decide::lets_react(self, account, at),
        }
    }

    fn join(&mut self, account: AccountId, role: Role) {
        self.members.insert(account, Member { role, since: self.joined });
        self.joined = self.joined.saturating_add(1);
        self.links.requests.remove(&account);
    }

    /// In a channel a subscriber becomes an admin, and an admin a subscriber, who is none of those that are known here.
    fn became(&mut self, changed: &RoleChanged) {
        match (self.members.get_mut(&changed.account), self.id, &changed.role) {
            (Some(_), ChatId::Channel(_), Role::Member) => drop(self.members.remove(&changed.account)),
            (Some(member), _, role) => member.role = role.clone(),
            (None, ChatId::Channel(_), Role::Owner | Role::Admin(_)) => self.join(changed.account, changed.role.clone()),
            (None, _, _) => {}
        }
    }
}

impl Aggregate for Chat {
    type Id = ChatId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const STATE_VERSION: u32 = 3;

    fn new(id: ChatId) -> Self {
        Self {
            id,
            exists: false,
            members: BTreeMap::new(),
            joined: 0,
            top: None,
            own_sequence: matches!(id, ChatId::Channel(_)),
            username: None,
            named_by: None,
            wanted: None,
            standing: Standing::default(),
            links: Links::default(),
            pins: Vec::new(),
        }
    }

    fn stream(id: &ChatId) -> Stream {
        Stream::Chat(*id)
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::Chat(event) => Some(event),
            event::Event::Account(_)
            | event::Event::SignIn(_)
            | event::Event::Inbox(_)
            | event::Event::Name(_)
            | event::Event::Interactions(_)
            | event::Event::System(_) => None,
        }
    }

    fn decide(&self, context: &Context, command: &Command, known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, context, command, known)
    }

    fn evolve(&mut self, event: &Event) {
        if let Some((message, _)) = event.service() {
            self.top = Some(message);
        }
        match event {
            Event::Created(created) => {
                self.exists = true;
                for member in &created.members {
                    self.join(member.account, member.role.clone());
                }
            }
            Event::MemberAdded(added) => {
                self.join(added.account, added.role.clone());
                added.link.into_iter().for_each(|link| self.links.used(link));
            }
            Event::MemberRemoved(gone) | Event::MemberLeft(gone) => {
                self.members.remove(&gone.account);
            }
            Event::RoleChanged(changed) => self.became(changed),
            Event::MessageSent(sent) => {
                self.top = Some(sent.message);
                sent.slow_until
                    .into_iter()
                    .for_each(|until| self.standing.quieten(sent.from, until));
            }
            Event::PermissionsChanged(changed) => self.standing.denied.clone_from(&changed.denied),
            Event::SlowModeChanged(changed) => {
                self.standing.pause = changed.seconds;
                self.standing.quiet.clear();
            }
            Event::ProtectionChanged(changed) => self.standing.protected = changed.protected,
            Event::MemberRestricted(restricted) => self.standing.restrict(restricted),
            Event::MemberBanned(banned) => {
                self.standing.banned.insert(banned.account, banned.until);
                self.links.requests.remove(&banned.account);
            }
            Event::MemberUnbanned(unbanned) => drop(self.standing.banned.remove(&unbanned.account)),
            Event::LinkMade(made) => self.links.made(made.link, made.key.clone(), made.terms),
            Event::LinkChanged(changed) => self.links.changed(changed.link, changed.terms),
            Event::LinkRevoked(revoked) => drop(self.links.live.remove(&revoked.link)),
            Event::JoinRequested(asked) => drop(self.links.requests.insert(asked.account, asked.link)),
            Event::JoinDeclined(declined) => drop(self.links.requests.remove(&declined.account)),
            Event::MessagesDeleted(deleted) => self.pins.retain(|pin| !deleted.messages.contains(pin)),
            Event::MessagePinned(pinned) => self.pins.push(pinned.message),
            Event::MessagesUnpinned(unpinned) => self.pins.retain(|pin| !unpinned.messages.contains(pin)),
            Event::Renamed(_) | Event::Described(_) | Event::MessageEdited(_) | Event::ReactionChanged(_) => {}
            Event::SequenceBegun(_) => self.own_sequence = true,
            Event::UsernameRequested(requested) => self.wanted = Some(requested.name.clone()),
            Event::UsernameChanged(changed) => {
                self.username.clone_from(&changed.name);
                self.named_by = changed.username.as_ref().map(SealedPart::of);
                self.wanted = None;
            }
            Event::UsernameRefused(refused) => drop(self.wanted.take_if(|wanted| *wanted == refused.name)),
        }
    }

    fn size(&self) -> usize {
        // A map's entries and what holds them together.
        let members = self.members.len() * 2 * size_of::<(AccountId, Member)>();
        let pins = self.pins.len() * size_of::<MessageId>();
        size_of::<Self>() + members + pins + self.standing.size() + self.links.size()
    }

    fn asks(command: &Command) -> Vec<MessageId> {
        match command {
            Command::Send(send) => send.reply_to.into_iter().collect(),
            Command::Edit(edit) => vec![edit.message],
            Command::React { message, .. } | Command::Pin { message } => vec![*message],
            // More are refused without a look.
            Command::Delete { messages } if messages.len() > DELETE_MAX => Vec::new(),
            Command::Delete { messages } => messages.clone(),
            Command::Create(_)
            | Command::Rename { .. }
            | Command::Add { .. }
            | Command::Remove { .. }
            | Command::Leave
            | Command::SetRole { .. }
            | Command::Describe { .. }
            | Command::PassOn { .. }
            | Command::Permit { .. }
            | Command::SlowDown { .. }
            | Command::Protect { .. }
            | Command::Restrict { .. }
            | Command::Ban { .. }
            | Command::Unban { .. }
            | Command::MakeLink(_)
            | Command::ChangeLink { .. }
            | Command::RevokeLink { .. }
            | Command::Join { .. }
            | Command::Approve { .. }
            | Command::Decline { .. }
            | Command::Unpin { .. }
            | Command::UnpinAll
            | Command::Vacate { .. }
            | Command::Forward(_)
            | Command::RequestUsername { .. }
            | Command::DropUsername
            | Command::WantUsername { .. }
            | Command::AdoptUsername { .. }
            | Command::RefuseUsername { .. } => Vec::new(),
        }
    }

    fn concerns(id: &ChatId, by: &Actor, command: &Command) -> Vec<AccountId> {
        // What happened elsewhere was decided there.
        let Actor::Device(by, _) = by else { return Vec::new() };
        match command {
            Command::Send(_) | Command::Edit(_) | Command::React { .. } | Command::Pin { .. } => id.peer(*by).into_iter().collect(),
            Command::Forward(forward) => {
                let origins = forward.found.values().flatten().filter_map(|carried| carried.origin.from);
                let others: BTreeSet<AccountId> = origins.chain(id.peer(*by)).filter(|account| account != by).collect();
                others.into_iter().collect()
            }
            Command::Create(create) => {
                let others: BTreeSet<AccountId> = create.members.iter().copied().filter(|account| account != by).collect();
                // More are refused without a look.
                let fits = others.len() < TOLD_MAX;
                others.into_iter().filter(|_| fits).collect()
            }
            Command::Add { account } => vec![*account],
            // Who comes by a link is not asked what it wishes: it wishes to come.
            Command::Rename { .. }
            | Command::Remove { .. }
            | Command::Leave
            | Command::SetRole { .. }
            | Command::Delete { .. }
            | Command::Describe { .. }
            | Command::PassOn { .. }
            | Command::Permit { .. }
            | Command::SlowDown { .. }
            | Command::Protect { .. }
            | Command::Restrict { .. }
            | Command::Ban { .. }
            | Command::Unban { .. }
            | Command::MakeLink(_)
            | Command::ChangeLink { .. }
            | Command::RevokeLink { .. }
            | Command::Join { .. }
            | Command::Approve { .. }
            | Command::Decline { .. }
            | Command::Unpin { .. }
            | Command::UnpinAll
            | Command::Vacate { .. }
            | Command::RequestUsername { .. }
            | Command::DropUsername
            | Command::WantUsername { .. }
            | Command::AdoptUsername { .. }
            | Command::RefuseUsername { .. } => Vec::new(),
        }
    }

    fn amend(messages: &mut Messages, event: &Event, by: Option<AccountId>, at: Timestamp) {
        if let Some((message, service)) = event.service()
            && let Some(from) = service.author(by)
        {
            messages.insert(
                message,
                Message {
                    service: true,
                    ..Message::plain(from, at)
                },
            );
        }
        match event {
            Event::MessageSent(sent) => {
                messages.insert(
                    sent.message,
                    Message {
                        kind: sent.kind,
                        answers: sent.answers,
                        carried: sent.is_carried(),
                        ..Message::plain(sent.from, at)
                    },
                );
            }
            Event::MessagesDeleted(deleted) => {
                for id in &deleted.messages {
                    if let Some(message) = messages.get_mut(id) {
                        message.deleted = true;
                    }
                }
            }
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberAdded(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::MessageEdited(_)
            | Event::Described(_)
            | Event::PermissionsChanged(_)
            | Event::MemberRestricted(_)
            | Event::MemberBanned(_)
            | Event::MemberUnbanned(_)
            | Event::SlowModeChanged(_)
            | Event::ProtectionChanged(_)
            | Event::LinkMade(_)
            | Event::LinkChanged(_)
            | Event::LinkRevoked(_)
            | Event::JoinRequested(_)
            | Event::JoinDeclined(_)
            | Event::ReactionChanged(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_)
            | Event::SequenceBegun(_)
            | Event::UsernameRequested(_)
            | Event::UsernameChanged(_)
            | Event::UsernameRefused(_) => {}
        }
    }
}
