//! What operators see of a lane: how far behind, how much at a time.

use std::convert::Infallible;
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
    let lags: Vec<Lag> = Lane::all(models.lanes).map(Lag::of).collect();
    loop {
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
    fn of(lane: Lane) -> Self {
        let index = lane.index.to_string();
        Self {
            lane,
            positions: metrics::gauge!("heliograph_projection_lag_positions", "lane" => index.clone()),
            seconds: metrics::gauge!("heliograph_projection_lag_seconds", "lane" => index),
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

pub(super) struct Metering {
    delay_seconds: Gauge,
    batch_seconds: Histogram,
    batch_facts: Histogram,
    facts: Counter,
}

impl Metering {
    pub(super) fn of(lane: Lane) -> Self {
        let lane = lane.index.to_string();
        Self {
            delay_seconds: metrics::gauge!("heliograph_projection_delay_seconds", "lane" => lane.clone()),
            batch_seconds: metrics::histogram!("heliograph_projection_batch_seconds", "lane" => lane.clone()),
            batch_facts: metrics::histogram!("heliograph_projection_batch_facts", "lane" => lane.clone()),
            facts: metrics::counter!("heliograph_projection_facts_total", "lane" => lane),
        }
    }

    /// A batch was committed.
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    pub(super) fn committed(&self, last: &Commit, facts: usize, took: Duration, now: Timestamp) {
        self.batch_seconds.record(took);
        self.batch_facts.record(facts as f64);
        self.facts.increment(facts as u64);
        if let Some(recorded_at) = last.recorded_at {
            self.delay_seconds.set((now.0 - recorded_at.0).max(0) as f64 / 1e6);
        }
    }
}
