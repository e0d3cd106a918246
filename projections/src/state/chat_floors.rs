//! Where what is left of each chat's own sequence begins.

use std::collections::HashMap;

use domain::id::{ChatId, Seq};
use infra::db::{ANSWER, Bulk, Column, in_time};
use sqlx::AssertSqlSafe;

use super::State;

const FLOORS: Bulk = Bulk {
    table: "chat_floors",
    columns: &[("chat", Column::Text), ("seq", Column::Int)],
    conflict: "on conflict (chat) do update set seq = excluded.seq where chat_floors.seq < excluded.seq",
};

impl State {
    /// Up to where a chat's own sequence was cleared away, if it was.
    pub async fn chat_floor(&self, chat: ChatId) -> Result<Option<Seq>, sqlx::Error> {
        let query = sqlx::query_as("select seq from chat_floors where chat = $1").bind(chat.to_string());
        let row: Option<(i64,)> = query.fetch_optional(&self.db.pool).await?;
        Ok(row.and_then(|(seq,)| Seq::try_from(seq).ok()))
    }

    /// The floors of these chats; who has none is absent.
    pub(crate) async fn chat_floors(&self, chats: &[String]) -> Result<HashMap<String, i64>, sqlx::Error> {
        let list = serde_json::to_string(chats).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let sql = format!(
            "select chat, seq from chat_floors where chat in ({})",
            self.db.engine.text_list("$1")
        );
        let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(sql)).bind(list).fetch_all(&self.db.pool).await?;
        Ok(rows.into_iter().collect())
    }

    /// All of them.
    pub(crate) async fn all_chat_floors(&self) -> Result<HashMap<String, i64>, sqlx::Error> {
        let query = sqlx::query_as("select chat, seq from chat_floors");
        let rows: Vec<(String, i64)> = query.fetch_all(&self.db.pool).await?;
        Ok(rows.into_iter().collect())
    }

    /// Raises floors, durably: to be done before anything is cleared away.
    pub(crate) async fn raise_chat_floors(&self, floors: &[(String, i64)]) -> Result<(), sqlx::Error> {
        let raised = async {
            let mut connection = self.db.pool.acquire().await?;
            FLOORS.insert_now(self.db.engine, &mut connection, floors).await
        };
        in_time(ANSWER, raised).await
    }
}
