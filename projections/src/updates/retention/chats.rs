//! The sequences of chats that many follow: by age and by count, for nobody acknowledges them.

use super::{BITE, Error, Retention, in_bites};
use crate::read_models::ReadModels;
use crate::updates::refs;

/// Chats looked at together.
const CHATS: i64 = 200;

#[derive(Debug, sqlx::FromRow)]
struct Row {
    chat: String,
    /// The last number given.
    head: i64,
    /// The last number in the oldest row of all.
    oldest: i64,
    /// The number of the first update in the oldest row with anything the age allows; one more than `head` when there is none.
    first: i64,
    /// What that row refers to; some of it may be older.
    refs: String,
}

/// Clears away what need not be kept. Answers how many rows went.
pub(super) async fn trim(models: &ReadModels, retention: &Retention, horizon: i64) -> Result<u64, Error> {
    let (mut gone, mut after) = (0, String::new());
    loop {
        let chats = chats(models, &after, horizon).await?;
        let Some(last) = chats.last() else { return Ok(gone) };
        after.clone_from(&last.chat);
        gone += trim_chats(models, retention, &chats, horizon).await?;
    }
}

async fn chats(models: &ReadModels, after: &str, horizon: i64) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "select c.chat, c.head, c.oldest, coalesce(s.first, c.head + 1) as first, coalesce(s.refs, '') as refs from (\
         select chat, max(last) as head, min(last) as oldest, min(case when until > $2 then last end) as allowed \
         from chat_segments where chat > $1 group by chat order by chat limit $3) c \
         left join chat_segments s on s.chat = c.chat and s.last = c.allowed order by c.chat",
    )
    .bind(after)
    .bind(horizon)
    .bind(CHATS)
    .fetch_all(&models.db.pool)
    .await
}

async fn trim_chats(models: &ReadModels, retention: &Retention, chats: &[Row], horizon: i64) -> Result<u64, Error> {
    let names: Vec<String> = chats.iter().map(|row| row.chat.clone()).collect();
    let present = models.state.chat_floors(&names).await?;
    let (mut floors, mut below) = (Vec::new(), Vec::new());
    for row in chats {
        let floor = present.get(&row.chat).copied().unwrap_or(0);
        let old = if retention.age.is_some() { row.old(horizon)? } else { 0 };
        let by_count = retention.count.map_or(0, |count| row.head - i64::from(count));
        let wanted = old.max(by_count).max(0);
        if wanted > floor {
            floors.push((row.chat.clone(), wanted));
        }
        // Also where the floor stays: made anew, read models have again what was cleared away.
        let floor = wanted.max(floor);
        if (row.oldest + 1..=row.head).contains(&floor) {
            below.push((row.chat.as_str(), floor));
        }
    }
    models.state.raise_chat_floors(&floors).await?;
    let mut gone = 0;
    for (chat, floor) in below {
        gone += forget(models, chat, floor - 1).await?;
    }
    Ok(gone)
}

impl Row {
    /// The last number older than the age allows.
    fn old(&self, horizon: i64) -> Result<i64, sqlx::Error> {
        let refs = match self.refs.as_str() {
            "" => Vec::new(),
            packed => refs::unpack(packed).ok_or_else(|| sqlx::Error::Decode(format!("not references: {packed:?}").into()))?,
        };
        let old = refs.iter().take_while(|at| at.position.get() <= horizon).count();
        Ok(self.first - 1 + i64::try_from(old).expect("a row is small"))
    }
}

/// Deletes a chat's rows up to a number, but for the newest.
async fn forget(models: &ReadModels, chat: &str, up_to: i64) -> Result<u64, sqlx::Error> {
    let sql = format!(
        "delete from chat_segments where chat = '{chat}' and last <= $1 \
         and last < (select max(last) from chat_segments where chat = '{chat}') and last <= \
         (select max(last) from (select last from chat_segments where chat = '{chat}' order by last limit {BITE}) bite)"
    );
    in_bites(models, &sql, &[up_to]).await
}
