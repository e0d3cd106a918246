//! Appending: a publish with the expected last sequence; what is not acknowledged is looked up, never guessed.

use async_nats::Request;
use async_nats::client::RequestErrorKind;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use domain::id::Position;

use super::super::{Append, AppendError, Error};
use super::broker::Broker;
use super::wire;

/// What became of a publish.
enum Sent {
    /// It is stored.
    At(Position),
    /// It was stored before: the server recognised it.
    Again(Position),
    /// The subject's last message is not the expected one.
    Overtaken,
    /// It is not stored and never will be.
    Refused(String),
    /// Nobody knows yet.
    Unknown(String),
}

pub(super) async fn append(broker: &Broker, append: &Append) -> Result<Position, AppendError> {
    let unavailable = |error: Error| AppendError::Unavailable(error.to_string());
    broker.verified().await.map_err(unavailable)?;
    let closed = |_| AppendError::Unavailable("the log is closed".to_owned());
    let _room = broker.room.acquire().await.map_err(closed)?;
    let reached = broker.reached();
    let outcome = match send(broker, append).await {
        Sent::At(position) if Some(position) <= reached => return lost(broker, position, reached).await,
        Sent::At(position) | Sent::Again(position) => Ok(position),
        Sent::Refused(why) => Err(AppendError::Unavailable(why)),
        Sent::Overtaken => resolve(broker, append, "another append to the stream is under way".to_owned()).await,
        Sent::Unknown(why) => match resolve(broker, append, why.clone()).await {
            // It may still be on its way: only a later commit in its place says that it will never be stored.
            Err(AppendError::Conflict { last }) if last <= append.expected => Err(AppendError::Unconfirmed(why)),
            outcome => outcome,
        },
    };
    if let Ok(position) = outcome {
        broker.knows(position, append.id);
    }
    outcome
}

/// A new commit stands where one stood already: the log has lost its tail, and goes on without it. Nothing that is appended to
/// it counts.
async fn lost(broker: &Broker, position: Position, reached: Option<Position>) -> Result<Position, AppendError> {
    let why = match broker.doubted().await {
        Ok(()) => format!("it was given position {position}, though {reached:?} was reached before"),
        Err(error) => error.to_string(),
    };
    Err(AppendError::Unconfirmed(why))
}

async fn send(broker: &Broker, append: &Append) -> Sent {
    let patience = broker.config.ack_timeout;
    let request = Request::new()
        .headers(wire::headers(append))
        .payload(append.body.clone())
        .timeout(Some(patience));
    let answer = broker.client.send_request(broker.subject(&append.stream), request);
    match tokio::time::timeout(patience, answer).await {
        Ok(Ok(message)) => acknowledged(&message.payload),
        Ok(Err(error)) => match error.kind() {
            RequestErrorKind::NoResponders => Sent::Refused("no JetStream stream listens".to_owned()),
            RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => Sent::Refused(error.to_string()),
            RequestErrorKind::TimedOut | RequestErrorKind::Other => Sent::Unknown(error.to_string()),
        },
        Err(_) => Sent::Unknown(format!("no acknowledgement within {patience:?}")),
    }
}

fn acknowledged(payload: &[u8]) -> Sent {
    match serde_json::from_slice(payload) {
        Ok(Response::Ok(PublishAck { sequence, duplicate, .. })) => match wire::position(sequence) {
            Some(position) if duplicate => Sent::Again(position),
            Some(position) => Sent::At(position),
            None => Sent::Unknown("acknowledged without a position".to_owned()),
        },
        Ok(Response::Err { error }) => match error.error_code() {
            ErrorCode::STREAM_WRONG_LAST_SEQUENCE | ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT => Sent::Overtaken,
            _ if error.code() >= 500 => Sent::Unknown(error.to_string()),
            _ => Sent::Refused(error.to_string()),
        },
        Err(error) => Sent::Unknown(format!("a strange acknowledgement: {error}")),
    }
}

/// Looks up what stands where the append belongs. The leader says whether anything does; what it is, is asked after that,
/// since a commit may arrive between two questions.
async fn resolve(broker: &Broker, append: &Append, why: String) -> Result<Position, AppendError> {
    let unknown = |error: Error| AppendError::Unconfirmed(format!("{why}; {error}"));
    let last = broker.last(&append.stream).await.map_err(unknown)?;
    if let Some(own) = last.as_ref().filter(|record| record.id == append.id) {
        return Ok(own.position);
    }
    let last = last.map(|record| record.position);
    if last == append.expected {
        return Err(AppendError::Unconfirmed(why));
    }
    if last < append.expected {
        // Whoever expects more than there is was mistaken, unless the log has lost what he had seen.
        broker.doubted().await.map_err(unknown)?;
        return Err(AppendError::Conflict { last });
    }
    match broker.next(&append.stream, append.expected).await.map_err(unknown)? {
        Some(record) if record.id == append.id => Ok(record.position),
        Some(_) => Err(AppendError::Conflict { last }),
        None => Err(AppendError::Unconfirmed(why)),
    }
}
