//! Accounts' view of their chats: membership, marks, unread counts, what is pinned, muted, archived, hidden.
//!
//! Unread messages are counted on reading: what the chat holds behind the marks and is not deleted or hidden. One's own
//! message marks the chat as read up to it; joining, up to the chat's last message at that time.

mod growth;
mod listed;
mod readers;

use std::collections::BTreeSet;

use domain::chat::content::Entity;
use domain::chat::{Permission, Role};
use domain::id::{AccountId, ChatId, MessageId};
use domain::sealed::Closed;
use domain::time::Timestamp;
use infra::db::{Db, json};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::read_models::ReadModels;
use crate::timeline::Message;

pub(crate) use growth::Changes;
pub use growth::Dialogs;
pub use readers::readers;

/// Message ids that a dialog lists, at most; of more, only how many there are.
pub const LISTED_MAX: usize = 200;

/// A chat as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// The chat.
    pub chat: ChatId,
    /// A group's title: a [`domain::chat::content::Title`]; direct chats have none.
    pub title: Option<Closed>,
    /// How many members it has.
    pub members: u32,
    /// Messages behind both marks that are neither deleted nor hidden: all but those that are not counted.
    pub unread: u32,
    /// Messages behind both marks that are no unread ones, ascending; `None`: more than [`LISTED_MAX`].
    pub not_counted: Option<Vec<MessageId>>,
    /// Unread messages that mention the account.
    pub mentioned: u32,
    /// Which, ascending; `None`: more than [`LISTED_MAX`].
    pub mentions: Option<Vec<MessageId>>,
    /// The read mark.
    pub read_up_to: Option<MessageId>,
    /// Hidden up to and including this message.
    pub cleared_up_to: Option<MessageId>,
    /// Of a direct chat, the other side's read mark.
    pub peer_read_up_to: Option<MessageId>,
    /// Whether the account has marked it as unread.
    pub marked_unread: bool,
    /// Until when it is muted, which may be over.
    pub muted_until: Option<Timestamp>,
    /// Its place among the account's pinned chats, from 1.
    pub place: Option<u32>,
    /// Whether it is put away.
    pub archived: bool,
    /// What the account is about to say.
    pub draft: Option<Draft>,
    /// Its pinned messages, the last pinned last.
    pub pins: Vec<MessageId>,
    /// The last message given an id, deleted or not.
    pub top_message: Option<MessageId>,
    /// What the list shows: the last message that is neither deleted nor hidden, unless that is more than a hundred back.
    pub last: Option<Message>,
    /// When the account last became a member.
    pub joined_at: Option<Timestamp>,
    /// What the list is ordered by behind pinned chats, newest first: the last message, the chat's creation or one's joining.
    pub active_at: Timestamp,
    /// A channel's username: a [`domain::account::event::Username`].
    pub username: Option<Closed>,
    /// The last number given in the chat's own sequence; 0: none yet; `None`: it has no such sequence.
    pub head: Option<i64>,
    /// What the account is in it; `None`: one of those who follow a channel, or one side of a direct chat.
    pub role: Option<Role>,
    /// What members of a group may not do.
    pub denied: BTreeSet<Permission>,
    /// How long they wait between two messages, in seconds.
    pub slow_mode: u32,
    /// Whether nothing may be forwarded.
    pub protected: bool,
    /// What the account may not do besides, if it is restricted.
    pub restricted: Option<Restricted>,
}

/// What an account may not do in a group beside what the group denies everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restricted {
    /// What.
    pub denied: BTreeSet<Permission>,
    /// Until when, which may be over; `None`: for ever.
    pub until: Option<Timestamp>,
}

/// What an account is about to say in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The message that it is to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Formatted ranges of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// The text: a [`domain::chat::content::Text`].
    pub text: Closed,
    /// Since when.
    pub at: Timestamp,
}

/// A place in the list of an account's dialogs: behind this one. From [`Dialog::place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The dialog's, among pinned chats; none: it is not pinned.
    pub place: Option<u32>,
    /// The dialog's.
    pub active_at: Timestamp,
    /// The dialog's, which orders those of the same instant.
    pub chat: ChatId,
}

/// What an account is to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is a member now.
    pub member: bool,
    /// When it last became one.
    pub joined_at: Option<Timestamp>,
    /// Its read mark.
    pub read_up_to: Option<MessageId>,
}

impl Dialog {
    /// Where the list goes on behind this dialog.
    pub fn place(&self) -> Place {
        Place {
            place: self.place,
            active_at: self.active_at,
            chat: self.chat,
        }
    }
}

/// Behind every chat that is pinned.
const NOT_PINNED: i64 = 2_147_483_647;

const STANDING: &str = "d.account, d.chat, c.title, c.members, c.top_message, c.username, c.denied, c.slow_mode, c.protected, c.own_sequence, d.read_up_to, d.cleared_up_to, d.marked_unread, d.muted_until, d.joined_at, \
     case when d.cleared_up_to > d.read_up_to then d.cleared_up_to else d.read_up_to end as marked, \
     case when d.archived = 1 then 1 else 0 end as archived, d.draft, o.place, coalesce(o.place, 2147483647) as rank, \
     case when d.joined_at > c.top_at then d.joined_at else c.top_at end as active_at \
     from dialogs d join chats c on c.chat = d.chat left join dialog_pins o on o.account = d.account and o.chat = d.chat \
     where d.account = $1 and d.member = 1";

const UNREAD: &str = "p.chat, p.title, p.members, p.top_message, p.username, p.denied, p.slow_mode, p.protected, r.role, \
     x.denied as restricted, x.until as restricted_until, p.read_up_to, p.cleared_up_to, p.marked, p.marked_unread, p.muted_until, \
     p.archived, p.draft, p.place, p.joined_at, p.active_at, \
     case when p.chat like 'c-%' or p.own_sequence = 1 then \
     coalesce((select s.last from chat_segments s where s.chat = p.chat order by s.last desc limit 1), 0) else -1 end as head, \
     case when p.top_message <= p.marked then 0 else \
     (select count(*) from timeline t where t.chat = p.chat and t.message > p.marked and t.deleted = 1) + \
     (select count(*) from hidden h where h.account = p.account and h.chat = p.chat and h.message > p.marked and h.message <= p.top_message \
     and not exists (select 1 from timeline t where t.chat = h.chat and t.message = h.message and t.deleted = 1)) end as not_counted, \
     (select count(*) from mentions m where m.account = p.account and m.chat = p.chat and m.message > p.marked \
     and not exists (select 1 from hidden h where h.account = m.account and h.chat = m.chat and h.message = m.message)) as mentioned, \
     case when p.chat like 'dm-%' then (select max(s.read_up_to) from dialogs s where s.chat = p.chat and s.member = 1 \
     and s.account <> p.account) end as peer_read_up_to";

/// What the account is in a chat, and may not do there: a row of each at most.
const OWN: &str = "left join members r on r.chat = p.chat and r.account = p.account \
     left join restrictions x on x.chat = p.chat and x.account = p.account";

/// The chats that an account is a member of, pinned ones first, then the last active; all, or those that are archived or not.
pub async fn page(db: &Db, account: AccountId, archived: Option<bool>, after: Option<Place>, limit: u32) -> Result<Vec<Dialog>, Error> {
    let sql = format!(
        "select {UNREAD} from (select q.* from (select {STANDING}) q where ($5 < 0 or q.archived = $5) and (q.rank > $6 or (q.rank = $6 and \
         (q.active_at < $2 or (q.active_at = $2 and q.chat > $3)))) order by q.rank, q.active_at desc, q.chat limit $4) p {OWN} \
         order by p.rank, p.active_at desc, p.chat"
    );
    let (rank, active_at, chat) = after.map_or((-1, i64::MAX, String::new()), |place| {
        let rank = place.place.map_or(NOT_PINNED, i64::from);
        (rank, place.active_at.0, place.chat.to_string())
    });
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(account.get())
        .bind(active_at)
        .bind(chat)
        .bind(i64::from(limit))
        .bind(archived.map_or(-1, i64::from))
        .bind(rank);
    let rows = query.fetch_all(&db.pool).await?;
    listed::with_lists(db, account, rows.iter().map(read).collect::<Result<_, _>>()?).await
}

/// A chat as one of its members sees it; `None`: the account is not a member.
pub async fn dialog(db: &Db, account: AccountId, chat: ChatId) -> Result<Option<Dialog>, Error> {
    let sql = format!("select {UNREAD} from (select {STANDING} and d.chat = $2) p {OWN}");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(account.get()).bind(chat.to_string());
    let rows = query.fetch_all(&db.pool).await?;
    let dialogs = listed::with_lists(db, account, rows.iter().map(read).collect::<Result<_, _>>()?).await?;
    Ok(dialogs.into_iter().next())
}

/// Those of a chat's messages that are hidden from an account, or that it has cleared away.
pub async fn hidden(db: &Db, account: AccountId, chat: ChatId, messages: &[MessageId]) -> Result<BTreeSet<MessageId>, Error> {
    let cleared = "select coalesce(cleared_up_to, 0) as cleared_up_to from dialogs where account = $1 and chat = $2";
    let query = sqlx::query(cleared).bind(account.get()).bind(chat.to_string());
    let cleared: Option<MessageId> = match query.fetch_optional(&db.pool).await? {
        Some(row) => row.id_or_none("cleared_up_to")?,
        None => None,
    };
    let mut gone: BTreeSet<MessageId> = messages.iter().copied().filter(|message| Some(*message) <= cleared).collect();
    let list = db.engine.int_list("$3");
    let sql = format!("select message from hidden where account = $1 and chat = $2 and message in ({list})");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(account.get()).bind(chat.to_string());
    for row in query.bind(json(messages)?).fetch_all(&db.pool).await? {
        gone.insert(row.id("message")?);
    }
    Ok(gone)
}

/// The chats that an account is a member of, all of them, in no order.
pub async fn chats(db: &Db, account: AccountId) -> Result<Vec<ChatId>, Error> {
    let query = sqlx::query("select chat from dialogs where account = $1 and member = 1").bind(account.get());
    let rows = query.fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.parsed("chat")).collect()
}

/// Those of them that somebody else is in, or was.
pub async fn chats_with(db: &Db, account: AccountId, other: AccountId) -> Result<Vec<ChatId>, Error> {
    let sql = "select d.chat from dialogs d where d.account = $1 and d.member = 1 \
               and exists (select 1 from dialogs o where o.account = $2 and o.chat = d.chat and o.joined_at is not null)";
    let query = sqlx::query(sql).bind(account.get()).bind(other.get());
    let rows = query.fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.parsed("chat")).collect()
}

/// The groups that an account is in or asks to join, and the channels that it runs, behind `after`, by id.
pub async fn part_of(db: &Db, account: AccountId, after: Option<ChatId>, limit: u32) -> Result<Vec<ChatId>, Error> {
    let sql = "select chat from dialogs where account = $1 and member = 1 and chat > $2 and (admin = 1 or (chat >= 'g-' and chat < 'g.')) \
               union select chat from join_requests where account = $1 and chat > $2 order by chat limit $3";
    let query = sqlx::query(sql)
        .bind(account.get())
        .bind(after.map_or_else(String::new, |chat| chat.to_string()));
    let rows = query.bind(i64::from(limit)).fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.parsed("chat")).collect()
}

/// In which groups and channels any of these accounts is, and since when.
pub async fn still_in(db: &Db, accounts: &[AccountId]) -> Result<Vec<(AccountId, ChatId, Timestamp)>, Error> {
    let list = db.engine.int_list("$1");
    let of = |kind: char| {
        format!(
            "select account, chat, coalesce(joined_at, 0) as since from dialogs where account in ({list}) and member = 1 \
             and chat >= '{kind}-' and chat < '{kind}.'"
        )
    };
    // Nothing else stands between these.
    let sql = format!("{} union all {}", of('c'), of('g'));
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json(accounts)?).fetch_all(&db.pool).await?;
    let still = |row: &AnyRow| -> Result<_, Error> { Ok((row.id("account")?, row.parsed("chat")?, row.time("since")?)) };
    rows.iter().map(still).collect()
}

/// Who is in a chat, in no order.
pub async fn members(db: &Db, chat: ChatId) -> Result<Vec<AccountId>, Error> {
    let query = sqlx::query("select account from dialogs where chat = $1 and member = 1").bind(chat.to_string());
    let rows = query.fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.id("account")).collect()
}

/// The others of an account's direct chats, in no order, so many at most.
pub async fn peers(db: &Db, account: AccountId, limit: u32) -> Result<Vec<AccountId>, Error> {
    // Their ids begin so, and nothing else stands between these two.
    let sql = "select chat from dialogs where account = $1 and member = 1 and chat >= 'dm-' and chat < 'dm.' limit $2";
    let query = sqlx::query(sql).bind(account.get()).bind(i64::from(limit));
    let rows = query.fetch_all(&db.pool).await?;
    let chats: Vec<ChatId> = rows.iter().map(|row| row.parsed("chat")).collect::<Result<_, _>>()?;
    Ok(chats.into_iter().filter_map(|chat| chat.peer(account)).collect())
}

/// The chats that an account was a member of and is no more, behind `after`, by id.
pub async fn left(db: &Db, account: AccountId, after: Option<ChatId>, limit: u32) -> Result<Vec<ChatId>, Error> {
    let query = sqlx::query("select chat from dialogs where account = $1 and member = 0 and chat > $2 order by chat limit $3");
    let query = query
        .bind(account.get())
        .bind(after.map_or_else(String::new, |chat| chat.to_string()));
    let rows = query.bind(i64::from(limit)).fetch_all(&db.pool).await?;
    rows.iter().map(|row| row.parsed("chat")).collect()
}

/// What an account is to a chat; `None`: it never had to do with it. One look-up, for checking permissions. An error while the rows are an
/// older copy of themselves.
pub async fn standing(models: &ReadModels, account: AccountId, chat: ChatId) -> Result<Option<Standing>, Error> {
    let row = models.believed(
        |lane| lane.owns_account(account),
        "select member, joined_at, read_up_to from dialogs where account = $1 and chat = $2",
        |query| query.bind(account.get()).bind(chat.to_string()),
    );
    let standing = |row: AnyRow| -> Result<Standing, Error> {
        Ok(Standing {
            member: row.flag("member")?,
            joined_at: row.time_or_none("joined_at")?,
            read_up_to: row.id_or_none("read_up_to")?,
        })
    };
    row.await?.map(standing).transpose()
}

/// A dialog without its lists.
fn read(row: &AnyRow) -> Result<Dialog, Error> {
    let top: Option<MessageId> = row.id_or_none("top_message")?;
    let behind = top.map_or(0, MessageId::get) - row.int("marked")? - row.int("not_counted")?;
    let place: Option<i64> = row.int_or_none("place")?;
    let restricted: Option<BTreeSet<Permission>> = row.json_or_none("restricted")?;
    let until = row.time_or_none("restricted_until")?;
    let draft = row.text_or_none("draft")?.filter(|draft| !draft.is_empty());
    Ok(Dialog {
        chat: row.parsed("chat")?,
        title: row.json_or_none("title")?,
        members: row.count("members")?,
        unread: u32::try_from(behind.max(0)).unwrap_or(u32::MAX),
        not_counted: listed::listed(row.count("not_counted")?),
        mentioned: row.count("mentioned")?,
        mentions: listed::listed(row.count("mentioned")?),
        read_up_to: row.id_or_none("read_up_to")?,
        cleared_up_to: row.id_or_none("cleared_up_to")?,
        peer_read_up_to: row.id_or_none("peer_read_up_to")?,
        marked_unread: row.int_or_none("marked_unread")? == Some(1),
        muted_until: row.time_or_none("muted_until")?.filter(|until| until.0 > 0),
        place: place.and_then(|place| u32::try_from(place).ok()),
        archived: row.flag("archived")?,
        draft: draft
            .map(|draft| serde_json::from_str(&draft))
            .transpose()
            .map_err(|error| Error::Decode(error.into()))?,
        pins: Vec::new(),
        top_message: top,
        last: None,
        joined_at: row.time_or_none("joined_at")?,
        active_at: row.time("active_at")?,
        username: row.json_or_none("username")?,
        head: Some(row.int("head")?).filter(|head| *head >= 0),
        role: row.json_or_none("role")?,
        denied: row.json_or_none("denied")?.unwrap_or_else(Permission::denied_at_first),
        slow_mode: row.count("slow_mode")?,
        protected: row.flag("protected")?,
        restricted: restricted.map(|denied| Restricted { denied, until }),
    })
}

#[cfg(test)]
mod tests {
    use domain::id::LogId;
    use uuid::Uuid;

    use super::*;
    use crate::read_models::ReadModels;
    use crate::state::State;

    #[tokio::test]
    async fn of_unread_messages_only_the_deleted_are_visited() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let state = State::open(Db::open(&file("state.db"), 1, "normal").await.unwrap()).await.unwrap();
        let rows = Db::open(&file("read.db"), 1, "normal").await.unwrap();
        let models = ReadModels::open(rows, state, LogId(Uuid::nil()), 1).await.unwrap();
        let sql = format!("explain query plan select {UNREAD} from (select {STANDING} and d.chat = $2) p {OWN}");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(1_i64).bind("g-1");
        let plan = query.fetch_all(&models.db.pool).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.text("detail").unwrap()).collect();
        assert!(
            steps.iter().any(|step| step.contains("COVERING INDEX timeline_deleted")),
            "{steps:?}"
        );
    }
}
