//! A child process that appends to an embedded log on a disk with a memory (`disk.c`), for power cuts and full disks.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::id::{CommitId, Position};
use heliograph_tests::preload;
use infra::log::sqlite::SqliteLog;
use infra::log::{AppendError, EventLog, Record};
use tempfile::TempDir;
use uuid::Uuid;

use crate::words::{account, commit};

/// The child, and where it works: `data/log.db`, `notes`, and `full` while the disk is full.
pub(crate) struct Appender {
    pub(crate) folder: TempDir,
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

/// A line of the child.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Acknowledged(Position, CommitId),
    Failed(String),
}

impl Said {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "acknowledged" => {
                let (position, id) = rest.split_once(' ')?;
                let position = position.parse::<i64>().ok()?.try_into().ok()?;
                Some(Self::Acknowledged(position, CommitId(id.trim().parse().ok()?)))
            }
            "failed" => Some(Self::Failed(rest.to_owned())),
            _ => None,
        }
    }
}

impl Appender {
    /// Starts a child whose commits take `bytes` in all, or that goes on for ever.
    pub(crate) fn start(bytes: Option<usize>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("data")).expect("a folder in it");
        let mut child = Command::new(std::env::current_exe().expect("it runs"))
            .args(["disk::appends", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env("LD_PRELOAD", preload::library("tests/log/disk.c", folder.path()))
            .env("DISK_ROOT", folder.path().join("data"))
            .env("DISK_NOTES", folder.path().join("notes"))
            .env("DISK_FULL", folder.path().join("full"))
            .env("APPEND_BYTES", bytes.unwrap_or(usize::MAX).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the child starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { folder, child, lines }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("data/log.db")
    }

    /// What the child says next; `None` when it has ended.
    pub(crate) fn next(&mut self) -> Option<Said> {
        loop {
            let line = self.lines.next()?.ok()?;
            if let Some(said) = Said::parse(&line) {
                return Some(said);
            }
        }
    }

    pub(crate) fn kill9(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// A folder in memory where there is one: files that only a test reads need no disk.
pub(crate) fn memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder")
}

/// A commit's text is made from its id: whatever else is read is garbage.
pub(crate) fn text(id: CommitId) -> Vec<u8> {
    let [.., low, high] = *id.0.as_bytes();
    // Mostly small, some over many pages.
    let length = if high < 16 {
        4_000 + 700 * usize::from(low)
    } else {
        60 + 16 * usize::from(low)
    };
    let mut text = id.0.as_bytes().repeat(length / 16 + 1);
    text.truncate(length);
    text
}

/// Whether these are the log's first commits, dense and as they were written.
pub(crate) fn sound(records: &[Arc<Record>]) -> bool {
    (1i64..)
        .zip(records)
        .all(|(position, record)| record.position.get() == position && record.body == text(record.id))
}

/// What the child does: some writers, each on streams of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of other tests"]
async fn appends() {
    const WRITERS: i64 = 6;
    let Some(root) = std::env::var_os("DISK_ROOT") else { return };
    let budget: usize = std::env::var("APPEND_BYTES").unwrap().parse().unwrap();
    let log = Arc::new(SqliteLog::open(Path::new(&root).join("log.db")).await.unwrap());
    let written = Arc::new(AtomicUsize::new(0));
    let writers = (1..=WRITERS).map(|writer| {
        let (log, written) = (Arc::clone(&log), Arc::clone(&written));
        tokio::spawn(async move {
            for turn in 0.. {
                if written.load(Ordering::Relaxed) >= budget {
                    return;
                }
                let stream = account(writer + WRITERS * (turn % 50));
                let mut append = commit(&stream, log.last(&stream).await.unwrap(), "");
                append.id = CommitId(Uuid::new_v5(&append.id.0, b"every bit of it varies"));
                append.body = text(append.id).into();
                written.fetch_add(append.body.len(), Ordering::Relaxed);
                while let Err(error) = report(log.append(append.clone()).await, append.id) {
                    assert!(!matches!(error, AppendError::Conflict { .. }), "{error}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        })
    });
    futures::future::join_all(writers).await;
    // As it stands: a log that closes folds its write-ahead log, of which the tests want to see the end.
    std::process::abort();
}

fn report(outcome: Result<Position, AppendError>, id: CommitId) -> Result<(), AppendError> {
    match &outcome {
        Ok(position) => println!("acknowledged {position} {id}"),
        Err(error) => println!("failed {error:?}"),
    }
    outcome.map(|_| ())
}
