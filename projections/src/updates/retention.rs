//! Clearing away old updates, of devices and of chats that many follow: by age, by count, by acknowledgement; never a device's newest row, which says where its sequence stands.
//!
//! First the floor is raised, durably; then rows go, in small bites. A device whose cursor is below its floor starts anew from a
//! snapshot; the row that holds the floor's own update stays, so that a cursor at the floor can be told from one of another history. What projections find when they apply is not changed by any of this.

mod chats;

use std::time::Duration;

use domain::id::Position;
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::commit;
use infra::log::{self, EventLog};
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;

use super::refs;
use crate::read_models::ReadModels;

/// Devices looked at together.
const DEVICES: i64 = 200;
/// Rows deleted in one transaction, at most.
const BITE: i64 = 500;

/// How long updates are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// At least this long; `None`: for ever.
    pub age: Option<Duration>,
    /// At least this many of each device; `None`: all.
    pub count: Option<u32>,
    /// Whether what a device has acknowledged is cleared away at once.
    pub acknowledged: bool,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            age: Some(Duration::from_hours(90 * 24)),
            count: Some(2_000_000),
            acknowledged: false,
        }
    }
}

/// Why clearing away stopped; the next time it goes on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A database.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The log, asked for how old positions are.
    #[error(transparent)]
    Log(#[from] log::Error),
}

/// Clears away now and then until `shutdown`.
pub async fn keep(
    models: ReadModels,
    log: &dyn EventLog,
    retention: Retention,
    clock: Clock,
    every: Duration,
    shutdown: CancellationToken,
) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let trimmed = tokio::select! {
            () = shutdown.cancelled() => return,
            trimmed = trim(&models, log, &retention, clock.now()) => trimmed,
        };
        match trimmed {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old updates cleared away"),
            Err(error) => tracing::warn!(%error, "clearing away old updates"),
        }
    }
}

/// Clears away what need not be kept at this time. Answers how many rows went.
pub async fn trim(models: &ReadModels, log: &dyn EventLog, retention: &Retention, now: Timestamp) -> Result<u64, Error> {
    let horizon = match retention.age {
        Some(age) => last_before(log, Timestamp(now.0 - i64::try_from(age.as_micros()).unwrap_or(i64::MAX))).await?,
        None => None,
    };
    // What is applied meanwhile (when the read models are made anew) is for the next time: no floor stands above it yet.
    let horizon = horizon.min(models.checkpoint()).map_or(0, Position::get);
    let mut gone = 0;
    let mut after = (0, 0);
    loop {
        let devices = devices(models, after, horizon).await?;
        let Some(last) = devices.last() else { break };
        after = (last.account, last.device);
        gone += trim_devices(models, retention, &devices, horizon).await?;
    }
    gone += chats::trim(models, retention, horizon).await?;
    gone += forget_facts(models, horizon).await?;
    Ok(gone)
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    account: i64,
    device: i64,
    ended: i64,
    /// The last number given.
    head: i64,
    /// The last number in the oldest row of all; 0 when there is none.
    oldest: i64,
    /// The number of the first update in the oldest row with anything the age allows; one more than `head` when there is none.
    first: i64,
    /// What that row refers to; some of it may be older.
    refs: String,
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

async fn devices(models: &ReadModels, after: (i64, i64), horizon: i64) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "select d.account, d.device, d.ended, d.head, d.oldest, coalesce(s.first, d.head + 1) as first, coalesce(s.refs, '') as refs from (\
         select account, device, ended, \
         coalesce((select last from update_segments where account = a.account and device = a.device order by last desc limit 1), 0) as head, \
         coalesce((select last from update_segments where account = a.account and device = a.device order by last limit 1), 0) as oldest, \
         (select last from update_segments where account = a.account and device = a.device and until > $3 order by last limit 1) as allowed \
         from update_devices a where account > $1 or (account = $1 and device > $2) order by account, device limit $4) d \
         left join update_segments s on s.account = d.account and s.device = d.device and s.last = d.allowed \
         order by d.account, d.device",
    )
    .bind(after.0)
    .bind(after.1)
    .bind(horizon)
    .bind(DEVICES)
    .fetch_all(&models.db.pool)
    .await
}

async fn trim_devices(models: &ReadModels, retention: &Retention, devices: &[Row], horizon: i64) -> Result<u64, Error> {
    let accounts: Vec<i64> = devices.iter().map(|row| row.account).collect();
    let standing = models.state.standing(&accounts).await?;
    let (mut floors, mut below) = (Vec::new(), Vec::new());
    for row in devices.iter().filter(|row| row.head > 0) {
        let (floor, acknowledged) = standing.get(&(row.account, row.device)).copied().unwrap_or_default();
        let old = if retention.age.is_some() { row.old(horizon)? } else { 0 };
        let wanted = floor_of(retention, row, old, acknowledged);
        if wanted > floor {
            floors.push((row.account, row.device, wanted));
        }
        // Also where the floor stays: made anew, read models have again what was cleared away. (Above the head it is none of these rows'.)
        let floor = wanted.max(floor);
        if (row.oldest + 1..=row.head).contains(&floor) {
            below.push((row.account, row.device, floor));
        }
    }
    models.state.raise_floors(&floors).await?;
    let mut gone = 0;
    for (account, device, floor) in below {
        gone += forget_segments(models, account, device, floor - 1, false).await?;
    }
    for row in devices.iter().filter(|row| row.ended != 0) {
        gone += forget_segments(models, row.account, row.device, row.head, true).await?;
        forget_device(models, row).await?;
    }
    Ok(gone)
}

/// The number up to which a device's updates need not be kept; 0: all are.
fn floor_of(retention: &Retention, row: &Row, old: i64, acknowledged: i64) -> i64 {
    let by_count = retention.count.map_or(0, |count| row.head - i64::from(count));
    let by_acknowledgement = if retention.acknowledged { acknowledged.min(row.head) } else { 0 };
    old.max(by_count).max(by_acknowledgement).max(0)
}

/// Deletes a device's rows up to a number, but for the newest unless `all`.
async fn forget_segments(models: &ReadModels, account: i64, device: i64, up_to: i64, all: bool) -> Result<u64, sqlx::Error> {
    let newest = if all {
        ""
    } else {
        "and last < (select max(last) from update_segments where account = $1 and device = $2)"
    };
    let sql = format!(
        "delete from update_segments where account = $1 and device = $2 and last <= $3 {newest} and last <= \
         (select max(last) from (select last from update_segments where account = $1 and device = $2 order by last limit {BITE}) bite)"
    );
    in_bites(models, &sql, &[account, device, up_to]).await
}

async fn forget_device(models: &ReadModels, row: &Row) -> Result<(), sqlx::Error> {
    let _writing = models.writing().await;
    sqlx::query("delete from update_devices where account = $1 and device = $2 and ended = 1")
        .bind(row.account)
        .bind(row.device)
        .execute(&models.db.pool)
        .await?;
    Ok(())
}

/// Deletes kept facts up to a position. All floors are above what refers to them.
async fn forget_facts(models: &ReadModels, horizon: i64) -> Result<u64, sqlx::Error> {
    let sql = format!(
        "delete from update_facts where position <= $1 and position <= \
         (select max(position) from (select position from update_facts order by position limit {BITE}) bite)"
    );
    in_bites(models, &sql, &[horizon]).await
}

/// Repeats a deletion of a few rows until nothing is left to delete; others write in between.
async fn in_bites(models: &ReadModels, sql: &str, values: &[i64]) -> Result<u64, sqlx::Error> {
    let mut gone = 0;
    loop {
        let writing = models.writing().await;
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in values {
            query = query.bind(*value);
        }
        let rows = query.execute(&models.db.pool).await?.rows_affected();
        drop(writing);
        gone += rows;
        if rows == 0 {
            return Ok(gone);
        }
    }
}

/// The last position recorded before a time, found by halving.
async fn last_before(log: &dyn EventLog, time: Timestamp) -> Result<Option<Position>, log::Error> {
    let mut known_before = 0;
    let mut known_after = log.end().await?.map_or(1, |end| end.get() + 1);
    while known_after - known_before > 1 {
        let middle = known_before + (known_after - known_before) / 2;
        let at = Position::try_from(middle).expect("between 1 and the log's end");
        let recorded = log
            .at(at)
            .await?
            .and_then(|record| commit::decode(&record).ok())
            .map(|stored| stored.at);
        // A commit that can't be read counts as old: what is before it is.
        if recorded.is_none_or(|recorded| recorded < time) {
            known_before = middle;
        } else {
            known_after = middle;
        }
    }
    Ok(Position::try_from(known_before).ok())
}
