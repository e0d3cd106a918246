//! What the bare log does with payloads of the same size on the same machine: the floor of every figure.

use std::sync::Arc;

use anyhow::Result;
use infra::log::floor::floor;
use infra::log::jetstream::JetStreamLog;
use infra::log::sqlite::SqliteLog;

use super::backend::Backend;
use super::server::From;

/// Bytes of a commit that holds one 100-byte message: envelope, sealed text, ids.
const PAYLOAD: usize = 560;
/// Streams written to, as many as chats are busy in a run of some size.
const STREAMS: usize = 1_000;
/// Appends under way at a time.
const WINDOW: usize = 500;
const SECONDS: f64 = 3.0;

/// Confirmed appends a second on a fresh log of the run's kind; `None` beside a server that isn't ours.
pub async fn appends_per_s(from: &From) -> Result<Option<f64>> {
    if !from.is_ours() {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("heliograph-floor-").tempdir()?;
    let Some(nats) = from.nats() else {
        let log = SqliteLog::open(folder.path().join("log.db")).await?;
        return Ok(Some(floor(Arc::new(log), PAYLOAD, STREAMS, WINDOW, SECONDS).await));
    };
    let backend = Backend::make(Some(nats), None, folder.path()).await?;
    let log = JetStreamLog::connect(nats, backend.stream()).await?;
    let appends = floor(Arc::new(log), PAYLOAD, STREAMS, WINDOW, SECONDS).await;
    backend.remove().await?;
    Ok(Some(appends))
}
