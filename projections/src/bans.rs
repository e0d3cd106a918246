//! Who may not be in a group, or may do less in it than others.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::chat::{Event, Permission};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, Db, Writes};
use serde::Serialize;
use sqlx::Error;
use sqlx::any::AnyRow;

use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// An account that may not be in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who.
    pub account: AccountId,
    /// Until when, which may be over; `None`: for ever.
    pub until: Option<Timestamp>,
    /// Who banned it.
    pub by: Option<AccountId>,
    /// Since when.
    pub since: Timestamp,
}

/// An account that may do less in a group than others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// Who.
    pub account: AccountId,
    /// What it may not do.
    pub denied: BTreeSet<Permission>,
    /// Until when, which may be over; `None`: for ever.
    pub until: Option<Timestamp>,
    /// Who restricted it.
    pub by: Option<AccountId>,
    /// Since when.
    pub since: Timestamp,
}

/// A group's banned accounts behind `after`, by id.
pub async fn bans(db: &Db, chat: ChatId, after: Option<AccountId>, limit: u32) -> Result<Vec<Ban>, Error> {
    let sql = "select account, until, actor, since from bans where chat = $1 and account > $2 order by account limit $3";
    let query = sqlx::query(sql).bind(chat.to_string()).bind(after.map_or(0, AccountId::get));
    let rows = query.bind(i64::from(limit)).fetch_all(&db.pool).await?;
    let ban = |row: &AnyRow| -> Result<Ban, Error> {
        Ok(Ban {
            account: row.id("account")?,
            until: row.time_or_none("until")?,
            by: row.id_or_none("actor")?,
            since: row.time("since")?,
        })
    };
    rows.iter().map(ban).collect()
}

/// A group's restricted accounts behind `after`, by id.
pub async fn restrictions(db: &Db, chat: ChatId, after: Option<AccountId>, limit: u32) -> Result<Vec<Restriction>, Error> {
    let sql = "select account, denied, until, actor, since from restrictions where chat = $1 and account > $2 order by account limit $3";
    let query = sqlx::query(sql).bind(chat.to_string()).bind(after.map_or(0, AccountId::get));
    let rows = query.bind(i64::from(limit)).fetch_all(&db.pool).await?;
    rows.iter().map(restriction).collect()
}

fn restriction(row: &AnyRow) -> Result<Restriction, Error> {
    Ok(Restriction {
        account: row.id("account")?,
        denied: row.json("denied")?,
        until: row.time_or_none("until")?,
        by: row.id_or_none("actor")?,
        since: row.time("since")?,
    })
}

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Bans;

const KEY: &[(&str, Column)] = &[("chat", Text), ("account", Int)];

const BANNED: Bulk = Bulk {
    table: "bans",
    columns: &[("chat", Text), ("account", Int), ("until", Int), ("actor", Int), ("since", Int)],
    conflict: "on conflict (chat, account) do update set until = excluded.until, actor = excluded.actor, since = excluded.since",
};

const RESTRICTED: Bulk = Bulk {
    table: "restrictions",
    columns: &[
        ("chat", Text),
        ("account", Int),
        ("denied", Text),
        ("until", Int),
        ("actor", Int),
        ("since", Int),
    ],
    conflict: "on conflict (chat, account) do update set denied = excluded.denied, until = excluded.until, actor = excluded.actor, \
               since = excluded.since",
};

/// By whom and when.
pub(crate) type By = (Option<AccountId>, Timestamp);
/// What a batch does, by whom: `None`: nothing is left of it.
pub(crate) type Changes<T> = BTreeMap<(ChatId, AccountId), Option<(T, Option<Timestamp>, By)>>;

#[async_trait]
impl Projection for Bans {
    fn name(&self) -> &'static str {
        "bans"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let (mut bans, mut restrictions) = (Changes::new(), Changes::new());
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            take(&mut bans, &mut restrictions, fact, chat, event)?;
        }
        let row = |((chat, account), ((), until, (by, since)))| (chat, account, until, by, since);
        write("bans", &BANNED, bans, row, writes).await?;
        let row = |((chat, account), (denied, until, (by, since)))| (chat, account, denied, until, by, since);
        write("restrictions", &RESTRICTED, restrictions, row, writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

/// Takes in what a fact does.
pub(crate) fn take(
    bans: &mut Changes<()>,
    restrictions: &mut Changes<String>,
    fact: &Fact,
    chat: ChatId,
    event: &Event,
) -> Result<(), ApplyError> {
    let by = (fact.by.account(), fact.happened_at());
    match event {
        Event::MemberBanned(banned) => drop(bans.insert((chat, banned.account), Some(((), banned.until, by)))),
        Event::MemberUnbanned(unbanned) => drop(bans.insert((chat, unbanned.account), None)),
        Event::MemberRestricted(restricted) => {
            let denied = share::json(fact, &restricted.denied)?;
            let now = (!restricted.denied.is_empty()).then_some((denied, restricted.until, by));
            restrictions.insert((chat, restricted.account), now);
        }
        Event::Created(_)
        | Event::Renamed(_)
        | Event::MemberAdded(_)
        | Event::MemberRemoved(_)
        | Event::MemberLeft(_)
        | Event::RoleChanged(_)
        | Event::MessageSent(_)
        | Event::MessageEdited(_)
        | Event::MessagesDeleted(_)
        | Event::ReactionChanged(_)
        | Event::MessagePinned(_)
        | Event::MessagesUnpinned(_)
        | Event::Described(_)
        | Event::PermissionsChanged(_)
        | Event::SlowModeChanged(_)
        | Event::ProtectionChanged(_)
        | Event::LinkMade(_)
        | Event::LinkChanged(_)
        | Event::LinkRevoked(_)
        | Event::JoinRequested(_)
        | Event::JoinDeclined(_)
        | Event::SequenceBegun(_)
        | Event::UsernameRequested(_)
        | Event::UsernameChanged(_)
        | Event::UsernameRefused(_) => {}
    }
    Ok(())
}

async fn write<T, R: Serialize + Sync>(
    table: &'static str,
    there: &Bulk,
    changes: Changes<T>,
    row: impl Fn(((ChatId, AccountId), (T, Option<Timestamp>, By))) -> R,
    writes: &mut Writes<'_>,
) -> Result<(), Error> {
    let gone: Vec<_> = changes.iter().filter(|(_, now)| now.is_none()).map(|(key, _)| *key).collect();
    let rows: Vec<R> = changes.into_iter().filter_map(|(key, now)| Some(row((key, now?)))).collect();
    there.insert(writes, &rows).await?;
    BulkDelete { table, keys: KEY }.delete(writes, &gone).await
}
