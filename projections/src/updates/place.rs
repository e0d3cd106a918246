//! One of a device's updates without what it says: where its fact stands, and when that was recorded.

use domain::fact::FactRef;
use domain::id::{AccountId, DeviceId, Seq};
use domain::time::Timestamp;

use super::{refs, stored};
use crate::read_models::ReadModels;

/// Where an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub seq: Seq,
    /// The fact's place in the log.
    pub at: FactRef,
    /// When the fact was recorded; `None`: no row says so, the log does.
    pub recorded_at: Option<Timestamp>,
}

/// The last update that a device was given; `None`: none yet.
pub async fn last(models: &ReadModels, account: AccountId, device: DeviceId) -> Result<Option<Place>, sqlx::Error> {
    let newest = "select first, last, refs from update_segments where account = $1 and device = $2 order by last desc limit 1";
    let query = sqlx::query_as(newest).bind(account.get()).bind(device.get());
    let row: Option<Row> = query.fetch_optional(&models.db.pool).await?;
    match row {
        Some(row) => row.place(models, row.last).await,
        None => Ok(None),
    }
}

/// The update with this number; `None`: it was never given, or its row was cleared away.
pub async fn place(models: &ReadModels, account: AccountId, device: DeviceId, seq: Seq) -> Result<Option<Place>, sqlx::Error> {
    let holding = "select first, last, refs from update_segments where account = $1 and device = $2 and last >= $3 order by last limit 1";
    let query = sqlx::query_as(holding).bind(account.get()).bind(device.get()).bind(seq.get());
    let row: Option<Row> = query.fetch_optional(&models.db.pool).await?;
    match row {
        Some(row) => row.place(models, seq.get()).await,
        None => Ok(None),
    }
}

/// When a fact was recorded that devices were told; `None`: no row says so. It may have been cleared away, be parked where messages are
/// kept, or belong to a lane that does not include it yet: the log says it.
pub async fn recorded_at(models: &ReadModels, at: FactRef) -> Result<Option<Timestamp>, sqlx::Error> {
    let row: Option<(i64, String)> = sqlx::query_as(
        "select coalesce(recorded_at, sent_at), '' from timeline where position = $1 and idx = $2 \
         union all select 0, fact from update_facts where position = $1 and idx = $2",
    )
    .bind(at.position.get())
    .bind(i64::from(at.index))
    .fetch_optional(&models.db.pool)
    .await?;
    Ok(row.and_then(|(recorded_at, kept)| {
        if kept.is_empty() {
            Some(Timestamp(recorded_at))
        } else {
            stored::recorded_at(&kept)
        }
    }))
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    first: i64,
    last: i64,
    refs: String,
}

impl Row {
    /// The place of one of its updates; `None`: it holds no such number.
    async fn place(&self, models: &ReadModels, seq: i64) -> Result<Option<Place>, sqlx::Error> {
        let refs = refs::unpack(&self.refs).ok_or_else(|| sqlx::Error::Decode(format!("not references: {:?}", self.refs).into()))?;
        let at = usize::try_from(seq - self.first).ok().and_then(|index| refs.get(index));
        let (Some(at), Ok(seq)) = (at.copied(), Seq::try_from(seq)) else {
            return Ok(None);
        };
        let recorded_at = recorded_at(models, at).await?;
        Ok(Some(Place { seq, at, recorded_at }))
    }
}
