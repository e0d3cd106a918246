//! Who has read a message.

use domain::id::{AccountId, ChatId, MessageId};
use infra::db::Db;
use sqlx::Error;

use crate::cells::Cells;

/// The members of a chat who have read a message, by account: those whose read mark is at it or behind it.
pub async fn readers(db: &Db, chat: ChatId, message: MessageId, limit: u32) -> Result<Vec<AccountId>, Error> {
    let sql = "select account from dialogs where chat = $1 and member = 1 and read_up_to >= $2 order by account limit $3";
    let query = sqlx::query(sql).bind(chat.to_string()).bind(message.get()).bind(i64::from(limit));
    query.fetch_all(&db.pool).await?.iter().map(|row| row.id("account")).collect()
}
