//! What happens to the embedded log's files: forgotten appends, kills, full disks, torn and garbled and older files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use domain::id::{CommitId, Position};
use futures::{FutureExt, StreamExt};
use infra::log::sqlite::SqliteLog;
use infra::log::{Error, EventLog, Mark, Record, verify};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::disk::{Appender, Said, memory, sound};
use crate::words::{account, commit, insist, take};

#[tokio::test]
async fn an_append_that_nobody_waits_for_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(folder.path().join("log.db")).await.unwrap();
    let append = commit(&account(1), None, "forgotten");
    assert!(log.append(append.clone()).now_or_never().is_none(), "it is under way");
    let position = log.append(append.clone()).await.unwrap();
    assert_eq!(log.end().await.unwrap(), Some(position));
    assert_eq!(log.read(&account(1), None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_passes() {
    let mut child = Appender::start(None);
    let full = child.folder.path().join("full");
    let mut acknowledged = Vec::new();
    for _round in 0..3 {
        wait_for(&mut child, &mut acknowledged, 300);
        fs::write(&full, "").unwrap();
        let failure = loop {
            match child.next().expect("the child runs") {
                Said::Acknowledged(position, id) => acknowledged.push((position, id)),
                Said::Failed(error) => break error,
            }
        };
        assert!(failure.starts_with("Unavailable"), "{failure}");
        fs::remove_file(&full).unwrap();
    }
    wait_for(&mut child, &mut acknowledged, 300);
    child.kill9();
    assert_holds(&child.file(), &acknowledged).await;
}

#[tokio::test]
async fn kill_9_loses_nothing() {
    for _round in 0..3 {
        let mut child = Appender::start(None);
        let mut acknowledged = Vec::new();
        wait_for(&mut child, &mut acknowledged, 500);
        child.kill9();
        assert_holds(&child.file(), &acknowledged).await;
    }
}

fn wait_for(child: &mut Appender, acknowledged: &mut Vec<(Position, CommitId)>, count: usize) {
    let wanted = acknowledged.len() + count;
    while acknowledged.len() < wanted {
        if let Said::Acknowledged(position, id) = child.next().expect("the child runs") {
            acknowledged.push((position, id));
        }
    }
}

async fn assert_holds(file: &Path, acknowledged: &[(Position, CommitId)]) {
    let log = SqliteLog::open(file).await.unwrap();
    let records = all(&log).await;
    assert!(sound(&records));
    for (position, id) in acknowledged {
        assert_eq!(log.at(*position).await.unwrap().map(|record| record.id), Some(*id));
    }
    log.close().await;
}

async fn all(log: &SqliteLog) -> Vec<Arc<Record>> {
    match log.end().await.unwrap() {
        Some(end) => take(&mut log.follow(None), usize::try_from(end.get()).unwrap()).await,
        None => Vec::new(),
    }
}

/// The end of the write-ahead log is cut off or overwritten: what is before it is there, and nothing else.
#[tokio::test]
async fn a_torn_write_leaves_a_prefix() {
    let seed: u64 = 0x7EA2;
    let mut random = StdRng::seed_from_u64(seed);
    let mut child = Appender::start(Some(6 << 20));
    while child
        .next()
        .is_some_and(|said| matches!(said, Said::Acknowledged(position, _) if position.get() < 1_500))
    {}
    child.kill9();
    let written = fs::read(child.file().with_extension("db-wal")).unwrap();
    let base = fs::read(child.file()).unwrap();
    let mut lengths = Vec::new();
    for _cut in 0..60 {
        let mut torn = written.clone();
        let at = random.random_range(0..torn.len());
        match random.random_range(0..3) {
            0 => torn.truncate(at),
            1 => torn[at] ^= 0x40,
            _ => random.fill(&mut torn[at..]),
        }
        let folder = memory();
        let file = folder.path().join("log.db");
        fs::write(&file, &base).unwrap();
        fs::write(file.with_extension("db-wal"), torn).unwrap();
        let log = SqliteLog::open(&file).await.unwrap();
        let records = all(&log).await;
        assert!(sound(&records), "torn at {at}");
        insist(&log, &account(1_000), "it goes on").await;
        log.close().await;
        lengths.push(records.len());
    }
    lengths.sort_unstable();
    lengths.dedup();
    assert!(lengths.len() > 10, "the cuts differ: {lengths:?}");
}

#[tokio::test]
async fn a_garbled_file_is_refused_with_the_repair() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.db");
    let log = SqliteLog::open(&file).await.unwrap();
    for number in 0..300 {
        insist(&log, &account(1), vec![b'x'; 100 + number]).await;
    }
    log.close().await;
    let sound = fs::read(&file).unwrap();
    let mut garbled = sound.clone();
    garbled[..16].fill(7);
    fs::write(&file, garbled).unwrap();
    let refused = SqliteLog::open(&file).await.map(|_| ());
    assert!(
        matches!(&refused, Err(Error::Damaged(why)) if why.contains("backup")),
        "{refused:?}"
    );
    // The last commits are gone from the table, but not from its index.
    fs::write(&file, &sound).unwrap();
    let mut other = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap()
        .acquire()
        .await
        .unwrap()
        .detach();
    sqlx::query("delete from commits where position = 290")
        .execute(&mut other)
        .await
        .unwrap();
    drop(other);
    let refused = SqliteLog::open(&file).await.map(|_| ());
    assert!(matches!(&refused, Err(Error::Damaged(_))), "{refused:?}");
}

#[tokio::test]
async fn an_older_copy_is_not_taken_for_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.db");
    let log = SqliteLog::open(&file).await.unwrap();
    insist(&log, &account(1), "kept").await;
    log.close().await;
    let older = fs::read(&file).unwrap();
    let log = SqliteLog::open(&file).await.unwrap();
    let append = commit(&account(2), None, "lost");
    let position = log.append(append.clone()).await.unwrap();
    let mark = Mark {
        log: log.id(),
        position,
        commit: append.id,
    };
    verify(&log, &mark).await.unwrap();
    log.close().await;

    fs::write(&file, older).unwrap();
    let log = SqliteLog::open(&file).await.unwrap();
    assert!(matches!(verify(&log, &mark).await, Err(Error::Replaced(_))), "the tail is missing");
    assert!(matches!(log.follow(Some(position)).next().await, Some(Err(Error::Replaced(_)))));
    insist(&log, &account(3), "in its place").await;
    assert!(matches!(verify(&log, &mark).await, Err(Error::Replaced(_))), "the tail is another");
}
