//! `/healthz`, `/readyz`, `/metrics`: for whatever runs the server.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use projections::directory;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::error::{Error, ErrorAnswer};
use crate::{Gateway, Shared};

/// How long a probe waits for the log or the database.
const PROBE_MAX: Duration = Duration::from_secs(2);

/// The process is up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`
    status: &'static str,
}

/// Whether the server can do its work, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether requests should be sent here.
    ready: bool,
    /// Why not; empty when ready.
    reasons: Vec<&'static str>,
}

/// The process is up.
#[utoipa::path(get, path = "/healthz", tag = "probes", security(()), responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the server can do its work: log and database reachable, read models close behind the log, not about to stop.
#[utoipa::path(get, path = "/readyz", tag = "probes", security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn ready(State(gateway): State<Shared>) -> Response {
    let reasons = reasons(&gateway).await;
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let ready = reasons.is_empty();
    (status, Json(Readiness { ready, reasons })).into_response()
}

async fn reasons(gateway: &Gateway) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if gateway.stopping.is_cancelled() {
        reasons.push("shutting_down");
    }
    if !matches!(
        timeout(PROBE_MAX, directory::accounts(&gateway.models.db, None, 1)).await,
        Ok(Ok(_))
    ) {
        reasons.push("database_unreachable");
    }
    match timeout(PROBE_MAX, gateway.log.end()).await {
        Ok(Ok(Some(end)))
            if gateway
                .models
                .progress
                .wait(end, gateway.config.ready_lag_max.min(PROBE_MAX))
                .await
                .is_err() =>
        {
            reasons.push("read_models_behind");
        }
        Ok(Ok(_)) => {}
        Ok(Err(_)) | Err(_) => reasons.push("log_unreachable"),
    }
    reasons
}

/// What is measured, in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "probes", security(()),
    responses((status = 200, content_type = "text/plain"), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn measured(State(gateway): State<Shared>) -> Result<Response, Error> {
    let metrics = gateway.metrics.as_ref().ok_or(Error::NotFound)?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()).into_response())
}
