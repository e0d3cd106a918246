//! Following: an ordered consumer, made anew on every connection after the log was found to be the same.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use domain::id::{CommitId, Position};
use futures::{FutureExt, StreamExt, stream};

use super::super::{Error, Follow, Record};
use super::broker::Broker;
use super::wire;

const BATCH: usize = 2_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// How often an idle follower looks whether the connection is still the same.
const GLANCE: Duration = Duration::from_millis(500);
/// Between attempts while the broker is away.
const RETRY: Duration = Duration::from_millis(100);

struct Follower {
    broker: Arc<Broker>,
    after: Option<Position>,
    /// The commit at `after`.
    given: Option<CommitId>,
    /// The consumer, and the number of the connection that it was made on.
    consumer: Option<(Ordered, u64)>,
    over: bool,
}

pub(super) fn follow(broker: Arc<Broker>, after: Option<Position>) -> Follow {
    let follower = Follower {
        broker,
        after,
        given: None,
        consumer: None,
        over: false,
    };
    Box::pin(stream::unfold(follower, |mut follower| async move {
        if follower.over {
            return None;
        }
        let next = follower.next().await;
        follower.over = next.is_err();
        Some((next, follower))
    }))
}

impl Follower {
    /// The next batch; errors are final, what may pass is waited for.
    async fn next(&mut self) -> Result<Vec<Arc<Record>>, Error> {
        loop {
            match self.batch().await {
                Ok(batch) if batch.is_empty() => {}
                Ok(batch) => return Ok(batch),
                Err(Error::Unavailable(why)) => {
                    tracing::debug!(why, "log.follow waits for the broker");
                    self.consumer = None;
                    tokio::time::sleep(RETRY).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What comes within a glance. A batch counts only if the connection is the one that was verified.
    async fn batch(&mut self) -> Result<Vec<Arc<Record>>, Error> {
        if self.consumer.is_none() {
            self.consumer = Some(self.start().await?);
        }
        let Some((consumer, connection)) = &mut self.consumer else {
            return Ok(Vec::new());
        };
        let connection = *connection;
        let first = tokio::time::timeout(GLANCE, consumer.next()).await;
        let mut records = Vec::new();
        let mut bytes = 0;
        let mut waiting = first.ok();
        while let Some(item) = waiting {
            let message = item.ok_or_else(|| Error::Unavailable("the consumer ended".to_owned()))?;
            let record = read(&self.broker, &message.map_err(|error| Error::Unavailable(error.to_string()))?)?;
            follows(
                records.last().map(|last: &Arc<Record>| last.position).or(self.after),
                record.position,
            )?;
            bytes += record.body.len();
            records.push(Arc::new(record));
            let full = records.len() >= BATCH || bytes >= BATCH_BYTES;
            waiting = if full { None } else { consumer.next().now_or_never() };
        }
        if !self.broker.trusts(connection) {
            self.consumer = None;
            return Ok(Vec::new());
        }
        if let Some(last) = records.last() {
            (self.after, self.given) = (Some(last.position), Some(last.id));
            self.broker.knows(last.position, last.id);
        }
        Ok(records)
    }

    /// Checks that what was given last is still there, and goes on behind it.
    async fn start(&mut self) -> Result<(Ordered, u64), Error> {
        let connection = self.broker.verified().await?;
        match (self.after, self.given) {
            (Some(position), Some(id)) => self.broker.holds(position, id).await?,
            (Some(position), None) => self.given = Some(remembered(&self.broker, position).await?),
            (None, _) => {}
        }
        let config = OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: wire::behind(self.after),
            },
            max_batch: 0,
            ..OrderedConfig::default()
        };
        let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(error.to_string());
        let consumer = self
            .broker
            .context
            .create_consumer_on_stream(config, &self.broker.config.stream)
            .await;
        let messages = consumer.map_err(|error| unavailable(&error))?.messages().await;
        Ok((messages.map_err(|error| unavailable(&error))?, connection))
    }
}

/// Refuses what was given already: a consumer that was made anew behind our back may begin anywhere, and a log that lost its tail
/// gives positions a second time. Starting again finds out which.
fn follows(after: Option<Position>, position: Position) -> Result<(), Error> {
    if Some(position) > after {
        Ok(())
    } else {
        Err(Error::Unavailable(format!("position {position} was given again")))
    }
}

async fn remembered(broker: &Broker, position: Position) -> Result<CommitId, Error> {
    match broker.at(position).await? {
        Some(record) => Ok(record.id),
        None => Err(Error::Replaced(format!(
            "there is no commit at position {position}, which was remembered"
        ))),
    }
}

fn read(broker: &Broker, message: &jetstream::Message) -> Result<Record, Error> {
    let sequence = message
        .info()
        .map_err(|error| Error::Unavailable(error.to_string()))?
        .stream_sequence;
    let headers = message.headers.as_ref();
    wire::record(&broker.config.prefix, sequence, &message.subject, headers, message.payload.clone())
}
