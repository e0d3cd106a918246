//! Folds a SQLite write-ahead log into its file beside the writer: a writer that does it itself stands still meanwhile.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// Pages after which writers fold for themselves, if nobody does it for them: 64 MiB.
pub(crate) const BACKSTOP_PAGES: &str = "16384";
/// Pages between two foldings, aimed at: a page that many transactions write is copied once.
const PAGES: u32 = 4_096;
/// How often it is looked, at most and at least.
const OFTEN: Duration = Duration::from_millis(20);
const SELDOM: Duration = Duration::from_secs(1);
/// How long writer and readers are waited for, so that the writer begins at the front of the write-ahead log again.
const PATIENCE: Duration = Duration::from_millis(20);
/// How often what was written is sent to the disk meanwhile: whoever syncs a file waits for all that is on its way there, and
/// the log's commits are not to wait for megabytes.
const TRICKLE: Duration = Duration::from_millis(20);
/// From so many pages between two foldings on.
const TRICKLE_PAGES: u32 = 256;

/// A task that folds; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// Of the database in this file, which is there.
    pub(crate) fn start(path: &Path) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(path.to_owned(), stop.clone()));
        Self {
            stop,
            task: Mutex::new(Some(task)),
        }
    }

    /// Ends it, and waits until the file is let go.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.await.ok();
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn run(path: PathBuf, stop: CancellationToken) {
    while let Err(error) = fold(&path, &stop).await {
        // A full disk, say: writers hear of it themselves, and fold for themselves.
        tracing::warn!(error = %error, "sqlite.checkpoint failed");
        stop.run_until_cancelled(sleep(SELDOM)).await;
    }
}

/// Folds until told to stop.
async fn fold(path: &Path, stop: &CancellationToken) -> Result<(), sqlx::Error> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
        .connect()
        .await?;
    let (mut pause, mut seen, mut new, mut folded) = (OFTEN, 0, 0, 0);
    while stop.run_until_cancelled(wait(path, pause, new)).await.is_some() {
        let begun = Instant::now();
        let (pages, before) = (checkpoint(&mut connection, "pragma wal_checkpoint(passive)").await?, folded);
        folded = pages.folded;
        new = if pages.all < seen { pages.all } else { pages.all - seen };
        seen = pages.all;
        // Who reads for long, as a backup does, holds back all that is newer: the writer would wait for the reader's end, in vain.
        let held_back = folded < pages.all && folded == before;
        if pages.all >= PAGES && !held_back {
            // What is left is what was written just now: the writer waits for that alone.
            checkpoint(&mut connection, "pragma wal_checkpoint(restart)").await?;
            seen = 0;
        }
        pause = next(pause + begun.elapsed(), new);
    }
    connection.close().await
}

/// Waits; what is written meanwhile goes to the disk a little at a time, if it is much.
async fn wait(path: &Path, pause: Duration, new: u32) {
    let until = Instant::now() + pause;
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    while new >= TRICKLE_PAGES && Instant::now() + TRICKLE < until {
        sleep(TRICKLE).await;
        let wal = wal.clone();
        // For speed alone: whoever must be sure syncs again. (SQLite holds its locks elsewhere: this file may be opened and closed.)
        let _ = tokio::task::spawn_blocking(move || File::open(wal)?.sync_data()).await;
    }
    sleep_until(until).await;
}

/// What is in a write-ahead log.
struct Pages {
    all: u32,
    /// Those that are in the file as well.
    folded: u32,
}

/// Copies what it may.
async fn checkpoint(connection: &mut SqliteConnection, how: &'static str) -> Result<Pages, sqlx::Error> {
    let (_busy, all, folded): (i64, i64, i64) = sqlx::query_as(how).fetch_one(connection).await?;
    let pages = |number| u32::try_from(number).unwrap_or(0);
    Ok(Pages {
        all: pages(all),
        folded: pages(folded),
    })
}

/// So long that at the same speed [`PAGES`] are written.
fn next(took: Duration, new: u32) -> Duration {
    let wanted = took.saturating_mul(PAGES) / new.max(1);
    wanted.clamp(OFTEN, SELDOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_seldom_when_little_is_written_and_often_when_much() {
        assert_eq!(next(SELDOM, 0), SELDOM);
        assert_eq!(next(SELDOM, 2 * PAGES), SELDOM / 2);
        assert_eq!(next(SELDOM / 4, PAGES / 2), SELDOM / 2);
        assert_eq!(next(OFTEN, 100 * PAGES), OFTEN);
    }

    /// A number that changes whenever the write-ahead log is begun again (<https://sqlite.org/fileformat2.html#walformat>).
    fn salt(wal: &Path) -> Vec<u8> {
        std::fs::read(wal).unwrap()[16..24].to_vec()
    }

    /// Of a table whose rows are a page each; it never folds.
    async fn writer(path: &Path) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", "0");
        let mut writer = options.connect().await.unwrap();
        sqlx::raw_sql("create table pages (data blob)").execute(&mut writer).await.unwrap();
        writer
    }

    async fn write_thousand(writer: &mut SqliteConnection) {
        let thousand = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) \
                        insert into pages select randomblob(4000) from n";
        sqlx::query(thousand).execute(writer).await.unwrap();
    }

    async fn write_until_it_begins_at_the_front(writer: &mut SqliteConnection, wal: &Path) {
        let first = salt(wal);
        tokio::time::timeout(Duration::from_mins(1), async {
            while salt(wal) == first {
                write_thousand(writer).await;
            }
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_writer_that_never_folds_begins_at_the_front_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, wal) = (folder.path().join("some.db"), folder.path().join("some.db-wal"));
        let mut writer = writer(&path).await;
        let checkpoints = Checkpoints::start(&path);
        write_until_it_begins_at_the_front(&mut writer, &wal).await;
        checkpoints.stop().await;
    }

    #[tokio::test]
    async fn once_a_long_reader_is_done_the_writer_begins_at_the_front_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, wal) = (folder.path().join("some.db"), folder.path().join("some.db-wal"));
        let mut writer = writer(&path).await;
        write_thousand(&mut writer).await;
        let mut reader = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
        let mut reading = reader.begin().await.unwrap();
        sqlx::query("select count(*) from pages").execute(&mut *reading).await.unwrap();
        let checkpoints = Checkpoints::start(&path);
        let first = salt(&wal);
        for _ in 0..2 * PAGES / 1000 {
            write_thousand(&mut writer).await;
        }
        assert_eq!(salt(&wal), first, "what is read is still there");
        reading.rollback().await.unwrap();
        write_until_it_begins_at_the_front(&mut writer, &wal).await;
        checkpoints.stop().await;
    }
}
