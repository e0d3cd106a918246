//! Who is in a chat, and as what. Of a channel's people, those who run it: its owner and its admins.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::chat::event::MemberAdded;
use domain::chat::{Event, Role};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, BulkUpdate, Db, Writes};
use sqlx::Error;
use sqlx::any::AnyRow;

use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// A member of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
}

/// A chat's members behind `after`, by id.
pub async fn members(db: &Db, chat: ChatId, after: Option<AccountId>, limit: u32) -> Result<Vec<Member>, Error> {
    let sql = "select account, role, since from members where chat = $1 and account > $2 order by account limit $3";
    let query = sqlx::query(sql)
        .bind(chat.to_string())
        .bind(after.map_or(0, AccountId::get))
        .bind(i64::from(limit));
    let rows = query.fetch_all(&db.pool).await?;
    let member = |row: &AnyRow| -> Result<Member, Error> {
        Ok(Member {
            account: row.id("account")?,
            role: row.json("role")?,
            since: row.time("since")?,
        })
    };
    rows.iter().map(member).collect()
}

/// Who owns a group or a channel.
pub async fn owner(db: &Db, chat: ChatId) -> Result<Option<AccountId>, Error> {
    let query = sqlx::query("select account from members where chat = $1 and role = '\"owner\"'");
    let row = query.bind(chat.to_string()).fetch_optional(&db.pool).await?;
    row.map(|row| row.id("account")).transpose()
}

/// An account's role in a chat; `None`: it is not a member.
pub async fn role(db: &Db, chat: ChatId, account: AccountId) -> Result<Option<Role>, Error> {
    let query = sqlx::query("select role from members where chat = $1 and account = $2");
    let row = query.bind(chat.to_string()).bind(account.get()).fetch_optional(&db.pool).await?;
    row.map(|row| row.json("role")).transpose()
}

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Members;

const KEY: &[(&str, Column)] = &[("chat", Text), ("account", Int)];

const JOINED: Bulk = Bulk {
    table: "members",
    columns: &[("chat", Text), ("account", Int), ("role", Text), ("since", Int)],
    conflict: "on conflict (chat, account) do update set role = excluded.role, since = excluded.since",
};

const CHANGED: BulkUpdate = BulkUpdate {
    table: "members",
    keys: KEY,
    set: &[("role", Text)],
    only: "",
};

/// What a batch does to a membership.
#[derive(Debug)]
pub(crate) enum Change {
    /// A member from now on.
    Joined(String, Timestamp),
    /// Another role.
    Role(String),
    /// No longer a member.
    Gone,
}

/// What a batch does to memberships.
pub(crate) type Changes = BTreeMap<(ChatId, AccountId), Change>;

#[async_trait]
impl Projection for Members {
    fn name(&self) -> &'static str {
        "members"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::new();
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            take(&mut changes, fact, chat, event)?;
        }
        write(changes, writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

/// The members there are then, by account: all of them, where no fact came before.
pub(crate) fn joined_by(changes: Changes) -> Result<Vec<Member>, serde_json::Error> {
    let member = |((_, account), change)| match change {
        Change::Joined(role, since) => {
            let role = serde_json::from_str(&role);
            Some(role.map(|role| Member { account, role, since }))
        }
        Change::Role(_) | Change::Gone => None,
    };
    changes.into_iter().filter_map(member).collect()
}

/// Takes in what a fact does.
pub(crate) fn take(changes: &mut Changes, fact: &Fact, chat: ChatId, event: &Event) -> Result<(), ApplyError> {
    match event {
        Event::Created(created) => created.members.iter().try_for_each(|member| joined(changes, fact, chat, member))?,
        Event::MemberAdded(added) => joined(changes, fact, chat, added)?,
        Event::MemberRemoved(gone) | Event::MemberLeft(gone) => drop(changes.insert((chat, gone.account), Change::Gone)),
        Event::RoleChanged(now) if matches!((chat, &now.role), (ChatId::Channel(_), Role::Member)) => {
            drop(changes.insert((chat, now.account), Change::Gone));
        }
        Event::RoleChanged(now) if matches!(chat, ChatId::Channel(_)) => {
            let role = share::json(fact, &now.role)?;
            changes.insert((chat, now.account), Change::Joined(role, fact.happened_at()));
        }
        Event::RoleChanged(now) => {
            let role = share::json(fact, &now.role)?;
            let change = changes.entry((chat, now.account)).or_insert_with(|| Change::Role(String::new()));
            match change {
                Change::Joined(current, _) | Change::Role(current) => *current = role,
                Change::Gone => {}
            }
        }
        Event::Renamed(_)
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
        | Event::MemberRestricted(_)
        | Event::MemberBanned(_)
        | Event::MemberUnbanned(_)
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

fn joined(changes: &mut Changes, fact: &Fact, chat: ChatId, member: &MemberAdded) -> Result<(), ApplyError> {
    let role = share::json(fact, &member.role)?;
    changes.insert((chat, member.account), Change::Joined(role, fact.happened_at()));
    Ok(())
}

async fn write(changes: Changes, writes: &mut Writes<'_>) -> Result<(), Error> {
    let (mut new, mut roles, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for ((chat, account), change) in changes {
        match change {
            Change::Joined(role, since) => new.push((chat, account, role, since)),
            Change::Role(role) => roles.push((chat, account, role)),
            Change::Gone => gone.push((chat, account)),
        }
    }
    JOINED.insert(writes, &new).await?;
    CHANGED.update(writes, &roles).await?;
    BulkDelete {
        table: "members",
        keys: KEY,
    }
    .delete(writes, &gone)
    .await
}
