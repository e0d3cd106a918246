//! One batch's numbering: which devices are told what, and the rows that say so.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, DeviceId, Seq};
use domain::{account, chat};
use infra::db::{Bulk, Column, Writes};
use serde::Serialize;

use super::audience::{Audience, named};
use super::recipients::{Device, Member, Members, Recipients};
use super::{refs, stored};
use crate::feed::{To, Told};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch};

const SEGMENTS: Bulk = Bulk {
    table: "update_segments",
    columns: &[
        ("account", Column::Int),
        ("device", Column::Int),
        ("last", Column::Int),
        ("first", Column::Int),
        ("until", Column::Int),
        ("refs", Column::Text),
    ],
    conflict: "",
};

const DEVICES: Bulk = Bulk {
    table: "update_devices",
    columns: &[("account", Column::Int), ("device", Column::Int), ("ended", Column::Int)],
    conflict: "on conflict (account, device) do update set ended = excluded.ended",
};

/// This lane's copy.
const OWN_SEQUENCES: Bulk = Bulk {
    table: "own_sequences",
    columns: &[("chat", Column::Text), ("lane", Column::Int)],
    conflict: "on conflict do nothing",
};

const FACTS: Bulk = Bulk {
    table: "update_facts",
    columns: &[("position", Column::Int), ("idx", Column::Int), ("fact", Column::Text)],
    conflict: "on conflict do nothing",
};

/// What a batch tells one account: indices of the batch's facts, and where in that list a device of this batch begins.
#[derive(Debug, Default)]
struct Account {
    facts: Vec<u32>,
    late: Vec<(DeviceId, usize)>,
}

/// A batch, numbered.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) told: Told,
    accounts: HashMap<AccountId, Account>,
    begun: Vec<(AccountId, DeviceId)>,
    facts: Vec<(i64, u32, String)>,
    /// Groups that have a sequence of their own from now on.
    own_sequences: Vec<(ChatId, u32)>,
}

impl Round {
    /// Numbers a batch for the lane's devices. `recipients` follows the batch's changes of members and devices.
    pub(super) fn number(lane: Lane, batch: &Batch, recipients: &mut Recipients) -> Result<Self, ApplyError> {
        let mut round = Self::default();
        for (index, fact) in (0u32..).zip(&batch.facts) {
            match Audience::of(fact) {
                Audience::Members(chat) | Audience::Named(chat) => round.tell_chat(index, fact, (lane, chat), recipients.members(chat)),
                Audience::Admins(chat, about) => {
                    let about = about.filter(|about| lane.owns_account(*about));
                    let members = recipients.members(chat);
                    round.tell_admins(index, about, &members.told);
                    led(&fact.event, lane, members);
                }
                Audience::Account(account) if lane.owns_account(account) => {
                    round.tell_account(index, fact, account, recipients.devices(account));
                }
                Audience::Account(_) | Audience::Nobody => {}
            }
            if lane.owns_stream(&fact.stream) && stored::is_kept(fact) {
                let json = stored::to_json(fact).map_err(|error| ApplyError::Fact(fact.at, error.to_string()))?;
                round.facts.push((fact.at.position.get(), fact.at.index, json));
            }
        }
        round.share_lists(recipients)?;
        round.told.facts.clone_from(&batch.facts);
        Ok(round)
    }

    /// Those whom a fact names.
    fn tell_named(&mut self, index: u32, fact: &Fact, lane: Lane) {
        for account in named(fact).into_iter().filter(|account| lane.owns_account(*account)) {
            self.accounts.entry(account).or_default().facts.push(index);
        }
    }

    /// Its members, until they follow the chat's own sequence: from then on only those whom a fact names.
    fn tell_chat(&mut self, index: u32, fact: &Fact, (lane, chat): (Lane, ChatId), members: &mut Members) {
        if members.follow {
            self.tell_named(index, fact, lane);
            led(&fact.event, lane, members);
            return;
        }
        self.tell_members(index, fact, lane, &mut members.told);
        if let Event::Chat(chat::Event::SequenceBegun(_)) = &fact.event {
            members.follow();
            self.own_sequences.push((chat, lane.index));
        }
    }

    fn tell_members(&mut self, index: u32, fact: &Fact, lane: Lane, members: &mut Vec<Member>) {
        let event = match &fact.event {
            Event::Chat(event) => Some(event),
            Event::Account(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_) => None,
        };
        let mut join = |account: AccountId, role: &chat::Role| {
            if lane.owns_account(account) {
                members.retain(|member| member.account != account);
                let admin = role.leads();
                members.push(Member { account, admin });
            }
        };
        match event {
            Some(chat::Event::Created(created)) => created.members.iter().for_each(|member| join(member.account, &member.role)),
            Some(chat::Event::MemberAdded(added)) => join(added.account, &added.role),
            Some(chat::Event::RoleChanged(changed)) => members
                .iter_mut()
                .filter(|member| member.account == changed.account)
                .for_each(|member| member.admin = changed.role.leads()),
            Some(
                chat::Event::MemberRemoved(_)
                | chat::Event::MemberLeft(_)
                | chat::Event::Renamed(_)
                | chat::Event::MessageSent(_)
                | chat::Event::MessageEdited(_)
                | chat::Event::MessagesDeleted(_)
                | chat::Event::ReactionChanged(_)
                | chat::Event::MessagePinned(_)
                | chat::Event::MessagesUnpinned(_)
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
                | chat::Event::SequenceBegun(_)
                | chat::Event::UsernameRequested(_)
                | chat::Event::UsernameChanged(_)
                | chat::Event::UsernameRefused(_),
            )
            | None => {}
        }
        for member in members.iter() {
            self.accounts.entry(member.account).or_default().facts.push(index);
        }
        if let Some(chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone)) = event {
            members.retain(|member| member.account != gone.account);
        }
    }

    fn tell_admins(&mut self, index: u32, about: Option<AccountId>, members: &[Member]) {
        let admins = members.iter().filter(|member| member.admin).map(|member| member.account);
        let also = about.filter(|about| !members.iter().any(|member| member.admin && member.account == *about));
        for account in admins.chain(also) {
            self.accounts.entry(account).or_default().facts.push(index);
        }
    }

    fn tell_account(&mut self, index: u32, fact: &Fact, id: AccountId, devices: &mut Vec<Device>) {
        let ended = match &fact.event {
            Event::Account(account::Event::DeviceEnded(ended)) => Some(ended.device),
            Event::Account(_)
            | Event::Inbox(_)
            | Event::Chat(_)
            | Event::SignIn(_)
            | Event::Name(_)
            | Event::Interactions(_)
            | Event::System(_) => None,
        };
        if let Some(ended) = ended {
            devices.retain(|device| device.id != ended);
            self.begun.retain(|begun| *begun != (id, ended));
            self.told.ended.push((id, ended));
        }
        let account = self.accounts.entry(id).or_default();
        account.facts.push(index);
        match &fact.event {
            Event::Account(account::Event::Suspended(_)) => {
                self.told.suspended.extend(devices.iter().map(|device| (id, device.id)));
            }
            Event::Account(account::Event::ErasureBegun(_)) => self.told.gone.push(id),
            Event::Account(_)
            | Event::SignIn(_)
            | Event::Inbox(_)
            | Event::Chat(_)
            | Event::Name(_)
            | Event::Interactions(_)
            | Event::System(_) => {}
        }
        if let Event::Account(account::Event::DeviceAuthorised(authorised)) = &fact.event {
            account.late.push((authorised.device, account.facts.len()));
            devices.push(Device {
                id: authorised.device,
                head: 0,
            });
            self.begun.push((id, authorised.device));
        }
    }

    /// Gives each device its numbers; devices that are told the same share one list.
    fn share_lists(&mut self, recipients: &mut Recipients) -> Result<(), ApplyError> {
        let mut known: HashMap<&[u32], usize> = HashMap::new();
        for (id, account) in &self.accounts {
            let mut shared: Option<(Range<usize>, usize)> = None;
            for device in recipients.devices(*id) {
                let begin = account
                    .late
                    .iter()
                    .find(|(late, _)| *late == device.id)
                    .map_or(0, |(_, begin)| *begin);
                let facts = &account.facts[begin..];
                if facts.is_empty() {
                    continue;
                }
                let list = match &shared {
                    Some((range, list)) if range.start == begin => *list,
                    Some(_) | None => {
                        let next = known.len();
                        *known.entry(facts).or_insert(next)
                    }
                };
                shared = Some((begin..account.facts.len(), list));
                let first = Seq::try_from(device.head + 1).map_err(|error| sqlx::Error::Decode(error.into()))?;
                device.head += i64::try_from(facts.len()).expect("a batch is small");
                self.told.devices.push(To {
                    device: (*id, device.id),
                    first,
                    list,
                });
            }
        }
        let mut lists = vec![Vec::new(); known.len()];
        for (facts, list) in known {
            lists[list] = facts.to_vec();
        }
        self.told.lists = lists;
        Ok(())
    }

    /// Writes the rows: one statement for segments, and one for each of what is rare.
    pub(super) async fn write(&self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let begun = self.begun.iter().map(|(account, device)| (account, device, 0));
        let ended = self.told.ended.iter().map(|(account, device)| (account, device, 1));
        DEVICES.insert(writes, &begun.chain(ended).collect::<Vec<_>>()).await?;
        SEGMENTS.insert(writes, &self.segments()).await?;
        OWN_SEQUENCES.insert(writes, &self.own_sequences).await?;
        FACTS.insert(writes, &self.facts).await
    }

    fn segments(&self) -> Vec<impl Serialize> {
        let packed: Vec<(i64, Arc<str>)> = self.told.lists.iter().map(|list| self.pack(list)).collect();
        let row = |to: &To| {
            let length = i64::try_from(self.told.lists[to.list].len()).expect("a batch is small");
            let (account, device) = to.device;
            let (until, refs) = &packed[to.list];
            (account, device, to.first.get() + length - 1, to.first, *until, Arc::clone(refs))
        };
        self.told.devices.iter().map(row).collect()
    }

    fn pack(&self, list: &[u32]) -> (i64, Arc<str>) {
        let refs = || list.iter().map(|index| self.told.facts[*index as usize].at);
        let until = refs().map(|at| at.position.get()).max().unwrap_or(0);
        (until, refs::pack(refs()).into())
    }
}

/// Takes in who leads a chat that is followed.
fn led(event: &Event, lane: Lane, members: &mut Members) {
    let Event::Chat(event) = event else { return };
    let mut joined = |account: AccountId, role: &chat::Role| {
        if lane.owns_account(account) {
            let admin = role.leads();
            members.joined(Member { account, admin });
        }
    };
    match event {
        chat::Event::Created(created) => created.members.iter().for_each(|member| joined(member.account, &member.role)),
        chat::Event::MemberAdded(added) => joined(added.account, &added.role),
        chat::Event::RoleChanged(changed) => joined(changed.account, &changed.role),
        chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => joined(gone.account, &chat::Role::Member),
        // Nobody leads by anything else.
        _ => {}
    }
}
