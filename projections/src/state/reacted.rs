//! Messages whose reactions changed, where many follow: noted as the log tells of them, and taken to be counted.

use std::collections::BTreeSet;

use domain::id::{ChatId, MessageId, Position};
use domain::interactions::event::ReactionCount;
use infra::db::{BulkDelete, Column, Engine, json};
use sqlx::{AnyConnection, AssertSqlSafe};

use super::State;
use super::counts::{COUNTED, decode};

const NOTED: BulkDelete = BulkDelete {
    table: "reacted",
    keys: &[("chat", Column::Text), ("message", Column::Int), ("position", Column::Int)],
};

/// A message whose reactions changed, and how often which emoji by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reacted {
    /// Which.
    pub(crate) message: MessageId,
    /// The last change that was noted when it was counted.
    pub(crate) position: Position,
    /// The most frequent first.
    pub(crate) counts: Vec<ReactionCount>,
}

impl State {
    /// Notes that reactions to a message changed. Noted once more, it is counted once more, which changes nothing.
    pub(crate) async fn note_reaction(&self, chat: ChatId, message: MessageId, at: Position) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into reacted (chat, message, position) values ($1, $2, $3) \
             on conflict (chat, message) do update set position = excluded.position where reacted.position < excluded.position",
        )
        .bind(chat.to_string())
        .bind(message.get())
        .bind(at.get())
        .execute(&self.db.pool)
        .await?;
        Ok(())
    }

    /// Messages of a chat whose reactions changed since they were counted, and when they last did; those that wait for longest first, as far as
    /// rows include it that stand there.
    pub(crate) async fn reacted_to(&self, chat: ChatId, included: Position) -> Result<Vec<(MessageId, Position)>, sqlx::Error> {
        let sql = "select message, position from reacted where chat = $1 and position <= $2 order by position limit $3";
        let query = sqlx::query_as(sql).bind(chat.to_string()).bind(included.get()).bind(COUNTED);
        let rows: Vec<(i64, i64)> = query.fetch_all(&self.db.pool).await?;
        let noted = |(message, at): (i64, i64)| {
            Ok((
                MessageId::try_from(message).map_err(decode)?,
                Position::try_from(at).map_err(decode)?,
            ))
        };
        rows.into_iter().map(noted).collect()
    }
}

/// Takes those of these messages, at most so many, that nobody has counted or reacted to in between.
pub(super) async fn claim(
    engine: Engine,
    tx: &mut AnyConnection,
    chat: &str,
    mut reacted: Vec<Reacted>,
    most: usize,
) -> Result<Vec<Reacted>, sqlx::Error> {
    reacted.truncate(most);
    let noted: Vec<_> = reacted.iter().map(|one| (chat, one.message, one.position)).collect();
    let sql = format!("{} returning message", NOTED.sql(engine));
    let taken: Vec<(i64,)> = sqlx::query_as(AssertSqlSafe(sql)).bind(json(&noted)?).fetch_all(tx).await?;
    let taken: BTreeSet<i64> = taken.into_iter().map(|(message,)| message).collect();
    reacted.retain(|one| taken.contains(&one.message.get()));
    Ok(reacted)
}
