//! `/status`: what is running and how much happens, for the first page. Totals only: what `/metrics` tells everybody too.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use domain::id::Position;
use infra::db::Engine;
use infra::telemetry::exposition::{self, Family, total, whole};
use projections::archive;
use projections::lane::Lane;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ErrorAnswer;
use crate::{Gateway, Shared};

/// What is running, and what it counted since its start.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// The program's version.
    version: &'static str,
    /// When this process was started, µs since 1970.
    started_at: i64,
    /// The server's time, µs since 1970.
    now_at: i64,
    /// `SQLite` or `JetStream`
    log: &'static str,
    /// `SQLite` or `PostgreSQL`
    database: &'static str,
    /// Commits of the log that the read models include; of all time.
    commits: i64,
    /// Commits that they do not include yet.
    behind: u64,
    /// Commands accepted.
    commands: u64,
    /// Updates written to WebSockets as they came.
    updates: u64,
    /// HTTP requests answered.
    requests: u64,
    /// WebSockets that are open.
    websockets: u64,
}

/// What is running, and how much happens.
#[utoipa::path(get, path = "/status", tag = "probes", security(()), responses((status = 200, body = Status), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn status(State(gateway): State<Shared>) -> Response {
    let rendered = gateway.metrics.as_ref().map(crate::metrics::Handle::render).unwrap_or_default();
    let status = told(&gateway, &exposition::read(&rendered));
    ([(CACHE_CONTROL, "no-store")], axum::Json(status)).into_response()
}

/// How far each lane is behind, in commits.
const LAG: &str = "heliograph_projection_lag_positions";

fn told(gateway: &Gateway, measured: &[Family<'_>]) -> Status {
    let count = |name, label| whole(total(measured, name, label));
    let lanes = Lane::all(gateway.models.lanes()).map(|lane| gateway.models.progress.of(&lane).map_or(0, Position::get));
    Status {
        version: env!("CARGO_PKG_VERSION"),
        started_at: gateway.started_at.0,
        now_at: gateway.clock.now().0,
        log: gateway.config.log,
        database: match gateway.models.db.engine {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        },
        commits: lanes.min().unwrap_or(0),
        // The archive's being behind concerns none of them.
        behind: count(LAG, None).saturating_sub(count(LAG, Some(("lane", archive::NAME)))),
        commands: count("heliograph_commands_total", Some(("outcome", "accepted"))),
        updates: count("heliograph_updates_sent_total", Some(("source", "live"))),
        requests: count("heliograph_http_requests_total", None),
        websockets: count("heliograph_websockets", None),
    }
}
