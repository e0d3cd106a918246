//! A commit as one log record: events of one stream, in answer to one command or to several that queued.
//!
//! JSON: `{"v":1,"id":…,"at":…,"trace":…,"facts":[{"by":…,"command":…,"digest":…,"sent_at":…,"event":{"type":…,"data":…}}]}`.
//! Never changed once written; grows only by optional fields.

use bytes::Bytes;
use domain::actor::Actor;
use domain::event::{Event, Unreadable};
use domain::fact::{Fact, FactRef};
use domain::id::{CommandId, CommitId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::log::Record;

/// The version that this program writes.
pub const VERSION: u32 = 1;

/// A commit about to be written; its events' sealed parts are closed.
#[derive(Debug, Serialize)]
pub struct Commit<'a> {
    /// [`VERSION`].
    pub v: u32,
    /// As in the log.
    pub id: CommitId,
    /// Recorded at.
    pub at: Timestamp,
    /// W3C trace context of the request that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<&'a str>,
    /// What happened.
    pub facts: Vec<Entry<'a>>,
}

/// One event of a commit about to be written.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// Who asked.
    pub by: &'a Actor,
    /// In answer to what.
    pub command: CommandId,
    /// Keyed digest of the command's payload.
    pub digest: &'a str,
    /// When it happened, if that was earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// What happened.
    pub event: &'a Event,
}

impl Commit<'_> {
    /// The log record's body. Fails on open content: that is a defect of the caller.
    pub fn encode(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }
}

impl Entry<'_> {
    /// The entry alone, for [`Frame::around`]: whoever fills a commit to its limit knows its size as it grows.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// What surrounds a commit's entries.
#[derive(Debug, Serialize)]
pub struct Frame<'a> {
    v: u32,
    id: CommitId,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// A frame of [`VERSION`].
    pub fn new(id: CommitId, at: Timestamp, trace: Option<&'a str>) -> Self {
        Self { v: VERSION, id, at, trace }
    }

    /// The same bytes as [`Commit::encode`], from entries that are encoded already.
    pub fn around<'e>(&self, entries: impl Iterator<Item = &'e [u8]>) -> Result<Bytes, serde_json::Error> {
        let mut body = serde_json::to_vec(self)?;
        body.pop();
        body.extend_from_slice(b",\"facts\":[");
        for (index, entry) in entries.enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(entry);
        }
        body.extend_from_slice(b"]}");
        Ok(Bytes::from(body))
    }
}

/// A fact as read back: an event of a newer version, or a damaged one, is unreadable and stops nothing else.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "all but a few are facts, and a box each would cost more")]
pub enum Read {
    /// A fact of this program's vocabulary.
    Fact(Fact),
    /// One that can't be read.
    Unreadable(FactRef, Unreadable),
}

/// A commit as read back from the log.
#[derive(Debug)]
pub struct Stored {
    /// When it was recorded.
    pub at: Timestamp,
    /// W3C trace context.
    pub trace: Option<String>,
    /// What happened, in order; indices are dense from 0.
    pub facts: Vec<Read>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    at: Timestamp,
    #[serde(default)]
    trace: Option<String>,
    #[serde(borrow)]
    facts: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireEntry<'a> {
    by: Actor,
    command: CommandId,
    digest: String,
    #[serde(default)]
    sent_at: Option<Timestamp>,
    #[serde(borrow)]
    event: &'a RawValue,
}

/// Reads a record's facts. The whole commit is unreadable only when its frame is.
pub fn decode(record: &Record) -> Result<Stored, Unreadable> {
    let wire: Wire<'_> = serde_json::from_slice(&record.body)?;
    let facts = (0u32..)
        .zip(wire.facts)
        .map(|(index, raw)| {
            let at = FactRef {
                position: record.position,
                index,
            };
            let fact = || -> Result<Fact, Unreadable> {
                let entry: WireEntry<'_> = serde_json::from_str(raw.get())?;
                Ok(Fact {
                    at,
                    stream: record.stream.clone(),
                    recorded_at: wire.at,
                    sent_at: entry.sent_at,
                    by: entry.by,
                    command: entry.command,
                    digest: entry.digest,
                    event: Event::from_json(entry.event.get())?,
                })
            };
            fact().map_or_else(|error| Read::Unreadable(at, error), Read::Fact)
        })
        .collect();
    Ok(Stored {
        at: wire.at,
        trace: wire.trace,
        facts,
    })
}

/// When one of a record's facts was recorded, whether or not this program can read what it was; `None`: the record does not say.
pub fn recorded_at(record: &Record, index: u32) -> Option<Timestamp> {
    let wire: Wire<'_> = serde_json::from_slice(&record.body).ok()?;
    wire.facts.get(index as usize).map(|_| wire.at)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::id::Position;
    use domain::id::{AccountId, DeviceId};
    use domain::name::Event as NameEvent;
    use domain::name::event::Held;
    use domain::stream::Stream;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn entries_in_a_frame_are_the_commit() {
        let by = Actor::Device(AccountId::MAX, DeviceId::MIN);
        let event = Event::Name(NameEvent::Taken(Held {
            account: AccountId::MIN,
            chat: None,
            fact: None,
            rests_until: None,
        }));
        let entry = |sent_at| Entry {
            by: &by,
            command: CommandId(Uuid::from_u128(1)),
            digest: "0123",
            sent_at,
            event: &event,
        };
        for trace in [None, Some("00-\"quoted\"")] {
            let (id, at, entries) = (CommitId(Uuid::from_u128(2)), Timestamp(3), [None, Some(Timestamp(-4))]);
            let facts = entries.map(entry).into_iter().collect();
            let whole = Commit {
                v: VERSION,
                id,
                at,
                trace,
                facts,
            }
            .encode()
            .unwrap();
            let encoded = entries.map(|sent_at| entry(sent_at).encode().unwrap());
            let framed = Frame::new(id, at, trace).around(encoded.iter().map(Vec::as_slice)).unwrap();
            assert_eq!(framed, whole);
        }
    }

    /// Of events there are others: this is what stands around them.
    #[test]
    fn a_commit_is_written_and_read_as_its_golden_json_says() {
        let golden: Vec<Box<RawValue>> = serde_json::from_str(include_str!("../../domain/tests/golden/stored/commit.json")).unwrap();
        let account = AccountId::try_from(101).unwrap();
        let event = Event::Name(NameEvent::Taken(Held {
            account,
            chat: None,
            fact: None,
            rests_until: None,
        }));
        let id = |text: &str| text.parse::<Uuid>().unwrap();
        let command = |last: &str| CommandId(id(&format!("0190d6a4-7a3c-7000-8000-5f2d6c1b0a{last}")));
        let (device, import) = (Actor::Device(account, DeviceId::MIN), Actor::Import(account));
        let reactor = Actor::Reactor("username".to_owned());
        let entry = |by, last, digest, sent_at| Entry {
            by,
            command: command(last),
            digest,
            sent_at,
            event: &event,
        };
        let commit = |trace, facts| Commit {
            v: VERSION,
            id: CommitId(id("0190d6a4-7a3c-7000-8000-5f2d6c1b0a02")),
            at: Timestamp(1_750_000_000_000_000),
            trace,
            facts,
        };
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let imported = entry(&import, "03", "4567", Some(Timestamp(946_684_800_000_000)));
        let commits = [
            commit(Some(trace), vec![entry(&device, "01", "0123", None), imported]),
            commit(None, vec![entry(&reactor, "01", "0123", None)]),
        ];
        assert_eq!(golden.len(), commits.len());
        for (commit, golden) in commits.iter().zip(golden) {
            let body = commit.encode().unwrap();
            assert_eq!(std::str::from_utf8(&body).unwrap(), golden.get());
            let record = Record {
                position: Position::MIN,
                stream: Stream::System,
                id: commit.id,
                body,
            };
            let read = decode(&record).unwrap();
            assert_eq!(read.facts.len(), commit.facts.len());
            for (read, entry) in read.facts.iter().zip(&commit.facts) {
                let Read::Fact(fact) = read else { panic!("{read:?}") };
                assert_eq!((&fact.by, fact.command, fact.sent_at), (entry.by, entry.command, entry.sent_at));
                assert_eq!(
                    (&*fact.digest, &fact.event, fact.recorded_at),
                    (entry.digest, entry.event, commit.at)
                );
            }
        }
    }

    #[test]
    fn a_facts_time_is_read_also_where_the_fact_is_not() {
        let record = Record {
            position: Position::MIN,
            stream: Stream::System,
            id: CommitId(Uuid::from_u128(1)),
            body: Bytes::from_static(br#"{"v":1,"at":9,"facts":[{"event":{"type":"unheard-of"}},{"sent_at":4}]}"#),
        };
        let times = [0, 1, 2].map(|index| recorded_at(&record, index));
        assert_eq!(times, [Some(Timestamp(9)), Some(Timestamp(9)), None]);
    }
}
