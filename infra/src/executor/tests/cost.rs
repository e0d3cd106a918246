//! What a command costs: processor time of the whole process, with the log's own share measured beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use domain::account::Wishes;
use domain::aggregate::Messages;
use domain::chat::Chat;
use domain::id::{AccountId, ChatId, CommandId, MessageId, Position};
use domain::stream::Stream;
use tempfile::TempDir;

use super::world::*;
use crate::clock::Clock;
use crate::executor::{Accepted, Executor, Limits, Recall, RecallError, Snapshot};
use crate::log::sqlite::SqliteLog;
use crate::log::{Append, EventLog};
use crate::seal::{Keys, MasterKey};

const SENDERS: i64 = 500;
const EACH: u128 = 200;

/// Read models that know nothing and are never far behind.
#[derive(Debug, Default)]
struct Empty(AtomicI64);

#[async_trait]
impl Recall for Empty {
    fn checkpoint(&self) -> Option<Position> {
        Position::try_from(self.0.load(Ordering::Relaxed)).ok()
    }

    async fn accepted(&self, _: Option<Position>, ids: &[(String, CommandId)]) -> Result<Vec<Option<Accepted>>, RecallError> {
        Ok(vec![None; ids.len()])
    }

    async fn messages(&self, _: Option<Position>, _: ChatId, _: &[MessageId]) -> Result<Messages, RecallError> {
        Ok(Messages::new())
    }

    async fn wishes(&self, _: Option<Position>, pairs: &[(AccountId, AccountId)]) -> Result<Vec<Wishes>, RecallError> {
        Ok(vec![Wishes::default(); pairs.len()])
    }

    async fn snapshot(&self, _: &Stream) -> Result<Option<Snapshot>, RecallError> {
        Ok(None)
    }

    async fn save_snapshots(&self, _: Vec<(Stream, Snapshot)>) -> Result<(), RecallError> {
        Ok(())
    }
}

/// Processor time of this process so far, user and system; Linux counts it in hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

async fn measured(what: &str, work: impl Future<Output = ()>) {
    let (start, before) = (Instant::now(), processor_time());
    work.await;
    let (took, spent) = (start.elapsed(), processor_time().saturating_sub(before));
    let count = u32::try_from(SENDERS).unwrap() * u32::try_from(EACH).unwrap();
    println!(
        "{what}: {:.0}/s, {:?} of processor time each",
        f64::from(count) / took.as_secs_f64(),
        spent / count
    );
}

async fn all<F: Future<Output = ()> + Send + 'static>(sender: impl Fn(i64) -> F) {
    let tasks: Vec<_> = (0..SENDERS).map(|number| tokio::spawn(sender(number))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it with --release --nocapture"]
async fn what_a_command_costs() {
    let folder = TempDir::new().unwrap();
    let log = Arc::new(SqliteLog::open(folder.path().join("log.db")).await.unwrap());
    let (clock, models) = (Clock::system(), Arc::new(Empty::default()));
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let master = MasterKey::from_hex(&"5a".repeat(32)).unwrap();
    let keys = Keys::open(Keys::connect(&url).await.unwrap(), &master, clock.clone())
        .await
        .unwrap();
    let accounts: Vec<_> = (1..=2 * SENDERS).map(account).collect();
    keys.make(&accounts).await.unwrap();
    let executor = Executor::new(
        Arc::clone(&log) as _,
        keys,
        Arc::clone(&models) as _,
        clock.clone(),
        Limits::default(),
    );
    let following = tokio::spawn(follow(Arc::clone(&log), models));

    let send = |chat: fn(i64) -> ChatId, from: u128| {
        let executor = executor.clone();
        all(move |number| {
            let executor = executor.clone();
            async move {
                for id in 0..EACH {
                    let request = request(number + 1, from + id, say(&"x".repeat(100)));
                    executor.execute::<Chat>(chat(number), request).await.unwrap();
                }
            }
        })
    };
    let own = |number| ChatId::direct(account(number + 1), account(number + 1 + SENDERS));
    send(own, 1_000_000).await;
    measured("500 chats", send(own, 0)).await;
    let body = log.at(log.end().await.unwrap().unwrap()).await.unwrap().unwrap().body;
    measured("the bare log", bare(Arc::clone(&log), clock, body)).await;
    following.abort();
}

async fn follow(log: Arc<SqliteLog>, models: Arc<Empty>) {
    loop {
        let end = log.end().await.unwrap().map_or(0, Position::get);
        models.0.store(end, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn bare(log: Arc<SqliteLog>, clock: Clock, body: Bytes) {
    all(move |number| {
        let (log, clock, body) = (Arc::clone(&log), clock.clone(), body.clone());
        async move {
            let mut expected = None;
            for _ in 0..EACH {
                let stream = Stream::Inbox(account(number + 1));
                let append = Append {
                    stream,
                    expected,
                    id: clock.commit_id(),
                    body: body.clone(),
                };
                expected = log.append(append).await.ok();
            }
        }
    })
    .await;
}
