//! What the bare log does with payloads of the same size on the same machine: the floor of every figure.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use domain::id::Position;
use domain::stream::Stream;
use infra::log::EventLog;
use infra::log::floor::floor;
use infra::log::jetstream::JetStreamLog;
use infra::log::sqlite::SqliteLog;

use super::backend::Backend;
use super::server::{From, Server};

/// How many of the run's commits are looked at for their size, about; they stand all over its log.
const LOOKED_AT: i64 = 2_000;
/// Streams written to, as many as chats are busy in a run of some size.
const STREAMS: usize = 1_000;
/// Appends under way at a time.
const WINDOW: usize = 500;
const SECONDS: f64 = 3.0;

/// What the bare log does.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// Confirmed appends a second.
    pub appends_per_s: f64,
    /// Bytes of each: the mean of the run's own commits.
    pub payload: usize,
}

/// Appends to a fresh log of the run's kind commits that are as long as those of the run, whose server is dead by now; `None` beside
/// a server that isn't ours.
pub async fn measure(from: &From, server: &Server) -> Result<Option<Floor>> {
    let Some((folder, backend)) = server.left() else {
        return Ok(None);
    };
    let payload = mean_size(&*open(from.nats(), folder, backend).await?).await?;
    let folder = tempfile::Builder::new().prefix("heliograph-floor-").tempdir()?;
    let backend = Backend::make(from.nats(), None, folder.path()).await?;
    let log = open(from.nats(), folder.path(), &backend).await?;
    let appends_per_s = floor(log, payload, STREAMS, WINDOW, SECONDS).await;
    backend.remove().await?;
    Ok(Some(Floor { appends_per_s, payload }))
}

/// A log of the run's kind.
pub(super) async fn open(nats: Option<&str>, folder: &Path, backend: &Backend) -> Result<Arc<dyn EventLog>> {
    Ok(match nats {
        Some(nats) => Arc::new(JetStreamLog::connect(nats, backend.stream()).await?),
        None => Arc::new(SqliteLog::open(folder.join("log.db")).await?),
    })
}

/// How long a commit of what people did is on average, sealed and encoded; of anything, where they did nothing.
async fn mean_size(log: &dyn EventLog) -> Result<usize> {
    let end = log.end().await?.context("the run wrote nothing")?.get();
    let (mut done, mut any) = (Vec::new(), Vec::new());
    for position in (1..=end).step_by(usize::try_from(end / LOOKED_AT)?.max(1)) {
        let Some(record) = log.at(Position::try_from(position)?).await? else {
            continue;
        };
        any.push(record.body.len());
        match record.stream {
            Stream::Chat(_) | Stream::Inbox(_) => done.push(record.body.len()),
            Stream::Account(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => {}
        }
    }
    let sizes = if done.is_empty() { any } else { done };
    Ok(sizes.iter().sum::<usize>() / sizes.len().max(1))
}
