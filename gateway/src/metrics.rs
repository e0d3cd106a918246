//! `/metrics`: what is measured, with its help text.

use metrics::{Counter, counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// Renders what was measured so far.
pub type Handle = metrics_exporter_prometheus::PrometheusHandle;

/// What sessions count often: looked up once.
pub(crate) struct Meters {
    /// Frames from clients.
    pub(crate) frames: Counter,
    /// Updates written as they came.
    pub(crate) live: Counter,
    /// Updates written from the table.
    pub(crate) table: Counter,
}

impl Meters {
    /// Of whatever collects metrics by now.
    pub(crate) fn new() -> Self {
        Self {
            frames: counter!("heliograph_frames_received_total"),
            live: counter!("heliograph_updates_sent_total", "source" => "live"),
            table: counter!("heliograph_updates_sent_total", "source" => "table"),
        }
    }
}

/// Upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Collects this process's metrics from now on. Works once per process.
pub fn install() -> Result<Handle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    describe_door();
    describe_executor();
    describe_projections();
    describe_rebuilds();
    describe_delivery();
    Ok(handle)
}

fn describe_door() {
    describe_counter!(
        "heliograph_http_requests_total",
        "HTTP requests answered, by route, method and status"
    );
    describe_histogram!(
        "heliograph_http_request_seconds",
        "Time from an HTTP request's head to its answer's head, by route"
    );
    describe_counter!("heliograph_errors_total", "Errors told to clients, by code");
    describe_counter!(
        "heliograph_limited_total",
        "Requests and commands refused by a rate limit, by limit"
    );
    describe_gauge!("heliograph_connections", "Connections that are open");
    describe_gauge!("heliograph_websockets", "WebSockets that are open");
    describe_counter!(
        "heliograph_websockets_closed_total",
        "WebSockets closed by the server, by close code"
    );
    describe_counter!("heliograph_frames_received_total", "WebSocket text frames from clients");
    describe_counter!(
        "heliograph_updates_sent_total",
        "Updates written to WebSockets, by source: live or table"
    );
}

fn describe_delivery() {
    describe_counter!(
        "heliograph_deliveries_total",
        "Attempts to deliver one-time codes, by channel and outcome"
    );
}

fn describe_rebuilds() {
    describe_gauge!("heliograph_rebuild_running", "1 while this process makes read models anew, else 0");
    describe_counter!(
        "heliograph_rebuild_facts_total",
        "Facts taken in by read models that were being made anew"
    );
    describe_gauge!(
        "heliograph_archive_up",
        "1 while the archive takes in what there is, 0 while it can't be opened or comes no further; absent where it is not wanted"
    );
    describe_gauge!(
        "heliograph_search_up",
        "1 while what is searched takes in what there is, 0 while it can't be opened or comes no further; absent where it is not wanted"
    );
}

fn describe_executor() {
    describe_counter!("heliograph_commands_total", "Commands answered, by outcome");
    describe_counter!(
        "heliograph_keys_unusable_total",
        "Accounts' keys that were asked for and are missing or damaged, by reason"
    );
    describe_counter!("heliograph_conflicts_total", "Appends that another process was faster than");
    describe_histogram!(
        "heliograph_append_seconds",
        "Time from handing a commit to the log to its confirmation"
    );
    describe_counter!(
        "heliograph_appends_unconfirmed_total",
        "Appends whose confirmation did not come in time"
    );
}

fn describe_projections() {
    describe_gauge!("heliograph_projection_lag_positions", "Commits that a lane is behind the log's end");
    describe_gauge!(
        "heliograph_projection_lag_seconds",
        "How long the oldest commit that a lane does not include has been waiting; 0: it includes all"
    );
    describe_gauge!(
        "heliograph_projection_delay_seconds",
        "Age of the newest commit when a lane included it"
    );
    describe_histogram!("heliograph_projection_batch_seconds", "Time of a lane's transaction");
    describe_histogram!("heliograph_projection_batch_facts", "Facts of a lane's transaction");
    describe_counter!("heliograph_projection_facts_total", "Facts that a lane took in");
    describe_counter!("heliograph_projection_facts_parked_total", "Facts that were parked, by projection");
}
