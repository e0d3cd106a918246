//! Times as places in the log, on both logs.

use std::sync::Arc;

use bytes::Bytes;
use domain::actor::Actor;
use domain::event::Event;
use domain::id::Position;
use domain::stream::Stream;
use domain::system::Event as SystemEvent;
use domain::system::event::TokenEnded;
use domain::time::Timestamp;
use futures::StreamExt as _;
use heliograph_tests::history::Scribe;
use heliograph_tests::nats::Nats;
use infra::clock::Clock;
use infra::log::EventLog;
use infra::log::jetstream::{Config, JetStreamLog};
use infra::log::sqlite::SqliteLog;
use infra::seal::{Keys, MasterKey};
use projections::replay::{Filter, Place, Wanted, last_until, replay};
use tempfile::TempDir;

/// When the scribe writes its first commit; each later one a second after the last.
const BEGUN: i64 = 1_700_000_000_000_000;
const SECOND: i64 = 1_000_000;
const COMMITS: i64 = 37;

async fn keys(folder: &TempDir) -> Keys {
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let master = MasterKey::from_hex(&"07".repeat(32)).expect("64 hex digits");
    let db = Keys::connect(&url).await.expect("a database");
    Keys::open(db, &master, Clock::system()).await.expect("keys")
}

/// Each time finds the last commit up to it; facts between two times are those recorded between them.
async fn times_are_found(log: Arc<dyn EventLog>) {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = keys(&folder).await;
    assert_eq!(last_until(&*log, Timestamp(BEGUN)).await.expect("an answer"), None, "an empty log");
    let mut scribe = Scribe::new(Arc::clone(&log));
    let mut positions: Vec<Position> = Vec::new();
    for number in 1..=COMMITS {
        let ended = TokenEnded {
            token: number.try_into().expect("a small number"),
        };
        let by = Actor::Service("admin".to_owned());
        positions.push(
            scribe
                .write(Stream::System, &by, &[Event::System(SystemEvent::TokenEnded(ended))])
                .await,
        );
    }
    for second in -2..COMMITS + 2 {
        for within in [0, 1, SECOND - 1] {
            let time = Timestamp(BEGUN + second * SECOND + within);
            let expected = usize::try_from(second).ok().map(|index| positions[index.min(positions.len() - 1)]);
            assert_eq!(last_until(&*log, time).await.expect("an answer"), expected, "{time:?}");
        }
    }
    let time = |second: i64| Place::Time(Timestamp(BEGUN + second * SECOND));
    for (from, to) in [(0, COMMITS), (3, 3), (5, 20), (30, COMMITS + 9), (COMMITS, COMMITS)] {
        let wanted = Wanted {
            from: Some(time(from)),
            to: Some(time(to)),
            ..Wanted::default()
        };
        let told = replay(Arc::clone(&log), keys.clone(), wanted).await.expect("it begins");
        let told: Vec<u8> = told.map(|lines| lines.expect("lines")).collect::<Vec<_>>().await.concat();
        let lines = i64::try_from(told.split(|byte| *byte == b'\n').count()).expect("few") - 1;
        assert_eq!(lines, (to + 1).min(COMMITS) - from.min(COMMITS), "{from} to {to}");
    }
    let nonsense = scribe.write_body(Stream::System, Bytes::from_static(b"\xff\xfe")).await;
    for (kind, expected) in [("", 1), ("system.token_ended", 1), ("chat.created", 0)] {
        let types = Some(kind.to_owned()).filter(|kind| !kind.is_empty()).into_iter().collect();
        let wanted = Wanted {
            from: Some(Place::Position(nonsense)),
            filter: Filter {
                types,
                ..Filter::default()
            },
            ..Wanted::default()
        };
        let told = replay(Arc::clone(&log), keys.clone(), wanted).await.expect("it begins");
        let told: Vec<u8> = told.map(|lines| lines.expect("lines")).collect::<Vec<_>>().await.concat();
        let lines = told.split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(lines, expected, "what can't be read may be of any type of its stream: {kind}");
    }
}

#[tokio::test]
async fn embedded() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = SqliteLog::open(folder.path().join("log.db")).await.expect("a log");
    times_are_found(Arc::new(log)).await;
}

#[tokio::test]
async fn jetstream() {
    let nats = Nats::start().await;
    let log = JetStreamLog::connect(&nats.url(), Config::default()).await.expect("a log");
    times_are_found(Arc::new(log)).await;
}
