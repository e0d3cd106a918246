//! What happens to a broker: lost acknowledgements, stalls, lost tails, other people's streams.

use std::time::Duration;

use futures::StreamExt;
use heliograph_tests::deadline::eventually;
use heliograph_tests::nats::{Nats, Options};
use heliograph_tests::proxy::Proxy;
use infra::log::jetstream::JetStreamLog;
use infra::log::{AppendError, Error, EventLog};
use tokio::time::Instant;

use crate::place::{config, patient};
use crate::words::{PATIENCE, account, commit, insist, take};

/// A log that soon asks what became of an answer.
async fn impatient(url: &str) -> JetStreamLog {
    eventually("it connects", async || JetStreamLog::connect(url, config()).await.ok()).await
}

/// The subject's messages as a client beside us counts them.
async fn stored(nats: &Nats) -> u64 {
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let stream = context.get_stream("heliograph").await.unwrap();
    stream.cached_info().state.messages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guarded_broker_is_told_who_calls() {
    let options = Options {
        guarded: true,
        ..Options::default()
    };
    let nats = Nats::start_with(options).await;
    let log = JetStreamLog::connect(&nats.url(), patient()).await.unwrap();
    insist(&log, &account(1), "in by the address").await;
    let stranger = format!("nats://heliograph:guess@127.0.0.1:{}", nats.port());
    let refused = JetStreamLog::connect(&stranger, patient()).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Unfit(why) if why.contains("uthorization") && why.contains("log.nats")),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_acknowledgement_is_looked_up() {
    let nats = Nats::start().await;
    let proxy = Proxy::start(nats.port()).await;
    let log = impatient(&format!("nats://127.0.0.1:{}", proxy.port())).await;
    let mut last = None;
    for round in 1..=3 {
        insist(&log, &account(2), "the connection is there").await;
        let before = stored(&nats).await;
        let append = commit(&account(1), last, format!("round {round}"));
        proxy.lose_answers();
        let appending = tokio::spawn({
            let (log, append) = (log.clone(), append.clone());
            async move { log.append(append).await }
        });
        let deadline = Instant::now() + PATIENCE;
        while stored(&nats).await == before {
            assert!(Instant::now() < deadline, "the publish arrives");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        proxy.cut();
        proxy.mend();
        let position = match appending.await.unwrap() {
            Err(AppendError::Unconfirmed(_)) => {
                // Not in time: the same append again says where it is.
                let again = async {
                    loop {
                        if let Ok(position) = log.append(append.clone()).await {
                            break position;
                        }
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                };
                tokio::time::timeout(PATIENCE, again).await.expect("it is found")
            }
            outcome => outcome.unwrap(),
        };
        assert_eq!(log.at(position).await.unwrap().unwrap().id, append.id);
        assert_eq!(stored(&nats).await, before + 1, "once");
        last = Some(position);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_broker_is_answered_for_in_bounded_time() {
    let nats = Nats::start().await;
    let log = impatient(&nats.url()).await;
    let first = insist(&log, &account(1), "first").await;
    nats.pause();
    let append = commit(&account(1), Some(first), "second");
    let bound = config().ack_timeout * 3 + PATIENCE / 2;
    let answer = tokio::time::timeout(bound, log.append(append.clone()))
        .await
        .expect("in bounded time");
    assert!(
        matches!(answer, Err(AppendError::Unconfirmed(_) | AppendError::Unavailable(_))),
        "{answer:?}"
    );
    assert!(log.last(&account(1)).await.is_err());
    nats.resume();
    let again = async {
        loop {
            if let Ok(position) = log.append(append.clone()).await {
                break position;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let second = tokio::time::timeout(PATIENCE, again).await.expect("it recovers");
    let records = log.read(&account(1), None).await.unwrap();
    assert_eq!(
        records.iter().map(|record| record.position).collect::<Vec<_>>(),
        [first, second],
        "once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_is_answered_for_and_comes_back() {
    let mut nats = Nats::start().await;
    let log = impatient(&nats.url()).await;
    let first = insist(&log, &account(1), "first").await;
    nats.kill9();
    let bound = config().ack_timeout * 3 + PATIENCE / 2;
    let append = commit(&account(1), Some(first), "second");
    let answer = tokio::time::timeout(bound, log.append(append)).await.expect("in bounded time");
    assert!(
        matches!(answer, Err(AppendError::Unconfirmed(_) | AppendError::Unavailable(_))),
        "{answer:?}"
    );
    nats.restart().await;
    insist(&log, &account(1), "third").await;
    assert!(log.read(&account(1), None).await.unwrap().len() >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_tail_is_refused() {
    let mut nats = Nats::start().await;
    let log = impatient(&nats.url()).await;
    insist(&log, &account(1), "kept").await;
    let backup = tempfile::tempdir().unwrap();
    nats.kill9();
    copy(&nats.folder().join("store"), backup.path());
    nats.restart().await;
    insist(&log, &account(2), "lost").await;
    let mut follow = log.follow(None);
    take(&mut follow, 2).await;

    nats.kill9();
    std::fs::remove_dir_all(nats.folder().join("store")).unwrap();
    copy(backup.path(), &nats.folder().join("store"));
    nats.restart().await;
    let told = tokio::time::timeout(PATIENCE, follow.next()).await.expect("by itself");
    assert!(matches!(told, Some(Err(Error::Replaced(_)))), "{told:?}");
    let append = log.append(commit(&account(3), None, "into another past")).await;
    assert!(matches!(append, Err(AppendError::Unavailable(_))), "{append:?}");
    // Another process takes the place of what was lost: still refused.
    let other = impatient(&nats.url()).await;
    insist(&other, &account(4), "in its place").await;
    let append = log.append(commit(&account(3), None, "into another past")).await;
    assert!(matches!(append, Err(AppendError::Unavailable(_))), "{append:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_that_is_lost_while_the_connection_stays_is_refused() {
    let nats = Nats::start().await;
    let log = JetStreamLog::connect(&nats.url(), patient()).await.unwrap();
    let mut last = None;
    for text in ["first", "second", "third"] {
        last = Some(log.append(commit(&account(1), last, text)).await.unwrap());
    }
    // The same log by its id, with nothing in it.
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let stream = context.get_stream("heliograph").await.unwrap().cached_info().config.clone();
    context.delete_stream("heliograph").await.unwrap();
    context.create_stream(stream).await.unwrap();

    let fresh = log.append(commit(&account(2), None, "where another stood")).await;
    assert!(
        matches!(&fresh, Err(AppendError::Unconfirmed(why)) if why.contains("tail")),
        "{fresh:?}"
    );
    let next = log.append(commit(&account(1), last, "behind what is lost")).await;
    assert!(
        matches!(&next, Err(AppendError::Unavailable(why)) if why.contains("tail")),
        "{next:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expectation_beyond_the_log_shows_that_its_tail_is_lost() {
    let nats = Nats::start().await;
    let log = JetStreamLog::connect(&nats.url(), patient()).await.unwrap();
    let last = log.append(commit(&account(1), None, "first")).await.ok();
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let stream = context.get_stream("heliograph").await.unwrap().cached_info().config.clone();
    context.delete_stream("heliograph").await.unwrap();
    context.create_stream(stream).await.unwrap();
    let append = log.append(commit(&account(1), last, "second")).await;
    assert!(
        matches!(&append, Err(AppendError::Unconfirmed(why)) if why.contains("tail")),
        "{append:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_log_is_refused() {
    let mut nats = Nats::start().await;
    let log = impatient(&nats.url()).await;
    let mut follow = log.follow(None);
    nats.kill9();
    std::fs::remove_dir_all(nats.folder().join("store")).unwrap();
    nats.restart().await;
    let other = impatient(&nats.url()).await;
    assert_ne!(other.id(), log.id());
    insist(&other, &account(1), "in another log").await;
    let told = tokio::time::timeout(PATIENCE, follow.next()).await.expect("by itself");
    assert!(matches!(told, Some(Err(Error::Replaced(_)))), "{told:?}");
}

#[tokio::test]
async fn a_stream_that_would_drop_commits_is_refused() {
    let nats = Nats::start().await;
    let log = JetStreamLog::connect(&nats.url(), patient()).await.unwrap();
    let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let mut stream = context.get_stream("heliograph").await.unwrap().cached_info().config.clone();
    stream.max_age = Duration::from_hours(1);
    context.update_stream(stream).await.unwrap();
    let refused = JetStreamLog::connect(&nats.url(), patient()).await;
    assert!(
        matches!(&refused, Err(Error::Damaged(why)) if why.contains("max_age")),
        "{refused:?}"
    );
    drop(log);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-rT").arg(from).arg(to).status();
    assert!(copied.is_ok_and(|status| status.success()));
}
