//! Connecting: the server must be recent, the stream is made or checked before it is trusted.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::stream::{Config as StreamConfig, DiscardPolicy, Info, RetentionPolicy, StorageType};
use async_nats::jetstream::{Context, ErrorCode};
use async_nats::{Client, ConnectOptions, Event};
use domain::id::LogId;
use uuid::Uuid;

use super::super::{COMMIT_MAX_BYTES, Error, new_id};
use super::broker::Broker;
use super::dial::dial;
use super::{Config, wire};

/// The stream's metadata that holds the log's id.
const LOG_ID: &str = "heliograph-log";
const OLDEST: (i64, i64, i64) = (2, 12, 3);
/// A connection that answers no ping for twice this long is given up.
const PING: Duration = Duration::from_secs(5);
const RECONNECT_MAX: Duration = Duration::from_secs(1);

pub(super) async fn connect(url: &str, config: Config) -> Result<Broker, Error> {
    let options = ConnectOptions::new()
        .name("heliograph")
        .ping_interval(PING)
        .connection_timeout(config.ack_timeout)
        .request_timeout(Some(config.ack_timeout))
        .client_capacity(16_384)
        .event_callback(|event| async move { tell(&event) })
        .reconnect_delay_callback(|attempts| {
            let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
            RECONNECT_MAX.min(Duration::from_millis(20).saturating_mul(attempts.saturating_sub(1)))
        });
    let client = dial(url, options).await?;
    server(&client)?;
    let context = ContextBuilder::new().timeout(config.ack_timeout).build(client.clone());
    let info = stream(&context, &config).await?;
    let id = identity(&info)?;
    fitness(&info.config, &config)?;
    Ok(Broker::new(client, context, config, id))
}

/// What becomes of the connection after the first time: an upgrade back, another password.
fn tell(event: &Event) {
    match event {
        Event::ClientError(error) => {
            tracing::warn!(%error, "no connection to NATS; where it does not let us in, compare log.nats with the server's configuration");
        }
        Event::ServerError(error) => tracing::warn!(%error, "NATS complains"),
        Event::Connected | Event::Disconnected | Event::LameDuckMode | Event::Draining | Event::Closed | Event::SlowConsumer(_) => {
            tracing::debug!(%event, "the connection to NATS");
        }
    }
}

/// Refuses a server that would lose or refuse commits.
pub(super) fn server(client: &Client) -> Result<(), Error> {
    let (major, minor, patch) = OLDEST;
    let info = client.server_info();
    if !client.is_server_compatible(major, minor, patch) {
        return Err(Error::Unfit(format!(
            "nats-server {} at {} is too old: before {major}.{minor}.{patch} acknowledged writes could be lost; upgrade it",
            info.version, info.host
        )));
    }
    if info.max_payload < COMMIT_MAX_BYTES + wire::OVERHEAD {
        return Err(Error::Unfit(format!(
            "nats-server takes messages of at most {} bytes, commits need {}: raise max_payload in its configuration",
            info.max_payload,
            COMMIT_MAX_BYTES + wire::OVERHEAD
        )));
    }
    Ok(())
}

/// The stream as it is, made when missing. Of two processes that make it at once one does; both use it.
async fn stream(context: &Context, config: &Config) -> Result<Info, Error> {
    let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(format!("JetStream stream {}: {error}", config.stream));
    match context.get_stream(&config.stream).await {
        Ok(stream) => return Ok(stream.cached_info().clone()),
        Err(error) if !is_missing(&error) => return Err(unavailable(&error)),
        Err(_) => {}
    }
    let made = context.create_stream(wanted(config)).await;
    match (context.get_stream(&config.stream).await, made) {
        (Ok(stream), _) => Ok(stream.cached_info().clone()),
        (Err(_), Err(refused)) => Err(unavailable(&refused)),
        (Err(error), Ok(_)) => Err(unavailable(&error)),
    }
}

fn is_missing(error: &async_nats::jetstream::context::GetStreamError) -> bool {
    use async_nats::jetstream::context::GetStreamErrorKind;
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn wanted(config: &Config) -> StreamConfig {
    StreamConfig {
        name: config.stream.clone(),
        description: Some("Heliograph's event log: every commit, for ever".to_owned()),
        subjects: vec![format!("{}.>", config.prefix)],
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_bytes: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: i32::try_from(COMMIT_MAX_BYTES + wire::OVERHEAD).expect("about half a megabyte"),
        num_replicas: config.replicas,
        duplicate_window: config.duplicate_window,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        metadata: HashMap::from([(LOG_ID.to_owned(), new_id().to_string())]),
        ..StreamConfig::default()
    }
}

/// The log's id, as the stream holds it.
pub(super) fn identity(info: &Info) -> Result<LogId, Error> {
    let id = info.config.metadata.get(LOG_ID).and_then(|id| Uuid::try_parse(id).ok());
    id.map(LogId).ok_or_else(|| {
        Error::Damaged(format!(
            "the JetStream stream {} was not made by Heliograph (it has no {LOG_ID} in its metadata): name another stream",
            info.config.name
        ))
    })
}

/// Refuses a stream that was changed so that it would drop commits or hide them.
fn fitness(found: &StreamConfig, config: &Config) -> Result<(), Error> {
    let unlimited = |limit: i64| limit <= 0;
    let faults = [
        (found.subjects != [format!("{}.>", config.prefix)], "its subjects are others"),
        (found.storage != StorageType::File, "it is kept in memory"),
        (found.retention != RetentionPolicy::Limits, "its retention is not `limits`"),
        (!found.max_age.is_zero(), "it has a max_age"),
        (!unlimited(found.max_messages_per_subject), "it has a max_msgs_per_subject"),
        (
            found.discard != DiscardPolicy::New && !(unlimited(found.max_bytes) && unlimited(found.max_messages)),
            "its limits discard old messages",
        ),
        (!found.allow_direct, "it does not allow direct gets"),
        (found.no_ack, "it does not acknowledge"),
        (found.allow_rollup, "it allows roll-ups"),
    ];
    match faults.into_iter().find(|(wrong, _)| *wrong) {
        None => Ok(()),
        Some((_, what)) => Err(Error::Damaged(format!(
            "the JetStream stream {} can't hold an event log: {what}; change that with `nats stream edit`",
            found.name
        ))),
    }
}
