//! Accounts' view of their chats: membership, read marks, unread counts.
//!
//! Unread messages are counted on reading: what the chat holds behind the mark and is not deleted. One's own
//! message marks the chat as read up to it; joining, up to the chat's last message at that time.

mod growth;
mod uncounted;

use std::collections::HashMap;

use domain::id::{AccountId, ChatId, MessageId};
use domain::sealed::Closed;
use domain::time::Timestamp;
use infra::db::Db;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::read_models::ReadModels;
use crate::timeline::{self, Message};

pub(crate) use growth::Changes;
pub use growth::Dialogs;
pub use uncounted::NOT_COUNTED_MAX;

/// A chat as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// The chat.
    pub chat: ChatId,
    /// A group's title: a [`domain::chat::content::Title`]; direct chats have none.
    pub title: Option<Closed>,
    /// How many members it has.
    pub members: u32,
    /// Messages behind the read mark that are not deleted.
    pub unread: u32,
    /// Messages behind the read mark that are not unread ones, ascending; `None`: too many to tell.
    pub not_counted: Option<Vec<MessageId>>,
    /// The read mark.
    pub read_up_to: Option<MessageId>,
    /// The last message given an id, deleted or not.
    pub top_message: Option<MessageId>,
    /// What the list shows: the last message that is not deleted, unless that is more than a hundred back.
    pub last: Option<Message>,
    /// When the account last became a member.
    pub joined_at: Option<Timestamp>,
    /// What the list is ordered by, newest first: the last message, the chat's creation or one's joining.
    pub active_at: Timestamp,
}

/// A place in the list of an account's dialogs: behind this one. From [`Dialog::place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
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
            active_at: self.active_at,
            chat: self.chat,
        }
    }

    /// How many messages were sent behind the read mark, deleted or not.
    fn behind(&self) -> u32 {
        let [top, mark] = [self.top_message, self.read_up_to].map(|id| id.map_or(0, MessageId::get));
        u32::try_from(top.saturating_sub(mark)).unwrap_or(0)
    }
}

const STANDING: &str = "d.chat, c.title, c.members, c.top_message, d.read_up_to, d.joined_at, \
     case when d.joined_at > c.top_at then d.joined_at else c.top_at end as active_at \
     from dialogs d join chats c on c.chat = d.chat where d.account = $1 and d.member = 1";

const UNREAD: &str = "p.chat, p.title, p.members, p.top_message, p.read_up_to, p.joined_at, p.active_at, \
     case when p.top_message <= p.read_up_to then 0 else p.top_message - p.read_up_to - \
     (select count(*) from timeline t where t.chat = p.chat and t.message > p.read_up_to and t.deleted = 1) end as unread";

/// The chats that an account is a member of, the last active first.
pub async fn page(db: &Db, account: AccountId, after: Option<Place>, limit: u32) -> Result<Vec<Dialog>, Error> {
    let sql = format!(
        "select {UNREAD} from (select q.* from (select {STANDING}) q where q.active_at < $2 or (q.active_at = $2 and q.chat > $3) \
         order by q.active_at desc, q.chat limit $4) p order by p.active_at desc, p.chat"
    );
    let (active_at, chat) = after.map_or((i64::MAX, String::new()), |place| (place.active_at.0, place.chat.to_string()));
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(account.get())
        .bind(active_at)
        .bind(chat)
        .bind(i64::from(limit));
    let rows = query.fetch_all(&db.pool).await?;
    completed(db, &rows).await
}

/// A chat as one of its members sees it; `None`: the account is not a member.
pub async fn dialog(db: &Db, account: AccountId, chat: ChatId) -> Result<Option<Dialog>, Error> {
    let sql = format!("select {UNREAD} from (select {STANDING} and d.chat = $2) p");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(account.get()).bind(chat.to_string());
    let rows = query.fetch_all(&db.pool).await?;
    Ok(completed(db, &rows).await?.pop())
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

/// What the rows leave open: last messages, and what is not counted.
async fn completed(db: &Db, rows: &[AnyRow]) -> Result<Vec<Dialog>, Error> {
    let mut dialogs = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let tops: Vec<_> = dialogs
        .iter()
        .filter_map(|dialog| Some((dialog.chat, dialog.top_message?)))
        .collect();
    let last = timeline::last(db, &tops).await?;
    let mut last: HashMap<_, _> = last.into_iter().map(|message| (message.chat, message)).collect();
    for dialog in &mut dialogs {
        dialog.last = last.remove(&dialog.chat);
    }
    uncounted::fill(db, &mut dialogs).await?;
    Ok(dialogs)
}

fn read(row: &AnyRow) -> Result<Dialog, Error> {
    Ok(Dialog {
        chat: row.parsed("chat")?,
        title: row.json_or_none("title")?,
        members: row.count("members")?,
        unread: row.count("unread")?,
        not_counted: Some(Vec::new()),
        read_up_to: row.id_or_none("read_up_to")?,
        top_message: row.id_or_none("top_message")?,
        last: None,
        joined_at: row.time_or_none("joined_at")?,
        active_at: row.time("active_at")?,
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
        let sql = format!("explain query plan select {UNREAD} from (select {STANDING} and d.chat = $2) p");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(1_i64).bind("g-1");
        let plan = query.fetch_all(&models.db.pool).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.text("detail").unwrap()).collect();
        assert!(
            steps.iter().any(|step| step.contains("COVERING INDEX timeline_deleted")),
            "{steps:?}"
        );
    }
}
