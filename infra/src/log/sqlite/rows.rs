//! Reading commits from the table, in pages of bounded size.

use bytes::Bytes;
use domain::id::{CommitId, Position};
use domain::stream::Stream;
use futures::{Stream as AsyncStream, TryStreamExt};
use sqlx::sqlite::SqliteRow;
use sqlx::{Executor, Row, Sqlite, SqlitePool};
use uuid::Uuid;

use super::super::{Error, Page, Record};
use super::fault;

const PAGE_ROWS: usize = 1_000;
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The commits behind `after`, as many as fit a page.
pub(super) async fn page<'c>(connection: impl Executor<'c, Database = Sqlite>, after: Option<Position>) -> Result<Vec<Record>, Error> {
    let rows = sqlx::query("select position, stream, id, body from commits where position > $1 order by position limit $2")
        .bind(after.map_or(0, Position::get))
        .bind(i64::try_from(PAGE_ROWS).expect("a thousand"))
        .fetch(connection);
    Ok(fitting(rows).await?.records)
}

/// A stream's commits behind `after`, as many as fit a page; a reader is held for that long only.
pub(super) async fn page_of_stream(pool: &SqlitePool, stream: &Stream, after: Option<Position>) -> Result<Page, Error> {
    let rows = sqlx::query("select position, stream, id, body from commits where stream = $1 and prev >= $2 order by prev limit $3")
        .bind(stream.to_string())
        .bind(after.map_or(0, Position::get))
        .bind(i64::try_from(PAGE_ROWS).expect("a thousand"))
        .fetch(pool);
    fitting(rows).await
}

/// The rows that fit a page; whether there are more is not known of a full one.
async fn fitting(mut rows: impl AsyncStream<Item = Result<SqliteRow, sqlx::Error>> + Unpin) -> Result<Page, Error> {
    let mut records = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.try_next().await.map_err(fault::reading)? {
        let record = record(&row)?;
        bytes += record.body.len();
        records.push(record);
        if bytes >= PAGE_BYTES || records.len() == PAGE_ROWS {
            return Ok(Page { records, more: true });
        }
    }
    Ok(Page { records, more: false })
}

/// The position of a stream's last commit.
pub(super) async fn last<'c>(connection: impl Executor<'c, Database = Sqlite>, stream: &Stream) -> Result<Option<Position>, Error> {
    let position: Option<i64> = sqlx::query_scalar("select position from commits where stream = $1 order by prev desc limit 1")
        .bind(stream.to_string())
        .fetch_optional(connection)
        .await
        .map_err(fault::reading)?;
    Ok(position.and_then(|position| Position::try_from(position).ok()))
}

/// The commit at a position.
pub(super) async fn at<'c>(connection: impl Executor<'c, Database = Sqlite>, position: Position) -> Result<Option<Record>, Error> {
    let row = sqlx::query("select position, stream, id, body from commits where position = $1")
        .bind(position.get())
        .fetch_optional(connection)
        .await
        .map_err(fault::reading)?;
    row.as_ref().map(record).transpose()
}

fn record(row: &SqliteRow) -> Result<Record, Error> {
    let position: i64 = row.try_get(0).map_err(fault::reading)?;
    let damaged = |what: &str| fault::damaged(&format!("the commit at position {position} has no {what}"));
    Ok(Record {
        position: Position::try_from(position).map_err(|error| fault::damaged(&error.to_string()))?,
        stream: row
            .try_get::<&str, _>(1)
            .ok()
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| damaged("stream"))?,
        id: row
            .try_get::<&[u8], _>(2)
            .ok()
            .and_then(|id| Uuid::from_slice(id).ok())
            .map(CommitId)
            .ok_or_else(|| damaged("id"))?,
        body: row.try_get::<Vec<u8>, _>(3).map(Bytes::from).map_err(|_| damaged("body"))?,
    })
}
