//! Places in a chat's history: by time, and by author.

use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use infra::db::Db;
use sqlx::{AssertSqlSafe, Error};

use super::{Message, read, select, shown_to};

/// Ids that are looked through for one author's messages at a time.
const LOOKED_THROUGH: i64 = 20_000;

/// The first message sent at a time or later, of those up to `top`. Times rise with ids but where some were imported into a chat that had others:
/// there it is the first behind an earlier one.
pub async fn since(db: &Db, chat: ChatId, top: MessageId, at: Timestamp) -> Result<Option<MessageId>, Error> {
    // Invariant: what is below `low` was sent before; what is at `high` or above, was not.
    let (mut low, mut high) = (1, top.get() + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let asked = "select message, sent_at from timeline where chat = $1 and message >= $2 order by message limit 1";
        let asked = sqlx::query_as(asked).bind(chat.to_string()).bind(middle);
        let found: Option<(i64, i64)> = asked.fetch_optional(&db.pool).await?;
        match found {
            Some((message, sent_at)) if message < high && Timestamp(sent_at) < at => low = message + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(MessageId::new(low).filter(|message| *message <= top))
}

/// The newest of an author's messages before another one, without the deleted ones, in ascending order; and the first id that was looked at: 1
/// where there are no more.
pub async fn of_author(
    db: &Db,
    reader: AccountId,
    chat: ChatId,
    author: AccountId,
    before: Option<MessageId>,
    limit: u32,
) -> Result<(Vec<Message>, i64), Error> {
    let top = "(select coalesce(max(message), 0) + 1 from timeline where chat = $1 and message < $2)";
    let sql = format!(
        "{} where t.chat = $1 and t.message < $2 and t.message >= {top} - $5 and t.author = $3 and t.deleted = 0 and {} \
         order by t.message desc limit $4",
        select(db),
        shown_to("$6")
    );
    let bound = before.map_or(i64::MAX, MessageId::get);
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(chat.to_string())
        .bind(bound)
        .bind(author.get());
    let rows: Vec<(String,)> = query
        .bind(i64::from(limit))
        .bind(LOOKED_THROUGH)
        .bind(reader.get())
        .fetch_all(&db.pool)
        .await?;
    let mut messages: Vec<Message> = rows.iter().map(read).collect::<Result<_, _>>()?;
    messages.reverse();
    if let Some(oldest) = messages.first().filter(|_| messages.len() == limit as usize) {
        let first = oldest.message.get();
        return Ok((messages, first));
    }
    let end = "select coalesce(max(message), 0) + 1 from timeline where chat = $1 and message < $2";
    let (end,): (i64,) = sqlx::query_as(end).bind(chat.to_string()).bind(bound).fetch_one(&db.pool).await?;
    let first = (end - LOOKED_THROUGH).max(1);
    Ok((messages, first))
}
