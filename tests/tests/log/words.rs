//! What the stories are told with.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::id::{AccountId, Position};
use domain::stream::Stream;
use futures::StreamExt;
use infra::clock::Clock;
use infra::log::{Append, AppendError, EventLog, Follow, Record};

pub(crate) use heliograph_tests::deadline::PATIENCE;

pub(crate) fn account(number: i64) -> Stream {
    Stream::Account(AccountId::try_from(number).expect("a valid id"))
}

/// A commit with a text of its own.
pub(crate) fn commit(stream: &Stream, expected: Option<Position>, body: impl Into<Bytes>) -> Append {
    Append {
        stream: stream.clone(),
        expected,
        id: Clock::system().commit_id(),
        body: body.into(),
    }
}

/// Appends behind whatever is last, again and again until it is there.
pub(crate) async fn insist(log: &dyn EventLog, stream: &Stream, body: impl Into<Bytes>) -> Position {
    let mut append = commit(stream, None, body);
    let attempts = async {
        loop {
            match log.append(append.clone()).await {
                Ok(position) => return position,
                Err(AppendError::Conflict { last }) => append.expected = last,
                Err(AppendError::Unavailable(_) | AppendError::Unconfirmed(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error @ AppendError::TooLarge { .. }) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, attempts).await.expect("the log recovers")
}

/// The next `count` records or more; `Unavailable` passes.
pub(crate) async fn take(follow: &mut Follow, count: usize) -> Vec<Arc<Record>> {
    let mut records = Vec::new();
    let taking = async {
        while records.len() < count {
            match follow.next().await.expect("it never ends by itself") {
                Ok(batch) => records.extend(batch),
                Err(infra::log::Error::Unavailable(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, taking).await.expect("the commits come");
    records
}

/// Positions rise, and within each stream every commit of `log` is there, in order.
pub(crate) fn rising(records: &[Arc<Record>]) {
    for pair in records.windows(2) {
        assert!(
            pair[0].position < pair[1].position,
            "{} before {}",
            pair[0].position,
            pair[1].position
        );
    }
}
