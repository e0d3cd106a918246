//! What a batch writes of dialogs.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{AccountId, ChatId, MessageId};
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkDelete, Writes};
use sqlx::Error;

use super::Change;

const COLUMNS: &[(&str, infra::db::Column)] = &[
    ("account", Int),
    ("chat", Text),
    ("member", Int),
    ("joined_at", Int),
    ("read_up_to", Int),
    ("cleared_up_to", Int),
    ("marked_unread", Int),
    ("muted_until", Int),
    ("archived", Int),
    ("draft", Text),
    ("admin", Int),
];

/// Who joined or went.
const MEMBERSHIPS: Bulk = Bulk {
    table: "dialogs",
    columns: COLUMNS,
    conflict: "on conflict (account, chat) do update set member = excluded.member, joined_at = coalesce(excluded.joined_at, dialogs.joined_at), \
               read_up_to = case when excluded.read_up_to > dialogs.read_up_to then excluded.read_up_to else dialogs.read_up_to end, \
               cleared_up_to = case when excluded.cleared_up_to > coalesce(dialogs.cleared_up_to, 0) then excluded.cleared_up_to \
               else dialogs.cleared_up_to end, marked_unread = coalesce(excluded.marked_unread, dialogs.marked_unread), \
               muted_until = coalesce(excluded.muted_until, dialogs.muted_until), archived = coalesce(excluded.archived, dialogs.archived), \
               draft = coalesce(excluded.draft, dialogs.draft), admin = coalesce(excluded.admin, dialogs.admin)",
};

/// What else happened; membership stays as it was.
const MARKS: Bulk = Bulk {
    table: "dialogs",
    columns: COLUMNS,
    conflict: "on conflict (account, chat) do update set \
               read_up_to = case when excluded.read_up_to > dialogs.read_up_to then excluded.read_up_to else dialogs.read_up_to end, \
               cleared_up_to = case when excluded.cleared_up_to > coalesce(dialogs.cleared_up_to, 0) then excluded.cleared_up_to \
               else dialogs.cleared_up_to end, marked_unread = coalesce(excluded.marked_unread, dialogs.marked_unread), \
               muted_until = coalesce(excluded.muted_until, dialogs.muted_until), archived = coalesce(excluded.archived, dialogs.archived), \
               draft = coalesce(excluded.draft, dialogs.draft), admin = coalesce(excluded.admin, dialogs.admin)",
};

const NOT_PINNED: BulkDelete = BulkDelete {
    table: "dialog_pins",
    keys: &[("account", Int)],
};

const PINNED: Bulk = Bulk {
    table: "dialog_pins",
    columns: &[("account", Int), ("chat", Text), ("place", Int)],
    conflict: "on conflict (account, chat) do nothing",
};

const HIDDEN: Bulk = Bulk {
    table: "hidden",
    columns: &[("account", Int), ("chat", Text), ("message", Int)],
    conflict: "on conflict (account, chat, message) do nothing",
};

pub(super) async fn dialogs(changes: BTreeMap<(AccountId, ChatId), Change>, writes: &mut Writes<'_>) -> Result<(), Error> {
    let (memberships, marks): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(_, change)| change.member.is_some());
    let row = |((account, chat), change): ((AccountId, ChatId), Change)| {
        (
            account,
            chat,
            i64::from(change.member == Some(true)),
            change.joined_at(),
            change.read_up_to.map_or(0, MessageId::get),
            change.cleared_up_to,
            change.marked_unread.map(i64::from),
            change.muted_until,
            change.archived.map(i64::from),
            change.draft,
            change.admin.map(i64::from),
        )
    };
    let memberships: Vec<_> = memberships.into_iter().map(row).collect();
    MEMBERSHIPS.insert(writes, &memberships).await?;
    let marks: Vec<_> = marks.into_iter().map(row).collect();
    MARKS.insert(writes, &marks).await
}

pub(super) async fn pins(pins: &BTreeMap<AccountId, Vec<ChatId>>, writes: &mut Writes<'_>) -> Result<(), Error> {
    let accounts: Vec<_> = pins.keys().map(|account| (account,)).collect();
    NOT_PINNED.delete(writes, &accounts).await?;
    let rows = pins.iter().flat_map(|(account, chats)| {
        let places = (1u32..).zip(chats);
        places.map(move |(place, chat)| (account, chat, place))
    });
    PINNED.insert(writes, &rows.collect::<Vec<_>>()).await
}

pub(super) async fn hidden(hidden: &BTreeSet<(AccountId, ChatId, MessageId)>, writes: &mut Writes<'_>) -> Result<(), Error> {
    HIDDEN.insert(writes, &Vec::from_iter(hidden)).await
}
