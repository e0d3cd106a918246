//! What operators see of a lane: how far behind, how much at a time.

use std::sync::Arc;
use std::time::Duration;

use domain::id::Position;
use domain::time::Timestamp;
use infra::log::EventLog;
use metrics::{Counter, Gauge, Histogram};

use super::Stop;
use super::commit::Commit;
use crate::lane::Lane;
use crate::progress::Progress;

/// How often the log's end is compared with where the lanes are.
const LOOK: Duration = Duration::from_secs(2);

/// Measures how far each lane is behind the log's end, for as long as the lanes run.
#[expect(clippy::cast_precision_loss, reason = "a measurement")]
pub(super) async fn watch(log: Arc<dyn EventLog>, progress: Progress, lanes: u32) -> Result<(), Stop> {
    let gauges: Vec<(Lane, Gauge)> = Lane::all(lanes)
        .map(|lane| {
            (
                lane,
                metrics::gauge!("heliograph_projection_lag_positions", "lane" => lane.index.to_string()),
            )
        })
        .collect();
    loop {
        // Unreachable just now: the source deals with that.
        if let Ok(end) = log.end().await {
            for (lane, gauge) in &gauges {
                let behind = end.map_or(0, Position::get) - progress.of(lane).map_or(0, Position::get);
                gauge.set(behind.max(0) as f64);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

pub(super) struct Metering {
    lag_seconds: Gauge,
    batch_seconds: Histogram,
    batch_facts: Histogram,
    facts: Counter,
}

impl Metering {
    pub(super) fn of(lane: Lane) -> Self {
        let lane = lane.index.to_string();
        Self {
            lag_seconds: metrics::gauge!("heliograph_projection_lag_seconds", "lane" => lane.clone()),
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
            self.lag_seconds.set((now.0 - recorded_at.0).max(0) as f64 / 1e6);
        }
    }
}
