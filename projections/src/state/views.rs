//! Who has seen which post of a channel: noted once each until that ends, and how often they were seen.

use std::collections::BTreeSet;

use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use infra::db::{Bulk, BulkDelete, Column, Engine, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::State;
use super::counts::{COUNTED, decode};

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

const POSTS: BulkDelete = BulkDelete {
    table: "view_totals",
    keys: &[("chat", Column::Text), ("message", Column::Int)],
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

impl State {
    /// Notes that an account has seen posts; what it had seen before changes nothing.
    pub async fn saw(&self, account: AccountId, chat: ChatId, messages: &[MessageId]) -> Result<(), sqlx::Error> {
        let rows: Vec<_> = messages.iter().map(|message| (chat, *message, account, 0)).collect();
        let mut connection = self.db.pool.acquire().await?;
        VIEWS.insert_now(self.db.engine, &mut connection, &rows).await
    }

    /// The posts of a channel with views that are not counted yet, of which it is not noted how often they were seen before.
    pub(crate) async fn new_to_views(&self, chat: ChatId) -> Result<Vec<MessageId>, sqlx::Error> {
        let rows: Vec<(i64,)> = sqlx::query_as(
            "select distinct v.message from views v where v.batch = 0 and v.chat = $1 \
             and not exists (select 1 from view_totals t where t.chat = v.chat and t.message = v.message) order by v.message limit $2",
        )
        .bind(chat.to_string())
        .bind(COUNTED)
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

    /// Forgets who has seen what, of what was counted before then, at most so many times; answers how many times it was. Where nobody is left, how
    /// often a post was seen is forgotten, too.
    pub(crate) async fn clear_views(&self, before: Timestamp, most: i64) -> Result<usize, sqlx::Error> {
        let mut connection = self.db.pool.acquire().await?;
        let mut tx = connection.begin().await?;
        let sql = "delete from views where (chat, message, account) in (select chat, message, account from views \
                   where batch > 0 and batch < $1 order by batch limit $2) returning chat, message";
        let cleared: Vec<(String, i64)> = sqlx::query_as(sql).bind(before.0).bind(most).fetch_all(&mut *tx).await?;
        let posts: Vec<_> = cleared.iter().collect::<BTreeSet<_>>().into_iter().collect();
        if !posts.is_empty() {
            let unseen = format!(
                "{} and not exists (select 1 from views v where v.chat = view_totals.chat and v.message = view_totals.message)",
                POSTS.sql(self.db.engine)
            );
            sqlx::query(AssertSqlSafe(unseen)).bind(json(&posts)?).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(cleared.len())
    }
}

/// Claims the views of a chat that are not counted yet; answers each post's from now on.
pub(super) async fn claim(
    engine: Engine,
    tx: &mut AnyConnection,
    chat: &str,
    batch: Timestamp,
) -> Result<Vec<(MessageId, u32)>, sqlx::Error> {
    sqlx::query(
        "update views set batch = $2 where batch = 0 and chat = $1 and message in (\
         select message from (select distinct message from views where batch = 0 and chat = $1 order by message desc limit $3) posts)",
    )
    .bind(chat)
    .bind(batch.0)
    .bind(COUNTED)
    .execute(&mut *tx)
    .await?;
    let seen = "select message, count(*) from views where batch = $2 and chat = $1 group by message";
    let seen: Vec<(i64, i64)> = sqlx::query_as(seen).bind(chat).bind(batch.0).fetch_all(&mut *tx).await?;
    let rows: Vec<_> = seen.iter().map(|(message, views)| (chat, *message, *views)).collect();
    TOTALS.insert_now(engine, tx, &rows).await?;
    let totals = "select t.message, t.views from view_totals t where t.chat = $1 and exists (\
                  select 1 from views v where v.batch = $2 and v.chat = t.chat and v.message = t.message) order by t.message";
    let totals: Vec<(i64, i64)> = sqlx::query_as(totals).bind(chat).bind(batch.0).fetch_all(&mut *tx).await?;
    let total = |(message, views): (i64, i64)| {
        Ok((
            MessageId::try_from(message).map_err(decode)?,
            u32::try_from(views).unwrap_or(u32::MAX),
        ))
    };
    totals.into_iter().map(total).collect()
}
