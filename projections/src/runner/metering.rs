//! What operators see of a lane: how far behind, how much at a time.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::id::Position;
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::commit;
use infra::log::EventLog;
use metrics::{Counter, Gauge, Histogram};

use super::commit::Commit;
use crate::lane::Lane;
use crate::read_models::ReadModels;

/// How often the log's end is compared with where the lanes are.
const LOOK: Duration = Duration::from_secs(2);

/// Measures how far each lane is behind the log's end, whether it works or not.
pub(super) async fn watch(log: &dyn EventLog, models: &ReadModels, clock: &Clock) -> Infallible {
    loop {
        let lags: Vec<Lag> = Lane::all(models.lanes()).map(|lane| Lag::of(lane, models.label(lane))).collect();
        // Unreachable just now: the source deals with that.
        if let Ok(end) = log.end().await {
            for lag in &lags {
                lag.measure(log, models.progress.of(&lag.lane), end, clock.now()).await;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// How far a lane is behind.
struct Lag {
    lane: Lane,
    positions: Gauge,
    seconds: Gauge,
}

impl Lag {
    fn of(lane: Lane, label: String) -> Self {
        Self {
            lane,
            positions: metrics::gauge!("heliograph_projection_lag_positions", "lane" => label.clone()),
            seconds: metrics::gauge!("heliograph_projection_lag_seconds", "lane" => label),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    async fn measure(&self, log: &dyn EventLog, at: Option<Position>, end: Option<Position>, now: Timestamp) {
        let (at, end) = (at.map_or(0, Position::get), end.map_or(0, Position::get));
        self.positions.set((end - at).max(0) as f64);
        let waits_since = if at < end { recorded_behind(log, at).await } else { Some(now) };
        if let Some(since) = waits_since {
            self.seconds.set((now.0 - since.0).max(0) as f64 / 1e6);
        }
    }
}

/// When the commit right behind a position was recorded, if it can be read.
async fn recorded_behind(log: &dyn EventLog, position: i64) -> Option<Timestamp> {
    let record = log.at(Position::try_from(position + 1).ok()?).await.ok()??;
    Some(commit::decode(&record).ok()?.at)
}

/// How many facts were taken in by all lanes of a building.
pub(crate) type Built = Arc<AtomicU64>;

/// What is told of a lane's batches.
pub(super) enum Metering {
    /// Of one that serves.
    Live(Live),
    /// Of one that is being built, counted apart.
    Building(Counter, Built),
}

pub(super) struct Live {
    delay_seconds: Gauge,
    batch_seconds: Histogram,
    batch_facts: Histogram,
    facts: Counter,
}

impl Metering {
    /// Of a lane that operators know by this name.
    pub(super) fn of(lane: String, built: Option<&Built>) -> Self {
        match built {
            Some(built) => Self::Building(metrics::counter!("heliograph_rebuild_facts_total"), Arc::clone(built)),
            None => Self::Live(Live::of(lane)),
        }
    }

    pub(super) fn is_building(&self) -> bool {
        match self {
            Self::Live(_) => false,
            Self::Building(..) => true,
        }
    }

    /// A batch was committed.
    pub(super) fn committed(&self, last: &Commit, facts: usize, took: Duration, now: Timestamp) {
        match self {
            Self::Live(live) => live.committed(last, facts, took, now),
            Self::Building(counter, built) => {
                counter.increment(facts as u64);
                built.fetch_add(facts as u64, Ordering::Relaxed);
            }
        }
    }
}

impl Live {
    fn of(lane: String) -> Self {
        Self {
            delay_seconds: metrics::gauge!("heliograph_projection_delay_seconds", "lane" => lane.clone()),
            batch_seconds: metrics::histogram!("heliograph_projection_batch_seconds", "lane" => lane.clone()),
            batch_facts: metrics::histogram!("heliograph_projection_batch_facts", "lane" => lane.clone()),
            facts: metrics::counter!("heliograph_projection_facts_total", "lane" => lane),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    fn committed(&self, last: &Commit, facts: usize, took: Duration, now: Timestamp) {
        self.batch_seconds.record(took);
        self.batch_facts.record(facts as f64);
        self.facts.increment(facts as u64);
        if let Some(recorded_at) = last.recorded_at {
            self.delay_seconds.set((now.0 - recorded_at.0).max(0) as f64 / 1e6);
        }
    }
}
