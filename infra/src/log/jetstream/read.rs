//! Reading one stream: batches of direct gets, as far as its last commit by the leader's word.

use std::time::Duration;

use async_nats::header::{NATS_LAST_SEQUENCE, NATS_SEQUENCE, NATS_SUBJECT};
use async_nats::{Message, StatusCode};
use domain::id::Position;
use domain::stream::Stream;
use futures::StreamExt;
use serde_json::json;

use super::super::{Error, Page, Record};
use super::broker::Broker;
use super::wire;

const END_OF_BATCH: u16 = 204;
const BATCH: usize = 1_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// A follower that answers direct gets may be behind its leader: how often to ask again, and after how long.
const PATIENCE: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// A stream's first commits behind `after`; the last page ends with the last one that was confirmed before the call.
pub(super) async fn page(broker: &Broker, stream: &Stream, after: Option<Position>) -> Result<Page, Error> {
    let last = broker.last(stream).await?.map(|record| record.position);
    if after >= last {
        return Ok(Page {
            records: Vec::new(),
            more: false,
        });
    }
    for _ in 0..PATIENCE {
        let records = batch(broker, stream, after).await?;
        if let Some(reached) = records.last().map(|record| record.position) {
            let more = Some(reached) < last;
            return Ok(Page { records, more });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Unavailable(format!("no replica has the end of {stream}")))
}

/// As many commits as one request gives.
async fn batch(broker: &Broker, stream: &Stream, after: Option<Position>) -> Result<Vec<Record>, Error> {
    let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(error.to_string());
    let client = &broker.client;
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(|error| unavailable(&error))?;
    let request = json!({
        "seq": wire::behind(after), "next_by_subj": broker.subject(stream), "batch": BATCH, "max_bytes": BATCH_BYTES,
    });
    let subject = format!("$JS.API.DIRECT.GET.{}", broker.config.stream);
    client
        .publish_with_reply(subject, inbox, request.to_string().into())
        .await
        .map_err(|error| unavailable(&error))?;
    let mut records = Vec::new();
    loop {
        let answer = tokio::time::timeout(broker.config.ack_timeout, answers.next()).await;
        let message = answer.map_err(|_| unavailable(&"no answer in time"))?;
        let message = message.ok_or_else(|| unavailable(&"the connection was closed"))?;
        match message.status {
            None | Some(StatusCode::OK) => {
                let previous = records.last().map_or(0, |record: &Record| record.position.get());
                records.push(stored(broker, message, previous)?);
            }
            Some(StatusCode::NOT_FOUND) => return Ok(records),
            Some(status) if status.as_u16() == END_OF_BATCH => return Ok(records),
            Some(status) => return Err(unavailable(&format!("direct get: {status:?} {:?}", message.description))),
        }
    }
}

/// A message of a batch; it says which one was sent before it, so that none is missed.
fn stored(broker: &Broker, message: Message, previous: i64) -> Result<Record, Error> {
    let headers = message.headers.as_ref();
    let number = |name: async_nats::HeaderName| headers?.get(name)?.as_str().parse::<u64>().ok();
    let sequence = number(NATS_SEQUENCE).unwrap_or_default();
    if number(NATS_LAST_SEQUENCE).is_some_and(|last| last != previous.unsigned_abs()) {
        return Err(Error::Unavailable("a message of a batch was lost on its way".to_owned()));
    }
    let subject = headers
        .and_then(|headers| headers.get(NATS_SUBJECT))
        .map_or("", |subject| subject.as_str());
    wire::record(&broker.config.prefix, sequence, subject, headers, message.payload)
}
