//! Following: from anywhere, through anything, in order, without a gap or a repetition.

use std::sync::Arc;
use std::time::Duration;

use domain::id::Position;
use futures::StreamExt;
use futures::future::join_all;
use infra::log::{Error, EventLog, Record};

use crate::place::Place;
use crate::words::{PATIENCE, account, commit, insist, rising, take};

async fn fill(log: &dyn EventLog, stream: i64, count: usize) -> Vec<Position> {
    let mut positions = Vec::new();
    let mut last = log.last(&account(stream)).await.unwrap();
    for number in 0..count {
        last = Some(log.append(commit(&account(stream), last, number.to_string())).await.unwrap());
        positions.extend(last);
    }
    positions
}

fn positions(records: &[Arc<Record>]) -> Vec<Position> {
    records.iter().map(|record| record.position).collect()
}

pub(crate) async fn followers_see_everything_in_order(place: &mut Place) {
    const WRITERS: i64 = 4;
    const EACH: usize = 300;
    let log = place.open().await;
    fill(&*log, 99, 10).await;
    let total = 10 + EACH * usize::try_from(WRITERS).unwrap();
    // They begin before, while and after the others write.
    let mut early = log.follow(None);
    let following = tokio::spawn(async move { take(&mut early, total).await });
    let writing = (1..=WRITERS).map(|stream| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { fill(&*log, stream, EACH).await })
    });
    let writing: Vec<_> = writing.collect();
    let mut between = log.follow(None);
    let seen_between = take(&mut between, total).await;
    let mut written: Vec<Position> = join_all(writing).await.into_iter().flat_map(Result::unwrap).collect();
    written.sort();
    let seen_early = following.await.unwrap();
    let seen_late = take(&mut log.follow(None), total).await;
    rising(&seen_early);
    assert_eq!(positions(&seen_early)[10..], written);
    assert_eq!(seen_early, seen_between);
    assert_eq!(seen_early, seen_late);
    for record in seen_late.iter().step_by(100) {
        assert_eq!(log.at(record.position).await.unwrap().as_ref(), Some(&**record));
    }
}

pub(crate) async fn a_follower_starts_where_it_is_told(place: &mut Place) {
    let log = place.open().await;
    let written = fill(&*log, 1, 50).await;
    let middle = take(&mut log.follow(Some(written[19])), 30).await;
    assert_eq!(positions(&middle), written[20..]);
    let mut live = log.follow(Some(written[49]));
    let next = fill(&*log, 2, 3).await;
    assert_eq!(positions(&take(&mut live, 3).await), next);
    // What is not in memory comes from the disk.
    drop(log);
    let log = place.open().await;
    let again = take(&mut log.follow(Some(written[19])), 33).await;
    assert_eq!(positions(&again), [&written[20..], &next].concat());
}

pub(crate) async fn a_follower_waits_for_the_first_commit(place: &mut Place) {
    let log = place.open().await;
    let mut follow = log.follow(None);
    let early = tokio::time::timeout(Duration::from_millis(700), follow.next()).await;
    assert!(early.is_err(), "nothing is there: {early:?}");
    let written = fill(&*log, 1, 1).await;
    assert_eq!(positions(&take(&mut follow, 1).await), written);
}

pub(crate) async fn a_follower_of_another_log_is_told(place: &mut Place) {
    let log = place.open().await;
    let written = fill(&*log, 1, 5).await;
    let beyond = written[4].next().and_then(Position::next);
    let mut follow = log.follow(beyond);
    let told = tokio::time::timeout(PATIENCE, follow.next()).await.expect("at once");
    assert!(matches!(told, Some(Err(Error::Replaced(_)))), "{told:?}");
    assert!(follow.next().await.is_none(), "that was the last item");
}

pub(crate) async fn a_follower_outlives_a_restart(place: &mut Place) {
    let mut log = place.open().await;
    let before = fill(&*log, 1, 20).await;
    let mut follow = log.follow(None);
    let mut seen = take(&mut follow, 20).await;
    for round in 0..3i64 {
        place.restart().await;
        if let Place::Folder { .. } = place {
            // Its follower ends with the process; the next goes on where it was.
            log = place.open().await;
            follow = log.follow(seen.last().map(|record| record.position));
        }
        for number in 0..10 {
            insist(&*log, &account(2 + round), number.to_string()).await;
        }
        seen.extend(take(&mut follow, 10).await);
    }
    rising(&seen);
    assert_eq!(positions(&seen)[..20], before);
    let bodies: Vec<String> = seen[20..]
        .iter()
        .map(|record| String::from_utf8_lossy(&record.body).into_owned())
        .collect();
    let expected: Vec<String> = (0..3).flat_map(|_| (0..10).map(|number| number.to_string())).collect();
    assert_eq!(bodies, expected);
}
