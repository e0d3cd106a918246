//! Reading a chat's own sequence: where it stands, who follows what, and what somebody missed, a page at a time.

use domain::fact::FactRef;
use domain::id::{AccountId, ChatId, Seq};

use crate::dialogs;
use crate::read_models::ReadModels;
use crate::updates::{Page, ReadError, included, render, unpack};

/// The last number given in a chat's own sequence; `None`: none yet, or it has none.
pub async fn head(models: &ReadModels, chat: ChatId) -> Result<Option<Seq>, sqlx::Error> {
    let sql = "select last from chat_segments where chat = $1 order by last desc limit 1";
    let row: Option<(i64,)> = sqlx::query_as(sql).bind(chat.to_string()).fetch_optional(&models.db.pool).await?;
    row.map(|(last,)| Seq::try_from(last).map_err(decode)).transpose()
}

/// The chats with a sequence of their own ([`has_own`]) that an account follows, and the last number given in each; 0: none yet.
pub async fn heads(models: &ReadModels, account: AccountId) -> Result<Vec<(ChatId, i64)>, sqlx::Error> {
    let sql = "select d.chat, coalesce((select s.last from chat_segments s where s.chat = d.chat order by s.last desc limit 1), 0) \
               from dialogs d where d.account = $1 and d.member = 1 \
               and (d.chat like 'c-%' or exists (select 1 from own_sequences o where o.chat = d.chat)) order by d.chat";
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).bind(account.get()).fetch_all(&models.db.pool).await?;
    let parsed = rows.into_iter().map(|(chat, last)| Ok((chat.parse().map_err(decode)?, last)));
    parsed.collect()
}

/// Whether an account follows a chat that has a sequence of its own, and the last number given in that; 0: none yet. An error while the rows
/// are an older copy of themselves.
pub async fn follows(models: &ReadModels, account: AccountId, chat: ChatId) -> Result<Option<i64>, sqlx::Error> {
    let standing = dialogs::standing(models, account, chat).await?;
    if !standing.is_some_and(|standing| standing.member) || !has_own(models, chat).await? {
        return Ok(None);
    }
    Ok(Some(head(models, chat).await?.map_or(0, Seq::get)))
}

/// Whether a chat has a sequence of its own, by what any lane knows: a device may be told so before the chat's own lane is as far, and must not miss
/// what comes.
pub async fn has_own(models: &ReadModels, chat: ChatId) -> Result<bool, sqlx::Error> {
    match chat {
        ChatId::Channel(_) => Ok(true),
        ChatId::Direct(..) => Ok(false),
        ChatId::Group(_) => {
            let query = sqlx::query_as("select chat from own_sequences where chat = $1 limit 1").bind(chat.to_string());
            let row: Option<(String,)> = query.fetch_optional(&models.db.pool).await?;
            Ok(row.is_some())
        }
    }
}

/// What happened in a chat behind `after` (`None`: from the first on), at most `limit`. Waits for nobody: a page ends before what the lanes
/// do not include yet.
pub async fn read(models: &ReadModels, chat: ChatId, after: Option<Seq>, limit: usize) -> Result<Page, ReadError> {
    let head = head(models, chat).await?;
    if after > head {
        return Err(ReadError::Future { head });
    }
    let places = places(models, chat, after, limit).await?;
    let next = after.map_or(1, |after| after.get() + 1);
    let floor = models.state.chat_floor(chat).await?;
    if after < head && places.first().is_none_or(|(seq, _)| seq.get() != next) {
        let floor = floor.unwrap_or(Seq::MIN);
        return Err(ReadError::Trimmed { floor, head });
    }
    let entries = render(models, included(models, &places)?).await?;
    if entries.iter().any(|entry| entry.fact.is_none())
        && let Some(floor) = floor
        && after < Some(floor)
    {
        return Err(ReadError::Trimmed { floor, head });
    }
    let head = head.max(entries.last().map(|entry| entry.seq));
    Ok(Page { head, entries })
}

/// The numbers behind `after` and where their facts stand: exactly the rows that hold them are read.
async fn places(models: &ReadModels, chat: ChatId, after: Option<Seq>, limit: usize) -> Result<Vec<(Seq, FactRef)>, sqlx::Error> {
    let after = after.map_or(0, Seq::get);
    let up_to = after.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select first, refs from chat_segments where chat = $1 and last > $2 and last <= coalesce(\
         (select min(last) from chat_segments where chat = $1 and last >= $3), $3) order by last",
    )
    .bind(chat.to_string())
    .bind(after)
    .bind(up_to)
    .fetch_all(&models.db.pool)
    .await?;
    let mut places = Vec::new();
    for (first, packed) in rows {
        let refs = unpack(&packed).ok_or_else(|| sqlx::Error::Decode(format!("not references: {packed:?}").into()))?;
        for (seq, at) in (first..).zip(refs).filter(|(seq, _)| *seq > after && *seq <= up_to) {
            places.push((Seq::try_from(seq).map_err(decode)?, at));
        }
    }
    Ok(places)
}

fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
