//! Who is told: the lane's own members of chats, and accounts' devices with the last number each was given.

use std::collections::BTreeSet;

use domain::id::{AccountId, ChatId, DeviceId};
use domain::stream::Stream;
use domain::{account, chat, event::Event, fact::Fact, inbox, interactions};
use infra::db::Engine;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::cache::Generations;
use crate::lane::Lane;
use crate::projection::Batch;

/// Memberships and devices remembered between batches.
const MEMBERSHIPS: usize = 200_000;
const DEVICES: usize = 200_000;

/// A device that gets updates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    pub(super) id: DeviceId,
    /// The last number it was given; 0 before the first.
    pub(super) head: i64,
}

/// A member of a chat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) account: AccountId,
    /// Whether it leads the group.
    pub(super) admin: bool,
}

/// Whom a fact is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Members(ChatId),
    /// Whom the fact names, and nobody else: others follow the chat's own sequence.
    Named(ChatId),
    /// Those who lead a group, and whom it is about.
    Admins(ChatId, Option<AccountId>),
    Account(AccountId),
    Nobody,
}

impl Audience {
    /// A fact's audience for ever: another would change old numbers.
    pub(super) fn of(fact: &Fact) -> Self {
        match &fact.stream {
            Stream::Chat(chat) => match &fact.event {
                Event::Chat(event) if matches!(chat, ChatId::Channel(_)) => Self::of_channel(*chat, event),
                Event::Chat(event) => Self::of_chat(*chat, event),
                Event::Account(_) | Event::SignIn(_) | Event::Inbox(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_) => {
                    Self::Members(*chat)
                }
            },
            Stream::Account(account) if is_told(&fact.event) => Self::Account(*account),
            // What one chose is one's own business; others are told by the next count.
            Stream::Interactions(_) => match &fact.event {
                Event::Interactions(interactions::Event::ReactionChanged(changed)) => Self::Account(changed.account),
                Event::Interactions(interactions::Event::Counted(_))
                | Event::Account(_)
                | Event::SignIn(_)
                | Event::Inbox(_)
                | Event::Chat(_)
                | Event::Name(_)
                | Event::System(_) => Self::Nobody,
            },
            Stream::SignIn(_) | Stream::Name(_) | Stream::System | Stream::Account(_) => Self::Nobody,
            Stream::Inbox(account) => match &fact.event {
                // The other side of a direct chat sees what was read.
                Event::Inbox(inbox::Event::Read(inbox::event::Read {
                    chat: chat @ ChatId::Direct(..),
                    ..
                })) => Self::Members(*chat),
                Event::Inbox(_)
                | Event::Chat(_)
                | Event::Account(_)
                | Event::SignIn(_)
                | Event::Name(_)
                | Event::Interactions(_)
                | Event::System(_) => Self::Account(*account),
            },
        }
    }
}

impl Audience {
    /// How people come in and who is kept out is the business of those who lead.
    fn of_chat(chat: ChatId, event: &chat::Event) -> Self {
        match event {
            chat::Event::LinkMade(_) | chat::Event::LinkChanged(_) | chat::Event::LinkRevoked(_) => Self::Admins(chat, None),
            chat::Event::MemberRestricted(restricted) => Self::Admins(chat, Some(restricted.account)),
            chat::Event::MemberBanned(banned) => Self::Admins(chat, Some(banned.account)),
            chat::Event::MemberUnbanned(unbanned) => Self::Admins(chat, Some(unbanned.account)),
            chat::Event::JoinRequested(asked) => Self::Admins(chat, Some(asked.account)),
            chat::Event::JoinDeclined(declined) => Self::Admins(chat, Some(declined.account)),
            chat::Event::Created(_)
            | chat::Event::Renamed(_)
            | chat::Event::MemberAdded(_)
            | chat::Event::MemberRemoved(_)
            | chat::Event::MemberLeft(_)
            | chat::Event::RoleChanged(_)
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
            | chat::Event::SequenceBegun(_)
            | chat::Event::UsernameRequested(_)
            | chat::Event::UsernameChanged(_)
            | chat::Event::UsernameRefused(_) => Self::Members(chat),
        }
    }

    /// What everybody who follows it should see has a number in the channel's own sequence; who runs it is the business of those who do.
    fn of_channel(chat: ChatId, event: &chat::Event) -> Self {
        match event {
            chat::Event::Created(_) | chat::Event::MessageSent(_) | chat::Event::Renamed(_) => Self::Named(chat),
            chat::Event::MemberAdded(added) => Self::Admins(chat, Some(added.account)),
            chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => Self::Admins(chat, Some(gone.account)),
            chat::Event::RoleChanged(changed) => Self::Admins(chat, Some(changed.account)),
            chat::Event::UsernameRequested(_) | chat::Event::UsernameRefused(_) => Self::Admins(chat, None),
            chat::Event::LinkMade(_)
            | chat::Event::LinkChanged(_)
            | chat::Event::LinkRevoked(_)
            | chat::Event::MemberRestricted(_)
            | chat::Event::MemberBanned(_)
            | chat::Event::MemberUnbanned(_)
            | chat::Event::JoinRequested(_)
            | chat::Event::JoinDeclined(_) => Self::of_chat(chat, event),
            chat::Event::Described(_)
            | chat::Event::MessageEdited(_)
            | chat::Event::MessagesDeleted(_)
            | chat::Event::ReactionChanged(_)
            | chat::Event::MessagePinned(_)
            | chat::Event::MessagesUnpinned(_)
            | chat::Event::PermissionsChanged(_)
            | chat::Event::SlowModeChanged(_)
            | chat::Event::ProtectionChanged(_)
            | chat::Event::SequenceBegun(_)
            | chat::Event::UsernameChanged(_) => Self::Nobody,
        }
    }
}

/// Whether an account's devices are told of it: not of each factor that somebody shows, nor of the end, when none is left to be told.
fn is_told(event: &Event) -> bool {
    match event {
        Event::Account(event) => match event {
            account::Event::FactorPassed(_) | account::Event::FactorFailed(_) | account::Event::Erased(_) => false,
            account::Event::Registered(_)
            | account::Event::ProfileChanged(_)
            | account::Event::DeviceAuthorised(_)
            | account::Event::DeviceEnded(_)
            | account::Event::UsernameRequested(_)
            | account::Event::UsernameChanged(_)
            | account::Event::UsernameRefused(_)
            | account::Event::DeviceRenamed(_)
            | account::Event::AddressAdded(_)
            | account::Event::AddressDropped(_)
            | account::Event::PasswordSet(_)
            | account::Event::PasswordRemoved(_)
            | account::Event::TotpSet(_)
            | account::Event::TotpRemoved(_)
            | account::Event::RecoveryCodesMade(_)
            | account::Event::ContactAdded(_)
            | account::Event::ContactRemoved(_)
            | account::Event::Blocked(_)
            | account::Event::Unblocked(_)
            | account::Event::PrivacyChanged(_)
            | account::Event::Promoted(_)
            | account::Event::Demoted(_)
            | account::Event::Suspended(_)
            | account::Event::Restored(_)
            | account::Event::ErasureScheduled(_)
            | account::Event::ErasureCalledOff(_)
            | account::Event::ErasureBegun(_) => true,
        },
        Event::Chat(_) | Event::SignIn(_) | Event::Inbox(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_) => true,
    }
}

/// The lane's members of a chat.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The chat has a sequence of its own, which they follow: their devices are told of it no more, but for what names them, or is for those who
    /// lead it.
    pub(super) follow: bool,
    /// Whose devices are told of all that happens in it; where they follow it, those who lead it.
    pub(super) told: Vec<Member>,
}

impl Members {
    fn of(chat: ChatId) -> Self {
        Self {
            follow: matches!(chat, ChatId::Channel(_)),
            told: Vec::new(),
        }
    }

    /// One more, or in another role.
    pub(super) fn joined(&mut self, member: Member) {
        self.told.retain(|other| other.account != member.account);
        if member.admin || !self.follow {
            self.told.push(member);
        }
    }

    /// They follow it from now on.
    pub(super) fn follow(&mut self) {
        self.follow = true;
        self.told.retain(|member| member.admin);
    }
}

/// What is remembered of the rows, brought up to date by each batch.
#[derive(Debug)]
pub(super) struct Recipients {
    members: Generations<ChatId, Members>,
    devices: Generations<AccountId, Vec<Device>>,
}

impl Recipients {
    pub(super) fn new() -> Self {
        Self {
            members: Generations::new(MEMBERSHIPS),
            devices: Generations::new(DEVICES),
        }
    }

    pub(super) fn forget(&mut self) {
        self.members.clear();
        self.devices.clear();
    }

    /// The lane's members of a chat that the batch concerns.
    pub(super) fn members(&mut self, chat: ChatId) -> &mut Members {
        self.members.get_mut(&chat).expect("every chat of the batch was loaded")
    }

    /// The devices of an account that the batch concerns.
    pub(super) fn devices(&mut self, account: AccountId) -> &mut Vec<Device> {
        self.devices.get_mut(&account).expect("every account of the batch was loaded")
    }

    /// Reads what the batch needs and is not remembered: one query for chats, one for accounts, mostly none.
    pub(super) async fn load(&mut self, lane: &Lane, engine: Engine, batch: &Batch, rows: &mut AnyConnection) -> Result<(), sqlx::Error> {
        self.members.age();
        self.devices.age();
        let accounts = self.concerned(lane, engine, batch, rows).await?;
        self.load_devices(engine, accounts, rows).await
    }

    /// The lane's accounts that the batch concerns, by memberships as they are remembered or else as rows say: whether those are from before
    /// the batch or from behind it, nobody is left out.
    pub(super) async fn concerned(
        &mut self,
        lane: &Lane,
        engine: Engine,
        batch: &Batch,
        tx: &mut AnyConnection,
    ) -> Result<BTreeSet<AccountId>, sqlx::Error> {
        let chats: BTreeSet<ChatId> = batch.facts.iter().filter_map(|fact| chat_of(fact)).collect();
        self.load_members(lane, engine, &chats, tx).await?;
        let mut accounts: BTreeSet<AccountId> = batch
            .facts
            .iter()
            .flat_map(|fact| named(fact))
            .filter(|id| lane.owns_account(*id))
            .collect();
        for chat in &chats {
            accounts.extend(
                self.members
                    .get(chat)
                    .into_iter()
                    .flat_map(|members| &members.told)
                    .map(|member| member.account),
            );
        }
        Ok(accounts)
    }

    async fn load_members(
        &mut self,
        lane: &Lane,
        engine: Engine,
        chats: &BTreeSet<ChatId>,
        tx: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        let missing: Vec<ChatId> = chats
            .iter()
            .copied()
            .filter(|chat| !self.members.touch(chat, |members| weight(&members.told)))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut found: Vec<(ChatId, Members)> = missing.iter().map(|chat| (*chat, Members::of(*chat))).collect();
        let told: Vec<&ChatId> = missing.iter().filter(|chat| !matches!(chat, ChatId::Channel(_))).collect();
        let (told_list, all, own) = (
            engine.text_list("$1"),
            engine.text_list("$2"),
            "select chat from own_sequences where lane = $3",
        );
        let sql = format!(
            "select chat, 0, 0 from own_sequences where lane = $3 and chat in ({told_list}) union all \
             select chat, account, coalesce(admin, 0) from dialogs where member = 1 and chat in ({told_list}) and chat not in ({own}) union all \
             select chat, account, 1 from dialogs where admin = 1 and member = 1 and chat in ({all})"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql))
            .bind(list(&told)?)
            .bind(list(&missing)?)
            .bind(i64::from(lane.index));
        let rows: Vec<(String, i64, i64)> = query.fetch_all(tx).await?;
        for (chat, account, admin) in rows {
            let chat = chat.parse::<ChatId>().map_err(decode)?;
            let Ok(at) = found.binary_search_by_key(&chat, |(chat, _)| *chat) else {
                continue;
            };
            match AccountId::try_from(account) {
                Ok(account) if lane.owns_account(account) => {
                    let admin = admin != 0;
                    found[at].1.joined(Member { account, admin });
                }
                Ok(_) => {}
                Err(_) => found[at].1.follow = true,
            }
        }
        for (chat, members) in found {
            let weight = weight(&members.told);
            self.members.put(chat, members, weight);
        }
        Ok(())
    }

    async fn load_devices(&mut self, engine: Engine, accounts: BTreeSet<AccountId>, tx: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let missing: Vec<AccountId> = accounts
            .into_iter()
            .filter(|account| !self.devices.touch(account, |devices| weight(devices)))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut found: Vec<(AccountId, Vec<Device>)> = missing.iter().map(|account| (*account, Vec::new())).collect();
        let sql = format!(
            "select d.account, d.device, coalesce((select s.last from update_segments s where s.account = d.account and s.device = d.device \
             order by s.last desc limit 1), 0) from update_devices d where d.ended = 0 and d.account in ({})",
            engine.int_list("$1")
        );
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql)).bind(list(&missing)?).fetch_all(tx).await?;
        for (account, device, head) in rows {
            let (account, id) = (
                AccountId::try_from(account).map_err(decode)?,
                DeviceId::try_from(device).map_err(decode)?,
            );
            if let Ok(at) = found.binary_search_by_key(&account, |(account, _)| *account) {
                found[at].1.push(Device { id, head });
            }
        }
        for (account, devices) in found {
            let weight = weight(&devices);
            self.devices.put(account, devices, weight);
        }
        Ok(())
    }
}

/// The lane's accounts whose erasure begins in the batch.
pub(super) fn gone(lane: Lane, batch: &Batch) -> Vec<AccountId> {
    let begun = batch.facts.iter().filter_map(|fact| match (&fact.stream, &fact.event) {
        (Stream::Account(account), Event::Account(account::Event::ErasureBegun(_))) => Some(*account),
        _ => None,
    });
    begun.filter(|account| lane.owns_account(*account)).collect()
}

/// What remembering a list costs: its entries and the list itself.
fn weight<T>(list: &[T]) -> usize {
    list.len() + 2
}

fn list<T: serde::Serialize>(ids: &[T]) -> Result<String, sqlx::Error> {
    serde_json::to_string(ids).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn chat_of(fact: &Fact) -> Option<ChatId> {
    match Audience::of(fact) {
        Audience::Members(chat) | Audience::Named(chat) | Audience::Admins(chat, _) => Some(chat),
        Audience::Account(_) | Audience::Nobody => None,
    }
}

/// The accounts that a fact names itself, beside the members of its chat: whom it is about, and who said or did what stands in the timeline,
/// which reads the chat for it.
pub(super) fn named(fact: &Fact) -> BTreeSet<AccountId> {
    match (Audience::of(fact), &fact.event) {
        (Audience::Account(account), _) => BTreeSet::from([account]),
        (Audience::Admins(_, about), _) => about.into_iter().collect(),
        (Audience::Members(_) | Audience::Named(_), Event::Chat(event)) => {
            let author = event.service().and_then(|(_, service)| service.author(fact.by.account()));
            about(event).into_iter().chain(author).collect()
        }
        (Audience::Members(_) | Audience::Named(_) | Audience::Nobody, _) => BTreeSet::new(),
    }
}

/// Whom an event that all members see is about.
fn about(event: &chat::Event) -> Vec<AccountId> {
    match event {
        chat::Event::Created(created) => created.members.iter().map(|member| member.account).collect(),
        chat::Event::MemberAdded(added) => vec![added.account],
        chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => vec![gone.account],
        chat::Event::RoleChanged(changed) => vec![changed.account],
        chat::Event::MessageSent(sent) => vec![sent.from],
        chat::Event::Renamed(_)
        | chat::Event::MessageEdited(_)
        | chat::Event::MessagesDeleted(_)
        | chat::Event::ReactionChanged(_)
        | chat::Event::MessagePinned(_)
        | chat::Event::MessagesUnpinned(_)
        | chat::Event::Described(_)
        | chat::Event::PermissionsChanged(_)
        | chat::Event::SlowModeChanged(_)
        | chat::Event::ProtectionChanged(_)
        // Whom these are about stands in their audience.
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
        | chat::Event::UsernameRefused(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::account::event::{Erased, FactorFailed, Suspended};
    use domain::account::factor::Factor;
    use domain::actor::{Actor, SIGN_IN};
    use domain::fact::FactRef;
    use domain::id::{CommandId, Position};
    use domain::time::Timestamp;

    use super::*;

    fn audience(event: account::Event) -> Audience {
        let fact = Fact {
            at: FactRef {
                position: Position::MIN,
                index: 0,
            },
            stream: Stream::Account(AccountId::MIN),
            recorded_at: Timestamp(0),
            sent_at: None,
            by: Actor::Service(SIGN_IN.to_owned()),
            command: CommandId(uuid::Uuid::nil()),
            digest: String::new(),
            event: event.into(),
        };
        Audience::of(&fact)
    }

    #[test]
    fn an_account_is_told_what_becomes_of_it_and_not_of_each_try() {
        assert_eq!(audience(account::Event::Suspended(Suspended {})), Audience::Account(AccountId::MIN));
        let failed = FactorFailed {
            factor: Factor::Password,
            at: Timestamp(0),
            tries_full_at: Timestamp(0),
            sign_in: None,
        };
        assert_eq!(audience(account::Event::FactorFailed(failed)), Audience::Nobody);
        assert_eq!(audience(account::Event::Erased(Erased {})), Audience::Nobody);
    }
}
