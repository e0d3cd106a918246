//! The log on a NATS JetStream stream: one subject per aggregate, positions are stream sequences.
//!
//! What is acknowledged is as durable as the server is configured to be: see `infra/nats/`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::id::{LogId, Position};
use domain::stream::Stream;
use futures::StreamExt;

use self::broker::Broker;
pub use self::dial::dial;
use super::{Append, AppendError, Error, EventLog, Follow, Page, Record};

mod broker;
mod dial;
mod follow;
mod publish;
mod read;
mod setup;
mod wire;

/// Appends of one `append_many` under way at once.
const PIPELINE: usize = 4_096;

/// Which stream, and how patient.
#[derive(Debug, Clone)]
pub struct Config {
    /// The stream's name: letters, digits, `-`, `_`.
    pub stream: String,
    /// The first word of its subjects: `<prefix>.chat.g-42`.
    pub prefix: String,
    /// How many nodes hold the stream when it is created: 1, 3 or 5.
    pub replicas: usize,
    /// How long the server recognises a repeated commit by itself when the stream is created; what comes later is looked
    /// up. Each commit within it takes broker memory.
    pub duplicate_window: Duration,
    /// How long an acknowledgement or an answer may take.
    pub ack_timeout: Duration,
    /// The most appends that wait for their acknowledgement; more wait before they are sent.
    pub max_in_flight: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stream: "heliograph".to_owned(),
            prefix: "heliograph".to_owned(),
            replicas: 1,
            duplicate_window: Duration::from_secs(20),
            ack_timeout: Duration::from_secs(5),
            max_in_flight: 16_384,
        }
    }
}

/// The log on a JetStream stream.
#[derive(Debug, Clone)]
pub struct JetStreamLog {
    broker: Arc<Broker>,
}

impl JetStreamLog {
    /// Connects to `nats://[user:password@]host:port`, several with commas between; the stream is made when missing,
    /// else checked. Servers before 2.12.3 are refused.
    pub async fn connect(url: &str, config: Config) -> Result<Self, Error> {
        let broker = setup::connect(url, config).await?;
        Ok(Self { broker: Arc::new(broker) })
    }

    /// The connection, for what is told between processes and not kept.
    pub fn client(&self) -> async_nats::Client {
        self.broker.client.clone()
    }
}

#[async_trait]
impl EventLog for JetStreamLog {
    fn id(&self) -> LogId {
        self.broker.id()
    }

    async fn append(&self, append: Append) -> Result<Position, AppendError> {
        append.check()?;
        publish::append(&self.broker, &append).await
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>> {
        futures::stream::iter(appends)
            .map(|append| self.append(append))
            .buffered(PIPELINE)
            .collect()
            .await
    }

    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, Error> {
        read::page(&self.broker, stream, after).await
    }

    async fn last(&self, stream: &Stream) -> Result<Option<Position>, Error> {
        Ok(self.broker.last(stream).await?.map(|record| record.position))
    }

    async fn at(&self, position: Position) -> Result<Option<Record>, Error> {
        self.broker.at(position).await
    }

    async fn end(&self) -> Result<Option<Position>, Error> {
        self.broker.end().await
    }

    fn follow(&self, after: Option<Position>) -> Follow {
        follow::follow(Arc::clone(&self.broker), after)
    }
}
