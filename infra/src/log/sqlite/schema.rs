//! The file: its tables, how it is opened, and what is checked before it is trusted.

use std::path::Path;

use domain::id::{LogId, Position};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::super::{Error, new_id};
use super::{fault, rows};
use crate::wal::BACKSTOP_PAGES;

/// The layout that this program writes, in `pragma user_version`.
const FORMAT: i64 = 1;
/// `pragma application_id`: `HeLo`.
const APPLICATION: i64 = 0x4865_4c6f;
/// How far back opening looks.
const CHECKED_ROWS: i64 = 256;
const READERS: u32 = 4;

/// `prev` is the position of the stream's commit before, 0 for its first, so that `unique (stream, prev)` lets
/// only one of two writers that saw the same past go on, and is the index for reading a stream. `id` is a UUID's 16 bytes.
const TABLES: &str = "
    create table log (id blob not null);
    create table commits (
        position integer primary key,
        stream text not null,
        prev integer not null,
        id blob not null,
        body blob not null,
        unique (stream, prev)
    );";

/// How the one writing connection is opened, once the file is there.
pub(super) fn writing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", BACKSTOP_PAGES)
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-32768")
        .disable_statement_logging()
}

/// Connections that only read; they never wait for the writer.
pub(super) async fn readers(path: &Path) -> Result<SqlitePool, Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options)
        .await
        .map_err(fault::reading)
}

/// Opens or makes the file; gives the log's id, its last position (0: empty) and the writing connection.
pub(super) async fn open(path: &Path) -> Result<(LogId, i64, SqliteConnection), Error> {
    let mut connection = writing(path).create_if_missing(true).connect().await.map_err(fault::reading)?;
    let format: i64 = sqlx::query_scalar("pragma user_version")
        .fetch_one(&mut connection)
        .await
        .map_err(fault::reading)?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_schema")
        .fetch_one(&mut connection)
        .await
        .map_err(fault::reading)?;
    if (format, tables) == (0, 0) {
        create(&mut connection).await.map_err(fault::reading)?;
        sync_folder(path).map_err(|error| Error::Unavailable(error.to_string()))?;
    }
    let (id, end) = examine(&mut connection).await?;
    Ok((id, end, connection))
}

/// Makes sure that what is connected to is a log; gives its id and its last position (0: empty).
pub(super) async fn examine(connection: &mut SqliteConnection) -> Result<(LogId, i64), Error> {
    let format: i64 = sqlx::query_scalar("pragma user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(fault::reading)?;
    if format != FORMAT {
        return Err(fault::damaged(&format!("its format is {format}, this program knows {FORMAT}")));
    }
    Ok((identity(connection).await?, check(connection).await?))
}

async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("begin immediate").await?;
    sqlx::raw_sql(TABLES).execute(&mut *transaction).await?;
    sqlx::query("insert into log (id) values ($1)")
        .bind(new_id().0.as_bytes().to_vec())
        .execute(&mut *transaction)
        .await?;
    let marks = format!("pragma application_id = {APPLICATION}; pragma user_version = {FORMAT}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(marks)).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// SQLite syncs the folder for its journals' names, not for the database's own.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

async fn identity(connection: &mut SqliteConnection) -> Result<LogId, Error> {
    let ids: Vec<Vec<u8>> = sqlx::query_scalar("select id from log")
        .fetch_all(connection)
        .await
        .map_err(fault::reading)?;
    match ids.as_slice() {
        [id] => Uuid::from_slice(id)
            .map(LogId)
            .map_err(|_| fault::damaged("the log's id is not a UUID")),
        ids => Err(fault::damaged(&format!("it has {} ids", ids.len()))),
    }
}

/// The ends are there, the last commits are dense, readable, and each is where its stream's index says.
async fn check(connection: &mut SqliteConnection) -> Result<i64, Error> {
    let bounds = sqlx::query("select coalesce((select min(position) from commits), 1), coalesce((select max(position) from commits), 0)")
        .fetch_one(&mut *connection)
        .await
        .map_err(fault::reading)?;
    let (first, end): (i64, i64) = (bounds.get(0), bounds.get(1));
    if first != 1 {
        return Err(fault::damaged(&format!("it begins at position {first}")));
    }
    let from = (end - CHECKED_ROWS).max(0);
    let indexed: i64 = sqlx::query_scalar(
        "select count(*) from commits c where position > $1 and prev < position
         and position = (select i.position from commits i where i.stream = c.stream and i.prev = c.prev)",
    )
    .bind(from)
    .fetch_one(&mut *connection)
    .await
    .map_err(fault::reading)?;
    if indexed != end - from {
        return Err(fault::damaged(&format!(
            "of the positions {} … {end} only {indexed} are sound",
            from + 1
        )));
    }
    rows::page(&mut *connection, Position::try_from(from).ok()).await?;
    Ok(end)
}
