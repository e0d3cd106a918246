//! Who that is whom facts are told: the lane's own members of chats, and accounts' devices with the last number each was given.

use std::collections::BTreeSet;

use domain::id::{AccountId, ChatId, DeviceId};
use domain::stream::Stream;
use domain::{account, event::Event};
use infra::db::Engine;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::audience::{Audience, named};
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
        let chats: BTreeSet<ChatId> = batch.facts.iter().filter_map(|fact| Audience::of(fact).chat()).collect();
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
