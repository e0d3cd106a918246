//! A record as a message: its subject, its headers, and back.

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use bytes::Bytes;
use domain::id::{CommitId, Position};
use domain::stream::Stream;
use uuid::Uuid;

use super::super::{Append, Error, Record};

/// The most bytes that subject and headers add to a commit.
pub(super) const OVERHEAD: usize = 1024;

/// `<prefix>.chat.g-42`
pub(super) fn subject(prefix: &str, stream: &Stream) -> String {
    format!("{prefix}.{stream}")
}

/// The headers of an append; sequence 0 says that the subject has no message.
pub(super) fn headers(append: &Append) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, append.id.to_string());
    headers.insert(
        NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
        append.expected.map_or(0, Position::get).to_string(),
    );
    headers
}

/// A stored message as a record.
pub(super) fn record(prefix: &str, sequence: u64, subject: &str, headers: Option<&HeaderMap>, body: Bytes) -> Result<Record, Error> {
    let damaged = |what: &str| {
        Error::Damaged(format!(
            "message {sequence} of the JetStream stream has {what}: something else than Heliograph wrote to it. \
             Restore the stream from a backup, and let nothing else publish to {prefix}.>"
        ))
    };
    let name = subject.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
    let id = headers.and_then(|headers| headers.get(NATS_MESSAGE_ID));
    Ok(Record {
        position: position(sequence).ok_or_else(|| damaged("no position"))?,
        stream: name
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| damaged("a strange subject"))?,
        id: id
            .and_then(|id| Uuid::try_parse(id.as_str()).ok())
            .map(CommitId)
            .ok_or_else(|| damaged("no commit id"))?,
        body,
    })
}

/// A stream sequence as a position, `None` for 0.
pub(super) fn position(sequence: u64) -> Option<Position> {
    i64::try_from(sequence).ok().and_then(|sequence| Position::try_from(sequence).ok())
}

/// The sequence behind a position.
pub(super) fn behind(after: Option<Position>) -> u64 {
    after.map_or(0, |position| position.get().unsigned_abs()) + 1
}
