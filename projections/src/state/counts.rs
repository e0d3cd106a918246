//! What is counted of messages where many follow: claimed by one process at a time, and kept with its whole numbers until it is told.

use std::collections::BTreeMap;

use domain::id::{ChatId, MessageId};
use domain::interactions::COUNTED_MAX;
use domain::interactions::event::Count;
use domain::time::Timestamp;
use infra::db::json;
use sqlx::Connection;

use super::reacted::{self, Reacted};
use super::{State, views};

/// Messages counted together, at most: [`COUNTED_MAX`].
pub(super) const COUNTED: i64 = 1_000;

/// Messages that are claimed, and what is counted of them from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CountBatch {
    /// In which chat.
    pub(crate) chat: ChatId,
    /// When it was claimed: tells a chat's batches apart.
    pub(crate) batch: i64,
    /// Each with whole numbers.
    pub(crate) messages: Vec<Count>,
}

impl State {
    /// Chats with something that is not counted yet.
    pub(crate) async fn uncounted(&self, most: i64) -> Result<Vec<ChatId>, sqlx::Error> {
        let sql = "select chat from views where batch = 0 union select chat from reacted order by chat limit $1";
        let rows: Vec<(String,)> = sqlx::query_as(sql).bind(most).fetch_all(&self.db.pool).await?;
        rows.into_iter().map(|(chat,)| chat.parse().map_err(decode)).collect()
    }

    /// Claims what of a chat is not counted yet: whole or not at all. `false`: another process had its turn since `before`, or there is
    /// nothing.
    pub(crate) async fn claim_counts(
        &self,
        chat: ChatId,
        reacted: Vec<Reacted>,
        (now, before): (Timestamp, Timestamp),
    ) -> Result<bool, sqlx::Error> {
        let chat = chat.to_string();
        let mut connection = self.db.pool.acquire().await?;
        let mut tx = connection.begin().await?;
        let turn = "insert into view_turns (chat, at) values ($1, $2) \
                    on conflict (chat) do update set at = excluded.at where view_turns.at <= $3";
        let turn = sqlx::query(turn).bind(&chat).bind(now.0).bind(before.0);
        if turn.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let mut counts = BTreeMap::new();
        for (message, views) in views::claim(self.db.engine, &mut tx, &chat, now).await? {
            count(&mut counts, message).views = Some(views);
        }
        for reacted in reacted::claim(self.db.engine, &mut tx, &chat, reacted, COUNTED_MAX.saturating_sub(counts.len())).await? {
            count(&mut counts, reacted.message).reactions = Some(reacted.counts);
        }
        if counts.is_empty() {
            return Ok(false);
        }
        let counts: Vec<Count> = counts.into_values().collect();
        sqlx::query("insert into view_batches (chat, batch, messages) values ($1, $2, $3)")
            .bind(&chat)
            .bind(now.0)
            .bind(json(&counts)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What was claimed and is not told yet, the oldest first.
    pub(crate) async fn count_batches(&self, most: i64) -> Result<Vec<CountBatch>, sqlx::Error> {
        let query = sqlx::query_as("select chat, batch, messages from view_batches order by batch, chat limit $1").bind(most);
        let rows: Vec<(String, i64, String)> = query.fetch_all(&self.db.pool).await?;
        let batch = |(chat, batch, messages): (String, i64, String)| {
            Ok(CountBatch {
                chat: chat.parse().map_err(decode)?,
                batch,
                messages: serde_json::from_str(&messages).map_err(|error| sqlx::Error::Decode(error.into()))?,
            })
        };
        rows.into_iter().map(batch).collect()
    }

    /// It is told.
    pub(crate) async fn told_counts(&self, batch: &CountBatch) -> Result<(), sqlx::Error> {
        sqlx::query("delete from view_batches where chat = $1 and batch = $2")
            .bind(batch.chat.to_string())
            .bind(batch.batch)
            .execute(&self.db.pool)
            .await?;
        Ok(())
    }
}

fn count(counts: &mut BTreeMap<MessageId, Count>, message: MessageId) -> &mut Count {
    counts.entry(message).or_insert(Count {
        message,
        views: None,
        reactions: None,
    })
}

pub(super) fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
