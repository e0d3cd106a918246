//! Who has seen which post of a channel: noted once each, and claimed to be counted, by one process at a time.

use domain::id::{AccountId, ChatId, MessageId};
use domain::interactions::event::Count;
use domain::time::Timestamp;
use infra::db::{Bulk, Column, json};
use sqlx::Connection;

use super::State;

/// Posts counted together, at most.
const POSTS: i64 = 1_000;

const VIEWS: Bulk = Bulk {
    table: "views",
    columns: &[
        ("chat", Column::Text),
        ("message", Column::Int),
        ("account", Column::Int),
        ("batch", Column::Int),
    ],
    conflict: "on conflict do nothing",
};

const TOTALS: Bulk = Bulk {
    table: "view_totals",
    columns: &[("chat", Column::Text), ("message", Column::Int), ("views", Column::Int)],
    conflict: "on conflict (chat, message) do update set views = view_totals.views + excluded.views",
};

/// What was already known of posts before this was noted: kept where nothing else is.
const KNOWN: Bulk = Bulk {
    conflict: "on conflict do nothing",
    ..TOTALS
};

/// Posts that are claimed, and their views from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ViewBatch {
    /// Of which channel.
    pub(crate) chat: ChatId,
    /// When it was claimed: tells a channel's batches apart.
    pub(crate) batch: i64,
    /// Each with whole numbers.
    pub(crate) messages: Vec<Count>,
}

impl State {
    /// Notes that an account has seen posts; what it had seen before changes nothing.
    pub async fn saw(&self, account: AccountId, chat: ChatId, messages: &[MessageId]) -> Result<(), sqlx::Error> {
        let rows: Vec<_> = messages.iter().map(|message| (chat, *message, account, 0)).collect();
        let mut connection = self.db.pool.acquire().await?;
        VIEWS.insert_now(self.db.engine, &mut connection, &rows).await
    }

    /// Channels with views that are not counted yet.
    pub(crate) async fn viewed(&self, most: i64) -> Result<Vec<ChatId>, sqlx::Error> {
        let query = sqlx::query_as("select distinct chat from views where batch = 0 order by chat limit $1").bind(most);
        let rows: Vec<(String,)> = query.fetch_all(&self.db.pool).await?;
        rows.into_iter().map(|(chat,)| chat.parse().map_err(decode)).collect()
    }

    /// The posts of a channel with views that are not counted yet, of which it is not noted how often they were seen before.
    pub(crate) async fn new_to_views(&self, chat: ChatId) -> Result<Vec<MessageId>, sqlx::Error> {
        let rows: Vec<(i64,)> = sqlx::query_as(
            "select distinct v.message from views v where v.batch = 0 and v.chat = $1 \
             and not exists (select 1 from view_totals t where t.chat = v.chat and t.message = v.message) order by v.message limit $2",
        )
        .bind(chat.to_string())
        .bind(POSTS)
        .fetch_all(&self.db.pool)
        .await?;
        rows.into_iter()
            .map(|(message,)| MessageId::try_from(message).map_err(decode))
            .collect()
    }

    /// Notes how often posts had been seen before that was noted here.
    pub(crate) async fn known_views(&self, chat: ChatId, known: &[(MessageId, u32)]) -> Result<(), sqlx::Error> {
        let rows: Vec<_> = known.iter().map(|(message, views)| (chat, *message, *views)).collect();
        let mut connection = self.db.pool.acquire().await?;
        KNOWN.insert_now(self.db.engine, &mut connection, &rows).await
    }

    /// Claims what of a channel is not counted yet: whole or not at all. `false`: another process had its turn since `before`, or there is
    /// nothing.
    pub(crate) async fn claim_views(&self, chat: ChatId, now: Timestamp, before: Timestamp) -> Result<bool, sqlx::Error> {
        let chat = chat.to_string();
        let mut connection = self.db.pool.acquire().await?;
        let mut tx = connection.begin().await?;
        let turn = "insert into view_turns (chat, at) values ($1, $2) \
                    on conflict (chat) do update set at = excluded.at where view_turns.at <= $3";
        let turn = sqlx::query(turn).bind(&chat).bind(now.0).bind(before.0);
        if turn.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "update views set batch = $2 where batch = 0 and chat = $1 and message in (\
             select message from (select distinct message from views where batch = 0 and chat = $1 order by message desc limit $3) posts)",
        )
        .bind(&chat)
        .bind(now.0)
        .bind(POSTS)
        .execute(&mut *tx)
        .await?;
        let seen = "select message, count(*) from views where batch = $2 and chat = $1 group by message";
        let seen: Vec<(i64, i64)> = sqlx::query_as(seen).bind(&chat).bind(now.0).fetch_all(&mut *tx).await?;
        if seen.is_empty() {
            return Ok(false);
        }
        let rows: Vec<_> = seen.iter().map(|(message, views)| (chat.as_str(), *message, *views)).collect();
        TOTALS.insert_now(self.db.engine, &mut tx, &rows).await?;
        let totals = "select t.message, t.views from view_totals t where t.chat = $1 and exists (\
                      select 1 from views v where v.batch = $2 and v.chat = t.chat and v.message = t.message) order by t.message";
        let totals: Vec<(i64, i64)> = sqlx::query_as(totals).bind(&chat).bind(now.0).fetch_all(&mut *tx).await?;
        let counts = totals.into_iter().map(|(message, views)| count(message, views));
        let counts = counts.collect::<Result<Vec<_>, _>>()?;
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
    pub(crate) async fn view_batches(&self, most: i64) -> Result<Vec<ViewBatch>, sqlx::Error> {
        let query = sqlx::query_as("select chat, batch, messages from view_batches order by batch, chat limit $1").bind(most);
        let rows: Vec<(String, i64, String)> = query.fetch_all(&self.db.pool).await?;
        let batch = |(chat, batch, messages): (String, i64, String)| {
            Ok(ViewBatch {
                chat: chat.parse().map_err(decode)?,
                batch,
                messages: serde_json::from_str(&messages).map_err(|error| sqlx::Error::Decode(error.into()))?,
            })
        };
        rows.into_iter().map(batch).collect()
    }

    /// It is told.
    pub(crate) async fn told_views(&self, batch: &ViewBatch) -> Result<(), sqlx::Error> {
        sqlx::query("delete from view_batches where chat = $1 and batch = $2")
            .bind(batch.chat.to_string())
            .bind(batch.batch)
            .execute(&self.db.pool)
            .await?;
        Ok(())
    }
}

fn count(message: i64, views: i64) -> Result<Count, sqlx::Error> {
    Ok(Count {
        message: MessageId::try_from(message).map_err(decode)?,
        views: Some(u32::try_from(views).unwrap_or(u32::MAX)),
        reactions: None,
    })
}

fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
