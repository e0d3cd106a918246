//! Many writers, many streams.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::id::Position;
use futures::StreamExt;
use futures::future::join_all;
use infra::log::{Append, AppendError, EventLog};

use crate::place::Place;
use crate::words::{account, commit, rising, take};

pub(crate) async fn of_two_writers_one_wins(place: &mut Place) {
    let log = place.open().await;
    let mut last = None;
    for round in 0..200 {
        let (one, other) = (commit(&account(1), last, "one"), commit(&account(1), last, "other"));
        let (one, other) = tokio::join!(insist_once(&*log, one), insist_once(&*log, other));
        let winner = one.as_ref().or(other.as_ref()).copied().ok();
        assert!(one.is_ok() != other.is_ok(), "round {round}: {one:?}, {other:?}");
        let loser = one.err().or(other.err()).unwrap();
        assert_eq!(loser, AppendError::Conflict { last: winner });
        last = winner;
    }
    assert_eq!(log.read(&account(1), None).await.unwrap().len(), 200);
}

/// The same append until it is known what became of it.
async fn insist_once(log: &dyn infra::log::EventLog, append: infra::log::Append) -> Result<Position, AppendError> {
    loop {
        match log.append(append.clone()).await {
            Err(AppendError::Unconfirmed(_)) => tokio::time::sleep(Duration::from_millis(1)).await,
            outcome => return outcome,
        }
    }
}

pub(crate) async fn no_increment_is_lost(place: &mut Place) {
    const WRITERS: usize = 8;
    const STREAMS: usize = 4;
    const EACH: usize = 250;
    let log = place.open().await;
    let writers = (0..WRITERS).map(|writer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for count in 0..EACH {
                for stream in 1..=STREAMS {
                    let stream = account(i64::try_from(stream).unwrap());
                    let body = format!("{writer}.{count}");
                    let mut append = commit(&stream, log.last(&stream).await.unwrap(), body);
                    while let Err(error) = insist_once(&*log, append.clone()).await {
                        let AppendError::Conflict { last } = error else { panic!("{error}") };
                        append = commit(&stream, last, append.body);
                    }
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    for stream in 1..=STREAMS {
        let records = log.read(&account(i64::try_from(stream).unwrap()), None).await.unwrap();
        let bodies: HashSet<_> = records.iter().map(|record| record.body.clone()).collect();
        assert_eq!((records.len(), bodies.len()), (WRITERS * EACH, WRITERS * EACH));
    }
    let all = take(&mut log.follow(None), WRITERS * EACH * STREAMS).await;
    rising(&all);
    assert_eq!(all.len(), WRITERS * EACH * STREAMS);
}

/// Appends all; what a busy machine did not confirm in time is sent again, as the same commit.
async fn append_all(log: &dyn EventLog, mut appends: Vec<Append>) {
    for _ in 0..10 {
        let outcomes = log.append_many(appends.clone()).await;
        let missing = appends.into_iter().zip(outcomes).filter_map(|(append, outcome)| match outcome {
            Ok(_) => None,
            Err(AppendError::Unconfirmed(_) | AppendError::Unavailable(_)) => Some(append),
            Err(error) => panic!("{error}"),
        });
        appends = missing.collect();
        if appends.is_empty() {
            return;
        }
    }
    panic!("{} appends stay unconfirmed", appends.len());
}

pub(crate) async fn a_hundred_thousand_streams(place: &mut Place) {
    const STREAMS: i64 = 100_000;
    let log = place.open().await;
    for first in (1..=STREAMS).step_by(20_000) {
        let bulk = (first..first + 20_000).map(|number| commit(&account(number), None, format!("first of {number}")));
        append_all(log.as_ref(), bulk.collect()).await;
    }
    drop(log);
    let log = place.open().await;
    let mut sample = futures::stream::iter((1..=STREAMS).step_by(997))
        .map(|number| {
            let log = Arc::clone(&log);
            async move {
                let stream = account(number);
                let last = log.last(&stream).await.unwrap();
                assert!(last.is_some(), "stream {number}");
                let second = log.append(commit(&stream, last, "second")).await.unwrap();
                let bodies: Vec<_> = log
                    .read(&stream, None)
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|record| record.body)
                    .collect();
                assert_eq!(bodies, [format!("first of {number}"), "second".to_owned()]);
                assert_eq!(log.last(&stream).await.unwrap(), Some(second));
            }
        })
        .buffer_unordered(32);
    while sample.next().await.is_some() {}
    let all = take(&mut log.follow(None), 100_000).await;
    rising(&all);
}
